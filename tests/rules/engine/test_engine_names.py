"""Markets with more names than fit one word of a bit set, up to as many as an engine takes."""

import random

import pytest

from services.matching.engine import EngineError, Person, Rules, explain, snapshot
from tests.rules.engine import plain
from tests.rules.engine.makers import a_mentee, a_mentor

AREAS = [f"area{n:03}" for n in range(256)]
LANGUAGES = [f"l{n:02}" for n in range(100)]
CHAPTERS = [f"chapter{n:03}" for n in range(300)]


def people(seed: int) -> list[Person]:
    """Everybody knows many of these, so that all of them come up; one couple in a few meets."""
    dice = random.Random(f"many names {seed}")
    made = []
    for n in range(20):
        lists = {
            "languages": dice.sample(LANGUAGES, 20),
            "wants_to_learn": dice.sample(AREAS, 50),
            "could_teach": dice.sample(AREAS, 50),
            "years": {area: dice.randint(0, 9) for area in dice.sample(AREAS, 50)},
        }
        wanted = {area: dice.randint(1, 3) for area in dice.sample(AREAS, 20)}
        offered = {area: dice.randint(0, 20) for area in dice.sample(AREAS, 50)}
        likes = dice.sample(AREAS, 50)
        if n % 2:
            made.append(a_mentor(f"mem_{n}", areas_offered=offered, likes_to_teach=likes, **lists))
        else:
            made.append(a_mentee(f"mem_{n}", areas_wanted=wanted, **lists))
    return made


@pytest.mark.parametrize("seed", range(5))
def test_many_names_are_kept_apart(seed: int) -> None:
    everyone, rules, met = people(seed), Rules(), 0
    market = snapshot(everyone, rules)
    assert market.areas == tuple(AREAS)
    assert len(market.languages) > 64
    for mentee in everyone[::2]:
        for mentor in everyone[1::2]:
            told = explain(market, mentee.id, mentor.id)
            assert {stop.code for stop in told.stops} == plain.stops(mentee, mentor, rules)
            assert (told.u, told.v) == tuple(sum(one.values()) for one in plain.scores(mentee, mentor, rules))
            met += told.eligible
    assert met > 20


def test_many_chapters_are_kept_apart() -> None:
    everyone = [a_mentee(f"mem_a{name}", chapter=name) for name in CHAPTERS]
    everyone += [a_mentor(f"mem_b{name}", chapter=name) for name in reversed(CHAPTERS)]
    market = snapshot(everyone, Rules())
    for here in CHAPTERS[::37]:
        assert explain(market, f"mem_a{here}", f"mem_b{here}").eligible
        assert [stop.code for stop in explain(market, f"mem_a{here}", "mem_bchapter001").stops] == ["chapter"]


@pytest.mark.parametrize(("field", "names"), [("wants_to_learn", "areas"), ("languages", "languages")])
def test_more_names_than_the_engine_takes_are_refused(field: str, names: str) -> None:
    everyone = [a_mentee(f"mem_{n:03}", areas_wanted={}, **{field: [f"name{n:03}"]}) for n in range(257)]
    with pytest.raises(EngineError) as refusal:
        snapshot(everyone, Rules())
    assert (refusal.value.code, refusal.value.where) == ("too_many", names)
