"""One pair of a market, for all other kernels: what stops it, and what it is worth to both sides."""

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

from services.matching.engine.digests import TIE_BITS
from services.matching.engine.pairs import (
    GAP_COUNTED_YEARS,
    HOURS_COUNTED,
    LANGUAGES_COUNTED,
    LEARNS_COUNTED,
)
from services.matching.engine.tables import HOUR_WORDS

WANTS, GAP, LEARNS, HOURS, LANGUAGES = range(5)  # places in Tables.mentee_weights
ASKED, LIKES = 0, 1  # places in Tables.mentor_weights; the other three as above
SAME, NEAR = 0, 1  # places in rules.MATCHES
MENTEE, MENTOR, REACH, SENSITIVE = range(4)  # places in Tables.question
MIX_1, MIX_2 = 0x9E3779B97F4A7C15, 0xFF51AFD7ED558CCD  # as in digests.mixed


@intrinsic
def bits(_context: Any, _word: Any) -> tuple[Signature, Any]:
    """How many bits of a word are set: one instruction of the machine."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        counted = builder.module.declare_intrinsic("llvm.ctpop", [ir.IntType(64)])
        return builder.call(counted, arguments)

    return types.int64(types.uint64), generate


@njit(inline="always")
def common(t: Any, i: int, j: int, mine: int, theirs: int, words: int) -> int:
    """How many bits the mentee's words from `mine` on share with the mentor's from `theirs` on."""
    count = 0
    for word in range(words):
        count += bits(t.mentees.facts[i, mine + word] & t.mentors.facts[j, theirs + word])
    return count


@njit(inline="always")
def common_hours(t: Any, i: int, j: int) -> int:
    return common(t, i, j, 0, 0, HOUR_WORDS)


@njit(inline="always")
def tie(t: Any, i: int, j: int) -> int:
    """As `digests.pair_ties`."""
    word = t.mentees.digest[i] * types.uint64(MIX_1) + t.mentors.digest[j]
    word = (word ^ (word >> types.uint64(33))) * types.uint64(MIX_2)
    word = (word ^ (word >> types.uint64(29))) * types.uint64(MIX_2)
    return types.int64(word >> types.uint64(64 - TIE_BITS))


@njit(inline="always")
def met_wishes(t: Any, i: int, j: int) -> tuple[int, int, int, int, int]:
    """What the mentor covers of the mentee's wishes: areas offered, areas covered, wishes, gap and liked."""
    offered, covered, wishes, gap, liked = 0, 0, 0, 0, 0
    at, beyond = t.mentors.area_start[j], t.mentors.area_start[j + 1]
    for wish in range(t.mentees.area_start[i], t.mentees.area_start[i + 1]):
        area = t.mentees.area[wish]
        while at < beyond and t.mentors.area[at] < area:
            at += 1
        if at == beyond:
            break
        if t.mentors.area[at] != area:
            continue
        offered += 1
        ahead = types.int64(t.mentors.years[at]) - types.int64(t.mentees.years[wish])
        if t.is_ahead and ahead < t.ahead[area]:
            continue
        covered += 1
        wishes += types.int64(t.mentees.keen[wish])
        gap = max(gap, ahead)
        liked += types.int64(t.mentors.keen[at])
    return offered, covered, wishes, gap, liked


@njit(inline="always")
def worth(t: Any, i: int, j: int, hours: int, wishes: int, gap: int, liked: int) -> tuple[int, int, int, int]:
    """What the pair gives the mentee and the mentor, and how much of each may be shown as a reason.

    `wishes`, `gap` and `liked` are what the mentor covers of the mentee's wishes, `hours` their common hours.
    """
    mine, theirs = t.mentee_weights, t.mentor_weights
    hours = min(hours, HOURS_COUNTED)
    learns = HOUR_WORDS + t.language_words
    could = learns + t.area_words
    languages = min(common(t, i, j, HOUR_WORDS, HOUR_WORDS, t.language_words), LANGUAGES_COUNTED)
    taught = min(common(t, i, j, learns, could, t.area_words), LEARNS_COUNTED)
    teaches = min(common(t, i, j, could, learns, t.area_words), LEARNS_COUNTED)
    u = mine[WANTS] * wishes + mine[GAP] * min(gap, GAP_COUNTED_YEARS)
    u += mine[LEARNS] * taught + mine[HOURS] * hours + mine[LANGUAGES] * languages
    v = theirs[ASKED] * wishes + theirs[LIKES] * liked
    v += theirs[LEARNS] * teaches + theirs[HOURS] * hours + theirs[LANGUAGES] * languages
    shown_u, shown_v = u, v
    for place in range(t.match.shape[0]):
        points = answered(t, place, i, j)
        u += t.question[place, MENTEE] * points
        v += t.question[place, MENTOR] * points
        if not t.question[place, SENSITIVE]:
            shown_u += t.question[place, MENTEE] * points
            shown_v += t.question[place, MENTOR] * points
    return u, v, shown_u, shown_v


@njit(inline="always")
def answered(t: Any, place: int, i: int, j: int) -> int:
    """Points of one question; none where either has given no answer."""
    if t.match[place] == SAME:
        return 1 if t.mentees.choices[i, place] & t.mentors.choices[j, place] else 0
    mine, theirs = types.int64(t.mentees.scales[i, place]), types.int64(t.mentors.scales[j, place])
    if mine < 0 or theirs < 0:
        return 0
    if t.match[place] == NEAR:
        return max(t.question[place, REACH] - abs(mine - theirs), 0)
    return 1 if theirs > mine else 0
