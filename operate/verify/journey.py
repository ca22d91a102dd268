"""The journey that is driven before the search: two people from their registration to the end of their relationship, others around them.

At each stage everything that takes text then is planted; what only an earlier stage takes was planted there. The programme of the two has
the shortest terms that there are, so that a year of theirs takes a month of the platform's clock (`operate.verify.later`).
"""

import secrets
from collections.abc import Callable
from datetime import datetime

from operate.verify.asking import (
    MATCHING,
    PROFILES,
    SERVICES,
    SESSIONS,
    let_an_integrator_in,
    made,
    ok,
    read,
    signed_in,
    until,
)
from operate.verify.later import LATER, meet, relationship, sessions, state
from operate.verify.markers import Markers
from operate.verify.pages import note_addresses
from operate.verify.planting import Garden
from operate.verify.system import System

LAST_TRIES = 5
#: The shortest that a programme may make them, in days.
SHORT = {"trial_days": 7, "term_days": 28}


def drive(system: System, say: Callable[[str], None]) -> Garden:
    """Everybody comes in, the two become a pair, and all text that there can be is planted."""
    specs = {name: read(system.ask("GET", f"/api/{name}/openapi.json")) for name in SERVICES}
    word = secrets.token_hex(3)
    garden = Garden(system, Markers(), specs)
    _people(garden, word)
    say(f"{len(garden.people)} people came in, in two chapters.")
    for stage in (_proposed, _introduced, _voting, _trial, _renewed, *LATER):
        stage(garden)
        _plant(garden)
        if stage is _renewed:
            note_addresses(garden)
        say(f"{stage.__doc__ or ''} {len(garden.done)} fields are planted.")
    for _ in range(LAST_TRIES):  # what waits for an event that is still on its way
        if not garden.missing():
            break
        system.settle()
        _plant(garden)
    system.settle()
    let_an_integrator_in(garden)
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
        garden.people[role] = signed_in(system, role, mail, "confirm")
    garden.things["chapters"] = [here]
    for role, roles in (("mentee", ["mentee"]), ("mentor", ["mentor"]), ("stranger", ["mentee", "mentor"])):
        mail = f"{role}.{word}@example.org"
        body = {"chapter": here, "name": f"Some {role.title()}", "mail": mail, "roles": roles}
        ok(system.ask("POST", f"{PROFILES}/members", body=body), "somebody registers")
        garden.people[role] = signed_in(system, role, mail, "confirm")
        garden.things.setdefault("members", []).append(garden.people[role].member)
    me = read(garden.ask("GET", f"{PROFILES}/me", "mentor"))
    garden.now = datetime.fromisoformat(me["now"])
    ok(garden.ask("PATCH", f"{PROFILES}/me", "mentor", {"capacity": 3}), "a mentor has places")
    hook = {"url": system.receiver()}
    ok(garden.ask("POST", "/api/notifications/v1/webhooks", "staff", hook), "an integrator subscribes")
    programme = read(garden.ask("POST", f"{MATCHING}/programmes", "staff", {"name": "City", "rules": SHORT}))
    garden.things["programmes"] = [programme["id"]]


def _proposed(garden: Garden) -> None:
    """A coordinator introduced the two."""
    system = garden.system
    body = {
        "mentee": garden.people["mentee"].member,
        "mentor": garden.people["mentor"].member,
        "programme": garden.things["programmes"][0],
        "reason": f"You should meet {garden.markers.new('POST /api/matching/v1/introductions /reason', 'pair')}",
    }
    proposal = until(
        system,
        lambda: made(garden.ask("POST", f"{MATCHING}/introductions", "staff", body)),
        "the coordinator's introduction",
    )
    garden.things["relationships"] = [proposal["id"]]
    garden.done |= {
        each for each in garden.missing() if str(each) == "POST /api/matching/v1/introductions /reason"
    }


def _introduced(garden: Garden) -> None:
    """Both accepted to meet."""
    for by in ("mentee", "mentor"):
        ok(garden.ask("POST", f"{relationship(garden)}/answer", by, {"answer": "accept"}), "the answer")


def _voting(garden: Garden) -> None:
    """They met, by letters."""
    meet(garden)
    until(garden.system, lambda: state(garden) == "voting", "the vote that follows the introduction")


def _trial(garden: Garden) -> None:
    """Both voted yes, and they met again."""
    for by in ("mentee", "mentor"):
        ok(garden.ask("POST", f"{relationship(garden)}/vote", by, {"vote": "yes"}), "the vote")
    until(garden.system, lambda: state(garden) == "trial", "the trial that follows two yeses")
    meet(garden)
    ok(garden.ask("POST", sessions(garden), "mentee", {"mode": "letters"}), "a session that is still to come")


def _renewed(garden: Garden) -> None:
    """Both renewed."""
    for by in ("mentee", "mentor"):
        ok(garden.ask("POST", f"{relationship(garden)}/renewal", by, {"renewal": "yes"}), "the renewal")
    until(garden.system, lambda: state(garden) == "active", "the full term that follows the renewal")
    meet(garden)
