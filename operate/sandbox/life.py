"""One relationship's life in a sandbox, by the same requests that people's browsers send, on the sandbox's clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from operate.sandbox.people import Answered, Sandbox, coordinator, invent
from shared.auth import Asker
from shared.chapter_clocks import SEEN_WITHIN_S as SEEN_BY_ALL_WITHIN_S

T = TypeVar("T")
#: Hears each step, and of which relationship.
Say = Callable[[str, str], None]

PROFILES, MATCHING, SESSIONS = "/api/profiles/v1", "/api/matching/v1", "/api/sessions/v1"
SEEN_WITHIN_S = 30.0
LOOK_EVERY_S = 0.05
#: How often the two meet, in days: often enough that nobody asks about their silence.
MEETS_EVERY_DAYS = 18
#: Longer than any term, so that a life that does not end is noticed.
MAX_MEETINGS = 60


def _nothing() -> None:
    """Nobody minds whether the life goes on."""


class NotPlayed(Exception):
    """A step of the life did not happen; the text says which, and what was answered instead."""


@dataclass(slots=True)
class Life:
    """The two, their relationship, and what is said of it."""

    here: Sandbox
    say: Say
    staff: Asker
    mentee: Asker
    mentor: Asker
    go_on: Callable[[], None] = _nothing
    id: str = ""

    @property
    def both(self) -> tuple[Asker, Asker]:
        """The two."""
        return self.mentee, self.mentor

    def answer(self, method: str, path: str, by: Asker, body: Any = None) -> Answered:
        """What a request is answered, where the life goes on."""
        self.go_on()
        return self.here.ask(method, path, by, body)

    def ask(self, method: str, path: str, by: Asker, body: Any = None) -> Any:
        """A request that must succeed; its JSON."""
        answer = self.answer(method, path, by, body)
        if answer.status >= 300:
            raise NotPlayed(f"{method} {path} answered {answer.status}: {answer.body}")
        return answer.body

    def on(self, what: str, by: Asker, body: Any = None) -> Any:
        """A request about the relationship."""
        return self.ask(
            "POST", f"{MATCHING}/relationships/{self.id}/{what}", by, {} if body is None else body
        )

    def state(self) -> str:
        """Where the relationship stands, as the mentee sees it."""
        return str(self.ask("GET", f"{MATCHING}/relationships/{self.id}", self.mentee)["state"])

    def until(self, *states: str) -> None:
        """Wait for the relationship to get there."""
        _seen(lambda: self.state() in states, f"the relationship is not {' or '.join(states)}")

    def pass_days(self, days: int) -> None:
        """Time passes, in this sandbox only; every process has seen it when this returns."""
        self.here.room.clocks.advance(self.here.chapter, timedelta(days=days))
        time.sleep(2 * SEEN_BY_ALL_WITHIN_S)


def proposed(life: Life) -> None:
    """A coordinator introduces two new people."""
    body = {"mentee": life.mentee.member, "mentor": life.mentor.member, "reason": "An invented reason."}

    def introduce() -> Answered | None:
        answer = life.answer("POST", f"{MATCHING}/introductions", life.staff, body)
        return answer if answer.status == 201 else None

    life.id = _seen(introduce, "the two are not known to matching").body["id"]
    life.say("proposed", life.id)


def declined(life: Life) -> None:
    """The mentor would rather not; it shows when both have answered."""
    life.on("answer", life.mentee, {"answer": "accept"})
    life.on("answer", life.mentor, {"answer": "decline"})
    life.until("declined")
    life.say("declined", life.id)


def met(life: Life) -> None:
    """Both accept, and meet by letters."""
    for one in life.both:
        life.on("answer", one, {"answer": "accept"})
    life.say("introduction agreed", life.id)
    _meet(life)
    life.until("voting")
    life.say("introduction held", life.id)


def not_started(life: Life) -> None:
    """Two yeses do not come."""
    life.on("vote", life.mentee, {"vote": "yes"})
    life.pass_days(8)
    life.until("not_started")
    life.say("not started", life.id)


def started(life: Life) -> None:
    """Two yeses."""
    for one in life.both:
        life.on("vote", one, {"vote": "yes"})
    life.until("trial")
    life.say("started: the trial begins", life.id)


def ended(life: Life) -> None:
    """One of the two ends it."""
    _meet(life)
    life.on("ending", life.mentee, {})
    life.until("ended")
    life.say("ended, by choice", life.id)


def silent(life: Life) -> None:
    """They do not meet any more."""
    for days in (22, 7, 7, 7):
        life.pass_days(days)
    life.until("ended")
    life.say("asked, and closed for silence", life.id)


def renewed(life: Life) -> None:
    """The mentee has a goal, and both renew."""
    life.on("goals", life.mentee, {"text": "An invented goal."})
    _meet(life)
    for one in life.both:
        life.on("renewal", one, {"renewal": "yes"})
    life.until("active")
    life.say("renewed: the full term begins", life.id)


def paused(life: Life) -> None:
    """A pause, and its end."""
    life.on("pause", life.mentor, {"days": 20})
    life.until("paused")
    life.pass_days(10)
    life.on("resume", life.mentor)
    life.until("active")
    life.say("paused, and resumed", life.id)


def completed(life: Life) -> None:
    """They go on meeting until the term is over, and look back at half of it."""
    for _ in range(MAX_MEETINGS):
        life.pass_days(MEETS_EVERY_DAYS)
        _let_timers_ring(life)
        now = life.state()
        if now == "completed":
            life.say("completed", life.id)
            return
        if now == "review":
            life.on("review", life.mentee)
            life.say("looked back", life.id)
        _meet(life)
    raise NotPlayed("the term does not end")


def erased(life: Life) -> None:
    """The mentee leaves for good."""
    life.ask("DELETE", f"{PROFILES}/me", life.mentee, {"confirm": True})
    life.say("the mentee was erased", life.id)


#: Each story by its name: what happens, in order.
STORIES: dict[str, tuple[Callable[[Life], None], ...]] = {
    "declined": (proposed, declined),
    "not-started": (proposed, met, not_started),
    "ended": (proposed, met, started, ended),
    "silent": (proposed, met, started, renewed, silent),
    "completed": (proposed, met, started, renewed, paused, completed),
    "erased": (proposed, met, started, renewed, paused, completed, erased),
}


def play_life(here: Sandbox, story: str, say: Say, *, go_on: Callable[[], None] = _nothing) -> str:
    """Play a story with two new people; the relationship's id. `NotPlayed` where a step does not happen.

    `go_on` is called before each request; what it raises ends the life there.
    """
    life = Life(here, say, coordinator(here), invent(here, "mentee"), invent(here, "mentor"), go_on)
    for step in STORIES[story]:
        step(life)
    return life.id


def _meet(life: Life) -> None:
    """A session by letters, which needs no time to pass, and both say that it was held."""
    path = f"{SESSIONS}/pairs/{life.id}/sessions"

    def write() -> Answered | None:
        answer = life.answer("POST", path, life.mentee, {"mode": "letters"})
        return answer if answer.status == 201 else None

    session = _seen(write, "sessions does not know the pair").body["id"]
    for one in life.both:
        life.ask("POST", f"{SESSIONS}/sessions/{session}/attendance", one, {"held": True})


def _let_timers_ring(life: Life) -> None:
    """What fell due by the last move has happened: nothing of the relationship is late on the sandbox's clock."""

    def settled() -> bool:
        seen = life.ask("GET", f"{MATCHING}/relationships/{life.id}", life.mentee)
        now = life.here.room.now(life.here.chapter).isoformat()
        due = seen.get("review_at") if seen["state"] == "active" and not seen.get("reviewed_at") else None
        ends = seen.get("term_ends_at") if seen["state"] in ("active", "review") else None
        return all(moment is None or moment > now for moment in (due, ends))

    _seen(settled, "what fell due did not happen")


def _seen(look: Callable[[], T | None], what: str) -> T:
    """Look until there is something to see, and return it; `NotPlayed` after the deadline."""
    deadline_s = time.monotonic() + SEEN_WITHIN_S
    while True:
        if found := look():
            return found
        if time.monotonic() > deadline_s:
            raise NotPlayed(f"{what} (waited {SEEN_WITHIN_S:.0f} s)")
        time.sleep(LOOK_EVERY_S)
