"""All pairs of a market: which rules stop each, and what the others are worth to both sides.

Invariants:
1. Integers only, so that no sum depends on the order of its terms.
2. `u` and `v` are the sums of the parts that `parts.py` lists for the same pair; solving checks it for every
   proposal.
3. A pair that gives one side nothing that may be shown to it as a reason is stopped (R4).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.columns import Bools, Ints, Side, Words
from services.matching.engine.edges import Edges, joined, joint
from services.matching.engine.market import Snapshot
from services.matching.engine.rules import MenteeWeights, MentorWeights, Question

STOPS = (
    "confirmed",  # one of the two has not confirmed her address (R15)
    "route",  # the intake of one of the two led elsewhere (R8)
    "same_person",  # she stands on both sides
    "chapter",  # different chapters without both chapters' consent (R16)
    "exclusion",  # one of the two would rather not meet the other
    "conflict",  # reporting line, household, investor, recruiter or competitor (R12)
    "language",  # no common language
    "hour",  # too few common free hours
    "area",  # the mentor offers none of the areas wanted
    "ahead",  # the mentor is far enough ahead in none of the areas wanted (R5)
    "nothing_for_mentee",  # no reason to show the mentee (R4)
    "nothing_for_mentor",  # no reason to show the mentor (R4)
    "floor",  # the joint score is under the round's floor
)
"""Codes of what stops a pair, in the order in which they are told; bit n of a stop mask is the n-th."""

GAP_COUNTED_YEARS = 10
LEARNS_COUNTED = 5
HOURS_COUNTED = 5
LANGUAGES_COUNTED = 2
ROWS_AT_ONCE = 256  # bounds the memory of intermediate arrays

Masks = NDArray[np.uint16]


@dataclass(frozen=True, eq=False, slots=True)
class Pairs:
    """`stops` [mentees, mentors] holds a mask for every pair; `edges` are the pairs that nothing stops."""

    stops: Masks
    edges: Edges


@dataclass(frozen=True, eq=False, slots=True)
class _Cover:
    """What mentors cover of the mentees' wishes, all arrays [mentees, mentors]."""

    any_area: Bools  # offers an area wanted, whatever the gap
    wishes: Ints  # weights of the areas covered, summed
    areas: Ints  # number of areas covered
    gap: Ints  # years ahead in the best area covered, not below 0
    liked: Ints  # areas covered that the mentor likes to teach


def bit(code: str) -> int:
    """The mask of one stop code."""
    return 1 << STOPS.index(code)


ABSENT = bit("confirmed") | bit("route") | bit("same_person")
"""With an eligible person, these stops mean that there is nobody to meet."""
PRIVATE = sum(
    bit(code) for code in ("exclusion", "conflict", "nothing_for_mentee", "nothing_for_mentor", "floor")
)
"""Stops that tell something of the other side's private answers."""


def weigh(market: Snapshot) -> Pairs:
    """Every pair of the market, exactly."""
    stops = np.zeros((len(market.mentees), len(market.mentors)), np.uint16)
    blocks = []
    for start in range(0, max(len(stops), 1), ROWS_AT_ONCE):  # one block at least, if an empty one
        rows = np.arange(start, min(start + ROWS_AT_ONCE, len(stops)))
        block = weigh_rows(market, rows)
        stops[rows] = block.stops
        blocks.append(block.edges)
    return Pairs(stops, joined(blocks))


def weigh_rows(market: Snapshot, rows: Ints) -> Pairs:
    """The same for some mentees only: `stops` has one row for each of `rows`, in that order."""
    cover = _cover(market, rows)
    stops = _stops(market, rows, cover)
    at, cols = np.nonzero(stops == 0)
    u, v, shown_u, shown_v = _scores(market, cover, rows, at, cols)
    late = np.zeros(len(at), np.uint16)
    late |= np.where(shown_u == 0, bit("nothing_for_mentee"), 0).astype(np.uint16)
    late |= np.where(shown_v == 0, bit("nothing_for_mentor"), 0).astype(np.uint16)
    stops[at, cols] = late
    good = late == 0
    u, v = u[good], v[good]
    columns = (rows[at[good]], cols[good], u, v, joint(u, v))
    return Pairs(stops, Edges(*(column.astype(np.int32) for column in columns)))


def keep(pairs: Pairs, kept: Bools) -> Pairs:
    """Only these of the edges; the floor stops the others."""
    stops, below = pairs.stops.copy(), pairs.edges.only(~kept)
    stops[below.rows, below.cols] |= np.uint16(bit("floor"))
    return Pairs(stops, pairs.edges.only(kept))


def _cover(market: Snapshot, rows: Ints) -> _Cover:
    rules = market.rules
    size = (len(rows), len(market.mentors))
    any_area = np.zeros(size, bool)
    wishes, areas, gap, liked = (np.zeros(size, np.int16) for _ in range(4))
    wanted = _by_area(market, market.mentees, rows)
    offered = _by_area(market, market.mentors, np.arange(len(market.mentors)))
    for area, (wanting, own, wish), (offering, years, likes) in zip(
        market.areas, wanted, offered, strict=True
    ):
        if not wanting.size or not offering.size:
            continue
        block = np.ix_(wanting, offering)
        ahead = years[None, :] - own[:, None]
        covered = ahead >= rules.gap_years(area) if rules.requires("ahead") else np.ones(ahead.shape, bool)
        any_area[block] = True
        wishes[block] += wish[:, None] * covered
        areas[block] += covered
        gap[block] = np.maximum(gap[block], ahead * covered)
        liked[block] += covered & (likes[None, :] > 0)
    return _Cover(any_area, wishes, areas, gap, liked)


def _by_area(market: Snapshot, side: Side, rows: Ints) -> list[tuple[Ints, Ints, Ints]]:
    """For each area of the market who of these has it: places in `rows`, years, and how keen they are."""
    at, place = side.areas.of(rows)
    area = side.areas.area[place]
    order = np.argsort(area, kind="stable")
    at, place = at[order], place[order]
    years, keen = (column[place].astype(np.int16) for column in (side.areas.years, side.areas.keen))
    cuts = np.searchsorted(area[order], np.arange(len(market.areas) + 1)).tolist()
    return [(at[some], years[some], keen[some]) for some in (slice(*cut) for cut in pairwise(cuts))]


def _stops(market: Snapshot, rows: Ints, cover: _Cover) -> Masks:
    rules, mentees, mentors = market.rules, market.mentees, market.mentors
    stops = np.zeros((len(rows), len(mentors)), np.uint16)

    def stop(code: str, where: Bools) -> None:
        np.bitwise_or(stops, where * np.uint16(bit(code)), out=stops)

    for value, code in ((1, "confirmed"), (2, "route")):
        stop(code, (mentees.barred[rows] == value)[:, None] | (mentors.barred == value)[None, :])
    stop("chapter", ~market.chapters_open[np.ix_(mentees.chapter[rows], mentors.chapter)])
    if rules.requires("language"):
        stop("language", _common(mentees.languages[rows], mentors.languages) == 0)
    if rules.requires("hour"):
        stop("hour", _common(mentees.hours[rows], mentors.hours) < rules.min_common_hours)
    if rules.requires("area"):
        stop("area", ~cover.any_area)
    if rules.requires("ahead"):
        stop("ahead", cover.areas == 0)
    place = np.full(len(mentees), -1, np.int64)
    place[rows] = np.arange(len(rows))
    listed = (
        ("same_person", market.same_person),
        ("exclusion", market.excluded_by_mentee),
        ("exclusion", market.excluded_by_mentor),
    )
    for code, couples in listed:
        here = couples[place[couples[:, 0]] >= 0]
        stops[place[here[:, 0]], here[:, 1]] |= np.uint16(bit(code))
    for members, facing in market.conflicts:
        asked = place[members]
        stops[np.ix_(asked[asked >= 0], facing)] |= np.uint16(bit("conflict"))
    return stops


def _common(ours: Words, theirs: Words) -> Ints:
    """How many bits each of ours shares with each of theirs: [ours, theirs]."""
    count = np.zeros((len(ours), len(theirs)), np.int16)
    for word in range(ours.shape[1]):
        count += np.bitwise_count(ours[:, word][:, None] & theirs[:, word][None, :])
    return count


def _shared(ours: Words, theirs: Words, rows: Ints, cols: Ints) -> Ints:
    """How many bits the two of each listed pair share: [pairs]."""
    count = np.zeros(len(rows), np.int64)
    for word in range(ours.shape[1]):
        count += np.bitwise_count(ours[rows, word] & theirs[cols, word])
    return count


def _scores(
    market: Snapshot, cover: _Cover, block: Ints, at: Ints, cols: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """u and v, and the share of each that may be shown as a reason. `at` are places in `block`."""
    mentees, mentors, rules = market.mentees, market.mentors, market.rules
    rows = block[at]
    wishes, gap, liked = (
        getattr(cover, name)[at, cols].astype(np.int64) for name in ("wishes", "gap", "liked")
    )
    both = {
        "hours": np.minimum(_shared(mentees.hours, mentors.hours, rows, cols), HOURS_COUNTED),
        "languages": np.minimum(_shared(mentees.languages, mentors.languages, rows, cols), LANGUAGES_COUNTED),
    }
    taught = _shared(mentees.wants_to_learn, mentors.could_teach, rows, cols)
    teaches = _shared(mentees.could_teach, mentors.wants_to_learn, rows, cols)
    gets_mentee = both | {
        "wants": wishes,
        "gap": np.minimum(gap, GAP_COUNTED_YEARS),
        "learns": np.minimum(taught, LEARNS_COUNTED),
    }
    gets_mentor = both | {
        "asked": wishes,
        "likes": liked,
        "learns": np.minimum(teaches, LEARNS_COUNTED),
    }
    u, v = _sum(gets_mentee, rules.mentee_weights), _sum(gets_mentor, rules.mentor_weights)
    shown_u, shown_v = u.copy(), v.copy()
    for place, question in enumerate(rules.questions):
        points = question_points(question, place, mentees, mentors, rows, cols)
        u += question.mentee * points
        v += question.mentor * points
        if not question.sensitive:
            shown_u += question.mentee * points
            shown_v += question.mentor * points
    return u, v, shown_u, shown_v


def _sum(gets: dict[str, Ints], weights: MenteeWeights | MentorWeights) -> Ints:
    points = [getattr(weights, name) * counts for name, counts in gets.items()]
    total: Ints = np.sum(points, axis=0, dtype=np.int64)
    return total


def question_points(
    question: Question, place: int, mentees: Side, mentors: Side, rows: Ints, cols: Ints
) -> Ints:
    """Points of one question for each listed pair; none where either has given no answer."""
    points: Ints
    mine, theirs = mentees.scales[rows, place].astype(np.int64), mentors.scales[cols, place].astype(np.int64)
    answered = (mine >= 0) & (theirs >= 0)
    if question.match == "same":
        points = (mentees.choices[rows, place] & mentors.choices[cols, place] != 0).astype(np.int64)
    elif question.match == "near":
        points = np.maximum(question.reach - np.abs(mine - theirs), 0) * answered
    else:
        points = ((theirs > mine) & answered).astype(np.int64)
    return points
