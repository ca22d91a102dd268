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

Invariant: parts are worked out from the columns of the pair alone, not from what weighing all pairs keeps, so
that their sums prove the scores.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from services.matching.engine.columns import Ints, Words
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import (
    GAP_COUNTED_YEARS,
    HOURS_COUNTED,
    LANGUAGES_COUNTED,
    LEARNS_COUNTED,
    question_points,
)

CODES = (
    "answer",
    "asked",
    "gap",
    "hours",
    "languages",
    "learns",
    "likes",
    "wants",
)  # in this order among equals
NOTHING = -1  # no area, or no key


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


@dataclass(frozen=True, eq=False, slots=True)
class Parts:
    """The parts of one side's scores for some pairs: those worth a point or more, pair by pair, most points
    first. All arrays [parts]; `area` is a place in `Snapshot.areas`, `key` in its languages or its questions."""

    pair: Ints  # place among the pairs asked about
    code: Ints  # place in CODES
    points: Ints
    value: Ints
    area: Ints
    key: Ints

    def sums(self, pairs: int) -> Ints:
        """The score of each pair."""
        return _sum_by(self.pair, self.points, pairs)

    def shown(self, market: Snapshot, pairs: int) -> Ints:
        """How many parts of each pair may be shown to it."""
        sensitive = np.array([question.sensitive for question in market.rules.questions] + [False])
        hidden = (self.code == CODES.index("answer")) & sensitive[np.minimum(self.key, len(sensitive) - 1)]
        return np.bincount(self.pair[~hidden], minlength=pairs)

    def read(self, market: Snapshot, pairs: int) -> list[tuple[Part, ...]]:
        """The parts of each pair as values."""
        areas: tuple[str | None, ...] = (*market.areas, None)
        questions = market.rules.questions
        made = []
        columns = (self.code, self.points, self.value, self.area, self.key)
        for code, points, value, area, key in zip(*(column.tolist() for column in columns), strict=True):
            name, private = None, False
            if CODES[code] == "languages":
                name = market.languages[key]
            elif CODES[code] == "answer":
                name, private = questions[key].key, questions[key].sensitive
            made.append(
                Part(
                    code=CODES[code], points=points, value=value, area=areas[area], key=name, private=private
                )
            )
        start = np.searchsorted(self.pair, np.arange(pairs + 1)).tolist()
        return [tuple(made[start[n] : start[n + 1]]) for n in range(pairs)]


class _Found:
    """Parts of one side as they are found, in any order."""

    def __init__(self) -> None:
        self._found: list[Ints] = []

    def add(
        self, code: str, pair: Ints, points: Ints, value: Ints | int, *, area: Ints | int = NOTHING,
        key: Ints | int = NOTHING,
    ) -> None:  # fmt: skip
        columns = np.broadcast_arrays(pair, CODES.index(code), points, value, area, key)
        self._found.append(np.stack(columns)[:, points > 0])

    def ranked(self) -> Parts:
        pair, code, points, value, area, key = np.concatenate(self._found, axis=1)
        order = np.lexsort((key, area, code, -points, pair))
        return Parts(*(column[order] for column in (pair, code, points, value, area, key)))


def parts_of(market: Snapshot, rows: Ints, cols: Ints) -> tuple[Parts, Parts]:
    """The parts of u and of v for each pair of a mentee row and a mentor row.

    Meaningful for pairs that no rule stops; a stopped pair's parts say what it would have been worth.
    """
    mentees, mentors, rules = market.mentees, market.mentors, market.rules
    mine, theirs = rules.mentee_weights, rules.mentor_weights
    u, v = _Found(), _Found()
    pair, area, gap, wish, likes = _covered(market, rows, cols)
    u.add("wants", pair, mine.wants * wish, gap, area=area)
    v.add("asked", pair, theirs.asked * wish, gap, area=area)
    v.add("likes", pair, theirs.likes * likes, 1, area=area)
    best = _first_of_each(pair, np.lexsort((area, -gap, pair)))
    years = np.clip(gap[best], 0, GAP_COUNTED_YEARS)
    u.add("gap", pair[best], mine.gap * years, gap[best], area=area[best])
    pair, area = _first_bits(mentees.wants_to_learn[rows] & mentors.could_teach[cols], LEARNS_COUNTED)
    u.add("learns", pair, np.full(len(pair), mine.learns), 1, area=area)
    pair, area = _first_bits(mentees.could_teach[rows] & mentors.wants_to_learn[cols], LEARNS_COUNTED)
    v.add("learns", pair, np.full(len(pair), theirs.learns), 1, area=area)
    each = np.arange(len(rows))
    hours = np.bitwise_count(mentees.hours[rows] & mentors.hours[cols]).sum(axis=1, dtype=np.int64)
    pair, language = _first_bits(mentees.languages[rows] & mentors.languages[cols], LANGUAGES_COUNTED)
    for parts, weights in ((u, mine), (v, theirs)):
        parts.add("hours", each, weights.hours * np.minimum(hours, HOURS_COUNTED), hours)
        parts.add("languages", pair, np.full(len(pair), weights.languages), 1, key=language)
    for place, question in enumerate(rules.questions):
        points = question_points(question, place, mentees, mentors, rows, cols)
        u.add("answer", each, question.mentee * points, points, key=place)
        v.add("answer", each, question.mentor * points, points, key=place)
    return u.ranked(), v.ranked()


def reasons_of(parts: Iterable[Part]) -> tuple[Reason, ...]:
    """What of these parts may be shown, in their order."""
    return tuple(
        Reason(code=part.code, value=part.value, area=part.area, key=part.key)
        for part in parts
        if not part.private
    )


def _covered(market: Snapshot, rows: Ints, cols: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """The areas wanted that the mentor covers, with the years she is ahead, how much the mentee wants it and
    whether the mentor likes it: (pair, area, years, 1 to 3, 0 or 1), by pair and area."""
    wanted, offered, rules = market.mentees.areas, market.mentors.areas, market.rules
    width = max(len(market.areas), 1)
    pair, wish = wanted.of(rows)
    offering, offer = offered.of(cols)
    area, there = wanted.area[wish].astype(np.int64), offering * width + offered.area[offer]
    place = np.searchsorted(there, pair * width + area)
    met = np.append(there, NOTHING)[place] == pair * width + area
    pair, area, wish, offer = pair[met], area[met], wish[met], offer[place[met]]
    gap = offered.years[offer].astype(np.int64) - wanted.years[wish]
    if rules.requires("ahead"):
        least = np.array([rules.gap_years(name) for name in market.areas], np.int64)
        ahead = gap >= least[area]
        pair, area, gap, wish, offer = (column[ahead] for column in (pair, area, gap, wish, offer))
    return pair, area, gap, wanted.keen[wish].astype(np.int64), offered.keen[offer].astype(np.int64)


def _first_of_each(pair: Ints, order: Ints) -> Ints:
    """The first place of every pair, in this order of the places (by pair)."""
    ordered = pair[order]
    return order[np.flatnonzero(np.diff(ordered, prepend=NOTHING))]


def _first_bits(common: Words, most: int) -> tuple[Ints, Ints]:
    """The first bits of every bit set, `most` of each: (set, bit), by set and bit."""
    bits = np.unpackbits(common.astype("<u8").view(np.uint8), axis=1, bitorder="little")
    counted = bits.astype(bool) & (np.cumsum(bits, axis=1, dtype=np.int64) <= most)
    at, bit = np.nonzero(counted)
    return at, bit


def _sum_by(pair: Ints, points: Ints, pairs: int) -> Ints:
    sums = np.zeros(pairs, np.int64)
    np.add.at(sums, pair, points)
    return sums
