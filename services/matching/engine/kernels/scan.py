"""The mentors of each mentee, best first: one walk through the lists of who offers what she wants.

Invariants:
1. Exact: a mentor is passed over only where even the most she could still be worth is beaten.
2. Rows of one chapter are best given side by side: the lists are cut to what is open to it once for all of them.
"""

from typing import Any

import numpy as np
from numba import njit

from services.matching.engine.digests import TIE_BITS
from services.matching.engine.kernels.pair import (
    MENTEE,
    MENTOR,
    NEAR,
    REACH,
    met_wishes,
    tie,
    worth,
)
from services.matching.engine.kernels.sieve import (
    count,
    count_more,
    count_three,
    enough_u,
    enough_w,
    gather,
    most,
)
from services.matching.engine.people import WISH_MAX
from services.matching.engine.tables import AHEAD, ALL, HOUR_WORDS
from services.matching.engine.walking import WHOLE

BY_W, BY_U = 0, 1


@njit(nogil=True, cache=True, _nrt=False)
def scan(
    t: Any, walk: Any, rows: Any, places: Any, whole: bool, by: int, less: Any, least: Any, need_u: Any, need_v: Any,
    below: Any, lowest: int, mentor: Any, u: Any, v: Any, key: Any, found: Any, seen: Any,
) -> None:  # fmt: skip
    """For each of rows[places] (mentees) the best mentors by score - less[mentor], ties by both ids; only those
    above least[place], with u above need_u[place], v above need_v[mentor], a joint score of `lowest` or more and a
    key under below[place].

    `by`: BY_W (the joint score) or BY_U (what the mentee gets). `whole`: do not cut lists to a chapter, but look
    whether each mentor is open to it: for who looks alone. `walk`: see `walking`.
    Written at each place, [rows, width]: `mentor`, `u`, `v`, and `key` = (score - less) << TIE_BITS | tie, most
    first; [rows]: `found`, how many of them, and `seen`, how many there are in all, exact only where width is 0 or
    seen < width.
    """
    width = mentor.shape[1]
    hours, languages, taught, teaches = walk.hours, walk.languages, walk.taught, walk.teaches
    shared, likely, high_u, high_v, hits = walk.shared, walk.likely, walk.high_u, walk.high_v, walk.hits
    answers_u, answers_v = most_of_answers(t)
    facts, column = t.mentees.facts, walk.mentor.shape[0]
    learns = HOUR_WORDS + t.language_words
    could, areas = learns + t.area_words, learns + 2 * t.area_words
    at_once = walk.likely.shape[0]
    single = 0 if t.asks == ALL else 1
    for place in places:
        i = np.int64(rows[place])
        found[place] = 0
        seen[place] = 0
        if not t.mentees.able[i]:
            continue
        walk.turn[0] += 1
        turn = walk.turn[0]
        _pass_over(t, i, walk.met, turn)
        chapter = np.int64(t.mentees.chapter[i])
        wishes_here = in_order(t, i, walk.wishes)
        kept = 0
        floor = least[place] + 1  # the least score (less what the mentor costs) that is taken
        for nth in range(wishes_here):
            area, own, keen, others = wish_of(t, walk.wishes, nth, wishes_here)
            number = np.int64(t.mentees.part[i]) * t.lists + area
            cut(t, walk, number, WHOLE if whole else chapter, less, need_v)
            start, end = np.int64(t.posted_start[number]), np.int64(walk.ends[number])
            if t.asks == AHEAD:
                end = first_below(walk.years, start, end, own + t.ahead[area])
            for at in range(start, end, at_once):
                size = min(end - at, at_once)
                count_three(walk.facts, at, column, size, facts[i, 0], facts[i, 1], facts[i, 2], hours)
                count_shared(walk, facts, i, HOUR_WORDS, HOUR_WORDS, t.language_words, at, size, languages)
                count_shared(walk, facts, i, learns, could, t.area_words, at, size, taught)
                count_shared(walk, facts, i, could, learns, t.area_words, at, size, teaches)
                count_shared(walk, facts, i, areas, areas, t.area_words, at, size, shared)
                most(
                    walk.years, walk.keen, at, size, own, keen, others, answers_u, answers_v, t.mentee_weights,
                    t.mentor_weights, single, shared, hours, languages, taught, teaches, high_u, high_v,
                )  # fmt: skip
                if by == BY_U:
                    enough_u(
                        walk.less, walk.need_v, at, size, floor, need_u[place], t.hours, t.language, hours, languages,
                        high_u, high_v, likely,
                    )  # fmt: skip
                else:
                    enough_w(
                        walk.less, walk.need_v, at, size, floor, need_u[place], t.hours, t.language, hours, languages,
                        high_u, high_v, likely,
                    )  # fmt: skip
                hit = gather(likely, size, hits)
                for h in range(hit):
                    n = np.int64(hits[h])
                    if not _reaches(by, np.int64(high_u[n]), np.int64(high_v[n]), floor + walk.less[at + n]):
                        continue
                    j = np.int64(walk.mentor[at + n])
                    if walk.met[j] == turn:
                        continue
                    if whole and not t.open[chapter, t.mentors.chapter[j]]:
                        continue
                    wishes, gap, liked = keen, np.int64(walk.years[at + n]) - own, np.int64(walk.keen[at + n])
                    if (
                        shared[n] != single
                    ):  # several wishes: whatever list she is met in first counts them all
                        walk.met[j] = turn
                        _, _, wishes, gap, liked = met_wishes(t, i, j)
                    one_u, one_v, shown_u, shown_v = worth(
                        t, i, j, np.int64(hours[n]), wishes, max(gap, 0), liked
                    )
                    if not shown_u or not shown_v or not _reaches(by, one_u, one_v, floor + less[j]):
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
def count_shared(
    walk: Any, facts: Any, i: int, mine: int, theirs: int, words: int, at: int, size: int, counts: Any
) -> None:
    """How many bits the mentee's words from `mine` on share with each mentor's from `theirs` on."""
    column = walk.mentor.shape[0]
    for word in range(words):
        if word == 0:
            count(walk.facts, at + theirs * column, size, facts[i, mine], counts)
        else:
            count_more(walk.facts, at + (theirs + word) * column, size, facts[i, mine + word], counts)


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
def cut(t: Any, walk: Any, number: int, chapter: int, less: Any, need_v: Any) -> None:
    """Cut a list to the mentors whose chapters are open to this one, where that is not how it is cut already."""
    if walk.cut_for[number] == chapter:
        return
    walk.cut_for[number] = chapter
    here = np.int64(t.posted_start[number])
    for n in range(t.posted_start[number], t.posted_start[number + 1]):
        j = np.int64(t.posted[n])
        if chapter == WHOLE or t.open[chapter, t.mentors.chapter[j]]:
            walk.mentor[here] = j
            walk.years[here] = t.posted_years[n]
            walk.keen[here] = t.posted_keen[n]
            for word in range(t.mentors.facts.shape[1]):
                walk.facts[word * walk.mentor.shape[0] + here] = t.mentors.facts[j, word]
            walk.less[here] = less[j]
            walk.need_v[here] = need_v[j]
            here += 1
    walk.ends[number] = here


@njit(inline="always")
def in_order(t: Any, i: int, wishes: Any) -> int:
    """The places of the mentee's wishes, the keenest first; returns how many lists are walked through."""
    if t.asks == ALL:
        return 1
    count = 0
    for keen in range(WISH_MAX, 0, -1):
        for wish in range(t.mentees.area_start[i], t.mentees.area_start[i + 1]):
            if t.mentees.keen[wish] == keen:
                wishes[count] = wish
                count += 1
    return count


@njit(inline="always")
def wish_of(t: Any, wishes: Any, nth: int, count: int) -> tuple[int, int, int, int]:
    """The list to walk through, with the mentee's own years and how keen she is; then the keenest of her other wishes."""
    if t.asks == ALL:  # the last list is everybody's
        return t.lists - 1, 0, 0, WISH_MAX
    wish, other = np.int64(wishes[nth]), np.int64(wishes[1 if nth == 0 and count > 1 else 0])
    others = np.int64(t.mentees.keen[other]) if count > 1 else 0
    return (
        np.int64(t.mentees.area[wish]),
        np.int64(t.mentees.years[wish]),
        np.int64(t.mentees.keen[wish]),
        others,
    )


@njit(inline="always")
def first_below(years: Any, start: int, end: int, least: int) -> int:
    """The first place between these with fewer years: they fall."""
    while start < end:
        middle = (start + end) // 2
        if years[middle] >= least:
            start = middle + 1
        else:
            end = middle
    return start


@njit(inline="always")
def _pass_over(t: Any, i: int, met: Any, turn: int) -> None:
    """Mark the mentors whom the mentee must not meet: excluded, herself, or in a conflict with her."""
    for n in range(t.stop_start[i], t.stop_start[i + 1]):
        met[t.stop_mentor[n]] = turn
    for n in range(t.in_group_start[i], t.in_group_start[i + 1]):
        group = t.in_group[n]
        for member in range(t.group_start[group], t.group_start[group + 1]):
            met[t.group_mentor[member]] = turn


@njit(inline="always")
def most_of_answers(t: Any) -> tuple[int, int]:
    """The most that answers could add to both sides of any pair."""
    u, v = 0, 0
    for place in range(t.match.shape[0]):
        points = t.question[place, REACH] if t.match[place] == NEAR else 1
        u += t.question[place, MENTEE] * points
        v += t.question[place, MENTOR] * points
    return u, v
