"""Who of a round's people got a proposal: on each side, in each chapter, and in each group that the programme's
questions make.

Invariants:
1. Counted are those who could be proposed at all: confirmed, on the mentoring route, with a seat (R27: every share
   with its denominator).
2. Groups come from answers that people consented to (R7): a snapshot holds no others.
3. A group is shown only where it gives nobody away; see `group_shares`.
"""

import numpy as np

from services.matching.engine.columns import Bools, Ints, Side, Words
from services.matching.engine.market import Snapshot
from services.matching.engine.round import ChapterShare, GroupShare, Share

GROUP_PEOPLE_MIN = 7


def seeking(side: Side) -> Bools:
    """Who could be proposed at all: confirmed, on the mentoring route, with a seat."""
    able: Bools = (side.barred == 0) & (side.seats > 0)
    return able


def share(side: Side, used: Ints) -> Share:
    """Of everybody on a side; `used` counts the proposals of each person."""
    here = seeking(side)
    return Share(matched=int((here & (used > 0)).sum()), of=int(here.sum()))


def chapter_shares(market: Snapshot, used_i: Ints, used_j: Ints) -> tuple[ChapterShare, ...]:
    """Of every chapter, whatever its size: coordinators see whom it lists anyway."""
    size = len(market.chapters)
    mentees, mentors = _by_chapter(market.mentees, used_i, size), _by_chapter(market.mentors, used_j, size)
    return tuple(
        ChapterShare(chapter=name, mentees=mine, mentors=theirs)
        for name, mine, theirs in zip(market.chapters, mentees, mentors, strict=True)
    )


def _by_chapter(side: Side, used: Ints, size: int) -> list[Share]:
    here = seeking(side)
    of = np.bincount(side.chapter[here], minlength=size).tolist()
    matched = np.bincount(side.chapter[here & (used > 0)], minlength=size).tolist()
    return [Share(matched=some, of=everybody) for some, everybody in zip(matched, of, strict=True)]


def group_shares(market: Snapshot, used_i: Ints, used_j: Ints) -> tuple[GroupShare, ...]:
    """Of the people who gave the same answer to a question with choices, in the order of questions and choices.

    A side is None where the figure could give somebody away. A group is shown from seven people on, the floor below
    which no figure about people's answers is shown anywhere here (R22), and where nobody or at least seven are outside
    it, for whoever knows the whole knows the rest too. Sensitive questions make no groups, however large: drafts can be
    repeated, and what changes between two of them, one person's proposal and one group's share, would tell her answer.
    """
    sides = [_by_choice(market, market.mentees, used_i), _by_choice(market, market.mentors, used_j)]
    return tuple(
        GroupShare(question=question, choice=choice, mentees=mine, mentors=theirs)
        for (question, choice, mine), (_, _, theirs) in zip(*sides, strict=True)
        if mine or theirs
    )


def _by_choice(market: Snapshot, side: Side, used: Ints) -> list[tuple[str, str, Share | None]]:
    """Of every choice of every question that is not sensitive."""
    here = seeking(side)
    matched, everybody = here & (used > 0), int(here.sum())
    found = []
    for place, (question, choices) in enumerate(zip(market.rules.questions, market.choices, strict=True)):
        if question.sensitive:
            continue
        some = _takers(side.choices[matched, place], len(choices))
        of = _takers(side.choices[here, place], len(choices))
        for choice, matched_here, of_here in zip(choices, some, of, strict=True):
            safe = of_here >= GROUP_PEOPLE_MIN and not 0 < everybody - of_here < GROUP_PEOPLE_MIN
            share_here = Share(matched=matched_here, of=of_here)
            found.append((question.key, choice, share_here if safe else None))
    return found


def _takers(taken: Words, choices: int) -> list[int]:
    """How many took each of the choices, from everybody's bits."""
    return [int(np.count_nonzero(taken & np.uint64(1 << choice))) for choice in range(choices)]
