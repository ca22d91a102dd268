"""Two drafts side by side: counted over mentees, in one pass, from what a service keeps."""

import random
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from services.matching.engine import EngineError, Options, Round, compare, snapshot, solve
from services.matching.engine.comparison import FIGURES, Change, Comparison, Figure, Offer, Pair
from tests.rules.engine.makers import some_people, some_rules

NOTHING_SAID: tuple[dict[str, object], dict[str, object]] = ({}, {})


def _pairs(drafted: Round) -> list[Pair]:
    return [(one.mentee, one.mentor, one.w) for one in drafted.proposals]


def _figures(**figures: object) -> tuple[Figure, ...]:
    return tuple(Figure(name=name, one=figures.get(name), other=figures.get(name)) for name in FIGURES)


def test_a_draft_beside_itself_keeps_every_pair_and_moves_nobody() -> None:
    drafted = solve(snapshot(some_people(3, 20, 15), some_rules(3)))
    report = asdict(drafted.report)
    assert drafted.proposals
    assert compare(_pairs(drafted), _pairs(drafted), (report, report)) == Comparison(
        same_market=True,
        kept=len(drafted.proposals),
        moved=0,
        only_one=0,
        only_other=0,
        changes=(),
        figures=_figures(**report),
    )


def test_whoever_has_other_mentors_or_is_in_one_draft_alone_is_counted_and_shown() -> None:
    one: list[Pair] = [
        ("ada", "mo", 5),
        ("bea", "mo", 6),
        ("cora", "nia", 7),
        ("dora", "nia", 8),
        ("dora", "oli", 9),
    ]
    other: list[Pair] = [
        ("ada", "mo", 5),
        ("bea", "nia", 4),
        ("dora", "mo", 3),
        ("dora", "nia", 8),
        ("eve", "oli", 2),
    ]
    told = compare(one, other, ({"input_hash": "x"}, {"input_hash": "y"}))
    assert (told.same_market, told.kept, told.moved, told.only_one, told.only_other) == (False, 2, 2, 1, 1)
    mo, nia, oli = Offer(mentor="mo", w=3), Offer(mentor="nia", w=8), Offer(mentor="oli", w=9)
    assert told.changes == (
        Change(mentee="bea", one=(Offer(mentor="mo", w=6),), other=(Offer(mentor="nia", w=4),)),
        Change(mentee="cora", one=(Offer(mentor="nia", w=7),), other=()),
        Change(mentee="dora", one=(nia, oli), other=(mo, nia)),
        Change(mentee="eve", one=(), other=(Offer(mentor="oli", w=2),)),
    )


def test_comparisons_are_those_of_sets() -> None:
    moved = 0
    for seed in range(30):
        market = snapshot(some_people(seed, 25, 15), some_rules(seed))
        one, other = _pairs(solve(market)), _pairs(solve(market, options=Options(seed=1, floor=10 + seed)))
        told = compare(one, other, NOTHING_SAID)
        sets = [{pair[:2] for pair in pairs} for pairs in (one, other)]
        mentees = [{mentee for mentee, _ in pairs} for pairs in sets]
        assert told.kept == len(sets[0] & sets[1])
        assert told.only_one == len(mentees[0] - mentees[1])
        assert told.only_other == len(mentees[1] - mentees[0])
        changed = {mentee for mentee, _ in sets[0] ^ sets[1]}
        assert told.moved == len(changed & mentees[0] & mentees[1])
        assert [change.mentee for change in told.changes] == sorted(changed)
        moved += told.moved
    assert moved > 20


def test_rounds_of_any_size_are_read_once_and_a_bounded_part_of_them_is_shown() -> None:
    read = 0

    def pages(mentor: str) -> Iterator[Pair]:
        nonlocal read
        for number in range(50_000):
            read += 1
            yield (f"mem_{number:06}", mentor, number)

    told = compare(pages("mem_mo"), pages("mem_nia"), NOTHING_SAID, changes=7)
    assert (told.moved, len(told.changes), read) == (50_000, 7, 100_000)


def test_figures_of_an_older_draft_that_lacks_them_are_left_open() -> None:
    told = compare([], [], ({"total": 9}, {"total": 12, "objective": 13}))
    said = {one.name: (one.one, one.other) for one in told.figures}
    assert (said["total"], said["objective"], said["spread"]) == ((9, 12), (None, 13), (None, None))
    assert not told.same_market


@pytest.mark.parametrize("pairs", [[("b", "m", 1), ("a", "m", 1)], [("a", "m", 1), ("a", "m", 2)]])
def test_proposals_out_of_order_are_refused(pairs: list[Pair]) -> None:
    with pytest.raises(EngineError) as refused:
        compare(pairs, [], NOTHING_SAID)
    assert refused.value.code == "out_of_order"


def test_the_order_of_the_two_drafts_only_swaps_the_sides() -> None:
    dice = random.Random("compare")
    for _ in range(50):
        one, other = (
            sorted({(dice.choice("abcdef"), dice.choice("mno"), 1) for _ in range(8)}) for _ in range(2)
        )
        there, back = compare(one, other, NOTHING_SAID), compare(other, one, NOTHING_SAID)
        assert (there.kept, there.moved, there.only_one, there.only_other) == (
            back.kept, back.moved, back.only_other, back.only_one,
        )  # fmt: skip
        assert [(change.one, change.other) for change in there.changes] == [
            (change.other, change.one) for change in back.changes
        ]
