"""Lives that were asked for in a sandbox: two invented people, and their relationship from its proposal to its end.

Invariants:
1. A life has one relationship at most. What was interrupted before there was one is begun anew; what was interrupted after it has failed,
   so that whoever follows the relationship's events never finds it twice in the same life.
2. A life that ended stays as it is.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

#: What can be played: `operate.sandbox.life` knows how.
STORIES = ("completed", "declined", "ended", "erased", "not-started", "silent")
#: How many lives of one sandbox wait or are played at a time.
MAX_OPEN = 5
#: How often a life is begun before its relationship is there.
MAX_TRIES = 3
KEPT_FOR = timedelta(days=90)
MAX_DETAIL_CHARS = 300

State = Literal["waiting", "playing", "played", "failed"]
#: interrupted: its player ended in the middle of it. step_failed: something that should have happened did not; `detail` says what.
WhyFailed = Literal["interrupted", "step_failed"]
STATES: tuple[State, ...] = get_args(State)
WHY_FAILED: tuple[WhyFailed, ...] = get_args(WhyFailed)


@dataclass(frozen=True, slots=True)
class Said:
    """One step that was taken, and when, on the platform's clock."""

    step: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Life:
    """A life in the sandbox `chapter`; all moments are on the platform's clock, and `relationship` is empty until there is one."""

    id: str
    chapter: str
    story: str
    made_at: datetime
    made_by: str
    state: State = "waiting"
    player: str = ""
    tries: int = 0
    relationship: str = ""
    steps: tuple[Said, ...] = ()
    reason: WhyFailed | Literal[""] = ""
    detail: str = ""
    ended_at: datetime | None = None
    forget_at: datetime | None = None


def begun(life: Life, player: str) -> Life:
    """The life in the hands of a player."""
    return replace(life, state="playing", player=player, tries=life.tries + 1, steps=())


def gone_on(life: Life, *, relationship: str, step: str, now: datetime) -> Life:
    """The life one step further."""
    return replace(life, relationship=relationship, steps=(*life.steps, Said(step, now)))


def played(life: Life, now: datetime) -> Life:
    """The life at its end."""
    return replace(life, state="played", ended_at=now, forget_at=now + KEPT_FOR)


def failed(life: Life, reason: WhyFailed, detail: str, now: datetime) -> Life:
    """The life, over before its end."""
    return replace(
        life,
        state="failed",
        reason=reason,
        detail=detail[:MAX_DETAIL_CHARS],
        ended_at=now,
        forget_at=now + KEPT_FOR,
    )


def interrupted(life: Life, now: datetime) -> Life:
    """The life after its player ended: waiting again where there was no relationship yet and tries are left, else failed."""
    if life.relationship or life.tries >= MAX_TRIES:
        return failed(life, "interrupted", "Whoever played it ended in the middle. Ask for another one.", now)
    return put_back(life)


def put_back(life: Life) -> Life:
    """The life as it was before anybody took it up; its tries stay."""
    return replace(life, state="waiting", player="", steps=())
