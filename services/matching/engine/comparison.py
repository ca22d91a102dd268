"""Two drafts side by side: who stays with whom, who moves, and what each draft says about itself.

Invariants: proposals are read once, in the order of mentees, and forgotten, so that rounds of any size compare in
bounded memory; what is asked of a draft is what a service keeps of it: proposals and the report as plain values.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from services.matching.engine.errors import EngineError

CHANGES_SHOWN = 100

Pair = tuple[str, str, int]
"""(mentee id, mentor id, w)"""

FIGURES = (
    "kind", "seed", "floor", "total", "objective", "bound", "of_best_ppm", "proposals", "eligible_pairs",
    "blocking_pairs", "worst_decile_mentees", "worst_decile_mentors", "mentees", "mentors", "groups", "left", "spread",
)  # fmt: skip
"""The keys of a `round.Report` that are set side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    mentor: str
    w: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A mentee whom the two drafts do not propose to the same mentors; by mentor id, none where a draft leaves her
    over."""

    mentee: str
    one: tuple[Offer, ...]
    other: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A report's key and what each draft says there; None where a draft was kept before there was such a key."""

    name: str
    one: object
    other: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`kept`: pairs in both drafts. Of the mentees, `moved` have proposals in both but not the same mentors, and
    `only_one` and `only_other` have one in that draft alone. `changes` are the first hundred of these mentees.
    `same_market`: both drafts looked at the same people, answers and rules."""

    same_market: bool
    kept: int
    moved: int
    only_one: int
    only_other: int
    changes: tuple[Change, ...]
    figures: tuple[Figure, ...]


def compare(
    one: Iterable[Pair],
    other: Iterable[Pair],
    reports: tuple[Mapping[str, object], Mapping[str, object]],
    *,
    changes: int = CHANGES_SHOWN,
) -> Comparison:
    """Set two drafts side by side. Proposals come by mentee id and mentor id, as a round has them; the reports are
    `round.Report` as plain values. Raises `EngineError` (out_of_order) where proposals do not come so."""
    kept = moved = only_one = only_other = 0
    shown: list[Change] = []
    for mentee, before, after in _side_by_side(one, other):
        kept += len({mentor for _, mentor, _ in before} & {mentor for _, mentor, _ in after})
        if [mentor for _, mentor, _ in before] == [mentor for _, mentor, _ in after]:
            continue
        moved += bool(before and after)
        only_one += not after
        only_other += not before
        if len(shown) < changes:
            shown.append(Change(mentee=mentee, one=_offers(before), other=_offers(after)))
    first, second = reports
    return Comparison(
        same_market=first.get("input_hash") == second.get("input_hash") is not None,
        kept=kept,
        moved=moved,
        only_one=only_one,
        only_other=only_other,
        changes=tuple(shown),
        figures=tuple(Figure(name=name, one=first.get(name), other=second.get(name)) for name in FIGURES),
    )


def _side_by_side(one: Iterable[Pair], other: Iterable[Pair]) -> Iterator[tuple[str, list[Pair], list[Pair]]]:
    """Each mentee of either draft with her proposals in both, in the order of the ids."""
    left, right = _by_mentee(one), _by_mentee(other)
    mine, theirs = next(left, None), next(right, None)
    while mine or theirs:
        mentee = min(pairs[0][0] for pairs in (mine, theirs) if pairs)
        before = after = []
        if mine and mine[0][0] == mentee:
            before, mine = mine, next(left, None)
        if theirs and theirs[0][0] == mentee:
            after, theirs = theirs, next(right, None)
        yield mentee, before, after


def _by_mentee(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    """The proposals of each mentee."""
    for _, hers in groupby(_in_order(pairs), key=itemgetter(0)):
        yield list(hers)


def _in_order(pairs: Iterable[Pair]) -> Iterator[Pair]:
    last = ("", "")
    for pair in pairs:
        if pair[:2] <= last:
            raise EngineError("out_of_order", "give proposals by mentee and mentor, each once", where=pair[0])
        last = pair[:2]
        yield pair


def _offers(pairs: Iterable[Pair]) -> tuple[Offer, ...]:
    return tuple(Offer(mentor=mentor, w=w) for _, mentor, w in pairs)
