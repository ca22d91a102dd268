"""The later half of the journey: looking back, a pause, the end of the term, and what comes after it.

Time passes on the platform's own clock, in as few days as the programme's terms allow.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from operate.verify.asking import MATCHING, PROFILES, SESSIONS, made, ok, read, sign_in_all, until
from operate.verify.planting import Garden

PAIR = ("mentee", "mentor")
#: Half of the shortest term, and a day.
HALF_TERM_DAYS = 15
#: How far the journey moves the clock.
LATER_DAYS = 2 * HALF_TERM_DAYS
#: The chapter's clock (`System.open_chapter`).
ZONE = "Asia/Shanghai"
PULSE = {"stress": 2, "resilience": 6, "purpose": 5, "accomplishment": 4}
OUTCOME = {"promoted": True, "new_role": False, "satisfaction": 6, "gained": 5}
MORE_SESSIONS = 3


def looked_back(garden: Garden) -> None:
    """Half of the term later they looked back together."""
    _pass(garden, HALF_TERM_DAYS)
    until(garden.system, lambda: state(garden) == "review", "the review at half term")
    meet(garden)
    ok(garden.ask("POST", f"{relationship(garden)}/review", "mentee"), "the review")


def paused(garden: Garden) -> None:
    """They paused, and went on."""
    ok(garden.ask("POST", f"{relationship(garden)}/pause", "mentor", {"days": 5}), "the pause")
    garden.system.settle()
    ok(garden.ask("POST", f"{relationship(garden)}/resume", "mentor"), "the end of the pause")
    for _ in range(MORE_SESSIONS):
        meet(garden)


def completed(garden: Garden) -> None:
    """The term came to its end."""
    _pass(garden, HALF_TERM_DAYS)
    until(garden.system, lambda: state(garden) == "completed", "the end of the term")


def grown(garden: Garden) -> None:
    """They answered what they were asked, thanked each other, took their certificates, and the mentee is to be a mentor."""
    rel = garden.things["relationships"][0]
    for by in PAIR:
        _answer(garden, by, "pulses", PULSE)
        _answer(garden, by, "outcomes", OUTCOME)
        ok(garden.ask("POST", f"{SESSIONS}/pairs/{rel}/certificate", by), "the certificate")
        ok(garden.ask("PUT", f"{MATCHING}/me/lineage", by, {"named": True}), "the consent to be named")
    given = read(garden.ask("GET", f"{SESSIONS}/pairs/{rel}/kudos", "mentee"))["items"]
    for thanks in given:  # one of the two alone makes nothing public
        published = f"{SESSIONS}/kudos/{thanks['id']}/publication"
        ok(garden.ask("PUT", published, "mentee", {"publish": True}), "the wish to publish thanks")
    roles = {"roles": ["mentee", "mentor"], "capacity": 1}
    ok(garden.ask("PATCH", f"{PROFILES}/me", "mentee", roles), "the mentee becomes a mentor")
    _draft_a_round(garden)
    for report in read(garden.ask("GET", f"{PROFILES}/reports", "staff"))["items"]:
        ok(garden.ask("GET", f"{PROFILES}/reports/{report['id']}", "staff"), "the coordinator reads a report")


LATER = (looked_back, paused, completed, grown)


def meet(garden: Garden) -> None:
    """A session by letters, which needs no time to pass, and both say that it was held."""
    session = until(
        garden.system,
        lambda: made(garden.ask("POST", sessions(garden), "mentee", {"mode": "letters"})),
        "a session by letters",
    )
    for by in PAIR:
        attendance = f"{SESSIONS}/sessions/{session['id']}/attendance"
        ok(garden.ask("POST", attendance, by, {"held": True}), "that they met")


def sessions(garden: Garden) -> str:
    """Where the sessions of the two are."""
    return f"{SESSIONS}/pairs/{garden.things['relationships'][0]}/sessions"


def relationship(garden: Garden) -> str:
    """Where the relationship of the two is."""
    return f"{MATCHING}/relationships/{garden.things['relationships'][0]}"


def state(garden: Garden) -> str:
    """Its state, as the mentee reads it."""
    return str(read(garden.ask("GET", relationship(garden), "mentee"))["state"])


def _pass(garden: Garden, days: int) -> None:
    """Days pass on the platform's clock; everybody signs in again."""
    garden.system.settle()
    garden.system.advance(days)
    sign_in_all(garden)
    garden.now = datetime.fromisoformat(read(garden.ask("GET", f"{PROFILES}/me", "mentor"))["now"])


def _draft_a_round(garden: Garden) -> None:
    """The coordinator enters everybody for a cycle and drafts its round."""
    today = garden.now.astimezone(ZoneInfo(ZONE))
    cycle = {
        "programme": garden.things["programmes"][0],
        "name": "Spring",
        "opens_local": f"{today - timedelta(days=1):%Y-%m-%dT09:00}",
        "closes_local": f"{today + timedelta(days=20):%Y-%m-%dT23:59}",
    }
    id = read(garden.ask("POST", f"{MATCHING}/cycles", "staff", cycle))["id"]
    entered = garden.ask("POST", f"{MATCHING}/cycles/{id}/applications", "staff", {"everyone": True})
    ok(entered, "the coordinator enters everybody")
    ok(garden.ask("POST", f"{MATCHING}/cycles/{id}/rounds", "staff", {"seed": 1}), "the draft of a round")


def _answer(garden: Garden, by: str, what: str, values: dict[str, Any]) -> None:
    """She answers everything of this kind that she may still answer."""
    asked = until(
        garden.system,
        lambda: read(garden.ask("GET", f"{SESSIONS}/me/{what}", by))["items"],
        f"the questions of {what}",
    )
    for each in asked:
        if each["values"] is None:
            garden.ask("POST", f"{SESSIONS}/{what}/{each['id']}/answer", by, values)
