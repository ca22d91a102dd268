"""Figures about many people that reveal nobody: the partition rule (R22).

Answers to one question in one chapter fall into a fixed row of disjoint blocks, in the order in which they come; a block closes once
`PEOPLE_A_BLOCK` different people are in it, and only sums over closed blocks are ever shown. There is no filter: each question has one
row of blocks, and no two rows share an answer. So whatever is subtracted from whatever, over time, roles or chapters, is a sum over whole
blocks, of seven people or more. This is partitioning as inference control: F. Y. Chin and G. Özsoyoğlu, "Statistical database design",
ACM Transactions on Database Systems 6(1), 1981; D. E. Denning and J. Schlörer, "Inference controls for statistical databases", IEEE
Computer 16(7), 1983; with blocks of fixed least size as in microaggregation, J. Domingo-Ferrer and J. M. Mateo-Sanz, IEEE Transactions
on Knowledge and Data Engineering 14(1), 2002.

A block in which all say the same would still say what each of them said: where `guarded`, a block's sum is kept away from both ends of
the scale before it is added (bottom and top coding), by a twelfth of the scale's width for each person, so that no sum needs all to agree.
"""

import math
from dataclasses import dataclass, replace

#: The least number of people behind a figure (R22). A floor of privacy, the same for all: no programme and no coordinator can move it.
PEOPLE_A_BLOCK = 7


@dataclass(frozen=True, slots=True)
class Said:
    """One person's answer: a whole number for each question of the row."""

    member: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cohort:
    """A row of blocks: who waits for the open one to fill, and the sums over the closed ones. `people` counts answers in closed blocks."""

    id: str
    chapter: str
    waiting: tuple[Said, ...] = ()
    people: int = 0
    blocks: int = 0
    sums: tuple[int, ...] = ()


def id_of(chapter: str, *words: str) -> str:
    """The row of one question in one chapter."""
    return ":".join(("coh", chapter, *words))


def hear(cohort: Cohort, said: Said, scales: tuple[tuple[int, int], ...], *, guarded: bool) -> Cohort:
    """One more answer; the open block closes where it is full. `scales` are the lowest and highest value of each question."""
    waiting = (*cohort.waiting, said)
    block: dict[str, Said] = {}
    for one in waiting:
        block.setdefault(one.member, one)
    if len(block) < PEOPLE_A_BLOCK:
        return replace(cohort, waiting=waiting)
    taken = tuple(block.values())
    before = cohort.sums or (0,) * len(scales)
    sums = tuple(
        total + _kept_away(sum(one.values[place] for one in taken), len(taken), *scale, guarded=guarded)
        for place, (total, scale) in enumerate(zip(before, scales, strict=True))
    )
    return replace(
        cohort,
        waiting=tuple(one for one in waiting if one is not block[one.member]),
        people=cohort.people + len(taken),
        blocks=cohort.blocks + 1,
        sums=sums,
    )


def forget(cohort: Cohort, member: str) -> Cohort:
    """Somebody was erased: what she said and was not counted yet is gone."""
    return replace(cohort, waiting=tuple(one for one in cohort.waiting if one.member != member))


def _kept_away(total: int, people: int, lowest: int, highest: int, *, guarded: bool) -> int:
    if not guarded:
        return total
    margin = math.ceil(people * (highest - lowest) / 12)
    return min(max(total, people * lowest + margin), people * highest - margin)
