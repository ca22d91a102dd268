"""How many pairs each rule is the first to stop, most of them counted many at a time.

Invariants:
1. Every pair is counted once, by the first in the order of `pairs.STOPS` of all that stops it.
2. Pairs that are listed (exclusions, conflicts, one person on both sides) are counted as if they were not, and then moved.
"""

from typing import Any

import numpy as np
from numba import njit

from services.matching.engine.kernels.pair import common_hours, met_wishes, worth
from services.matching.engine.kernels.scan import (
    count_shared,
    cut,
    first_below,
    in_order,
    most_of_answers,
    wish_of,
)
from services.matching.engine.kernels.sieve import (
    count_three,
    gather,
    most,
    passed,
    passed_alone,
    worth_alone,
)
from services.matching.engine.kernels.stops import BELOW, CODES, lowest_bit, weighed
from services.matching.engine.pairs import STOPS, bit
from services.matching.engine.tables import AHEAD, ALL, HOUR_WORDS

SAME_PERSON, EXCLUSION = STOPS.index("same_person"), STOPS.index("exclusion")
CONFLICT, LANGUAGE, HOUR = (STOPS.index(code) for code in ("conflict", "language", "hour"))
AREA, BEHIND, FLOOR = (STOPS.index(code) for code in ("area", "ahead", "floor"))
NO_REASON, NO_REASON_V = (STOPS.index(code) for code in ("nothing_for_mentee", "nothing_for_mentor"))
HERSELF = bit("same_person")


@njit(nogil=True, cache=True, _nrt=False)
def count_first(
    t: Any, walk: Any, everyone: Any, around: Any, rows: Any, weigh: bool, lowest: int, nothing: Any, counts: Any
) -> None:  # fmt: skip
    """Add to counts[code] (places in `pairs.STOPS`; the last is of pairs that nothing stops) the pairs of these mentees
    with mentors in `everyone` whose chapters are open to them, whatever lists say (`move_listed`); neither holds anybody who
    is barred.

    `everyone` is `t` with one list for each part, of everybody in it; `walk` is of `t`, and `around` of `everyone`.
    `weigh`: pairs that pass the rules before may still be worth too little, or be below `lowest`, the round's floor.
    `nothing`: zeros [mentors].
    """
    at_once = around.likely.shape[0]
    for place in range(rows.shape[0]):
        i = np.int64(rows[place])
        chapter, part = np.int64(t.mentees.chapter[i]), np.int64(t.mentees.part[i])
        cut(everyone, around, part, chapter, nothing, nothing)
        start, end = np.int64(everyone.posted_start[part]), np.int64(around.ends[part])
        left = 0
        for at in range(start, end, at_once):
            size = min(end - at, at_once)
            _look(t, around, i, at, size)
            spoken, free, offered = passed(
                around.languages, around.hours, around.shared, size, t.language, t.hours, t.area
            )
            counts[LANGUAGE] += size - spoken
            counts[HOUR] += spoken - free
            counts[AREA] += free - offered
            left += offered
        reached = _reach(t, walk, i, weigh, lowest, nothing, counts)
        counts[BEHIND] += left - reached


@njit(inline="always")
def _look(t: Any, walk: Any, i: int, at: int, size: int) -> None:
    """What the mentee shares with the mentors from `at` on: hours, languages and areas."""
    facts, column = t.mentees.facts, walk.mentor.shape[0]
    areas = HOUR_WORDS + t.language_words + 2 * t.area_words
    count_three(walk.facts, at, column, size, facts[i, 0], facts[i, 1], facts[i, 2], walk.hours)
    count_shared(walk, facts, i, HOUR_WORDS, HOUR_WORDS, t.language_words, at, size, walk.languages)
    count_shared(walk, facts, i, areas, areas, t.area_words, at, size, walk.shared)


@njit(inline="always")
def _reach(t: Any, walk: Any, i: int, weigh: bool, lowest: int, nothing: Any, counts: Any) -> int:
    """How many pass all rules but those that rest on what a pair is worth; counts these."""
    walk.turn[0] += 1
    turn = walk.turn[0]
    at_once, single = walk.likely.shape[0], 0 if t.asks == ALL else 1
    chapter, wishes_here = np.int64(t.mentees.chapter[i]), in_order(t, i, walk.wishes)
    reached = 0
    for nth in range(wishes_here):
        area, own, _, _ = wish_of(t, walk.wishes, nth, wishes_here)
        number = np.int64(t.mentees.part[i]) * t.lists + area
        cut(t, walk, number, chapter, nothing, nothing)
        start, end = np.int64(t.posted_start[number]), np.int64(walk.ends[number])
        if t.asks == AHEAD:
            end = first_below(walk.years, start, end, own + t.ahead[area])
        for at in range(start, end, at_once):
            size = min(end - at, at_once)
            _look(t, walk, i, at, size)
            # Who shares one area with her stands in no other of her lists.
            if weigh:
                enough, below = _weigh(t, walk, i, nth, wishes_here, at, size, single, lowest)
            else:
                enough, below = (
                    passed_alone(
                        walk.languages,
                        walk.hours,
                        walk.shared,
                        size,
                        t.language,
                        t.hours,
                        single,
                        walk.likely,
                    ),
                    0,
                )
            reached += enough + below
            counts[CODES] += enough
            counts[FLOOR] += below
            hit = gather(walk.likely, size, walk.hits)
            for h in range(hit):
                j = np.int64(walk.mentor[at + np.int64(walk.hits[h])])
                if walk.met[j] == turn:
                    continue
                walk.met[j] = turn
                reached += 1
                counts[_last(t, i, j, lowest) if weigh else CODES] += 1
    return reached


@njit(inline="always")
def _weigh(
    t: Any, walk: Any, i: int, nth: int, wishes_here: int, at: int, size: int, single: int, lowest: int
) -> tuple[int, int]:
    """See `sieve.worth_alone`."""
    _, own, keen, others = wish_of(t, walk.wishes, nth, wishes_here)
    learns = HOUR_WORDS + t.language_words
    could = learns + t.area_words
    count_shared(walk, t.mentees.facts, i, learns, could, t.area_words, at, size, walk.taught)
    count_shared(walk, t.mentees.facts, i, could, learns, t.area_words, at, size, walk.teaches)
    most(
        walk.years, walk.keen, at, size, own, keen, others, 0, 0, t.mentee_weights, t.mentor_weights, single, walk.shared,
        walk.hours, walk.languages, walk.taught, walk.teaches, walk.high_u, walk.high_v,
    )  # fmt: skip
    answers_u, answers_v = most_of_answers(t)
    return worth_alone(
        walk.languages, walk.hours, walk.shared, size, t.language, t.hours, single, lowest, answers_u, answers_v,
        walk.high_u, walk.high_v, walk.likely,
    )  # fmt: skip


@njit(inline="always")
def _last(t: Any, i: int, j: int, lowest: int) -> int:
    """What stops a pair that passes all other rules, by what it is worth; the last place where nothing does."""
    _, _, wishes, gap, liked = met_wishes(t, i, j)
    u, v, shown_u, shown_v = worth(t, i, j, common_hours(t, i, j), wishes, gap, liked)
    if not shown_u:
        return NO_REASON
    if not shown_v:
        return NO_REASON_V
    return FLOOR if 2 * u * v < lowest * (u + v) else CODES


@njit(nogil=True, cache=True, _nrt=False)
def move_listed(t: Any, met: Any, turns: Any, rows: Any, lowest: int, counts: Any) -> None:
    """Move the pairs of these mentees that a list is the first to stop to where they belong. `met` [mentors] and `turns` [1]
    as in `walking.Walk`."""
    for place in range(rows.shape[0]):
        i = np.int64(rows[place])
        turns[0] += 1
        turn, chapter = turns[0], np.int64(t.mentees.chapter[i])
        groups = np.int64(t.in_group_start[i + 1]) - t.in_group_start[i]
        for number in range(groups + 1):  # first her own list, then those of her groups
            first, beyond = np.int64(t.stop_start[i]), np.int64(t.stop_start[i + 1])
            if number:
                group = t.in_group[t.in_group_start[i] + number - 1]
                first, beyond = np.int64(t.group_start[group]), np.int64(t.group_start[group + 1])
            for n in range(first, beyond):
                j = np.int64(t.group_mentor[n]) if number else np.int64(t.stop_mentor[n])
                if met[j] == turn or t.mentors.barred[j]:
                    continue
                met[j] = turn
                code = CONFLICT if number else SAME_PERSON if t.stop_mask[n] & HERSELF else EXCLUSION
                if code != SAME_PERSON and not t.open[chapter, t.mentors.chapter[j]]:
                    continue
                mask, u, v = weighed(t, i, j, 0)
                if mask == 0 and 2 * u * v < lowest * (u + v):
                    mask = BELOW
                counts[code] += 1
                counts[lowest_bit(mask) if mask else CODES] -= 1
