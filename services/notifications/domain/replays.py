"""Replays as values: history sent to one webhook again, from some place in the feed up to where it stood when it was asked for.

Invariants:
1. A replay goes to its webhook only, with the events' own ids and sequences, each marked with the replay's id.
2. It is bounded: it ends where the feed ended when it began, and sends no more than `A_SECOND` events a second.
3. Where it stands is kept: it goes on after a restart, and makes no delivery twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

A_SECOND = 100
MAX_RUNNING = 3
#: A replay makes no more deliveries while this many of its webhook's wait.
MAX_WAITING = 500


@dataclass(frozen=True, slots=True)
class Replay:
    """What is sent again: filters as in the feed (empty: all); `reached` the place up to which deliveries were made, `last` the end."""

    id: str
    chapter: str
    webhook: str
    made_at: datetime
    made_by: str
    chapters: tuple[str, ...]
    types: tuple[str, ...]
    relationship: str
    from_sequence: int
    since: datetime | None
    until: datetime | None
    failed_only: bool
    first: int
    reached: int
    last: int
    due_at: datetime | None
    made: int = 0
    state: Literal["running", "done", "cancelled"] = "running"


def moved_on(replay: Replay, *, reached: int, made: int, now: datetime) -> Replay:
    """The replay after some deliveries were made: the next are due when these have had their share of time."""
    over = reached >= replay.last
    return replace(
        replay,
        reached=min(reached, replay.last),
        made=replay.made + made,
        state="done" if over else "running",
        due_at=None if over else now + timedelta(seconds=made / A_SECOND),
    )


def held_back(replay: Replay, now: datetime) -> Replay:
    """The replay, looked at again in a second: its webhook has enough to do."""
    return replace(replay, due_at=now + timedelta(seconds=1))


def cancelled(replay: Replay) -> Replay:
    """The replay, over: no further deliveries are made. Those that were made go their way."""
    return replay if replay.state == "done" else replace(replay, state="cancelled", due_at=None)
