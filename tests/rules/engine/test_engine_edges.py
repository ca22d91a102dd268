"""Empty and odd markets give an empty round with its reason; unusable input is refused with a code."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.matching.engine import (
    Answer,
    EngineError,
    LeftOver,
    MenteeWeights,
    Options,
    Person,
    Question,
    Rules,
    Share,
    explain,
    pack,
    snapshot,
    solve,
    unpack,
)
from tests.rules.engine.makers import a_mentee, a_mentor, some_rules

ROOT = Path(__file__).parents[3]
FRESH_ROUND_SECONDS_MAX = 1.0  # of processor time, so that a busy machine does not decide the test
EXCLUDING_MEMORY_MB = 400  # above what a process has with the engine loaded


def left(drafted: Any) -> dict[tuple[str, str], str]:
    return {(one.id, one.side): one.code for one in drafted.left_over}


def test_an_empty_market_gives_an_empty_round() -> None:
    drafted = solve(snapshot([], Rules()))
    assert (drafted.proposals, drafted.left_over, drafted.prices) == ((), (), ())
    assert (drafted.report.total, drafted.report.bound, drafted.report.mentees) == (
        0,
        0,
        Share(matched=0, of=0),
    )


def test_without_mentors_every_mentee_is_left_with_nobody() -> None:
    drafted = solve(snapshot([a_mentee("mem_a"), a_mentee("mem_b")], Rules()))
    assert left(drafted) == {("mem_a", "mentee"): "nobody", ("mem_b", "mentee"): "nobody"}


def test_without_mentees_every_mentor_is_left_with_nobody() -> None:
    assert left(solve(snapshot([a_mentor()], Rules()))) == {("mem_mo", "mentor"): "nobody"}


def test_without_seats_mentees_are_left_for_want_of_seats_and_the_first_seat_has_its_price() -> None:
    drafted = solve(snapshot([a_mentee(), a_mentor(mentor_seats=0)], Rules()))
    assert left(drafted) == {("mem_ada", "mentee"): "seats", ("mem_mo", "mentor"): "no_seat"}
    with_seat = solve(snapshot([a_mentee(), a_mentor(mentor_seats=1)], Rules()))
    assert [price.points for price in drafted.prices] == [with_seat.report.total]


def test_where_nobody_is_eligible_everyone_is_left_with_the_rule_that_stopped_them() -> None:
    people = [a_mentee("mem_a", hours=[3]), a_mentee("mem_b", confirmed=False)]
    people += [a_mentee("mem_c", route="coach"), a_mentor()]
    assert left(solve(snapshot(people, Rules()))) == {
        ("mem_a", "mentee"): "hour",
        ("mem_b", "mentee"): "confirmed",
        ("mem_c", "mentee"): "route",
        ("mem_mo", "mentor"): "hour",
    }


def test_the_rule_told_is_the_one_that_alone_stopped_the_most_pairs() -> None:
    far = [a_mentor(f"mem_{n}", languages=["zh"], chapter="zurich") for n in range(2)]
    assert left(solve(snapshot([a_mentee(), *far], Rules())))["mem_ada", "mentee"] == "chapter"
    near = a_mentor("mem_near", hours=[1])
    assert left(solve(snapshot([a_mentee(), *far, near], Rules())))["mem_ada", "mentee"] == "hour"


def test_equal_scores_everywhere_fill_every_seat() -> None:
    people = [a_mentee(f"mem_{n:02}") for n in range(30)]
    people += [a_mentor(f"mem_m{n}", mentor_seats=4) for n in range(5)]
    report = solve(snapshot(people, Rules())).report
    assert (report.proposals, report.blocking_pairs, report.mentors) == (20, 0, Share(matched=5, of=5))


def test_more_seats_than_people_match_everybody() -> None:
    people = [a_mentee("mem_a"), a_mentee("mem_b"), a_mentor(mentor_seats=100)]
    report = solve(snapshot(people, Rules())).report
    assert (report.mentees, report.proposals) == (Share(matched=2, of=2), 2)


def test_a_mentee_takes_as_many_proposals_as_both_she_and_the_programme_allow() -> None:
    mentors = [a_mentor(f"mem_m{n}") for n in range(4)]
    counts = {}
    for seats in (1, 2, 3):
        for most in (1, 2, 3):
            market = snapshot([a_mentee(mentee_seats=seats), *mentors], Rules(proposals_per_mentee=most))
            counts[seats, most] = len(solve(market).proposals)
    assert counts == {(seats, most): min(seats, most) for seats in (1, 2, 3) for most in (1, 2, 3)}


def test_nobody_is_paired_with_herself_on_both_sides() -> None:
    both = a_mentor("mem_x", roles={"mentee", "mentor"}, areas_wanted={"python": 3})
    drafted = solve(snapshot([both], Rules(switched_off=["ahead"])))
    assert left(drafted) == {("mem_x", "mentee"): "nobody", ("mem_x", "mentor"): "nobody"}


def test_somebody_with_both_roles_can_be_proposed_on_both_sides() -> None:
    middle = a_mentor("mem_x", roles={"mentee", "mentor"}, areas_wanted={"law": 2})
    senior = a_mentor("mem_y", areas_offered={"law": 20})
    drafted = solve(snapshot([a_mentee(), middle, senior], Rules()))
    assert [(one.mentee, one.mentor) for one in drafted.proposals] == [
        ("mem_ada", "mem_x"),
        ("mem_x", "mem_y"),
    ]


def test_the_same_exclusion_twice_and_from_both_is_one() -> None:
    people = [a_mentee(exclusions=["mem_mo", "mem_mo"]), a_mentor(exclusions=["mem_ada"] * 5)]
    drafted = solve(snapshot(people, Rules()))
    assert left(drafted) == {("mem_ada", "mentee"): "exclusion", ("mem_mo", "mentor"): "exclusion"}


def test_the_same_id_twice_is_refused() -> None:
    with pytest.raises(EngineError) as refusal:
        snapshot([a_mentee(), a_mentor(), a_mentee()], Rules())
    assert (refusal.value.code, refusal.value.where) == ("duplicate_id", "mem_ada")


def test_more_people_than_the_engine_takes_are_refused_before_anything_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.matching.engine.gathering.PEOPLE_PER_SIDE_MAX", 500)
    endless = (a_mentee(f"mem_{n:05}") for n in range(10**9))
    with pytest.raises(EngineError) as refusal:
        snapshot(endless, Rules())
    assert refusal.value.code == "market_too_large"


def test_more_areas_than_a_round_has_room_for_are_refused_before_they_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is what mentors offer that every thread of a large round walks through, not what mentees want."""
    for module in ("gathering", "packed_side"):
        monkeypatch.setattr(f"services.matching.engine.{module}.OFFERED_MAX", 6)
    offers = {"areas_offered": dict.fromkeys(("law", "python", "sailing"), 9)}
    mentees = [a_mentee(f"mem_e{n}") for n in range(9)]
    two, three = ([*mentees, *[a_mentor(f"mem_o{n}", **offers) for n in range(count)]] for count in (2, 3))
    packed = pack(snapshot(two, Rules()))
    assert unpack(packed).hash == snapshot(two, Rules()).hash
    with pytest.raises(EngineError) as refusal:
        snapshot(three, Rules())
    assert (refusal.value.code, refusal.value.where) == ("market_too_large", "mentor")
    monkeypatch.setattr("services.matching.engine.packed_side.OFFERED_MAX", 5)
    with pytest.raises(EngineError) as refusal:
        unpack(packed)
    assert refusal.value.where == "mentors/areas/start"


@pytest.mark.parametrize(
    ("plain", "code", "where"),
    [
        ({"rules": {"shoe_size": True}}, "unknown_rule", "/rules/shoe_size"),
        ({"rules": {"conflict": False}}, "unknown_rule", "/rules/conflict"),
        ({"rules": {"hour": "yes"}}, "bad_value", "/rules/hour"),
        ({"rule": {}}, "unknown_rule", "/rule"),
        ({"weights": {"mentee": {"wants": 10**30}}}, "out_of_bounds", "/weights/mentee/wants"),
        ({"weights": {"mentee": {"wants": -1}}}, "out_of_bounds", "/weights/mentee/wants"),
        ({"weights": {"mentee": {"wants": 1.5}}}, "bad_value", "/weights/mentee/wants"),
        ({"weights": {"mentee": {"wants": True}}}, "bad_value", "/weights/mentee/wants"),
        ({"weights": {"mentor": {"wants": 1}}}, "unknown_rule", "/weights/mentor/wants"),
        ({"weights": {"coach": {}}}, "unknown_rule", "/weights/coach"),
        ({"min_gap_years": 1000}, "out_of_bounds", "/min_gap_years"),
        ({"min_gap_years_by_area": {"law": None}}, "bad_value", "/min_gap_years_by_area/law"),
        ({"min_common_hours": 0}, "out_of_bounds", "/min_common_hours"),
        ({"cross_chapter": "all"}, "bad_value", "/cross_chapter"),
        ({"chapter_consents": {"shanghai": "zurich"}}, "bad_value", "/chapter_consents/shanghai"),
        ({"proposals_per_mentee": 4}, "out_of_bounds", "/proposals_per_mentee"),
        ({"questions": [{"key": "grade"}]}, "bad_value", "/questions/0/match"),
        ({"questions": [{"key": "grade", "match": "psychic"}]}, "bad_value", "/questions/grade/match"),
        ({"questions": [{"key": "grade", "match": "same", "wait": 1}]}, "unknown_rule", "/questions/0/wait"),
        ({"questions": [{"key": "a", "match": "same"}] * 2}, "duplicate_question", "/questions"),
        ({"questions": [{"key": "a", "match": "same"}] * 33}, "bad_value", "/questions"),
        (["rules"], "bad_value", ""),
    ],
)
def test_rules_out_of_bounds_are_refused_with_a_pointer(plain: object, code: str, where: str) -> None:
    with pytest.raises(EngineError) as refusal:
        Rules.from_dict(plain)
    assert (refusal.value.code, refusal.value.where) == (code, where)


def test_rules_survive_the_way_through_their_plain_form() -> None:
    for seed in range(30):
        assert Rules.from_dict(some_rules(seed).to_dict()) == some_rules(seed)
    assert Rules.from_dict({}) == Rules()


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"member": ""}, "bad_value", "id"),
        ({"roles": ["boss"]}, "bad_value", "mem_ada/roles"),
        ({"roles": []}, "bad_value", "mem_ada/roles"),
        ({"areas_wanted": {"python": 4}}, "out_of_bounds", "mem_ada/areas_wanted/python"),
        ({"areas_wanted": {f"a{n}": 1 for n in range(21)}}, "too_many", "mem_ada/areas_wanted"),
        ({"years": {"python": -1}}, "out_of_bounds", "mem_ada/years/python"),
        ({"hours": [168]}, "out_of_bounds", "mem_ada/hours"),
        ({"languages": "en"}, "bad_value", "mem_ada/languages"),
        ({"mentor_seats": 2**40}, "out_of_bounds", "mem_ada/mentor_seats"),
        ({"conflicts": {"friend": ["f1"]}}, "unknown_conflict", "mem_ada/conflicts/friend"),
        ({"exclusions": [f"mem_{n}" for n in range(5001)]}, "too_many", "mem_ada/exclusions"),
        ({"answers": {"grade": 3}}, "bad_value", "mem_ada/answers/grade"),
    ],
)
def test_people_out_of_bounds_are_refused_with_their_id_and_field(
    change: dict[str, Any], code: str, where: str
) -> None:
    with pytest.raises(EngineError) as refusal:
        a_mentee(**change)
    assert (refusal.value.code, refusal.value.where) == (code, where)


def test_an_answer_that_does_not_fit_its_question_is_refused() -> None:
    rules = Rules(questions=(Question(key="grade", match="near"),))
    with pytest.raises(EngineError, match="bad_answer"):
        snapshot([a_mentee(answers={"grade": Answer(value="three", consented=True)})], rules)


def test_the_heaviest_weights_allowed_still_give_an_exact_round() -> None:
    heavy = MenteeWeights(wants=1000, gap=1000, learns=1000, hours=1000, languages=1000)
    people = [a_mentee(f"mem_{n}", mentee_seats=3) for n in range(20)]
    people += [a_mentor(f"mem_m{n}") for n in range(20)]
    report = solve(snapshot(people, Rules(mentee_weights=heavy, proposals_per_mentee=3))).report
    assert (report.proposals, report.gap) == (20, 0)


@pytest.mark.parametrize(
    ("kind", "code"),
    [("fair", "unknown_kind"), ("", "unknown_kind")],
)
def test_a_kind_of_round_that_does_not_exist_is_refused(kind: str, code: str) -> None:
    with pytest.raises(EngineError) as refusal:
        solve(snapshot([], Rules()), kind)
    assert refusal.value.code == code


def test_a_snapshot_older_than_the_rules_is_refused() -> None:
    market = snapshot([a_mentee(), a_mentor()], Rules())
    market.refuse_unless_by(Rules.from_dict(Rules().to_dict()))
    with pytest.raises(EngineError) as refusal:
        market.refuse_unless_by(Rules(min_common_hours=2))
    assert refusal.value.code == "snapshot_outdated"


@pytest.mark.parametrize(
    "options",
    [
        {"seed": -1},
        {"seed": 2**63},
        {"floor": -1},
        {"locked": ["ab"]},
        {"locked": "ab"},
        {"locked": [("a", "b", "c")]},
    ],
)
def test_options_out_of_bounds_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(EngineError):
        Options(**options)


def test_asking_about_a_stranger_is_refused() -> None:
    market = snapshot([a_mentee(), a_mentor()], Rules())
    for ask in (
        lambda: explain(market, "mem_x", "mem_mo"),
        lambda: solve(market, options=Options(locked=[("mem_mo", "mem_ada")])),
    ):
        with pytest.raises(EngineError, match="unknown_person"):
            ask()


def test_people_and_rounds_are_values() -> None:
    assert a_mentee(languages=["en", "en"]) == a_mentee(languages=("en",))
    assert isinstance(a_mentee(), Person)
    people = [a_mentee(), a_mentor()]
    assert solve(snapshot(people, Rules())) == solve(snapshot(people, Rules()))
    assert solve(snapshot([a_mentee()], Rules())).left_over == (
        LeftOver(id="mem_ada", side="mentee", code="nobody", shown="nobody"),
    )


def test_a_chapters_round_takes_less_than_a_second_of_a_fresh_process() -> None:
    script = (
        "import sys, time; from services.matching.engine import *; from tests.rules.engine.makers import *;"
        "solve(snapshot(some_people(1, 300, 75), Rules())).to_bytes();"
        "sys.stdout.write(str(time.process_time()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    )
    assert float(ran.stdout) < FRESH_ROUND_SECONDS_MAX


def test_ten_million_exclusions_are_taken_and_one_more_is_refused_in_bounded_memory() -> None:
    script = """
import resource, sys
from services.matching.engine import EngineError, Rules
from services.matching.engine.gathering import Gathering
from tests.rules.engine.makers import a_mentee, a_mentor

with open("/proc/self/statm") as pages:
    used = int(pages.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_MB * 2**20,) * 2)
gathering = Gathering(Rules())
others = [f"mem_x{n:04}" for n in range(4_999)]
for n in range(2_000):
    gathering.add(a_mentee(f"mem_{n:04}", exclusions=[*others, "mem_mo"]))
gathering.add(a_mentor())
assert len(gathering.columns().excluded_by_mentee) == 2_000
try:
    gathering.add(a_mentor("mem_last", exclusions=["mem_mo"]))
except EngineError as refusal:
    sys.stdout.write(refusal.code)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script.replace("MEMORY_MB", str(EXCLUDING_MEMORY_MB))],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.stdout == "too_many"
