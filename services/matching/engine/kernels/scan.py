"""The mentors of each mentee, best first: one walk through the lists of who offers what she wants.

Invariants:
1. Exact: a mentor is passed over only where even the most she could still be worth is beaten.
2. Rows of one chapter are best given side by side: the lists are cut to what is open to it once for all of them.
"""

from typing import Any

import numpy as np
from numba import njit

from services.matching.engine.kernels.pair import (
    ASKED,
    GAP,
    HOURS,
    LANGUAGES,
    LEARNS,
    LIKES,
    MENTEE,
    MENTOR,
    NEAR,
    REACH,
    WANTS,
    bits,
    common_hours,
    tie,
    worth,
)
from services.matching.engine.pairs import (
    GAP_COUNTED_YEARS,
    HOURS_COUNTED,
    LANGUAGES_COUNTED,
    LEARNS_COUNTED,
)
from services.matching.engine.tables import AHEAD, ALL, HOUR_WORDS

TIE_BITS = 31
BY_W, BY_U = 0, 1
WISHES, YEARS, LIKED, MET = range(4)  # of a mentor, while a mentee's lists are walked through
STOPPED = 2  # in MET


@njit(nogil=True, cache=True)
def scan(
    t: Any, rows: Any, places: Any, by: int, less: Any, least: Any, need_u: Any, need_v: Any, below: Any,
    lowest: int, mentor: Any, u: Any, v: Any, key: Any, found: Any, seen: Any,
) -> None:  # fmt: skip
    """For each of rows[places] (mentees) the best mentors by score - less[mentor], ties by both ids; only those
    above least[place], with u above need_u[place], v above need_v[mentor], a joint score of `lowest` or more and a
    key under below[place].

    `by`: BY_W (the joint score) or BY_U (what the mentee gets). Written at each place, [rows, width]: `mentor`, `u`,
    `v`, and `key` = (score - less) << TIE_BITS | tie, most first; [rows]: `found`, how many of them, and `seen`, how
    many there are in all, exact only where width is 0 or seen <= width.
    """
    width, mentors = mentor.shape[1], t.mentors.able.shape[0]
    # Made here, so that the compiler knows that nothing else stands in the same place.
    met = np.zeros((mentors, 4), np.uint8)
    touched, hits = np.empty(mentors, np.int32), np.empty(t.posted.shape[0], np.int32)
    cut_for, ends = np.full(t.lists, -1, np.int32), np.empty(t.lists, np.int32)
    listed, years, keen = np.empty_like(t.posted), np.empty_like(t.posted_years), np.empty_like(t.posted_keen)
    spoken = np.empty((t.posted.shape[0], t.language_words), np.uint64)
    answers_u, answers_v = _most_of_answers(t)
    for place in places:
        i = np.int64(rows[place])
        found[place] = 0
        seen[place] = 0
        if not t.mentees.able[i]:
            continue
        _mark(t, i, met, STOPPED)
        count = _touch(t, i, cut_for, ends, listed, years, keen, spoken, met, touched, hits)
        _mark(t, i, met, 0)
        most_u, most_v = _most_beyond_areas(t, i)
        most_u += answers_u
        most_v += answers_v
        kept = 0
        floor = least[place] + 1  # the least score (less what the mentor costs) that is taken
        for n in range(count):
            j = np.int64(touched[n])
            wishes, gap, liked = np.int64(met[j, WISHES]), np.int64(met[j, YEARS]), np.int64(met[j, LIKED])
            met[j] = 0
            bar = floor + less[j]
            high_u = most_u + t.mentee_weights[WANTS] * wishes
            high_u += t.mentee_weights[GAP] * min(gap, GAP_COUNTED_YEARS)
            high_v = most_v + t.mentor_weights[ASKED] * wishes + t.mentor_weights[LIKES] * liked
            if high_u <= need_u[place] or high_v <= need_v[j] or not _reaches(by, high_u, high_v, bar):
                continue
            hours = common_hours(t, i, j)
            if hours < t.hours:
                continue
            one_u, one_v, shown_u, shown_v = worth(t, i, j, hours, wishes, gap, liked)
            if not shown_u or not shown_v or not _reaches(by, one_u, one_v, bar):
                continue
            if one_u <= need_u[place] or one_v <= need_v[j]:
                continue
            if lowest and not _reaches(BY_W, one_u, one_v, lowest):
                continue
            score = one_u if by == BY_U else 2 * one_u * one_v // (one_u + one_v)
            one_key = ((score - less[j]) << TIE_BITS) | tie(t, i, j)
            if one_key >= below[place]:
                continue
            seen[place] += 1
            if width == 0:
                continue
            kept = _insert(place, kept, j, one_u, one_v, one_key, mentor, u, v, key)
            if kept == width:
                floor = max(floor, key[place, width - 1] >> TIE_BITS)
        found[place] = kept


@njit(inline="always")
def _reaches(by: int, u: int, v: int, bar: int) -> bool:
    """Is the score at least `bar`? 2uv // (u + v) >= bar, without the division."""
    return u >= bar if by == BY_U else 2 * u * v >= bar * (u + v)


@njit(inline="always")
def _insert(
    place: int, kept: int, j: int, one_u: int, one_v: int, one_key: int, mentor: Any, u: Any, v: Any, key: Any
) -> int:
    """Put a mentor where she belongs among those kept; returns how many are kept."""
    width = mentor.shape[1]
    if kept == width and one_key < key[place, width - 1]:
        return kept
    at = kept if kept < width else width - 1
    while at > 0 and key[place, at - 1] < one_key:
        mentor[place, at] = mentor[place, at - 1]
        u[place, at] = u[place, at - 1]
        v[place, at] = v[place, at - 1]
        key[place, at] = key[place, at - 1]
        at -= 1
    mentor[place, at] = j
    u[place, at] = one_u
    v[place, at] = one_v
    key[place, at] = one_key
    return min(kept + 1, width)


@njit(inline="always")
def _cut(
    t: Any, i: int, area: int, cut_for: Any, ends: Any, listed: Any, years: Any, keen: Any, spoken: Any
) -> None:
    """Cut a list to the mentors whose chapters are open to the mentee's, where that is not how it is cut already."""
    chapter = t.mentees.chapter[i]
    if cut_for[area] == chapter:
        return
    cut_for[area] = chapter
    place = np.int64(t.mentees.part[i]) * t.lists + area
    count = t.posted_start[place]
    for n in range(t.posted_start[place], t.posted_start[place + 1]):
        j = t.posted[n]
        if t.open[chapter, t.mentors.chapter[j]]:
            listed[count] = j
            years[count] = t.posted_years[n]
            keen[count] = t.posted_keen[n]
            for word in range(t.language_words):
                spoken[count, word] = t.mentors.facts[j, HOUR_WORDS + word]
            count += 1
    ends[area] = count


@njit(inline="always")
def _mark(t: Any, i: int, met: Any, as_: int) -> None:
    """Mark the mentors whom the mentee must not meet: excluded, herself, or in a conflict with her."""
    for n in range(t.stop_start[i], t.stop_start[i + 1]):
        met[t.stop_mentor[n]] = 0
        met[t.stop_mentor[n], MET] = as_
    for n in range(t.in_group_start[i], t.in_group_start[i + 1]):
        group = t.in_group[n]
        for member in range(t.group_start[group], t.group_start[group + 1]):
            met[t.group_mentor[member]] = 0
            met[t.group_mentor[member], MET] = as_


@njit(inline="always")
def _touch(
    t: Any, i: int, cut_for: Any, ends: Any, listed: Any, years: Any, keen: Any, spoken: Any, met: Any, touched: Any,
    hits: Any,
) -> int:  # fmt: skip
    """Walk through the lists of what she wants: what each mentor covers, and how many mentors they are."""
    count, first_list = 0, np.int64(t.mentees.part[i]) * t.lists
    if t.asks == ALL:  # the last list is everybody's
        _cut(t, i, t.lists - 1, cut_for, ends, listed, years, keen, spoken)
        for n in range(t.posted_start[first_list + t.lists - 1], ends[t.lists - 1]):
            if not t.language or _speaks(t, i, spoken, n):
                count = _meet(listed[n], met, touched, count)
    for wish in range(t.mentees.area_start[i], t.mentees.area_start[i + 1]):
        area, own = np.int64(t.mentees.area[wish]), np.int64(t.mentees.years[wish])
        _cut(t, i, area, cut_for, ends, listed, years, keen, spoken)
        hit = 0
        for n in range(t.posted_start[first_list + area], ends[area]):
            if t.asks == AHEAD and np.int64(years[n]) - own < t.ahead[area]:
                break  # the others have no more years
            hits[hit] = n
            hit += not t.language or _speaks(t, i, spoken, n)
        for n in hits[:hit]:
            j = listed[n]
            count = _meet(j, met, touched, count)
            met[j, WISHES] += t.mentees.keen[wish]
            met[j, LIKED] += keen[n]
            ahead = np.int64(years[n]) - own
            if ahead > met[j, YEARS]:
                met[j, YEARS] = ahead
    return count


@njit(inline="always")
def _speaks(t: Any, i: int, spoken: Any, n: int) -> bool:
    shared = np.uint64(0)
    for word in range(t.language_words):
        shared |= t.mentees.facts[i, HOUR_WORDS + word] & spoken[n, word]
    return shared != 0


@njit(inline="always")
def _meet(j: int, met: Any, touched: Any, count: int) -> int:
    if met[j, MET]:
        return count
    met[j, MET] = 1
    touched[count] = j
    return count + 1


@njit(inline="always")
def _most_beyond_areas(t: Any, i: int) -> tuple[int, int]:
    """The most that hours, languages and learning could add for this mentee, to both sides."""
    mine, theirs, learns = t.mentee_weights, t.mentor_weights, HOUR_WORDS + t.language_words
    hours = min(_own(t, i, 0, HOUR_WORDS), HOURS_COUNTED)
    languages = min(_own(t, i, HOUR_WORDS, t.language_words), LANGUAGES_COUNTED)
    taught = min(_own(t, i, learns, t.area_words), LEARNS_COUNTED)
    teaches = min(_own(t, i, learns + t.area_words, t.area_words), LEARNS_COUNTED)
    return (
        mine[HOURS] * hours + mine[LANGUAGES] * languages + mine[LEARNS] * taught,
        theirs[HOURS] * hours + theirs[LANGUAGES] * languages + theirs[LEARNS] * teaches,
    )


@njit(inline="always")
def _own(t: Any, i: int, first: int, words: int) -> int:
    """How many bits the mentee has set in these words."""
    count = 0
    for word in range(first, first + words):
        count += bits(t.mentees.facts[i, word])
    return count


@njit(inline="always")
def _most_of_answers(t: Any) -> tuple[int, int]:
    """The most that answers could add to both sides of any pair."""
    u, v = 0, 0
    for place in range(t.match.shape[0]):
        points = t.question[place, REACH] if t.match[place] == NEAR else 1
        u += t.question[place, MENTEE] * points
        v += t.question[place, MENTOR] * points
    return u, v
