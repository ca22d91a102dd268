"""What each side is shown: always a reason for a proposal, never the other's private answers."""

from dataclasses import replace

import numpy as np
import pytest

from services.matching.engine import (
    Answer,
    LeftOver,
    ProofFailed,
    Question,
    Reason,
    Rules,
    Stop,
    explain,
    snapshot,
    solve,
)
from services.matching.engine.parts import Parts
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules


def test_every_proposal_has_a_reason_for_each_side_and_scores_that_are_the_sums_of_their_parts() -> None:
    seen = 0
    for seed in range(80):
        for one in solve(snapshot(some_people(seed, 12, 8), some_rules(seed))).proposals:
            assert one.mentee_reasons
            assert one.mentor_reasons
            assert one.u == sum(part.points for part in one.mentee_parts)
            assert one.v == sum(part.points for part in one.mentor_parts)
            assert one.w == 2 * one.u * one.v // (one.u + one.v)
            seen += 1
    assert seen > 200


def test_reasons_name_what_speaks_for_the_pair_strongest_first() -> None:
    mentee = a_mentee(years={"python": 2}, could_teach=["sailing"])
    mentor = a_mentor(likes_to_teach=["python"], wants_to_learn=["sailing"])
    (proposal,) = solve(snapshot([mentee, mentor], Rules())).proposals
    assert proposal.mentee_reasons == (
        Reason(code="wants", area="python", value=7),
        Reason(code="gap", area="python", value=7),
        Reason(code="hours", value=1),
        Reason(code="languages", key="en", value=1),
    )
    assert proposal.mentor_reasons == (
        Reason(code="asked", area="python", value=7),
        Reason(code="learns", area="sailing", value=1),
        Reason(code="likes", area="python", value=1),
        Reason(code="hours", value=1),
        Reason(code="languages", key="en", value=1),
    )


def test_a_pair_with_nothing_to_show_one_side_is_not_proposed() -> None:
    rules = Rules.from_dict({"weights": {"mentor": {"asked": 0, "hours": 0, "languages": 0}}})
    people = [a_mentee(), a_mentor()]
    stops = explain(snapshot(people, rules), "mem_ada", "mem_mo").stops
    assert stops == (Stop(code="nothing_for_mentor", by="pair"),)
    assert solve(snapshot(people, rules)).proposals == ()


def test_a_sensitive_answer_counts_but_is_never_a_reason() -> None:
    question = Question(key="faith", match="same", mentee=50, mentor=50, sensitive=True)
    said = {"faith": Answer(value=["one", "two"], consented=True)}
    people = [a_mentee(answers=said), a_mentor(answers=said)]
    (proposal,) = solve(snapshot(people, Rules(questions=(question,)))).proposals
    (open_one,) = solve(snapshot(people, Rules(questions=(replace(question, sensitive=False),)))).proposals
    assert open_one.u == proposal.u
    assert Reason(code="answer", key="faith", value=1) in open_one.mentee_reasons
    assert "faith" not in {reason.key for reason in proposal.mentee_reasons + proposal.mentor_reasons}


def test_a_pair_with_nothing_but_a_sensitive_answer_for_one_side_is_not_proposed() -> None:
    plain = {"weights": {"mentor": dict.fromkeys(("asked", "hours", "languages"), 0)}}
    asked = {"key": "faith", "match": "same", "mentor": 50, "sensitive": True}
    said = {"faith": Answer(value="one", consented=True)}
    people = [a_mentee(answers=said), a_mentor(answers=said)]
    assert solve(snapshot(people, Rules.from_dict({**plain, "questions": [asked]}))).proposals == ()
    public = {**plain, "questions": [{**asked, "sensitive": False}]}
    assert len(solve(snapshot(people, Rules.from_dict(public))).proposals) == 1


@pytest.mark.parametrize(("broken", "told"), [("sums", "not its scores"), ("shown", "no reason")])
def test_parts_that_disagree_with_the_score_or_give_no_reason_stop_the_round(
    broken: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Parts, broken, lambda *_: np.zeros(1, np.int64))
    with pytest.raises(ProofFailed, match=told):
        solve(snapshot([a_mentee(), a_mentor()], Rules()))


def test_the_other_sides_exclusions_conflicts_and_state_change_nothing_that_a_side_is_told() -> None:
    for seed in range(15):
        people, rules = some_people(seed, 5, 4), some_rules(seed)
        market = snapshot(people, rules)
        mentees = [one for one in people if "mentee" in one.roles]
        mentors = [one for one in people if "mentor" in one.roles]
        for mentee in mentees:
            for mentor in mentors:
                if mentee.id == mentor.id:
                    continue
                open_mentor = replace(mentor, exclusions=[], conflicts={}, confirmed=True, route="mentoring")
                open_mentee = replace(mentee, exclusions=[], conflicts={}, confirmed=True, route="mentoring")
                told = explain(market, mentee.id, mentor.id)
                to_mentee = explain(snapshot([mentee, open_mentor], rules), mentee.id, mentor.id)
                to_mentor = explain(snapshot([open_mentee, mentor], rules), mentee.id, mentor.id)
                assert told.told("mentee") == to_mentee.told("mentee")
                assert told.told("mentor") == to_mentor.told("mentor")
                assert told.reasons("mentee") == to_mentee.reasons("mentee")
                assert told.reasons("mentor") == to_mentor.reasons("mentor")


def test_what_somebody_left_over_reads_does_not_turn_on_anybodys_exclusions_or_conflicts() -> None:
    compared = 0
    for seed in range(60):
        people, rules = some_people(seed, 7, 5), some_rules(seed)
        without = [replace(one, exclusions=[], conflicts={}) for one in people]
        shown = {(one.id, one.side): one.shown for one in solve(snapshot(people, rules)).left_over}
        unbound = {(one.id, one.side): one.shown for one in solve(snapshot(without, rules)).left_over}
        both = shown.keys() & unbound.keys()
        assert {key: shown[key] for key in both} == {key: unbound[key] for key in both}
        assert {shown[key] for key in shown.keys() - both} <= {"not_this_round"}
        compared += len(both)
    assert compared > 100


def test_whoever_excluded_is_known_to_coordinators_and_to_herself_only() -> None:
    pair = explain(snapshot([a_mentee(), a_mentor(exclusions=["mem_ada"])], Rules()), "mem_ada", "mem_mo")
    assert pair.stops == (Stop(code="exclusion", by="mentor"),)
    assert (pair.told("mentee"), pair.told("mentor")) == (("not_this_round",), ("exclusion",))
    assert pair.reasons("mentor") == ()


def test_an_excluded_person_reads_the_same_as_one_whose_seats_went_to_others() -> None:
    excluded = solve(snapshot([a_mentee(), a_mentor(exclusions=["mem_ada"])], Rules()))
    ada = LeftOver(id="mem_ada", side="mentee", code="exclusion", shown="not_this_round")
    assert ada in excluded.left_over
    full = solve(snapshot([a_mentee(), a_mentor(), a_mentee("mem_bea", areas_wanted={"python": 2})], Rules()))
    bea = LeftOver(id="mem_bea", side="mentee", code="seats", shown="not_this_round")
    assert full.left_over == (bea,)
