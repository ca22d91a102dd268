"""Why these two, or why not: what the engine knows of one pair, and what each side may be told."""

from dataclasses import dataclass

import numpy as np

from services.matching.engine.columns import CONFIRMED, ROUTE, Ints
from services.matching.engine.edges import joint_of_two
from services.matching.engine.errors import EngineError
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import STOPS, bit, weigh_rows
from services.matching.engine.parts import Part, Reason, parts_of, reasons_of
from services.matching.engine.people import ROLES
from services.matching.engine.round import NOT_THIS_ROUND

PUBLIC_STOPS = frozenset({"same_person", "chapter", "language", "hour", "area", "ahead"})
"""Stops that follow from what both sides see of each other anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A rule that stops a pair. `by` is "mentee" or "mentor" where it is one side's own state or wish, "both"
    where it is both sides', "pair" where it follows from the two together."""

    code: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatPrices:
    """What the two places of a pair are worth in a draft, in points: one more seat of the mentor would add so much to its
    objective, and it would lose so much without one of the mentee's. `extra` is what the draft's options (`Options.stay`,
    `Options.bonus`) add to this pair."""

    mentee: int
    mentor: int
    extra: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceArgument:
    """Why an eligible pair is not in the best draft: the two are worth w + extra together, and their two places
    mentee_price + mentor_price to others. The pair would cost the draft `missing` points at least.

    For coordinators only: prices follow from everybody's answers, private ones too."""

    w: int
    mentee_price: int
    mentor_price: int
    extra: int = 0

    @property
    def missing(self) -> int:
        return self.mentee_price + self.mentor_price - self.w - self.extra


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`stops` is empty for a pair that may be proposed; u, v, w and the parts are what the pair is, or would
    be, worth. `price` is there where the prices of a draft argue against an eligible pair; `no_seat` names the sides
    that take no (more) proposals, which is what stands against a pair that no rule and no price does.

    All of it is for coordinators. A side may read `reasons(side)` and `told(side)` only.
    """

    mentee: str
    mentor: str
    stops: tuple[Stop, ...]
    u: int
    v: int
    w: int
    mentee_parts: tuple[Part, ...]
    mentor_parts: tuple[Part, ...]
    price: PriceArgument | None = None
    no_seat: tuple[str, ...] = ()

    @property
    def eligible(self) -> bool:
        return not self.stops

    def reasons(self, side: str) -> tuple[Reason, ...]:
        """Why this side might want to meet; nothing where `told` names what stands against it. The other side's
        private answers change nothing here either."""
        if self.told(side) != (NOT_THIS_ROUND,):
            return ()
        return reasons_of(self.mentee_parts if side == "mentee" else self.mentor_parts)

    def told(self, side: str) -> tuple[str, ...]:
        """Codes that answer this side's "why not?": public rules and her own states and wishes. The other
        side's private answers give the same `not_this_round` as an eligible pair that was not chosen, so that
        nothing can be inferred."""
        _known(side)
        codes = tuple(
            stop.code for stop in self.stops if stop.code in PUBLIC_STOPS or stop.by in (side, "both")
        )
        return codes or (NOT_THIS_ROUND,)


def explain(market: Snapshot, mentee: str, mentor: str, prices: SeatPrices | None = None) -> Explanation:
    """Everything about one pair. `prices` are those of a draft of this market that does not propose the two
    (`Round.price_of_mentee`, `Round.price_of_mentor`). Raises `EngineError`: unknown_person."""
    i, j = market.mentee_row(mentee), market.mentor_row(mentor)
    mask = int(weigh_rows(market, np.array([i])).stops[0, j])
    mentee_parts, mentor_parts = (
        side.read(market, 1)[0] for side in parts_of(market, np.array([i]), np.array([j]))
    )
    u, v = sum(part.points for part in mentee_parts), sum(part.points for part in mentor_parts)
    w = joint_of_two(u, v)
    return Explanation(
        mentee=mentee,
        mentor=mentor,
        stops=tuple(Stop(code=code, by=_by(market, code, i, j)) for code in STOPS if mask & bit(code)),
        u=u,
        v=v,
        w=w,
        mentee_parts=mentee_parts,
        mentor_parts=mentor_parts,
        price=_argument(w, prices) if prices and not mask else None,
        no_seat=tuple(
            role
            for role, seats in zip(ROLES, (market.mentees.seats[i], market.mentors.seats[j]), strict=True)
            if not seats
        ),
    )


def _argument(w: int, prices: SeatPrices) -> PriceArgument | None:
    """None where the prices do not speak against the pair: its draft is not the best (it was to be stable, or calm)."""
    argument = PriceArgument(w=w, mentee_price=prices.mentee, mentor_price=prices.mentor, extra=prices.extra)
    return argument if argument.missing >= 0 else None


def _by(market: Snapshot, code: str, i: int, j: int) -> str:
    if code in ("confirmed", "route"):
        state = CONFIRMED if code == "confirmed" else ROUTE
        sides = (bool(market.mentees.barred[i] == state), bool(market.mentors.barred[j] == state))
    elif code == "exclusion":
        sides = (_listed(market.excluded_by_mentee, i, j), _listed(market.excluded_by_mentor, i, j))
    else:
        return "pair"
    return {(True, False): "mentee", (False, True): "mentor"}.get(sides, "both")


def _listed(couples: Ints, i: int, j: int) -> bool:
    return bool((couples == (i, j)).all(axis=1).any())


def _known(side: str) -> None:
    if side not in ROLES:
        raise EngineError("bad_value", f"ask for one of: {', '.join(ROLES)}", where="side")
