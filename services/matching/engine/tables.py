"""A market as kernels read it: one tuple of arrays, with the mentors of each area in the order of their experience.

Invariants:
1. Every array is read-only, contiguous and of one fixed type, so that each kernel is compiled for one signature.
2. What decides most pairs stands side by side in a person's `facts`, so that one look fetches it.
3. A mentor stands in `posted` only where she is able to take somebody.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.columns import Bools, Bytes, Ints, Side, Words
from services.matching.engine.digests import digests
from services.matching.engine.edges import Edges
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import bit
from services.matching.engine.rules import MATCHES

Column = NDArray[Any]

HOUR_WORDS = 3  # 168 hours of a week
ALL, ANY_AREA, AHEAD = 0, 1, 2
"""What a mentee asks of a mentor's areas: nothing, one of hers, or one of hers in which the mentor is ahead."""


class People(NamedTuple):
    """One side. As `columns.Side`, with what kernels look up by person."""

    part: Ints  # i4: which of the market's closed parts
    chapter: Ints  # i4
    able: Bytes  # 1: may be proposed at all
    barred: Bytes  # as in columns.Side
    area_start: Ints  # i4 [people + 1]
    area: Bytes
    years: Bytes
    keen: Bytes
    facts: (
        Words  # [people, words]: hours, languages, what she would learn, what she could teach, side by side
    )
    choices: Words
    scales: Ints  # i2
    digest: Words


class Tables(NamedTuple):
    """See the module. `posted*` hold, for part p and area a at p * lists + a, who offers it, most years first; the
    last list of a part is of everybody in it, where rules ask for no area."""

    mentees: People
    mentors: People
    open: Bytes  # [chapters, chapters]
    asks: int  # ALL, ANY_AREA or AHEAD
    lists: int  # areas and one
    language_words: int
    area_words: int
    area: int  # 1: the rule is asked for
    is_ahead: int  # the same
    ahead: Ints  # i4 [areas]: years a mentor must be ahead; only where asked for
    language: int  # 1: a common language is asked for
    hours: int  # common hours asked for, 0 where none
    posted_start: Ints  # i4
    posted: Ints  # i4: mentor rows
    posted_years: Bytes
    posted_keen: Bytes
    stop_start: Ints  # i4 [mentees + 1]
    stop_mentor: Ints  # i4: mentors excluded by either side, and herself
    stop_mask: Ints  # i8: which of the two
    group_start: Ints  # i4 [groups + 1]
    group_mentor: Ints  # i4
    in_group_start: Ints  # i4 [mentees + 1]
    in_group: Ints  # i4
    mentee_weights: Ints  # i8: wants, gap, learns, hours, languages
    mentor_weights: Ints  # i8: asked, likes, learns, hours, languages
    match: Bytes  # [questions]: place in MATCHES
    question: Ints  # i8 [questions, 4]: mentee's weight, mentor's weight, reach, sensitive


def tables(
    market: Snapshot,
    able_i: Bools,
    able_j: Bools,
    *,
    seed: int,
    without: Edges | None = None,
    like: Tables | None = None,
) -> Tables:
    """The market for kernels: of the mentees and mentors who may be proposed at all, those who are `able` to take
    one more. `seed` goes into the digests that break ties. Pairs in `without` are passed over. `like`: other tables of
    this market and seed, whose people are these but for who is able."""
    rules, mentees, mentors = market.rules, market.mentees, market.mentors
    part = parts(market.chapters_open)
    able_i, able_j = able_i & (mentees.barred == 0), able_j & (mentors.barred == 0)
    asks = AHEAD if rules.requires("ahead") else ANY_AREA if rules.requires("area") else ALL
    lists = len(market.areas) + 1
    rows, area, years, keen = _offers(mentors, able_j, lists - 1 if asks == ALL else None)
    key = part[mentors.chapter][rows] * lists + area
    order = np.lexsort((rows, -years.astype(np.int64), key))
    stop_i, stop_j, stop_mask = _stopped(market, without)
    in_group = _joined([members for members, _ in market.conflicts])
    group_of = np.repeat(np.arange(len(market.conflicts)), [len(members) for members, _ in market.conflicts])
    by_mentee = np.lexsort((group_of, in_group))
    mine, theirs = rules.mentee_weights, rules.mentor_weights
    return Tables(
        mentees=_people(mentees, part, able_i, "mentee", seed, None if like is None else like.mentees),
        mentors=_people(mentors, part, able_j, "mentor", seed, None if like is None else like.mentors),
        open=_fixed(market.chapters_open, np.uint8),
        asks=asks,
        lists=lists,
        language_words=mentees.languages.shape[1],
        area_words=mentees.wants_to_learn.shape[1],
        area=int(rules.requires("area")),
        is_ahead=int(rules.requires("ahead")),
        ahead=_fixed([rules.gap_years(name) for name in market.areas], np.int32),
        language=int(rules.requires("language")),
        hours=rules.min_common_hours if rules.requires("hour") else 0,
        posted_start=_starts(key[order], (int(part.max(initial=0)) + 1) * lists),
        posted=_fixed(rows[order], np.int32),
        posted_years=_fixed(years[order], np.uint8),
        posted_keen=_fixed(keen[order], np.uint8),
        stop_start=_starts(stop_i, len(mentees)),
        stop_mentor=_fixed(stop_j, np.int32),
        stop_mask=_fixed(stop_mask, np.int64),
        group_start=_fixed(
            np.append(0, np.cumsum([len(facing) for _, facing in market.conflicts])), np.int32
        ),
        group_mentor=_fixed(_joined([facing for _, facing in market.conflicts]), np.int32),
        in_group_start=_starts(in_group[by_mentee], len(mentees)),
        in_group=_fixed(group_of[by_mentee], np.int32),
        mentee_weights=_fixed((mine.wants, mine.gap, mine.learns, mine.hours, mine.languages), np.int64),
        mentor_weights=_fixed(
            (theirs.asked, theirs.likes, theirs.learns, theirs.hours, theirs.languages), np.int64
        ),
        match=_fixed([MATCHES.index(question.match) for question in rules.questions], np.uint8),
        question=_fixed(
            np.array(
                [(one.mentee, one.mentor, one.reach, one.sensitive) for one in rules.questions], np.int64
            ).reshape(-1, 4),
            np.int64,
        ),
    )


def offered_by(t: Tables, mentors: Bools) -> Tables:
    """The same market with these mentors only."""
    kept = mentors[t.posted]
    return t._replace(
        posted_start=_fixed(np.append(0, np.cumsum(kept))[t.posted_start], np.int32),
        posted=_fixed(t.posted[kept], np.int32),
        posted_years=_fixed(t.posted_years[kept], np.uint8),
        posted_keen=_fixed(t.posted_keen[kept], np.uint8),
    )


def everybody_listed(t: Tables) -> Tables:
    """The same market with one list for each part: everybody there who is able to take somebody."""
    here = np.flatnonzero(t.mentors.able)
    part = t.mentors.part[here]
    order = np.argsort(part, kind="stable")
    nothing = np.zeros(len(here), np.uint8)
    return t._replace(
        asks=ALL,
        lists=1,
        posted_start=_starts(part[order], (len(t.posted_start) - 1) // t.lists),
        posted=_fixed(here[order], np.int32),
        posted_years=_fixed(nothing, np.uint8),
        posted_keen=_fixed(nothing, np.uint8),
    )


def parts(chapters_open: Bools) -> Ints:
    """For each chapter the number of its closed part of the market: the chapters it could reach over others."""
    part = np.full(len(chapters_open), -1, np.int64)
    for first in range(len(part)):
        if part[first] >= 0:
            continue
        here = np.zeros(len(part), bool)
        here[first] = True
        while (grown := here | chapters_open[here].any(axis=0)).sum() > here.sum():
            here = grown
        part[here] = part.max(initial=-1) + 1
    return part


def _people(side: Side, part: Ints, able: Bools, role: str, seed: int, like: People | None) -> People:
    if like is not None:
        return like._replace(able=_fixed(able, np.uint8))
    return People(
        part=_fixed(part[side.chapter], np.int32),
        chapter=_fixed(side.chapter, np.int32),
        able=_fixed(able, np.uint8),
        barred=_fixed(side.barred, np.uint8),
        area_start=_fixed(side.areas.start, np.int32),
        area=_fixed(side.areas.area, np.uint8),
        years=_fixed(side.areas.years, np.uint8),
        keen=_fixed(side.areas.keen, np.uint8),
        facts=_fixed(
            np.concatenate(
                (side.hours, side.languages, side.wants_to_learn, side.could_teach, _area_bits(side)), axis=1
            ),
            np.uint64,
        ),
        choices=_fixed(side.choices, np.uint64),
        scales=_fixed(side.scales, np.int16),
        digest=_fixed(digests(side.ids, role, seed), np.uint64),
    )


def _area_bits(side: Side) -> Words:
    """The areas that each wants, or offers, as bits."""
    row = np.repeat(np.arange(len(side)), np.diff(side.areas.start))
    area = side.areas.area.astype(np.int64)
    words = np.zeros(side.wants_to_learn.shape, np.uint64)
    np.bitwise_or.at(words, (row, area // 64), np.uint64(1) << (area % 64).astype(np.uint64))
    return words


def _offers(mentors: Side, able: Bools, everybody: int | None) -> tuple[Column, Column, Column, Column]:
    """What able mentors offer: (mentor row, list, years, keen); with everybody once more in the list of this number."""
    here: Ints = np.flatnonzero(able)
    at, place = mentors.areas.of(here)
    columns: tuple[Column, Column, Column, Column] = (
        here[at],
        mentors.areas.area[place],
        mentors.areas.years[place],
        mentors.areas.keen[place],
    )
    if everybody is None:
        return columns
    nothing = np.zeros(len(here), np.uint8)
    more: tuple[Column, Column, Column, Column] = (here, np.full(len(here), everybody), nothing, nothing)
    rows, number, years, keen = (np.concatenate(both) for both in zip(columns, more, strict=True))
    return rows, number, years, keen


def _stopped(market: Snapshot, without: Edges | None) -> tuple[Ints, Ints, Ints]:
    """The pairs that a list stops, each once, in order: (mentee row, mentor row, mask); those in `without` with an
    empty mask."""
    passed = np.zeros((0, 2), np.int64) if without is None else np.stack((without.rows, without.cols), axis=1)
    listed = (
        (market.same_person, bit("same_person")),
        (market.excluded_by_mentee, bit("exclusion")),
        (market.excluded_by_mentor, bit("exclusion")),
        (passed, 0),
    )
    couples = np.concatenate([couples for couples, _ in listed]).astype(np.int64)
    keys, at = np.unique(couples[:, 0] << 32 | couples[:, 1], return_inverse=True)
    masks = np.zeros(len(keys), np.int64)
    np.bitwise_or.at(
        masks, at, np.repeat([mask for _, mask in listed], [len(couples) for couples, _ in listed])
    )
    return keys >> 32, keys & 0xFFFFFFFF, masks


def _starts(keys: Ints, count: int) -> Ints:
    """Where each of `count` keys begins among these, which are in order: [count + 1]."""
    return _fixed(np.searchsorted(keys, np.arange(count + 1)), np.int32)


def _joined(blocks: list[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *blocks])


def _fixed(values: Any, kind: Any) -> NDArray[Any]:
    array = np.ascontiguousarray(values, kind)
    if array is values or array.base is not None:
        array = array.view()
    array.setflags(write=False)
    return array
