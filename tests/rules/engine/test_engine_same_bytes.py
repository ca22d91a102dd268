"""Same input and seed, same bytes: in any order of people, lists and hash seeds."""

import hashlib
import random
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

from services.matching.engine import Answer, Options, Person, Question, Rules, snapshot, solve
from tests.rules.engine.makers import a_mentee, a_mentor, some_people, some_rules

ROOT = Path(__file__).parents[3]
HASH_SEEDS = ("0", "1", "77")


def test_the_order_of_people_and_of_their_lists_changes_no_byte() -> None:
    for seed in range(15):
        people, rules = some_people(seed, 25, 12), some_rules(seed)
        first = solve(snapshot(people, rules), options=Options(seed=seed))
        for turn in range(4):
            dice = random.Random(turn)
            shuffled = [_shuffled(dice, one) for one in dice.sample(people, len(people))]
            again = solve(snapshot(shuffled, rules), options=Options(seed=seed))
            assert again.to_bytes() == first.to_bytes()


def _shuffled(dice: random.Random, person: Person) -> Person:
    """The same person with every list and table in another order, and every list with repeats."""
    given = {one.name: getattr(person, one.name) for one in fields(person)}
    for name, value in given.items():
        if isinstance(value, dict):
            given[name] = dict(dice.sample(list(value.items()), len(value)))
        elif isinstance(value, frozenset):
            given[name] = [*dice.sample(sorted(value), len(value)), *sorted(value)][: max(2, len(value))]
    return Person(**given)


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    script = (
        "import hashlib; from services.matching.engine import *; from tests.rules.engine.makers import *;"
        "drafted = solve(snapshot(some_people(5, 60, 30), some_rules(5)), options=Options(seed=9));"
        "sys = __import__('sys'); sys.stdout.write(hashlib.sha256(drafted.to_bytes()).hexdigest())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
        for seed in HASH_SEEDS
    }
    here = solve(snapshot(some_people(5, 60, 30), some_rules(5)), options=Options(seed=9))
    assert answers == {hashlib.sha256(here.to_bytes()).hexdigest()}


def test_another_seed_breaks_ties_otherwise_and_keeps_the_total() -> None:
    people = [a_mentee(f"mem_{n}") for n in range(6)] + [a_mentor(f"mem_m{n}") for n in range(3)]
    drafts = [solve(snapshot(people, Rules()), options=Options(seed=seed)) for seed in range(5)]
    assert len({draft.report.total for draft in drafts}) == 1
    assert len({draft.proposals for draft in drafts}) > 1


def test_a_tie_does_not_turn_on_a_person_who_matches_nobody() -> None:
    people = [a_mentee(f"mem_{n}") for n in range(6)] + [a_mentor(f"mem_m{n}") for n in range(3)]
    stranger = a_mentee("mem_00", languages=["eo"])
    assert (
        solve(snapshot([*people, stranger], Rules())).proposals == solve(snapshot(people, Rules())).proposals
    )


def test_the_hash_tells_markets_apart() -> None:
    people = [a_mentee(), a_mentor()]
    changed = [
        [a_mentee(areas_wanted={"python": 2}), a_mentor()],
        [a_mentee(confirmed=False), a_mentor()],
        [a_mentee(), a_mentor(mentor_seats=2)],
        [a_mentee(exclusions=["mem_mo"]), a_mentor()],
        [a_mentee(conflicts={"household": ["h1"]}), a_mentor(conflicts={"household": ["h1"]})],
    ]
    hashes = [snapshot(one, Rules()).hash for one in [people, *changed]]
    hashes.append(snapshot(people, Rules(min_gap_years=2)).hash)
    assert len(set(hashes)) == len(changed) + 2
    assert all(len(one) == 64 for one in hashes)


def test_an_answer_without_consent_leaves_no_trace() -> None:
    rules = Rules(questions=(Question(key="faith", match="same", mentee=9, mentor=9),))
    given = Answer(value="one", consented=True)
    people = [a_mentee(answers={"faith": given}), a_mentor(answers={"faith": given})]
    withdrawn = [replace(people[0], answers={"faith": Answer(value="one", consented=False)}), people[1]]
    without = [replace(people[0], answers={}), people[1]]
    assert solve(snapshot(people, rules)).report.total > solve(snapshot(without, rules)).report.total
    assert solve(snapshot(withdrawn, rules)).to_bytes() == solve(snapshot(without, rules)).to_bytes()


def test_excluding_somebody_outside_the_market_leaves_no_trace() -> None:
    one, other = [a_mentee(), a_mentor()], [a_mentee(exclusions=["mem_elsewhere"]), a_mentor()]
    assert snapshot(one, Rules()).hash == snapshot(other, Rules()).hash


def test_what_a_conflicts_group_is_called_and_who_has_nobody_in_it_leave_no_trace() -> None:
    def hashed(mine: list[str], theirs: list[str]) -> str:
        people = [a_mentee(conflicts={"household": mine}), a_mentor(conflicts={"household": theirs})]
        return snapshot(people, Rules()).hash

    assert hashed(["h1"], ["h1"]) == hashed(["h2", "h9"], ["h2"]) == hashed(["h1", "h2"], ["h1", "h2"])
    assert hashed([], []) == hashed(["h1"], ["h2"]) != hashed(["h1"], ["h1"])
