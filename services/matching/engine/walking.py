"""Room in which a scan walks through lists of mentors, kept from one mentee to the next.

Invariants:
1. One thread at a time uses it, with the same tables, `less` and `need_v` each time; then nothing that comes out depends
   on what was there before.
2. What decides of a mentor stands in columns, in the order in which lists are walked through: so `kernels.sieve` looks at
   several mentors in one step. A scan makes no room of its own, so that it has no references to count.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.tables import Tables

NOT_CUT, WHOLE = -1, -2  # in Walk.cut_for
AT_ONCE = 512  # mentors of a list that are looked at together


class Walk(NamedTuple):
    """`Tables.posted` with each list cut to whoever is open to one chapter, at the same places; [posted] unless said
    otherwise."""

    cut_for: NDArray[np.int32]  # [lists of all parts]: the chapter, NOT_CUT or WHOLE
    ends: NDArray[np.int32]  # [lists of all parts]: where each of them ends now
    mentor: NDArray[np.int32]
    years: NDArray[np.uint8]
    keen: NDArray[np.uint8]
    facts: NDArray[np.uint64]  # [words * posted]: as People.facts, one word of all after the other
    less: NDArray[np.int64]
    need_v: NDArray[np.int64]
    met: NDArray[np.int64]  # [mentors]: at which turn a mentee last met her, or was kept from her
    turn: NDArray[np.int64]  # [1]: mentees so far
    wishes: NDArray[np.int32]  # [areas]: the places of a mentee's, the keenest first
    # Of the mentors looked at together [AT_ONCE]: what they share with the mentee, the most they could be worth, and who may do.
    hours: NDArray[np.uint8]
    languages: NDArray[np.uint8]
    taught: NDArray[np.uint8]
    teaches: NDArray[np.uint8]
    shared: NDArray[np.uint8]
    likely: NDArray[np.uint8]
    high_u: NDArray[np.int32]
    high_v: NDArray[np.int32]
    hits: NDArray[np.int32]


def new_walk(t: Tables) -> Walk:
    lists, posted, words = len(t.posted_start) - 1, len(t.posted), t.mentors.facts.shape[1]
    hours, languages, taught, teaches, shared, likely = (np.empty(AT_ONCE, np.uint8) for _ in range(6))
    return Walk(
        cut_for=np.full(lists, NOT_CUT, np.int32),
        ends=np.zeros(lists, np.int32),
        mentor=np.empty(posted, np.int32),
        years=np.empty(posted, np.uint8),
        keen=np.empty(posted, np.uint8),
        facts=np.empty(words * posted, np.uint64),
        less=np.empty(posted, np.int64),
        need_v=np.empty(posted, np.int64),
        met=np.zeros(len(t.mentors.able), np.int64),
        turn=np.zeros(1, np.int64),
        wishes=np.empty(t.lists, np.int32),
        hours=hours,
        languages=languages,
        taught=taught,
        teaches=teaches,
        shared=shared,
        likely=likely,
        high_u=np.empty(AT_ONCE, np.int32),
        high_v=np.empty(AT_ONCE, np.int32),
        hits=np.empty(AT_ONCE + 1, np.int32),
    )
