"""Rounds come out as they did when the digests below were taken: proposals, parts, reasons, left-overs, prices and report.

A digest that differs is a change in what people are proposed or told; the market's own hash is left out, it has a format of its own.
`python -m tests.rules.engine.test_engine_golden` prints the digests of today.
"""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

from services.matching.engine import Options, Round, snapshot, solve
from tests.rules.engine.makers import some_people, some_rules

SEEDS = range(50)
GOLDEN = Path(__file__).with_name("golden.json")
FLOOR = 18  # in the middle of what the random markets score


def digests(seed: int) -> str:
    """Of a plain round, and of one with a floor and a pair of the first one locked."""
    market = snapshot(some_people(seed, 20 + seed, 30 - seed // 2), some_rules(seed))
    drafted = solve(market, options=Options(seed=seed))
    locked = [(one.mentee, one.mentor) for one in drafted.proposals[-1:]]
    again = solve(market, options=Options(seed=seed + 1, floor=FLOOR, locked=locked))
    return f"{_digest(drafted)} {_digest(again)}"


def _digest(drafted: Round) -> str:
    unpinned = replace(drafted, report=replace(drafted.report, input_hash=""))
    return hashlib.sha256(unpinned.to_bytes()).hexdigest()[:16]


def test_rounds_come_out_as_they_did() -> None:
    assert [digests(seed) for seed in SEEDS] == json.loads(GOLDEN.read_text())


if __name__ == "__main__":
    json.dump([digests(seed) for seed in SEEDS], sys.stdout, indent=1)
    sys.stdout.write("\n")
