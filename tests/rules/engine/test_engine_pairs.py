"""Every pair against a second reading of the rules and scores."""

from typing import Any

import pytest

from services.matching.engine import STOPS, Part, Rules, explain, snapshot
from tests.rules.engine import plain
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules


@pytest.mark.parametrize("seed", range(60))
def test_every_pair_is_stopped_and_scored_as_a_plain_reading_says(seed: int) -> None:
    people, rules = some_people(seed, 7, 6), some_rules(seed)
    market = snapshot(people, rules)
    for mentee in (one for one in people if "mentee" in one.roles):
        for mentor in (one for one in people if "mentor" in one.roles):
            told = explain(market, mentee.id, mentor.id)
            assert {stop.code for stop in told.stops} == plain.stops(mentee, mentor, rules)
            u, v = plain.scores(mentee, mentor, rules)
            assert (_by_name(told.mentee_parts), _by_name(told.mentor_parts)) == (_some(u), _some(v))
            assert (told.u, told.v) == (sum(u.values()), sum(v.values()))


def _by_name(parts: tuple[Part, ...]) -> dict[str, int]:
    names = [part.key or "" if part.code == "answer" else part.code for part in parts]
    return {
        name: sum(part.points for part, own in zip(parts, names, strict=True) if own == name)
        for name in names
    }


def _some(points: dict[str, int]) -> dict[str, int]:
    return {name: worth for name, worth in points.items() if worth}


def test_the_random_markets_meet_every_rule_that_can_stop_a_pair() -> None:
    met: set[str] = set()
    for seed in range(60):
        people, rules = some_people(seed, 7, 6), some_rules(seed)
        for mentee in people:
            for mentor in people:
                if "mentee" in mentee.roles and "mentor" in mentor.roles:
                    met |= plain.stops(mentee, mentor, rules)
    assert met == set(STOPS) - {"floor"}


def test_the_gap_is_judged_in_each_area_for_itself() -> None:
    rules = Rules(min_gap_years=5, min_gap_years_by_area={"cooking": 1})
    junior = a_mentor(areas_offered={"python": 4, "cooking": 2})
    mentee = a_mentee(areas_wanted={"python": 3, "cooking": 1})
    pair = explain(snapshot([mentee, junior], rules), "mem_ada", "mem_mo")
    named = [(part.code, part.area) for part in pair.mentee_parts if part.area]
    assert named == [("wants", "cooking"), ("gap", "cooking")]


@pytest.mark.parametrize(
    ("mentee", "mentor", "code"),
    [
        ({"confirmed": False}, {}, "confirmed"),
        ({}, {"route": "coach"}, "route"),
        ({}, {"chapter": "zurich"}, "chapter"),
        ({"exclusions": ["mem_mo"]}, {}, "exclusion"),
        ({}, {"exclusions": ["mem_ada"]}, "exclusion"),
        ({"conflicts": {"household": ["h1"]}}, {"conflicts": {"household": ["h1", "h2"]}}, "conflict"),
        ({"languages": ["de"]}, {}, "language"),
        ({"languages": []}, {"languages": []}, "language"),
        ({"hours": [1]}, {}, "hour"),
        ({"areas_wanted": {"law": 3}}, {}, "area"),
        ({"years": {"python": 9}}, {}, "ahead"),
    ],
)
def test_one_thing_alone_stops_a_pair_and_is_named(
    mentee: dict[str, Any], mentor: dict[str, Any], code: str
) -> None:
    pair = explain(snapshot([a_mentee(**mentee), a_mentor(**mentor)], Rules()), "mem_ada", "mem_mo")
    codes = [stop.code for stop in pair.stops]
    assert codes == (["area", "ahead"] if code == "area" else [code])


def test_groups_of_different_kinds_with_one_name_are_no_conflict() -> None:
    people = [a_mentee(conflicts={"household": ["g1"]}), a_mentor(conflicts={"investor": ["g1"]})]
    assert explain(snapshot(people, Rules()), "mem_ada", "mem_mo").eligible


@pytest.mark.parametrize("consents", [{}, {"shanghai": ["zurich"]}, {"zurich": ["shanghai"]}])
def test_a_pair_across_chapters_needs_the_consent_of_both(consents: dict[str, list[str]]) -> None:
    people = [a_mentee(), a_mentor(chapter="zurich")]
    rules = Rules(cross_chapter="both_consent", chapter_consents=consents)
    assert not explain(snapshot(people, rules), "mem_ada", "mem_mo").eligible
    mutual = {"shanghai": ["zurich"], "zurich": ["shanghai"]}
    both = Rules(cross_chapter="both_consent", chapter_consents=mutual)
    assert explain(snapshot(people, both), "mem_ada", "mem_mo").eligible


def test_things_they_could_teach_each_other_rank_a_pair_higher() -> None:
    people = [a_mentee(could_teach=["sailing"]), a_mentor("mem_a")]
    people += [a_mentor("mem_b", wants_to_learn=["sailing"])]
    market = snapshot(people, Rules())
    assert explain(market, "mem_ada", "mem_b").w > explain(market, "mem_ada", "mem_a").w
