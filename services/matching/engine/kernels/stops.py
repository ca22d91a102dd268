"""What stops a pair, rule by rule: for pairs that are asked about by name, and for people without any."""

from typing import Any

import numpy as np
from numba import njit

from services.matching.engine.columns import CONFIRMED, ROUTE
from services.matching.engine.kernels.pair import common, common_hours, met_wishes, worth
from services.matching.engine.pairs import ABSENT, PRIVATE, STOPS, bit
from services.matching.engine.tables import HOUR_WORDS

NOT_CONFIRMED, ELSEWHERE, CHAPTER, CONFLICT = bit("confirmed"), bit("route"), bit("chapter"), bit("conflict")
LANGUAGE, HOUR, AREA, BEHIND = bit("language"), bit("hour"), bit("area"), bit("ahead")
NO_REASON = bit("nothing_for_mentee"), bit("nothing_for_mentor")
BELOW = bit("floor")
CODES = len(STOPS)
OTHERS_AT_ONCE = 1_024  # what is known of them stays near the processor while one after another looks at them
# Compiled without counting references, which here costs fifty times the work itself.


@njit(nogil=True, cache=True, _nrt=False)
def weigh_listed(t: Any, rows: Any, cols: Any, mask: Any, u: Any, v: Any) -> None:
    """The stops of each listed pair as a mask (but a round's floor), and what it gives both sides where nothing
    stops it."""
    for n in range(rows.shape[0]):
        i, j = np.int64(rows[n]), np.int64(cols[n])
        mask[n], u[n], v[n] = weighed(t, i, j, _listed(t, i, j))


@njit(nogil=True, cache=True, _nrt=False)
def tally(
    t: Any, people: Any, as_mentees: bool, lowest: int, seen: Any, alone: Any, some: Any, free: Any, met: Any
) -> None:  # fmt: skip
    """Of each of `people`, how often each rule stops somebody she could have met: alone[person, ., rule] counts where
    it does so alone, some[person, ., rule] where it does so at all; free[person, .] counts whom nothing stops, and
    met[person] all whom she could have met. The second place: 0 with all rules, 1 without private ones. `lowest` is
    the round's floor under w; `seen` is room for counting, all 0 [people, 2^rules].
    """
    others = t.mentors.able.shape[0] if as_mentees else t.mentees.able.shape[0]
    for first in range(0, others, OTHERS_AT_ONCE):
        for place in range(people.shape[0]):
            me = np.int64(people[place])
            for other in range(first, min(first + OTHERS_AT_ONCE, others)):
                i, j = (me, other) if as_mentees else (other, me)
                mask, u, v = weighed(t, i, j, _listed(t, i, j))
                if mask == 0 and 2 * u * v < lowest * (u + v):
                    mask = BELOW
                seen[place, mask] += 1
    for place in range(people.shape[0]):
        for mask in range(seen.shape[1]):
            count = seen[place, mask]
            if not count or mask & ABSENT:
                continue
            met[place] += count
            for shown in range(2):
                left = mask & ~PRIVATE if shown else mask
                if left == 0:
                    free[place, shown] += count
                elif left & (left - 1) == 0:
                    alone[place, shown, lowest_bit(left)] += count
                for code in range(CODES):
                    if (left >> code) & 1:
                        some[place, shown, code] += count


@njit(inline="always")
def lowest_bit(mask: int) -> int:
    """The place in `pairs.STOPS` of the first that is set."""
    code = 0
    while not (mask >> code) & 1:
        code += 1
    return code


@njit(inline="always")  # a call would count the references of every array in `t`
def weighed(t: Any, i: int, j: int, mask: int) -> tuple[int, int, int]:
    """(mask, u, v) of one pair, of which lists stop the mask that is given; u and v mean something where it is 0."""
    for barred in (t.mentees.barred[i], t.mentors.barred[j]):
        if barred == CONFIRMED:
            mask |= NOT_CONFIRMED
        elif barred == ROUTE:
            mask |= ELSEWHERE
    if not t.open[t.mentees.chapter[i], t.mentors.chapter[j]]:
        mask |= CHAPTER
    if t.language and not common(t, i, j, HOUR_WORDS, HOUR_WORDS, t.language_words):
        mask |= LANGUAGE
    hours = common_hours(t, i, j)
    if hours < t.hours:
        mask |= HOUR
    offered, covered, wishes, gap, liked = 0, 0, 0, 0, 0
    areas = HOUR_WORDS + t.language_words + 2 * t.area_words
    if common(t, i, j, areas, areas, t.area_words):
        offered, covered, wishes, gap, liked = met_wishes(t, i, j)
    if t.area and not offered:
        mask |= AREA
    if t.is_ahead and not covered:
        mask |= BEHIND
    if mask:
        return mask, 0, 0
    u, v, shown_u, shown_v = worth(t, i, j, hours, wishes, gap, liked)
    if shown_u == 0:
        mask |= NO_REASON[0]
    if shown_v == 0:
        mask |= NO_REASON[1]
    return mask, u, v


@njit(inline="always")
def _listed(t: Any, i: int, j: int) -> int:
    mask = 0
    at = _find(t.stop_mentor, t.stop_start[i], t.stop_start[i + 1], j)
    if at >= 0:
        mask |= t.stop_mask[at]
    for n in range(t.in_group_start[i], t.in_group_start[i + 1]):
        group = t.in_group[n]
        if _find(t.group_mentor, t.group_start[group], t.group_start[group + 1], j) >= 0:
            mask |= CONFLICT
    return mask


@njit(inline="always")
def _find(rows: Any, first: int, beyond: int, row: int) -> int:
    """Where the row stands among these, which are in order; -1 where it does not."""
    while first < beyond:
        middle = (first + beyond) // 2
        if rows[middle] < row:
            first = middle + 1
        elif rows[middle] > row:
            beyond = middle
        else:
            return middle
    return -1
