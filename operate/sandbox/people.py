"""The sandbox and its invented people: made by the rules of profiles, through its store's door, confirmed without a mail."""

import json
import random
from dataclasses import dataclass, field
from typing import Any

import urllib3

from operate.chapters import operator_call
from operate.sample.names import FIRST
from services.notifications.domain.accounts import SCOPES
from services.profiles.commands import chapters
from services.profiles.domain import members
from services.profiles.domain.profile import Profile
from services.profiles.domain.sign_in import new_link
from services.profiles.kinds import CHAPTERS, LINKS, MEMBERS
from services.profiles.secrets import secret_of
from shared.auth import Asker, issue_token
from shared.errors import NotThere, Refused
from shared.events.profiles import AreaOffered, AreaWanted, Role
from shared.ids import new_id
from shared.service import Room
from shared.settings import Settings
from shared.transaction import Tx

REQUEST_WITHIN_S = 20.0
AREA = "python"
HOURS = (18, 19, 42, 43)
COORDINATOR_MAIL = "coordinator@sandbox.invalid"


@dataclass(frozen=True, slots=True)
class Answered:
    """What an API answered."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One sandbox chapter of a running platform: its operator has the room of profiles, and speaks for its invented people."""

    chapter: str
    room: Room
    settings: Settings
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(timeout=REQUEST_WITHIN_S, retries=False)
    )

    def ask(self, method: str, path: str, by: Asker, body: Any = None) -> Answered:
        """A request to `/api/<service>/…` in the name of an invented person."""
        key = self.room.keys.sign
        assert key is not None  # noqa: S101 - the room of profiles has it
        headers = {"Authorization": f"Bearer {issue_token(by, key, self.room.clock())}"}
        base = self.settings.api_urls.get(path.split("/")[2], self.settings.gateway_url)
        sent: dict[str, Any] = {} if body is None else {"json": body}
        answer = self.http.request(method, base + path, headers=headers, **sent)
        return Answered(answer.status, json.loads(answer.data) if answer.data else None)


def open_sandbox(here: Sandbox, time_zone: str) -> None:
    """Open the chapter with its coordinator. `Refused` where it is there with another clock."""
    name = f"Sandbox {here.chapter.partition('-')[2]}"
    asked = chapters.Asked(here.chapter, name, time_zone, ("en",), "local")
    here.room.store.change(
        operator_call(here.room, here.chapter), lambda tx: chapters.open_chapter(tx, asked)
    )
    if here.room.store.reader(here.chapter).first(MEMBERS, {"mail": COORDINATOR_MAIL}) is None:
        invent(here, "coordinator", COORDINATOR_MAIL)


def coordinator(here: Sandbox) -> Asker:
    """The sandbox's coordinator; `NotThere` where there is no such sandbox."""
    reader = here.room.store.reader(here.chapter)
    if reader.load(CHAPTERS, here.chapter) is None:
        raise NotThere("sandbox")
    found = reader.first(MEMBERS, {"mail": COORDINATOR_MAIL})
    if found is None:
        raise NotThere("sandbox")
    return Asker(found.id, here.chapter, frozenset(found.roles))


def sign_in_link(here: Sandbox) -> str:
    """An address that signs in as the sandbox's coordinator, once, within twenty minutes: she is sent no mail. `NotThere` as above."""
    id, who = new_id("lnk"), coordinator(here)

    def work(tx: Tx) -> None:
        tx.save(LINKS, new_link(id, tx.get(MEMBERS, who.member), "sign_in", tx.call.at))

    here.room.store.change(operator_call(here.room, here.chapter), work)
    return f"{here.settings.public_url}/sign-in/{secret_of(id, here.room.keys)}"


def invent(here: Sandbox, role: Role, mail: str = "") -> Asker:
    """One more person of the sandbox, confirmed, with a profile that fits every other."""
    id = new_id("mem")
    first = random.choice(random.choice(list(FIRST.values())))[0]

    def work(tx: Tx) -> None:
        member, joined = members.join(
            members.Member(
                id=id,
                chapter=here.chapter,
                name=f"{first} (invented)",
                mail=mail or f"{id}@sandbox.invalid",
                locale="en",
                time_zone="",
                roles=(role,),
                via="operator",
                joined_at=tx.call.at,
                profile=_profile(role),
            ),
            seal=here.room.seal,
        )
        confirmed, fact = members.confirm(member, tx.call.at)
        tx.save(MEMBERS, confirmed, *joined, fact)

    here.room.store.change(operator_call(here.room, here.chapter), work)
    return Asker(id, here.chapter, frozenset({role}))


def account(here: Sandbox) -> dict[str, Any]:
    """A service account of the sandbox with all scopes: its id and key."""
    body = {"name": "Sandbox", "scopes": list(SCOPES)}
    answer = here.ask("POST", "/api/notifications/v1/service-accounts", coordinator(here), body)
    if answer.status != 201:
        raise Refused("account_not_made", f"The sandbox's service account could not be made: {answer.body}")
    return dict(answer.body)


def _profile(role: Role) -> Profile:
    return Profile(
        areas_offered=(AreaOffered(AREA, 10),) if role == "mentor" else (),
        areas_wanted=(AreaWanted(AREA, 3),) if role == "mentee" else (),
        languages=("en",),
        hours=HOURS,
        capacity=1 if role == "mentor" else 0,
    )
