"""What a round is asked for and what it gives back: values, the same bytes for the same input and seed."""

import json
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from services.matching.engine import checks
from services.matching.engine.errors import EngineError
from services.matching.engine.parts import Part, Reason

SEED_MAX = 2**63 - 1
FLOOR_MAX = 10**9
LOCKED_MAX = 6_000
BEFORE_MAX = 4_500_000  # as many as the largest round proposes
POINTS_MAX = 1_000  # as for a weight
TOLERANCE_PPM_MAX = 10_000  # one per cent
BONUS_MAX = 100  # groups
PPM = 1_000_000  # millionths in a whole
NOT_THIS_ROUND = "not_this_round"


Progress = Callable[[str, int, int], None]
"""Told of each piece of work: the step's name, how much of it is done, of how much. What it raises ends the
solving; nothing half-done is returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`seed` breaks ties (0 to 2^63 - 1). `locked`: (mentee id, mentor id) that must be proposed, whatever
    the floor. `floor`: the least joint score w that may be proposed.

    `calm`: in a calm round, the points beyond which no pair may both gain (d of `calm(d)`).
    `before`: (mentee id, mentor id) of an earlier draft, each worth `stay` points more to the objective, so that
    a small change moves few people. `bonus`: group -> points more to the objective for each mentee in it; a group is
    "chapter/<chapter>" or "<question key>/<choice>". Neither changes u, v, w, the floor or who is eligible.

    `tolerance_ppm`: by how many millionths of its bound a best total of a large market may fall short and be taken; 0
    is the best there is.
    """

    seed: int = 0
    locked: Collection[tuple[str, str]] = ()
    floor: int = 0
    calm: int = 5
    before: Collection[tuple[str, str]] = ()
    stay: int = 0
    bonus: Mapping[str, int] = field(default_factory=dict)
    tolerance_ppm: int = 0

    def __post_init__(self) -> None:
        put = object.__setattr__  # frozen: only while being made
        checks.whole(self.seed, 0, SEED_MAX, "/seed")
        checks.whole(self.floor, 0, FLOOR_MAX, "/floor")
        checks.whole(self.calm, 0, POINTS_MAX, "/calm")
        checks.whole(self.stay, 0, POINTS_MAX, "/stay")
        checks.whole(self.tolerance_ppm, 0, TOLERANCE_PPM_MAX, "/tolerance_ppm")
        put(self, "locked", _pairs(self.locked, LOCKED_MAX, "/locked"))
        put(self, "before", _pairs(self.before, BEFORE_MAX, "/before"))
        put(self, "bonus", checks.levels(self.bonus, 0, POINTS_MAX, BONUS_MAX, "/bonus"))


def _pairs(given: object, most: int, where: str) -> tuple[tuple[str, str], ...]:
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Collection):
        raise EngineError("bad_value", "give a list of pairs of ids", where=where)
    if len(given) > most:
        raise EngineError("too_many", f"give at most {most:,} pairs", where=where)
    pairs = set()
    for pair in given:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise EngineError("bad_value", "give each pair as mentee id, mentor id", where=where)
        pairs.add((checks.text(pair[0], where), checks.text(pair[1], where)))
    return tuple(sorted(pairs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A pair: u is what the mentee gets, v what the mentor gets, w = 2uv // (u + v). Reasons may be shown to
    the side they are named after; parts are for coordinators, less those marked private."""

    mentee: str
    mentor: str
    u: int
    v: int
    w: int
    mentee_parts: tuple[Part, ...]
    mentor_parts: tuple[Part, ...]
    mentee_reasons: tuple[Reason, ...]
    mentor_reasons: tuple[Reason, ...]
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """Somebody without a proposal on this side, and why.

    `code`, for coordinators:
      confirmed, route   the person herself is not eligible
      no_seat            she takes no (more) proposals
      nobody             nobody who could be matched stands on the other side
      seats              pairs were possible; the seats went to pairs that add more to the total
      any other stop     no pair was possible: the rule that alone stopped the most pairs or, where none
                         stopped one alone, the rule that stopped the most (`pairs.STOPS`)

    `shown`, for the person herself: the same, worked out as if no private answer (exclusions, conflicts,
    sensitive questions) had stopped anything; where that leaves a possible pair: `not_this_round`.
    """

    id: str
    side: str
    code: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`matched` of `of` people: those who are confirmed, on the mentoring route and have a seat (R27: with
    its denominator)."""

    matched: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterShare:
    chapter: str
    mentees: Share
    mentors: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatPrice:
    """One more seat at this mentor would add `points` to the round's total: exactly, where no gap is tolerated."""

    mentor: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MenteePrice:
    """The round's total would lose `points` without one of this mentee's seats: exactly, where no gap is tolerated."""

    mentee: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCount:
    """How many pairs this is the first rule to stop, in the order of `pairs.STOPS`."""

    code: str
    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShare:
    """Of those who gave this answer to this question. None where the figure could give somebody away
    (`shares.group_shares`)."""

    question: str
    choice: str
    mentees: Share | None
    mentors: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftCount:
    """How many people of a side are left with this code (`LeftOver.code`)."""

    side: str
    code: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """`counts[n]` scores lie from low + n * width to one below the next bar; at most 20 bars, none empty at either
    end."""

    low: int
    width: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What the proposals are worth: u to their mentees, v to their mentors, w together. Somebody with several
    proposals counts with each."""

    u: Histogram
    v: Histogram
    w: Histogram


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`objective` is the total with what `Options.stay` and `Options.bonus` add. `bound` is certified over all eligible
    pairs and about the objective, as are `gap` = bound - objective and `of_best_ppm`, the share of the bound that is
    reached, in millionths.

    A blocking pair is eligible, not proposed, and both have a free seat or would get more from each other than from
    the weakest of their proposals. The worst decile is what the one at the lowest tenth of the proposals gets (u for
    mentees, v for mentors; 0 without proposals). Of a market so large that not every pair was weighed, `eligible_pairs`,
    `stopped` and a stable round's bound are None unless a full report was asked for. `seats` are the ten that would help
    most."""

    kind: str
    seed: int
    floor: int
    input_hash: str
    total: int
    bound: int | None
    gap: int | None
    proposals: int
    pairs: int
    eligible_pairs: int | None
    blocking_pairs: int
    worst_decile_mentees: int
    worst_decile_mentors: int
    mentees: Share
    mentors: Share
    chapters: tuple[ChapterShare, ...]
    stopped: tuple[StopCount, ...] | None
    objective: int
    of_best_ppm: int | None
    spread: Spread
    groups: tuple[GroupShare, ...]
    left: tuple[LeftCount, ...]
    seats: tuple[SeatPrice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Proposals by mentee id and mentor id, left over by side and id, prices by mentor id and by mentee id (those
    above 0). All but the mentors' prices are made as they are read.

    The prices of both sides are the proof: for every eligible pair of people with seats that a welfare round does not
    propose they add up to what it is worth, or more."""

    proposals: Sequence[Proposal]
    left_over: Sequence[LeftOver]
    prices: tuple[SeatPrice, ...]
    mentee_prices: Sequence[MenteePrice]
    report: Report

    def price_of_mentor(self, member: str) -> int:
        """0 for whoever has no price, or is nobody here."""
        place = bisect_left(self.prices, member, key=lambda one: one.mentor)
        found = self.prices[place : place + 1]
        return found[0].points if found and found[0].mentor == member else 0

    def price_of_mentee(self, member: str) -> int:
        place = bisect_left(self.mentee_prices, member, key=lambda one: one.mentee)
        found = self.mentee_prices[place : place + 1]
        return found[0].points if found and found[0].mentee == member else 0

    def to_dict(self) -> dict[str, object]:
        """Plain values, JSON-ready (tuples become lists in JSON)."""
        return {
            "proposals": [asdict(one) for one in self.proposals],
            "left_over": [asdict(one) for one in self.left_over],
            "prices": [asdict(one) for one in self.prices],
            "mentee_prices": [asdict(one) for one in self.mentee_prices],
            "report": asdict(self.report),
        }

    def to_bytes(self) -> bytes:
        """Canonical JSON: byte-identical for the same snapshot, kind and options."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
