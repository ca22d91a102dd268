"""The pair's machine: one table of the moves that a relationship can make. What it does not list is refused (409).

Invariants:
1. Every line says who brings the move about, what becomes of the mentor's place, and of the mentee's place in the queue.
2. No line tells which of the two acted: `one` is one of them, `both` are both (R2).
3. That the introduction was held is the state `voting`, and there is none between the two: a state that began with the first vote would
   show that somebody had voted. From the meeting on each can vote, and nothing moves before both are in or the time is over.
"""

from dataclasses import dataclass
from typing import Literal

from shared.errors import Refused

State = Literal[
    "proposed", "introduction", "booked", "voting", "trial", "active", "paused", "review",
    "completed", "declined", "lapsed", "not_started", "ended",
]  # fmt: skip
Move = Literal[
    "agree", "decline", "lapse", "book", "unbook", "meet", "start", "close", "renew", "pause", "resume", "review",
    "go_on", "complete", "end",
]  # fmt: skip
#: `session` is a meeting that was planned, called off or held, `platform` an erasure, told without saying whose.
Actor = Literal["both", "one", "session", "clock", "coordinator", "platform"]
Place = Literal["none", "taken", "kept", "returned"]
#: kept: she waits on, where she stood. taken: she is matched. held: hers again, as it was, if she goes back to the pool. left: done.
Queue = Literal["kept", "taken", "held", "left"]


@dataclass(frozen=True, slots=True)
class Step:
    """One move: from where to where, by whom, and what becomes of the mentor's place and the mentee's place in the queue."""

    move: Move
    before: State
    after: State
    by: tuple[Actor, ...]
    place: Place
    queue: Queue


def _lines(move: Move, states: tuple[State, ...], after: State, *by: Actor) -> tuple[Step, ...]:
    return tuple(Step(move, before, after, by, "kept", "taken") for before in states)


STEPS = (
    Step("agree", "proposed", "introduction", ("both",), "taken", "kept"),
    Step("decline", "proposed", "declined", ("one",), "none", "kept"),
    Step("lapse", "proposed", "lapsed", ("clock",), "none", "kept"),
    Step("book", "introduction", "booked", ("session",), "kept", "kept"),
    Step("unbook", "booked", "introduction", ("session",), "kept", "kept"),
    Step("meet", "introduction", "voting", ("session",), "kept", "kept"),  # they met without booking
    Step("meet", "booked", "voting", ("session",), "kept", "kept"),
    Step("lapse", "introduction", "lapsed", ("clock",), "returned", "kept"),
    Step("lapse", "booked", "lapsed", ("clock",), "returned", "kept"),
    Step("start", "voting", "trial", ("both",), "kept", "taken"),
    Step("close", "voting", "not_started", ("clock",), "returned", "kept"),
    *_lines("renew", ("trial", "active", "review"), "active", "both"),
    *_lines("review", ("active",), "review", "clock"),
    *_lines("go_on", ("review",), "active", "one", "clock"),
    *_lines("pause", ("trial", "active", "review"), "paused", "one"),
    *_lines("resume", ("paused",), "trial", "one", "clock"),
    *_lines("resume", ("paused",), "active", "one", "clock"),
    *_lines("resume", ("paused",), "review", "one", "clock"),
    Step("complete", "active", "completed", ("clock",), "returned", "left"),
    Step("end", "proposed", "ended", ("coordinator", "platform"), "none", "kept"),
    Step("end", "introduction", "ended", ("one", "coordinator", "platform"), "returned", "kept"),
    Step("end", "booked", "ended", ("one", "coordinator", "platform"), "returned", "kept"),
    Step("end", "voting", "ended", ("coordinator", "platform"), "returned", "kept"),
    Step("end", "trial", "ended", ("one", "coordinator", "platform", "clock"), "returned", "held"),
    Step("end", "active", "ended", ("one", "coordinator", "platform", "clock"), "returned", "held"),
    Step("end", "review", "ended", ("one", "coordinator", "platform", "clock"), "returned", "held"),
    Step("end", "paused", "ended", ("one", "coordinator", "platform"), "returned", "held"),
)
STATES: tuple[State, ...] = (
    "proposed", "introduction", "booked", "voting", "trial", "active", "paused", "review",
    "completed", "declined", "lapsed", "not_started", "ended",
)  # fmt: skip
#: States that no step leaves.
CLOSED = frozenset(STATES) - {line.before for line in STEPS}
#: States of a pair that has started and is not over.
RUNNING: frozenset[State] = frozenset({"trial", "active", "paused", "review"})


def step(state: State, move: Move, after: State | None = None) -> Step:
    """The table's line for this move, to `after` where there are several. `Refused` (`wrong_state`) where there is none."""
    for line in STEPS:
        if (line.move, line.before) == (move, state) and after in (None, line.after):
            return line
    raise wrong(state)


def wrong(state: State) -> Refused:
    """The refusal of what cannot be done in this state."""
    return Refused(
        "wrong_state", f"This cannot be done now: the relationship is in the state {state}.", state=state
    )


def drawn() -> str:
    """The machine as a Mermaid state diagram, from the table and from nothing else."""
    lines = ["stateDiagram-v2", "    [*] --> proposed"]
    for line in STEPS:
        notes = [line.move.replace("_", " "), "by " + " or ".join(line.by)]
        if line.place in ("taken", "returned"):
            notes.append(f"place {line.place}")
        lines.append(f"    {line.before} --> {line.after}: {', '.join(notes)}")
    lines += [f"    {state} --> [*]" for state in STATES if state in CLOSED]
    return "\n".join(lines) + "\n"
