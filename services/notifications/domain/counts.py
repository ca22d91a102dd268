"""A chapter's relationship counts, rebuilt from its public events and from nothing else.

The same fold is what an integrator would write: it reads types and `reason`, in each relationship's order, and keeps a state for each.
An introduction that is booked is not told apart here, since no public event says it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

#: What each type makes of the state; None keeps it, "" goes back to what it was before a pause.
AFTER = {
    "proposed": "proposed",
    "introduction_agreed": "introduction",
    "introduction_held": "voting",
    "not_started": "not_started",
    "started": "trial",
    "renewed": "active",
    "review_due": "review",
    "reviewed": "active",
    "paused": "paused",
    "resumed": "",
    "completed": "completed",
    "ended": "ended",
    "quiet": None,
    "session_held": None,
    "erased": None,
}


@dataclass(slots=True)
class Counts:
    """Feed it a chapter's public events in their order; `by_state` says how many relationships stand where."""

    states: dict[str, str] = field(default_factory=dict)
    paused_from: dict[str, str] = field(default_factory=dict)
    ended_by: Counter[str] = field(default_factory=Counter)
    sessions_held: int = 0
    started: int = 0
    erased: int = 0

    def tell(self, event: dict[str, Any]) -> None:
        """One more event, a CloudEvent in structured JSON. Events about anything but relationships say nothing here."""
        _, about, word, *_ = event["type"].split(".")
        if about != "relationship":
            return
        id, data = event["partitionkey"], event["data"]
        self.sessions_held += word == "session_held"
        self.started += word == "started"
        self.erased += word == "erased"
        if word == "declined":
            self.states[id] = data["reason"]
            return
        if word == "paused":
            self.paused_from[id] = self.states.get(id, "active")
        if word == "ended":
            self.ended_by[data["reason"]] += 1
        after = AFTER.get(word)
        if after is not None:
            self.states[id] = after or self.paused_from.pop(id, "active")

    def report(self) -> dict[str, Any]:
        """All of it, in plain values."""
        return {
            "relationships": len(self.states),
            "by_state": dict(sorted(Counter(self.states.values()).items())),
            "ended_by": dict(sorted(self.ended_by.items())),
            "started": self.started,
            "sessions_held": self.sessions_held,
            "erased": self.erased,
        }


def counted(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The report of these events."""
    counts = Counts()
    for event in events:
        counts.tell(event)
    return counts.report()
