"""Rounds: who the engine is told of, and what is checked again at publication."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.matching.domain.market import Applicants, market
from services.matching.domain.places import Places
from services.matching.domain.rounds import (
    Drafted,
    Left,
    ProposalPage,
    Round,
    begin_publication,
    can_discard,
    page_published,
    page_told,
    reason_to_skip,
)
from services.matching.domain.steps import CLOSED, STATES
from services.matching.engine import snapshot, solve
from shared.errors import Refused
from shared.events.profiles import Answer, AreaOffered
from tests.rules.matching.makers import NOON, a_mentee, a_mentor, a_programme, a_proposal, an_application


def told(programme: Any = None, relationships: Any = (), **changes: Any) -> Any:
    """What the engine is told of Ana, who wants a mentor, and Bo, who is one."""
    given = {
        "applications": [an_application("ana", "mentee"), an_application("bo", "mentor")],
        "members": {"ana": a_mentee(), "bo": a_mentor()},
        "places": {"bo": Places("bo", "shanghai", 2)},
    } | changes
    return market(programme or a_programme(), Applicants(**given, relationships=relationships))


def pairs(people: Any, programme: Any = None) -> list[tuple[str, str]]:
    drafted = solve(snapshot(people, (programme or a_programme()).engine_rules))
    return [(one.mentee, one.mentor) for one in drafted.proposals]


def test_two_who_fit_are_proposed_with_a_reason_for_each() -> None:
    people, left = told()
    assert (pairs(people), left) == ([("ana", "bo")], [])
    drafted = solve(snapshot(people, a_programme().engine_rules)).proposals[0]
    assert drafted.mentee_reasons
    assert drafted.mentor_reasons


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        (
            {"members": {"ana": replace(a_mentee(), confirmed=False), "bo": a_mentor()}},
            Left("ana", "mentee", "confirmed"),
        ),
        ({"members": {"bo": a_mentor()}}, Left("ana", "mentee", "confirmed")),
        (
            {"members": {"ana": replace(a_mentee(), roles=()), "bo": a_mentor()}},
            Left("ana", "mentee", "role"),
        ),
        ({"places": {"bo": Places("bo", "shanghai", 1, ("rel_0",))}}, Left("bo", "mentor", "no_seat")),
        ({"places": {}}, Left("bo", "mentor", "no_seat")),
    ],
)
def test_the_engine_is_not_even_told_of(changes: dict[str, Any], left: Left) -> None:
    people, left_over = told(**changes)
    assert left_over == [left]
    assert left.member not in [person.id for person in people]


@pytest.mark.parametrize("state", STATES)
def test_a_pair_that_was_brought_together_is_not_proposed_again(state: Any) -> None:
    programme = a_programme(matching={"proposals_per_mentee": 3})
    is_open = state not in CLOSED
    people, _ = told(programme, [a_proposal(state=state, open=is_open)])
    assert {person.id for person in people} == {"ana", "bo"}
    assert pairs(people, programme) == []


def test_an_unanswered_proposal_holds_a_mentors_place_and_a_mentees_turn() -> None:
    held = a_proposal(mentee="cleo")
    one_place = {"bo": Places("bo", "shanghai", 1)}
    assert told(relationships=[held], places=one_place)[1] == [Left("bo", "mentor", "no_seat")]
    assert told(relationships=[a_proposal(mentor="dan")])[1] == [Left("ana", "mentee", "no_seat")]


def test_a_mentee_with_a_mentor_in_another_programme_or_before_still_has_her_turn_here() -> None:
    elsewhere = a_proposal(mentor="dan", programme="prg_2", state="trial")
    here = a_proposal(mentor="dan", state="trial")
    over = a_proposal(mentor="dan", state="ended", open=False)
    assert told(relationships=[elsewhere, over])[1] == []
    assert told(relationships=[here])[1] == [Left("ana", "mentee", "no_seat")]


def test_a_mentee_holds_at_most_three_unanswered_proposals() -> None:
    programme = a_programme(matching={"proposals_per_mentee": 3})
    held = [
        a_proposal(id=f"rel_{mentor}", mentor=mentor, programme="prg_2") for mentor in ("dan", "eve", "fay")
    ]
    assert told(programme, held)[1] == [Left("ana", "mentee", "no_seat")]
    people, _ = told(programme, held[:2])
    assert [person.mentee_seats for person in people if person.id == "ana"] == [1]


def test_people_of_one_group_are_not_proposed_to_each_other() -> None:
    both = {"ana": replace(a_mentee(), groups=("g1",)), "bo": replace(a_mentor(), groups=("g0", "g1"))}
    people, _ = told(members=both)
    assert pairs(people) == []


def test_a_profile_beyond_the_engines_bounds_does_not_fail_the_round() -> None:
    many = tuple(AreaOffered(f"area-{number}", 99) for number in range(60))
    people, _ = told(
        members={
            "ana": a_mentee(),
            "bo": replace(a_mentor(), areas_offered=(AreaOffered("python", 200), *many)),
        }
    )
    assert pairs(people) == [("ana", "bo")]


def test_answers_are_read_as_their_question_wants_them() -> None:
    questions = [
        {"key": "trade", "match": "same"},
        {"key": "grade", "match": "near"},
        {"key": "rank", "match": "mentor_higher"},
    ]
    answers = (Answer("trade", "law"), Answer("grade", "12"), Answer("rank", "high"), Answer("other", "x"))
    people, _ = told(
        a_programme(matching={"questions": questions}),
        members={"ana": a_mentee(answers=answers), "bo": a_mentor()},
    )
    ana = next(person for person in people if person.id == "ana")
    assert {key: answer.value for key, answer in ana.answers.items()} == {"trade": "law", "grade": 12}


# -- publication ----------------------------------------------------------------------------------------------------


def checked(**changes: Any) -> Any:
    given: dict[str, Any] = {
        "members": (a_mentee(), a_mentor()),
        "applications": (an_application("ana", "mentee"), an_application("bo", "mentor")),
        "seats": (1, 1),
        "paired_before": False,
    } | changes
    return reason_to_skip(**given)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"members": (None, a_mentor())}, "not_confirmed"),
        ({"members": (a_mentee(), a_mentor(confirmed=False))}, "not_confirmed"),
        (
            {
                "applications": (
                    an_application("ana", "mentee", state="withdrawn"),
                    an_application("bo", "mentor"),
                )
            },
            "withdrawn",
        ),
        ({"applications": (an_application("ana", "mentee"), None)}, "withdrawn"),
        ({"paired_before": True}, "paired_before"),
        ({"seats": (0, 1)}, "no_seat"),
        ({"seats": (1, 0)}, "no_place_left"),
    ],
)
def test_what_was_drafted_is_checked_again(changes: dict[str, Any], reason: str | None) -> None:
    assert checked(**changes) == reason


def a_round(**changes: Any) -> Round:
    return replace(
        Round("rnd_1", "shanghai", "cyc_1", "prg_1", "welfare", 0, "draft", NOON, 3, 0, 2, {}), **changes
    )


def a_page(*skipped: Any) -> ProposalPage:
    one = Drafted("ana", "bo", 1, 1, 1, (), ())
    return ProposalPage(
        "rnd_1:000", "shanghai", "rnd_1", tuple(replace(one, skipped=reason) for reason in skipped)
    )


def test_a_round_is_published_when_its_last_page_is_and_those_of_skipped_proposals_are_told() -> None:
    now = NOON + timedelta(hours=1)
    begun = begin_publication(a_round(), rules="these", now=now)
    assert (begun.state, begun.published_at) == ("publishing", now)
    assert begin_publication(begun, rules="others", now=now + timedelta(hours=1)) == begun
    first = page_published(begun, a_page(None, "withdrawn"))
    assert (first.state, first.pages_done, first.published, first.skipped) == ("publishing", 1, 1, 1)
    last = page_published(first, a_page(None))
    assert (last.state, last.pages_done, last.published, last.skipped) == ("publishing", 2, 2, 1)
    one_told = page_told(last)
    assert (one_told.state, page_told(one_told).state) == ("publishing", "published")
    assert page_published(replace(first, skipped=0), a_page(None)).state == "published"
    offered_on = replace(first, offered_on=("rel_1",))
    assert page_published(offered_on, a_page(None)).state == "published"
    with pytest.raises(Refused, match="round_published"):
        begin_publication(page_told(one_told), rules="these", now=now)


def test_a_round_without_proposals_is_published_at_once() -> None:
    assert begin_publication(a_round(pages=0, proposals=0), rules="these", now=NOON).state == "published"


def test_a_draft_goes_out_by_the_rules_it_was_drafted_by_or_not_at_all() -> None:
    by_these, of_an_earlier_version = a_round(rules="these"), a_round()
    assert begin_publication(by_these, rules="these", now=NOON).state == "publishing"
    with pytest.raises(Refused, match="rules_changed"):
        begin_publication(by_these, rules="others", now=NOON)
    assert begin_publication(of_an_earlier_version, rules="others", now=NOON).state == "publishing"


def test_only_a_draft_can_be_discarded() -> None:
    can_discard(a_round())
    for state in ("publishing", "published"):
        with pytest.raises(Refused, match="round_published"):
            can_discard(a_round(state=state))
