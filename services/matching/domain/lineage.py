"""Lineage: who guided whom, and whom they guide now (R26).

Invariants:
1. It is a graph without cycles: a relationship whose mentor was guided, over however many steps, by its mentee adds no line to it.
2. Nobody's id is shown to others but with her own consent; without it she counts, and that is all.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

#: How many people one walk along the lines visits; more are cut off and the answer says so.
WALK_MOST = 500
#: How many of those before her are looked at; a longer line has not been lived yet, and adds nothing.
ANCESTORS_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Line:
    """One completed relationship, and the one at its other end."""

    relationship: str
    member: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One member's part of the lineage. `id` is hers; `named` is her consent to be named in other people's trees."""

    id: str
    chapter: str
    named: bool = False
    guided_by: tuple[Line, ...] = ()
    guides: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """What a member last said about being named, as others hear it. `id` is her own with another beginning."""

    id: str
    chapter: str
    named: bool


def consent_id(member: str) -> str:
    """The id under which her consent is announced: `lin_` and what follows `mem_` in hers."""
    return f"lin_{member.removeprefix('mem_')}"


@dataclass(frozen=True, slots=True)
class Twig:
    """A person in somebody's tree: her id where she may be named, how far away she is, and those beyond her."""

    member: str | None
    steps: int
    beyond: tuple["Twig", ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """One direction of somebody's lineage. `depth` is the longest way, `people` how many were found; `cut` says that there are more."""

    twigs: tuple[Twig, ...]
    depth: int
    people: int
    cut: bool


def ancestors(start: Branch, branch_of: Callable[[str], Branch]) -> set[str]:
    """Everybody who guided her, or guided those who did."""
    found: set[str] = set()
    waiting = [start]
    while waiting and len(found) < ANCESTORS_MOST:
        for line in waiting.pop().guided_by:
            if line.member not in found:
                found.add(line.member)
                waiting.append(branch_of(line.member))
    return found


def joined(
    mentor: Branch, mentee: Branch, relationship: str, branch_of: Callable[[str], Branch]
) -> tuple[Branch, Branch] | None:
    """Both branches with the new line between them; None where it would close a cycle, or is there already."""
    before = ancestors(mentor, branch_of)
    if mentor.id == mentee.id or mentee.id in before or len(before) >= ANCESTORS_MOST:
        return None
    if any(line.relationship == relationship for line in mentor.guides):
        return None
    return (
        replace(mentor, guides=(*mentor.guides, Line(relationship, mentee.id))),
        replace(mentee, guided_by=(*mentee.guided_by, Line(relationship, mentor.id))),
    )


def renamed(branch: Branch, old: str, new: str) -> Branch:
    """The branch with another id for one of those at the other ends."""

    def swap(lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(replace(line, member=new) if line.member == old else line for line in lines)

    return replace(branch, guided_by=swap(branch.guided_by), guides=swap(branch.guides))


def tree(start: Branch, up: bool, branch_of: Callable[[str], Branch]) -> Tree:
    """Her lineage in one direction. A person is shown once, on the first way that leads to her; nobody is named without consent."""
    seen = {start.id}
    depth = 0
    cut = False

    def twigs(branch: Branch, steps: int) -> tuple[Twig, ...]:
        nonlocal depth, cut
        made = []
        for line in branch.guided_by if up else branch.guides:
            if line.member in seen:
                continue
            if len(seen) > WALK_MOST or steps > 50:
                cut = True
                break
            seen.add(line.member)
            depth = max(depth, steps)
            following = branch_of(line.member)
            name = line.member if following.named else None
            made.append(Twig(name, steps, twigs(following, steps + 1)))
        return tuple(made)

    found = twigs(start, 1)
    return Tree(found, depth, len(seen) - 1, cut)
