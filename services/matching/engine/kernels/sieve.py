"""Many mentors of a list at once: what each could be worth to a mentee at most. Loops without branches over columns, so that the
compiler looks at several mentors in one step.

Invariant: bounds are sound: no mentor is worth more than is said here. They are exact for who covers one wish only, where no
question is asked.
"""

from typing import Any

import numpy as np
from numba import njit

from services.matching.engine.kernels.pair import ASKED, GAP, HOURS, LANGUAGES, LEARNS, LIKES, WANTS, bits
from services.matching.engine.pairs import (
    GAP_COUNTED_YEARS,
    HOURS_COUNTED,
    LANGUAGES_COUNTED,
    LEARNS_COUNTED,
)

# Places beyond the first are unsigned: they cannot count from the end, so nothing has to be looked up for each of them.
PLACE, SMALL, WIDE = np.uint64, np.uint8, np.int32
GAP_MOST, HOURS_MOST = np.uint8(GAP_COUNTED_YEARS), np.uint8(HOURS_COUNTED)
COUNT_MOST = 255
LANGUAGES_MOST, LEARNS_MOST = np.uint8(LANGUAGES_COUNTED), np.uint8(LEARNS_COUNTED)


@njit(nogil=True, _nrt=False)
def count(facts: Any, at: int, size: int, mine: int, counts: Any) -> None:
    """How many bits of `mine` each has in the word that stands from `at` on."""
    first = PLACE(at)
    for n in range(PLACE(size)):
        counts[n] = bits(facts[first + n] & mine)


@njit(nogil=True, _nrt=False)
def count_more(facts: Any, at: int, size: int, mine: int, counts: Any) -> None:
    """The same, added to the counts; they end at what a byte holds, far above what is asked for or counts."""
    first = PLACE(at)
    for n in range(PLACE(size)):
        counts[n] = min(np.int64(counts[n]) + bits(facts[first + n] & mine), COUNT_MOST)


@njit(nogil=True, _nrt=False)
def count_three(
    facts: Any, at: int, column: int, size: int, one: int, two: int, three: int, counts: Any
) -> None:
    """The same of three words, in columns of this length."""
    first = PLACE(at)
    second, third = PLACE(at + column), PLACE(at + 2 * column)
    for n in range(PLACE(size)):
        counts[n] = (
            bits(facts[first + n] & one) + bits(facts[second + n] & two) + bits(facts[third + n] & three)
        )


@njit(nogil=True, _nrt=False)
def most(
    years: Any, keens: Any, at: int, size: int, own_years: int, keen: int, others: int, base_u: int, base_v: int,
    weights_u: Any, weights_v: Any, single: int, shared: Any, hours: Any, languages: Any, taught: Any, teaches: Any,
    high_u: Any, high_v: Any,
) -> None:  # fmt: skip
    """The most that each could be worth to both sides, beyond a base. Who shares more areas than `single` with the mentee
    may cover them all: each counts as one that she is `others` keen on."""
    first, own, one = PLACE(at), SMALL(own_years), SMALL(single)
    wants, gap, learns = WIDE(weights_u[WANTS]), WIDE(weights_u[GAP]), WIDE(weights_u[LEARNS])
    by_hour, by_language = WIDE(weights_u[HOURS]), WIDE(weights_u[LANGUAGES])
    asked, likes, learns_v = WIDE(weights_v[ASKED]), WIDE(weights_v[LIKES]), WIDE(weights_v[LEARNS])
    by_hour_v, by_language_v = WIDE(weights_v[HOURS]), WIDE(weights_v[LANGUAGES])
    more_u, more_v = WIDE(wants * others), WIDE(asked * others + likes)
    base_u, base_v = WIDE(base_u + wants * keen), WIDE(base_v + asked * keen)
    for n in range(PLACE(size)):
        more = WIDE(shared[n] - one)
        ahead = SMALL(max(years[first + n], own) - own)
        counted = WIDE(GAP_MOST if more else min(ahead, GAP_MOST))
        free, spoken = WIDE(min(hours[n], HOURS_MOST)), WIDE(min(languages[n], LANGUAGES_MOST))
        learnt, learns_here = WIDE(min(taught[n], LEARNS_MOST)), WIDE(min(teaches[n], LEARNS_MOST))
        high_u[n] = (
            base_u + more_u * more + gap * counted + learns * learnt + by_hour * free + by_language * spoken
        )
        liked = WIDE(keens[first + n])
        high_v[n] = (
            base_v
            + more_v * more
            + likes * liked
            + learns_v * learns_here
            + by_hour_v * free
            + by_language_v * spoken
        )


@njit(nogil=True, _nrt=False)
def enough_u(
    less: Any, need_v: Any, at: int, size: int, bar: int, need_u: int, least_hours: int, least_languages: int, hours: Any,
    languages: Any, high_u: Any, high_v: Any, likely: Any,
) -> None:  # fmt: skip
    """Who may be what is asked for, by what the mentee gets."""
    first, by_hour, by_language = PLACE(at), SMALL(least_hours), SMALL(least_languages)
    for n in range(PLACE(size)):
        u, v = np.int64(high_u[n]), np.int64(high_v[n])
        likely[n] = (
            (u >= bar + less[first + n])
            & (u > need_u)
            & (v > need_v[first + n])
            & (hours[n] >= by_hour)
            & (languages[n] >= by_language)
        )


@njit(nogil=True, _nrt=False)
def enough_w(
    less: Any, need_v: Any, at: int, size: int, bar: int, need_u: int, least_hours: int, least_languages: int, hours: Any,
    languages: Any, high_u: Any, high_v: Any, likely: Any,
) -> None:  # fmt: skip
    """Who may be what is asked for, by the joint score."""
    first, by_hour, by_language = PLACE(at), SMALL(least_hours), SMALL(least_languages)
    for n in range(PLACE(size)):
        u, v = np.int64(high_u[n]), np.int64(high_v[n])
        likely[n] = (
            (2 * u * v >= (bar + less[first + n]) * (u + v))
            & (u > need_u)
            & (v > need_v[first + n])
            & (hours[n] >= by_hour)
            & (languages[n] >= by_language)
        )


@njit(nogil=True, _nrt=False)
def passed(
    languages: Any,
    hours: Any,
    shared: Any,
    size: int,
    least_languages: int,
    least_hours: int,
    least_shared: int,
) -> tuple[int, int, int]:
    """How many share as many languages, and of these as many hours, and of these as many areas."""
    by_language, by_hour, by_area = SMALL(least_languages), SMALL(least_hours), SMALL(least_shared)
    spoken, free, offered = WIDE(0), WIDE(0), WIDE(0)
    for n in range(PLACE(size)):
        first = languages[n] >= by_language
        second = first & (hours[n] >= by_hour)
        spoken += first
        free += second
        offered += second & (shared[n] >= by_area)
    return np.int64(spoken), np.int64(free), np.int64(offered)


@njit(nogil=True, _nrt=False)
def passed_alone(
    languages: Any, hours: Any, shared: Any, size: int, least_languages: int, least_hours: int, single: int, likely: Any
) -> int:  # fmt: skip
    """How many share as many languages and hours, and `single` areas; those who share another number are marked."""
    by_language, by_hour, one = SMALL(least_languages), SMALL(least_hours), SMALL(single)
    alone = WIDE(0)
    for n in range(PLACE(size)):
        enough = (languages[n] >= by_language) & (hours[n] >= by_hour)
        alone += enough & (shared[n] == one)
        likely[n] = enough & (shared[n] != one)
    return np.int64(alone)


@njit(nogil=True, _nrt=False)
def worth_alone(
    languages: Any, hours: Any, shared: Any, size: int, least_languages: int, least_hours: int, single: int, lowest: int,
    answers_u: int, answers_v: int, least_u: Any, least_v: Any, likely: Any,
) -> tuple[int, int]:  # fmt: skip
    """Of those who share as many languages and hours, and `single` areas: how many are surely worth something to both sides,
    and `lowest` together; and how many are worth something, and surely less than that. The others are marked, as is whoever
    shares another number of areas.

    `least_u` and `least_v` are what they are worth without answers, which add `answers_u` and `answers_v` at most."""
    by_language, by_hour, one = SMALL(least_languages), SMALL(least_hours), SMALL(single)
    enough, below = WIDE(0), WIDE(0)
    for n in range(PLACE(size)):
        u, v = np.int64(least_u[n]), np.int64(least_v[n])
        high_u, high_v = u + answers_u, v + answers_v
        here = (languages[n] >= by_language) & (hours[n] >= by_hour)
        sure = here & (shared[n] == one) & (u > 0) & (v > 0)
        reaches = sure & (2 * u * v >= lowest * (u + v))
        misses = sure & (2 * high_u * high_v < lowest * (high_u + high_v))
        enough += reaches
        below += misses
        likely[n] = here & (not (reaches | misses))
    return np.int64(enough), np.int64(below)


@njit(nogil=True, _nrt=False)
def gather(likely: Any, size: int, hits: Any) -> int:
    """The places of those who may, in order; returns how many they are. `hits` has room for one more than `size`."""
    hit = PLACE(0)
    for n in range(PLACE(size)):
        hits[hit] = n
        hit += PLACE(likely[n])
    return np.int64(hit)
