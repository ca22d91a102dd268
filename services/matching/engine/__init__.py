"""Matching for one market: people and rules in, proposals with reasons for both sides out.

    from services.matching.engine import Options, Person, Rules, explain, snapshot, solve

    rules = Rules.from_dict(programme["rules"])          # EngineError names the key that is wrong
    market = snapshot([Person(id=..., chapter=..., roles={"mentee"}, ...), ...], rules)
    drafted = solve(market, "welfare", Options(seed=7, locked=[("mem_a", "mem_b")], floor=10))
    drafted.proposals[0].mentee_reasons                  # Reason(code="wants", area="python", value=6), ...
    explain(market, "mem_a", "mem_c").told("mentee")     # ("language",) or ("not_this_round",)

What always holds:

1. Pure: no web framework, database, log, clock or settings; the same input and seed give the same bytes
   (`Round.to_bytes()`) whatever the order of the people.
2. Exact: the objective of a "welfare" round is the largest over all eligible pairs, proved by `report.bound ==
   report.objective`, unless `Options.tolerance_ppm` lets it be near that; in a "stable" round no eligible pair would
   both rather have each other. Up to 1,500,000 people a side; more are refused (market_too_large). What is small is
   weighed whole by numpy, what is large by compiled scans.
3. Integers only.
4. Every proposal passes every hard rule and has at least one reason for each side (R4).
5. What one side is shown (`Reason`, `LeftOver.shown`, `Explanation.told`, `Helps.changes`) never depends on the other side's
   exclusions, conflicts or sensitive answers.
6. `EngineError` (a ValueError with code, detail, where) is the caller's to mend; `ProofFailed` is a bug of
   ours. Nothing half-done is returned.
"""

from services.matching.engine.comparison import Comparison, compare
from services.matching.engine.discovery import Found, discover, in_order
from services.matching.engine.edges import joint_of_two
from services.matching.engine.errors import EngineError, ProofFailed
from services.matching.engine.explanation import Explanation, PriceArgument, SeatPrices, Stop, explain
from services.matching.engine.facing import facing
from services.matching.engine.gathering import PEOPLE_PER_SIDE_MAX
from services.matching.engine.market import Snapshot, snapshot
from services.matching.engine.packing import pack, unpack
from services.matching.engine.pairs import STOPS
from services.matching.engine.parts import Part, Reason
from services.matching.engine.people import CONFLICT_KINDS, Answer, Person
from services.matching.engine.round import (
    ChapterShare,
    GroupShare,
    Histogram,
    LeftCount,
    LeftOver,
    MenteePrice,
    Options,
    Progress,
    Proposal,
    Report,
    Round,
    SeatPrice,
    Share,
    Spread,
    StopCount,
)
from services.matching.engine.rules import SWITCHES, MenteeWeights, MentorWeights, Question, Rules
from services.matching.engine.solver import KINDS, PLAIN_PAIRS_MAX, refuse_without_effect, solve
from services.matching.engine.what_helps import Draft, Helps, helps

__all__ = [
    "CONFLICT_KINDS", "KINDS", "PEOPLE_PER_SIDE_MAX", "PLAIN_PAIRS_MAX", "STOPS", "SWITCHES", "Answer", "ChapterShare",
    "Comparison", "Draft", "EngineError", "Explanation", "Found", "GroupShare", "Helps", "Histogram", "LeftCount",
    "LeftOver", "MenteePrice", "MenteeWeights", "MentorWeights", "Options", "Part", "Person",
    "PriceArgument", "Progress", "ProofFailed", "Proposal", "Question", "Reason", "Report", "Round",
    "Rules", "SeatPrice", "SeatPrices", "Share", "Snapshot", "Spread", "Stop", "StopCount", "compare", "discover",
    "explain", "facing", "helps", "in_order", "joint_of_two", "pack", "refuse_without_effect", "snapshot", "solve", "unpack",
]  # fmt: skip
