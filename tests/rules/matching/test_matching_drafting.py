"""A round that a worker computes: who may write to it, what begins anew, and what is left of it."""

from dataclasses import replace
from typing import Any

import pytest
from bson.int64 import Int64

from services.matching.domain.drafting import (
    TRIES_MOST,
    TURNS_MOST,
    Overtaken,
    Rubbish,
    again,
    began_pin,
    cancel,
    chained,
    fail,
    job_of,
    lines_kept,
    mine,
    piece_kept,
    pinned,
    pinned_by_other,
    rubbish,
    snapshot_rubbish,
    take_up,
)
from services.matching.domain.programmes import Programme
from services.matching.domain.rounds import Fault, Job, Round, begin_publication, can_discard
from shared.errors import Refused
from shared.kinds import to_document
from tests.rules.matching.makers import NOON

STATES = ("asked", "computing", "draft", "failed", "cancelled", "publishing", "published")


def asked(**changes: Any) -> Round:
    made = Round("rnd_1", "shanghai", "cyc_1", "prg_1", "welfare", 0, "asked", NOON, 0, 0, 0, {})
    return replace(made, job=Job(), to_compute=True, **changes)


def pinned_in(pieces: int) -> Round:
    """A round in hand whose market is whole."""
    this_round = began_pin(take_up(asked()), "made by this", now=NOON)
    for _ in range(pieces):
        this_round = piece_kept(this_round, of=pieces)
    programme = Programme("prg_1", "shanghai", "Spring", matching={"min_common_hours": 1})
    return pinned(this_round, "digest", programme)


def test_only_the_turn_that_took_a_round_up_last_may_write_to_it() -> None:
    first = take_up(asked())
    second = take_up(first)
    assert mine(second, 2).turn == 2
    for written, turn in ((second, 1), (again(second), 2), (cancel(second), 2), (None, 2)):
        with pytest.raises(Overtaken):
            mine(written, turn)


def test_a_round_taken_up_again_keeps_its_market() -> None:
    first = pinned_in(3)
    second = take_up(first)
    assert second.job is not None
    assert first.job is not None
    assert (second.job.snapshot, second.job.pieces, second.job.digest) == ("rnd_1:1", 3, "digest")
    assert (second.job.turn, second.job.tries) == (2, 2)


def test_a_round_taken_up_too_often_has_failed() -> None:
    this_round = asked()
    for _ in range(TRIES_MOST):
        this_round = take_up(this_round)
        assert this_round.state == "computing"
    failed = take_up(this_round)
    assert (failed.state, failed.fault and failed.fault.code, failed.to_compute) == (
        "failed",
        "kept_failing",
        False,
    )


def test_a_round_whose_market_changed_under_it_is_asked_for_as_before() -> None:
    begun = again(lines_kept(pinned_in(2), 4, "sofar", pages=3, left_pages=1))
    assert begun.state == "asked"
    assert begun.job == Job(turn=2, pages=3, left_pages=1)


def test_a_round_that_only_waits_is_not_begun_anew_by_those_who_take_answers_back() -> None:
    waiting = asked()
    begun = again(again(pinned_in(1)))
    assert again(waiting) == waiting
    assert begun == again(pinned_in(1))
    for _ in range(TURNS_MOST + 1):
        waiting = again(waiting)
    assert take_up(waiting).state == "computing"


def test_a_whole_market_is_gone_on_with_by_the_software_that_pinned_it_alone() -> None:
    assert not pinned_by_other(pinned_in(2), "made by this")
    assert pinned_by_other(pinned_in(2), "made by that")
    of_an_earlier_version = replace(pinned_in(2), job=replace(job_of(pinned_in(2)), software=""))
    assert pinned_by_other(of_an_earlier_version, "made by this")
    assert not pinned_by_other(began_pin(take_up(asked()), "made by that", now=NOON), "made by this")


def test_an_upgrade_lets_a_round_be_tried_anew_once_and_no_more() -> None:
    tried = pinned_in(1)
    begun = again(replace(tried, job=replace(job_of(tried), tries=TRIES_MOST)), upgraded=True)
    assert begun.job == Job(turn=2, upgraded=True)
    taken_up = take_up(begun)
    once_more = again(replace(taken_up, job=replace(job_of(taken_up), tries=3)), upgraded=True)
    assert once_more.job == Job(turn=4, tries=3, upgraded=True)
    assert job_of(again(take_up(once_more))) == Job(turn=6, upgraded=True)


def test_what_a_round_leaves_behind_is_named_whole() -> None:
    kept = lines_kept(pinned_in(2), 4, "sofar", pages=3, left_pages=1)
    assert rubbish(kept) == Rubbish(
        "rnd_1:rnd_1:1:0", "shanghai", "rnd_1", pages=(0, 3), left_pages=(0, 1), snapshot="rnd_1:1", pieces=2
    )
    assert rubbish(kept, pages_from=2, left_from=1) == Rubbish(
        "rnd_1:rnd_1:1:2", "shanghai", "rnd_1", pages=(2, 3), left_pages=(1, 1), snapshot="rnd_1:1", pieces=2
    )
    assert snapshot_rubbish(kept) == Rubbish("rnd_1:1", "shanghai", "rnd_1", snapshot="rnd_1:1", pieces=2)
    assert snapshot_rubbish(asked()) is None
    assert rubbish(asked()) is None


@pytest.mark.parametrize("state", STATES)
def test_only_what_is_asked_for_or_computed_can_be_cancelled(state: Any) -> None:
    this_round = replace(asked(), state=state)
    if state in ("asked", "computing", "cancelled"):
        assert cancel(this_round).state == "cancelled"
        assert cancel(cancel(this_round)) == cancel(this_round)
    else:
        with pytest.raises(Refused, match="wrong_state"):
            cancel(this_round)


@pytest.mark.parametrize("state", STATES)
def test_what_is_no_draft_is_neither_published_nor_half_discarded(state: Any) -> None:
    this_round = replace(asked(), state=state)
    if state in ("asked", "computing"):
        with pytest.raises(Refused, match="round_computing"):
            can_discard(this_round)
    if state in ("asked", "computing", "failed", "cancelled"):
        with pytest.raises(Refused, match="no_draft"):
            begin_publication(this_round, rules="", now=NOON)
    if state in ("draft", "failed", "cancelled"):
        can_discard(this_round)


def test_a_round_that_failed_says_why_and_is_nobodys() -> None:
    failed = fail(pinned_in(1), Fault("engine_failed", "It went wrong."))
    assert (failed.state, failed.job, failed.to_compute) == ("failed", None, False)
    assert failed.fault == Fault("engine_failed", "It went wrong.")


def test_the_digest_of_a_result_depends_on_every_line_and_on_their_order() -> None:
    one, other = chained(chained("", b"a"), b"b"), chained(chained("", b"b"), b"a")
    assert len({one, other, chained("", b"ab"), chained("", b"a")}) == 4


def test_a_report_with_numbers_beyond_32_bits_can_be_kept_again() -> None:
    from_the_database = replace(asked(), report={"eligible_pairs": Int64(2**40)})
    assert to_document(from_the_database)["report"] == {"eligible_pairs": 2**40}
