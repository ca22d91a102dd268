"""Makers and eyes for the tests of profiles: chapters, people and their mails, through the same doors as in life."""

import json
from typing import Any

from services.profiles.commands import chapters
from shared.call import Call
from shared.ids import new_id
from tests.stack import Stack

V1 = "/api/profiles/v1"


def ask(stack: Stack, method: str, path: str, headers: dict[str, str] | None = None, **sent: Any) -> Any:
    """A request, as it would come through the gateway."""
    return stack.ask(method, path, headers, **sent)


def get(stack: Stack, path: str, headers: dict[str, str] | None = None) -> Any:
    """GET a path."""
    return stack.get(path, headers)


def post(stack: Stack, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """POST JSON to a path."""
    return stack.post(path, body, headers)


def a_chapter(stack: Stack, *, name: str = "Shanghai", time_zone: str = "Asia/Shanghai", **asked: Any) -> str:
    """A chapter of the test's own."""
    slug = asked.get("slug") or new_id("c").replace("_", "-")
    described = chapters.Asked(slug, name, time_zone, asked.get("locales", ("zh-Hans", "en")), "cn")
    here = stack.running["profiles"].room
    call = Call(id=new_id("call"), at=stack.clock(), chapter=slug, asker="operator")
    here.store.change(call, lambda tx: chapters.open_chapter(tx, described))
    return slug


def a_coordinator(stack: Stack, chapter: str, mail: str = "mei@example.org") -> dict[str, str]:
    """Headers of a coordinator of the chapter."""
    here = stack.running["profiles"].room
    call = Call(id=new_id("call"), at=stack.clock(), chapter=chapter, asker="operator")
    done = here.store.change(
        call, lambda tx: chapters.appoint_coordinator(tx, here, chapter, "Mei Lin", mail)
    )
    return stack.sign_in(done["member"], chapter, "coordinator")


def register(stack: Stack, chapter: str, mail: str, **more: Any) -> Any:
    """Somebody registers herself."""
    body = {"chapter": chapter, "name": "Anna Meier", "mail": mail, "roles": ["mentee"], **more}
    return post(stack, f"{V1}/members", body)


def a_member(stack: Stack, chapter: str, mail: str, **more: Any) -> tuple[str, dict[str, str]]:
    """The id and the headers of a confirmed member."""
    assert register(stack, chapter, mail, **more).status_code == 202
    answer = post(stack, f"{V1}/confirmations", {"token": secrets_mailed(stack, chapter, mail)[-1]})
    assert answer.status_code == 200, answer.json
    return answer.json["member"], stack.sign_in(answer.json["member"], chapter, *answer.json["roles"])


def member_document(stack: Stack, chapter: str, mail: str) -> dict[str, Any]:
    """What the store keeps of a member."""
    found = stack.running["profiles"].room.store.db["members"].find_one({"mail": mail, "chapter": chapter})
    assert found is not None
    return found


def announced_about(stack: Stack, chapter: str, mail: str) -> list[str]:
    """The types of the events about a member, in their order."""
    member = member_document(stack, chapter, mail)["_id"]
    return [
        event["type"].removeprefix("cairn.member.").removesuffix(".v1")
        for event in stack.announced("profiles")
        if event["aggregate"] == member
    ]


def secrets_mailed(stack: Stack, chapter: str, mail: str) -> list[str]:
    """The secrets of the links that a member was sent, oldest first."""
    member = member_document(stack, chapter, mail)["_id"]
    here = stack.running["profiles"].room
    opened = [
        here.unseal(json.loads(event["data"])["sealed_link"])
        for event in stack.announced(
            "profiles", "cairn.member.confirmation_requested.v1", "cairn.member.sign_in_requested.v1"
        )
        if event["aggregate"] == member
    ]
    return [content["token"] for content in opened if content is not None]
