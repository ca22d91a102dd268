"""The journey that is driven before the search: two people from their registration to a running relationship, and others around them.

At each stage everything that takes text then is planted; what only an earlier stage takes was planted there.
"""

import json
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from operate.verify.markers import Markers
from operate.verify.planting import Garden, Person
from operate.verify.system import Reply, System

T = TypeVar("T")

PROFILES, MATCHING, SESSIONS = (f"/api/{name}/v1" for name in ("profiles", "matching", "sessions"))
SERVICES = ("profiles", "matching", "sessions", "notifications")
SEEN_WITHIN_S = 30.0
LOOK_EVERY_S = 0.1
LAST_TRIES = 5


class CannotVerify(Exception):
    """The journey could not be driven; the text says which step, and what was answered instead."""


def drive(system: System, say: Callable[[str], None]) -> Garden:
    """Everybody comes in, the two become a pair, and all text that there can be is planted."""
    specs = {name: _json(system.ask("GET", f"/api/{name}/openapi.json")) for name in SERVICES}
    word = secrets.token_hex(3)
    garden = Garden(system, Markers(), specs)
    _people(garden, word)
    say(f"{len(garden.people)} people came in, in two chapters.")
    for stage in (_proposed, _introduced, _voting, _trial, _renewed):
        stage(garden)
        _plant(garden)
        say(f"{stage.__doc__ or ''} {len(garden.done)} fields are planted.")
    for _ in range(LAST_TRIES):  # what waits for an event that is still on its way
        if not garden.missing():
            break
        system.settle()
        _plant(garden)
    system.settle()
    return garden


def _plant(garden: Garden) -> None:
    """Again and again, since one text may be an answer to another."""
    garden.system.settle()
    for path in (f"{SESSIONS}/me/pairs", f"{MATCHING}/me/relationships"):
        garden.ask("GET", path, "mentee")
    while garden.plant():
        garden.system.settle()


def _people(garden: Garden, word: str) -> None:
    here, there = f"verify-{word}", f"verify-{word}-elsewhere"
    system = garden.system
    for chapter, role in ((here, "staff"), (there, "staff elsewhere")):
        mail = f"{role.replace(' ', '.')}.{word}@example.org"
        system.open_chapter(chapter, "Staff Member", mail)
        garden.people[role] = _confirmed(system, role, mail)
    garden.things["chapters"] = [here]
    for role, roles in (("mentee", ["mentee"]), ("mentor", ["mentor"]), ("stranger", ["mentee", "mentor"])):
        mail = f"{role}.{word}@example.org"
        body = {"chapter": here, "name": f"Some {role.title()}", "mail": mail, "roles": roles}
        _ok(system.ask("POST", f"{PROFILES}/members", body=body), "somebody registers")
        garden.people[role] = _confirmed(system, role, mail)
        garden.things.setdefault("members", []).append(garden.people[role].member)
    me = _json(garden.ask("GET", f"{PROFILES}/me", "mentor"))
    garden.now = datetime.fromisoformat(me["now"])
    _ok(garden.ask("PATCH", f"{PROFILES}/me", "mentor", {"capacity": 3}), "a mentor has places")
    hook = {"url": system.receiver()}
    _ok(garden.ask("POST", "/api/notifications/v1/webhooks", "staff", hook), "an integrator subscribes")
    programme = _json(garden.ask("POST", f"{MATCHING}/programmes", "staff", {"name": "City"}))
    garden.things["programmes"] = [programme["id"]]


def _proposed(garden: Garden) -> None:
    """A coordinator introduced the two."""
    system = garden.system
    body = {
        "mentee": garden.people["mentee"].member,
        "mentor": garden.people["mentor"].member,
        "reason": f"You should meet {garden.markers.new('POST /api/matching/v1/introductions /reason', 'pair')}",
    }
    made = _until(
        system,
        lambda: _made(garden.ask("POST", f"{MATCHING}/introductions", "staff", body)),
        "the coordinator's introduction",
    )
    garden.things["relationships"] = [made["id"]]
    garden.done |= {
        each for each in garden.missing() if str(each) == "POST /api/matching/v1/introductions /reason"
    }


def _introduced(garden: Garden) -> None:
    """Both accepted to meet."""
    for by in ("mentee", "mentor"):
        _ok(garden.ask("POST", f"{_relationship(garden)}/answer", by, {"answer": "accept"}), "the answer")


def _voting(garden: Garden) -> None:
    """They met, by letters."""
    _met(garden)
    _until(garden.system, lambda: _state(garden) == "voting", "the vote that follows the introduction")


def _trial(garden: Garden) -> None:
    """Both voted yes, and they met again."""
    for by in ("mentee", "mentor"):
        _ok(garden.ask("POST", f"{_relationship(garden)}/vote", by, {"vote": "yes"}), "the vote")
    _until(garden.system, lambda: _state(garden) == "trial", "the trial that follows two yeses")
    _met(garden)
    planned = {"mode": "letters"}
    _ok(garden.ask("POST", _sessions(garden), "mentee", planned), "a session that is still to come")


def _renewed(garden: Garden) -> None:
    """Both renewed."""
    for by in ("mentee", "mentor"):
        _ok(garden.ask("POST", f"{_relationship(garden)}/renewal", by, {"renewal": "yes"}), "the renewal")
    _until(garden.system, lambda: _state(garden) == "active", "the full term that follows the renewal")
    _met(garden)


def _met(garden: Garden) -> None:
    """A session by letters, which needs no time to pass, and both say that it was held."""
    session = _until(
        garden.system,
        lambda: _made(garden.ask("POST", _sessions(garden), "mentee", {"mode": "letters"})),
        "a session by letters",
    )
    for by in ("mentee", "mentor"):
        attendance = f"{SESSIONS}/sessions/{session['id']}/attendance"
        _ok(garden.ask("POST", attendance, by, {"held": True}), "that they met")


def _sessions(garden: Garden) -> str:
    return f"{SESSIONS}/pairs/{garden.things['relationships'][0]}/sessions"


def _relationship(garden: Garden) -> str:
    return f"{MATCHING}/relationships/{garden.things['relationships'][0]}"


def _state(garden: Garden) -> str:
    return str(_json(garden.ask("GET", _relationship(garden), "mentee"))["state"])


def _confirmed(system: System, role: str, mail: str) -> Person:
    secret = _until(system, lambda: system.secret_mailed(mail), f"a confirmation mail to {mail}")
    signed = _json(system.ask("POST", f"{PROFILES}/confirmations", body={"token": secret}))
    token = _json(system.ask("POST", f"{PROFILES}/tokens", body={"session": signed["session"]}))
    return Person(role, mail, signed["member"], token["access_token"])


def _made(reply: Reply) -> dict[str, Any] | None:
    return _json(reply) if reply.status == 201 else None


def _ok(reply: Reply, what: str) -> None:
    if reply.status >= 300:
        raise CannotVerify(f"{what}: {reply.status} {reply.content[:300].decode(errors='replace')}")


def _json(reply: Reply) -> dict[str, Any]:
    _ok(reply, "an answer")
    made: dict[str, Any] = json.loads(reply.content)
    return made


def _until(system: System, look: Callable[[], T | None], what: str) -> T:
    deadline_s = time.monotonic() + SEEN_WITHIN_S
    while True:
        system.settle()
        if found := look():
            return found
        if time.monotonic() > deadline_s:
            raise CannotVerify(f"{what} did not come within {SEEN_WITHIN_S:.0f} s")
        time.sleep(LOOK_EVERY_S)
