"""Who is never to be paired with whom: conflicts that a member or staff declared (R12), and a member's own blocks.

Invariants:
1. A declaration is about one member and names one other; whoever pairs people takes it for both.
2. Matching hears whole lists without kinds. A conflict's kind is for its member and her staff; a block is for the one who made it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.errors import NotAllowed, NotThere, Refused
from shared.events.profiles import MemberKeptApart

#: Declarations about one member, conflicts and blocks together.
MAX_APART = 200

#: The conflicts of R12; `other` is one that she need not name.
CONFLICTS = ("reporting_line", "household", "investor", "recruiter", "competitor", "other")
BLOCK = "block"

SetBy = Literal["self", "staff"]


@dataclass(frozen=True, slots=True)
class Apart:
    """`member` and `other` are kept apart. `kind` is one of `CONFLICTS`, or `BLOCK`; `by` is who said so."""

    id: str
    chapter: str
    member: str
    other: str
    kind: str
    set_by: SetBy
    by: str
    at: datetime


def declare(said: Apart, there: Iterable[Apart]) -> MemberKeptApart:
    """What matching hears after this declaration. `Refused`: about_yourself, too_many."""
    if said.member == said.other:
        raise Refused("about_yourself", "Name somebody else: nobody is paired with herself.")
    others = [each for each in there if each.id != said.id]
    if len(others) >= MAX_APART:
        raise Refused(
            "too_many", f"There are {MAX_APART} such entries. Take one back that is no longer needed."
        )
    return kept_apart([*others, said])


def refuse_taking_back(entry: Apart, *, member: str, kinds: Iterable[str], by_staff: bool) -> None:
    """Who declared it takes it back: what staff set only staff, what she said only she."""
    if entry.member != member or entry.kind not in kinds:
        raise NotThere("entry")
    if (entry.set_by == "staff") != by_staff:
        who = "the coordinators of the chapter" if entry.set_by == "staff" else "the member herself"
        raise NotAllowed("set_by_another", f"This was set by {who}, and only they can take it back.")


def kept_apart(entries: Iterable[Apart]) -> MemberKeptApart:
    """Whole lists, in one order, without kinds."""
    entries = list(entries)
    return MemberKeptApart(
        apart_from=tuple(sorted({each.other for each in entries})),
        no_contact=tuple(sorted({each.other for each in entries if each.kind == BLOCK})),
    )
