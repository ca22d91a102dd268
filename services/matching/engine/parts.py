"""The parts a score is the sum of, and the reasons that the pair may read: reasons are parts, so they cannot
drift apart (R4).

Codes of parts, and of the reasons that come from them, with what they name and what `value` counts:

    mentee   wants       an area wanted that the mentor covers; years she is ahead in it
    mentee   gap         the area in which she is furthest ahead; years ahead
    mentor   asked       an area offered that the mentee wants; years ahead
    mentor   likes       one of those that the mentor likes to teach; 1
    both     learns      an area the other could teach her; 1
    both     hours       nothing named; common hours of the week
    both     languages   key = a common language; 1
    both     answer      key = a programme's question; its points before weighting

Years ahead can be 0 or less where the programme does not ask for a gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.matching.engine.columns import WORD_BITS, Ints, Side, Words
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import GAP_COUNTED_YEARS, HOURS_COUNTED, LANGUAGES_COUNTED, LEARNS_COUNTED
from services.matching.engine.rules import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`points` of a score that come from one thing. A `private` part counts, but is never shown to the
    pair."""

    code: str
    points: int
    value: int
    area: str | None = None
    key: str | None = None
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why one side might want to meet: a code and its parameters, for the pages to put into words."""

    code: str
    value: int
    area: str | None = None
    key: str | None = None


def parts_of(market: Snapshot, i: int, j: int) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The parts of u and of v for mentee row i and mentor row j: those worth a point or more, most points
    first.

    Meaningful for pairs that no rule stops; a stopped pair's parts say what it would have been worth.
    """
    mentees, mentors, rules = market.mentees, market.mentors, market.rules
    mine, theirs = rules.mentee_weights, rules.mentor_weights
    covered = _covered(market, i, j)
    hours = len(_both(mentees.hours[i], mentors.hours[j]))
    shared = [market.languages[n] for n in _both(mentees.languages[i], mentors.languages[j])][
        :LANGUAGES_COUNTED
    ]
    taught = [market.areas[n] for n in _both(mentees.wants_to_learn[i], mentors.could_teach[j])][
        :LEARNS_COUNTED
    ]
    teaches = [market.areas[n] for n in _both(mentees.could_teach[i], mentors.wants_to_learn[j])][
        :LEARNS_COUNTED
    ]
    wish = {area: int(mentees.wanted[i, market.areas.index(area)]) for area in covered}
    likes = [area for area in covered if mentors.likes[j, market.areas.index(area)]]
    u = [
        Part(code="wants", points=mine.wants * wish[area], value=gap, area=area)
        for area, gap in covered.items()
    ]
    v = [
        Part(code="asked", points=theirs.asked * wish[area], value=gap, area=area)
        for area, gap in covered.items()
    ]
    if covered:
        best = max(covered, key=lambda area: covered[area])  # the first in the areas' order among equals
        years = min(max(covered[best], 0), GAP_COUNTED_YEARS)
        u.append(Part(code="gap", points=mine.gap * years, value=covered[best], area=best))
    u += [Part(code="learns", points=mine.learns, value=1, area=area) for area in taught]
    v += [Part(code="likes", points=theirs.likes, value=1, area=area) for area in likes]
    v += [Part(code="learns", points=theirs.learns, value=1, area=area) for area in teaches]
    for parts, weights in ((u, mine), (v, theirs)):
        parts.append(Part(code="hours", points=weights.hours * min(hours, HOURS_COUNTED), value=hours))
        parts += [Part(code="languages", points=weights.languages, value=1, key=name) for name in shared]
    for place, question in enumerate(rules.questions):
        points = _points(question, place, mentees, mentors, i, j)
        for parts, weight in ((u, question.mentee), (v, question.mentor)):
            parts.append(
                Part(
                    code="answer",
                    points=weight * points,
                    value=points,
                    key=question.key,
                    private=question.sensitive,
                )
            )
    return _ranked(u), _ranked(v)


def reasons_of(parts: Iterable[Part]) -> tuple[Reason, ...]:
    """What of these parts may be shown, in their order."""
    return tuple(
        Reason(code=part.code, value=part.value, area=part.area, key=part.key)
        for part in parts
        if not part.private
    )


def _ranked(parts: Iterable[Part]) -> tuple[Part, ...]:
    worth = (part for part in parts if part.points > 0)
    return tuple(sorted(worth, key=lambda part: (-part.points, part.code, part.area or "", part.key or "")))


def _covered(market: Snapshot, i: int, j: int) -> dict[str, int]:
    """The areas wanted that the mentor covers, with the years she is ahead, in the areas' order."""
    mentees, mentors, rules = market.mentees, market.mentors, market.rules
    gaps = {}
    for column in np.flatnonzero((mentees.wanted[i] > 0) & mentors.offered[j]):
        area = market.areas[column]
        gap = int(mentors.years[j, column] - mentees.years[i, column])
        if gap >= rules.gap_years(area) or not rules.requires("ahead"):
            gaps[area] = gap
    return gaps


def _both(mine: Words, theirs: Words) -> Ints:
    """The positions of the bits that two bit sets share, ascending."""
    common = (mine & theirs)[:, None] >> np.arange(WORD_BITS, dtype=np.uint64)
    return np.flatnonzero(common & np.uint64(1))


def _points(question: Question, place: int, mentees: Side, mentors: Side, i: int, j: int) -> int:
    if question.match == "same":
        return int(bool(mentees.choices[i, place] & mentors.choices[j, place]))
    mine, theirs = int(mentees.scales[i, place]), int(mentors.scales[j, place])
    if mine < 0 or theirs < 0:
        return 0
    if question.match == "near":
        return max(question.reach - abs(mine - theirs), 0)
    return int(theirs > mine)
