"""Scanned rounds of markets in which there is little to scan: the same as those weighed whole."""

from typing import Any

import pytest

from services.matching.engine import (
    KINDS,
    Answer,
    MenteeWeights,
    MentorWeights,
    Options,
    Person,
    Question,
    Rules,
    snapshot,
    solve,
)
from tests.rules.engine.makers import a_mentee, a_mentor

HEAVIEST = 1_000
HEAVY = Rules(
    mentee_weights=MenteeWeights(**dict.fromkeys(("wants", "gap", "learns", "hours", "languages"), HEAVIEST)),
    mentor_weights=MentorWeights(
        **dict.fromkeys(("asked", "likes", "learns", "hours", "languages"), HEAVIEST)
    ),
    questions=(Question(key="pace", match="near", reach=100, mentee=HEAVIEST, mentor=HEAVIEST),),
)
NO_AREAS = Rules(switched_off=["area", "ahead"])


def mentees(**changes: Any) -> list[Person]:
    return [a_mentee(f"mem_e{n}", **changes) for n in range(4)]


def mentors(**changes: Any) -> list[Person]:
    return [a_mentor(f"mem_o{n}", **changes) for n in range(3)]


#: u: 3 for a wish, 9 years ahead, an hour, a language and 100 for the answers; v: 3 for the same wish, and the rest but the years.
U, V = (3 + 9 + 1 + 1 + 100) * HEAVIEST, (3 + 1 + 1 + 100) * HEAVIEST
HEAVY_PAIR = 2 * U * V // (U + V)
SAID = {"answers": {"pace": Answer(value=5, consented=True)}}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("people", "rules", "total"),
    [
        ([], Rules(), 0),
        (mentees(), Rules(), 0),
        (mentors(), Rules(), 0),
        (mentees() + mentors(mentor_seats=0), Rules(), 0),
        (mentees(confirmed=False) + mentors(), Rules(), 0),
        (mentees() + mentors(confirmed=False), Rules(), 0),
        (mentees(languages={"zh"}) + mentors(), Rules(), 0),
        (mentees(areas_wanted={}) + mentors(), Rules(), 0),
        (mentees(areas_wanted={}) + mentors(areas_offered={}), NO_AREAS, 6),
        (mentees() + mentors(), Rules(), 105),
        (mentees() + mentors(mentor_seats=50), Rules(), 140),
        (mentees(**SAID) + mentors(**SAID), HEAVY, 3 * HEAVY_PAIR),
    ],
    ids=[
        "nobody", "no mentors", "no mentees", "no seats", "no mentee confirmed", "no mentor confirmed", "nobody eligible",
        "nothing wanted", "no areas asked", "all equal", "more seats than people", "heaviest weights",
    ],
)  # fmt: skip
def test_a_scanned_round_of_a_market_at_the_edge_is_the_one_weighed_whole(
    people: list[Person], rules: Rules, total: int, kind: str
) -> None:
    market = snapshot(people, rules)
    scanned, weighed = (solve(market, kind, Options(), plain_pairs_most=most) for most in (-1, 300_000))
    assert scanned.report.total == weighed.report.total == total
    assert [one.code for one in scanned.left_over] == [one.code for one in weighed.left_over]


@pytest.mark.parametrize("most", [-1, 300_000])
@pytest.mark.parametrize("kind", KINDS)
def test_who_gets_a_place_among_equals_follows_the_seed_and_not_whose_id_comes_first(
    kind: str, most: int
) -> None:
    people = [a_mentee(f"mem_e{n:02}") for n in range(40)] + [a_mentor(f"mem_o{n}") for n in range(10)]
    market, places = snapshot(people, Rules()), dict.fromkeys((f"mem_e{n:02}" for n in range(40)), 0)
    for seed in range(60):
        for one in solve(market, kind, Options(seed=seed), plain_pairs_most=most).proposals:
            places[one.mentee] += 1
    first = sum(list(places.values())[:20])
    assert 240 < first < 360  # of 600: chance gives 300, give or take 15
    assert min(places.values()) > 3
