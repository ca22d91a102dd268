"""Mentors who could be hers, as a mentee finds them herself, before anybody has proposed anything.

Invariants:
1. She reads what a proposal would tell her for its reason, and the honest ways to meet (R1). Who it is she reads only of those whom she has
   met: nobody is listed to strangers. No score and no price leaves here.
2. Whoever is kept from her, by whosoever wish, is not there, as whoever has not applied or has no place is not: nothing tells them apart,
   neither who is listed nor how many a change would bring.
3. Nobody's sensitive answers decide who is listed, or in which order (R7): she could try her own, and read theirs from what moves.
4. A look is read from documents as they stand, announces nothing and is kept nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from services.matching.commands.bridges import Route, bridges_to_each
from services.matching.commands.discovering import look
from services.matching.commands.drafting import refusing
from services.matching.commands.markets import around
from services.matching.commands.touchpoints import met_by
from services.matching.domain.applications import Application, in_the_way
from services.matching.domain.market import as_they_are, without_sensitive, years_known
from services.matching.engine import Found, Person, Reason, Snapshot, helps
from services.matching.engine.what_helps import Change
from services.matching.kinds import APPLICATIONS, CYCLES, MEMBERS, PROGRAMMES
from shared.errors import NotThere
from shared.transaction import Reader

#: What somebody does not want, or must not do, with her.
APART = ("exclusion", "conflict")
#: Why nobody is shown: she has taken her application back, has somebody already, cannot be taken by the programme as she is, holds as
#: many proposals and pairs as she can, or nobody who waits fits.
Why = Literal["withdrawn", "matched", "in_the_way", "no_seat", "nobody"]


@dataclass(frozen=True, slots=True)
class Possible:
    """A mentor who could be hers. `mentor` is set where the two have met, so that she may ask; else `bridge` says how they can."""

    reasons: tuple[Reason, ...]
    mentor: str | None = None
    bridge: Sequence[Route] = ()


@dataclass(frozen=True, slots=True)
class Mentors:
    """What a mentee finds in the cycle: mentors, the best for her and the least missed by others first, or why there is nobody.

    `in_the_way` is what keeps her out, with what she can do; `changes` would each leave no rule between her and some people more.
    """

    cycle: str
    mentors: tuple[Possible, ...] = ()
    why: Why | None = None
    in_the_way: Sequence[dict[str, Any]] = ()
    changes: tuple[Change, ...] = ()


def mentors(reader: Reader, application: str, *, by: str, now: datetime) -> Mentors:
    """What the mentee finds who made this application. `NotThere` for everybody else, and for a mentor's application.

    `Refused` (`too_large_to_look`) where too many mentors wait to be looked through for one answer.
    """
    applied = reader.get(APPLICATIONS, application)
    if applied.member != by or applied.role != "mentee":
        raise NotThere("application")
    if applied.state != "waiting":
        return Mentors(applied.cycle, why=applied.state)
    programme = reader.get(PROGRAMMES, reader.get(CYCLES, applied.cycle).programme)
    obstacles = in_the_way(applied, reader.load(MEMBERS, by), programme.eligibility)
    if obstacles:
        return Mentors(applied.cycle, why="in_the_way", in_the_way=obstacles)
    there = around(reader, [applied])
    # What goes on only to keep a wish of hers from showing is over for her.
    pairs = [one for one in there.relationships if by not in one.hushed_by]
    own = next(iter(as_they_are(programme, replace(there, relationships=pairs))), None)
    if own is None:
        raise NotThere("application")
    own = without_sensitive(own, programme)
    if not own.mentee_seats:
        return Mentors(applied.cycle, why="no_seat")
    found, before = look(reader, programme, applied.cycle, own)
    if not found:
        # Mentors kept as columns do not say whom they keep away, and she must not read it from a count.
        changes = () if before.kept else _changes(before.market, own)
        return Mentors(applied.cycle, why="nobody", changes=changes)
    return Mentors(applied.cycle, _possible(reader, applied, found, now))


def _possible(
    reader: Reader, applied: Application, found: Sequence[Found], now: datetime
) -> tuple[Possible, ...]:
    ids = [one.mentor for one in found]
    met = met_by(reader, applied.member, ids, now)
    ways = bridges_to_each(reader, applied.member, ids, now)
    return tuple(
        Possible(one.reasons, mentor=one.mentor)
        if one.mentor in met
        else Possible(one.reasons, bridge=[way for way in ways[one.mentor] if _leads_on(way, applied)])
        for one in found
    )


def _leads_on(way: Route, applied: Application) -> bool:
    """Whether the way is one for her: she has applied to her own cycle already."""
    return (way["route"], way.get("cycle")) != ("cycle", applied.cycle)


def _changes(market: Snapshot, own: Person) -> tuple[Change, ...]:
    with refusing():
        return helps(market, own.id, "mentee", years=years_known(own), absent=APART).changes
