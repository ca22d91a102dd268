"""A round of a market too large to weigh every pair: compiled scans list what matters, and leave nothing out."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from services.matching.engine.blocking import weakest
from services.matching.engine.calm import Loosened, calmest
from services.matching.engine.columns import Bools, Ints
from services.matching.engine.digests import pair_ties
from services.matching.engine.edges import Edges, among, united
from services.matching.engine.errors import ProofFailed
from services.matching.engine.left import Stopping, Tally
from services.matching.engine.listing import listed, tallied
from services.matching.engine.market import Snapshot
from services.matching.engine.objective import Objective, objective
from services.matching.engine.outcome import Outcome, Prices, no_prices
from services.matching.engine.round import Options, Progress
from services.matching.engine.scanning import BY_U, BY_W, Ask, best
from services.matching.engine.seats import free_seats, refuse_stopped
from services.matching.engine.stable import stable_pairs
from services.matching.engine.tables import Tables, offered_by, tables
from services.matching.engine.welfare import Best, Search, Wanted

SEATLESS_LOOKS_MAX = 1_000
GAINING_WIDTH = 8  # pairs of a mentee that are re-matched in one look


def solve_scanned(
    market: Snapshot, kind: str, options: Options, *, threads: int, progress: Progress
) -> tuple[Outcome, Stopping]:
    """The round's outcome, and what stops people without any pair. Raises as `solver.solve`."""
    seed = options.seed
    counted = objective(market, options)
    everybody = tables(
        market, np.ones(len(market.mentees), bool), np.ones(len(market.mentors), bool), seed=seed
    )
    locked = _locked(market, everybody, options)
    seats_i, seats_j, free_i, free_j = free_seats(market, locked)
    t = tables(market, free_i > 0, free_j > 0, seed=seed, without=locked, like=everybody)
    if kind == "stable":
        stable = stable_pairs(t, free_i, free_j, options.floor, threads=threads, progress=progress)
        picked, prices, bound = stable.pairs, no_prices(market), None
        met_i, met_j = stable.mentees_met, stable.mentors_met
    else:
        wanted = Wanted(
            seats_i=free_i,
            seats_j=free_j,
            floor=options.floor,
            kept=_before(everybody, counted, options, locked, free_i),
            extra=counted.extra,
            worth=counted.worth,
        )
        search = Search(t, wanted, threads=threads, progress=progress)
        found = search.best()
        picked = found.picked
        prices = _with_seatless(market, found, wanted, locked, seed, threads, progress)
        bound = int(counted.worth(locked).sum()) + found.bound
        met_i, met_j = np.diff(found.known.start) > 0, np.zeros(len(market.mentors), bool)
        met_j[found.known.cols] = True
    if kind == "calm":
        gaining = _Gaining(t, options.floor, threads, progress)

        def again(need_u: Ints, need_v: Ints) -> tuple[Edges, Edges]:
            search.demand(need_u, need_v)
            best_left = search.best()
            return best_left.picked, best_left.known.edges()

        calm = calmest(
            picked, found.known.edges(), free_i, free_j, options.calm, gaining.find, again,
            lambda some: pair_ties(t.mentees.digest, t.mentors.digest, some.rows, some.cols),
        )  # fmt: skip
        if calm is None:
            calm = stable_pairs(t, free_i, free_j, options.floor, threads=threads, progress=progress).pairs
        picked, prices = calm, no_prices(market)
    proposed = united(locked, picked)
    met_i[proposed.rows], met_j[proposed.cols] = True, True
    total = tables(market, seats_i > 0, seats_j > 0, seed=seed, like=everybody) if len(locked) else t
    outcome = Outcome(
        kind=kind,
        options=options,
        proposed=proposed,
        locked=among(proposed, locked),
        prices=prices,
        objective=int(counted.worth(proposed).sum()),
        bound=bound,
        eligible_pairs=None,
        blocking_pairs=_blocking(total, proposed, seats_i, seats_j, options.floor, threads, progress),
    )

    def tally(rows: Ints, *, mentees: bool) -> Tally:
        return tallied(
            everybody, rows, mentees=mentees, floor=options.floor, threads=threads, progress=progress
        )

    return outcome, Stopping(
        mentees_met=met_i,
        mentors_met=met_j,
        of_mentees=partial(tally, mentees=True),
        of_mentors=partial(tally, mentees=False),
    )


def _locked(market: Snapshot, t: Tables, options: Options) -> Edges:
    rows = np.array([market.mentee_row(mentee) for mentee, _ in options.locked], np.int32)
    cols = np.array([market.mentor_row(mentor) for _, mentor in options.locked], np.int32)
    masks, edges = listed(t, rows, cols)
    for mask, (mentee, mentor) in zip(masks.tolist(), options.locked, strict=True):
        refuse_stopped(mask, mentee, mentor)
    return edges


def _before(t: Tables, counted: Objective, options: Options, locked: Edges, free_i: Ints) -> Edges:
    """The pairs of the draft before that may be proposed again."""
    before = counted.before
    if not counted.stay:
        return before.only(np.zeros(len(before), bool))
    masks, edges = listed(t, before.rows, before.cols)
    able = (masks == 0) & (edges.w >= options.floor) & (free_i[edges.rows] > 0)
    return edges.only(able & ~among(edges, locked))


def _with_seatless(
    market: Snapshot, found: Best, wanted: Wanted, locked: Edges, seed: int, threads: int, progress: Progress
) -> Prices:
    """The prices, with those of mentors who have no seat left: what a first one would add."""
    mentor = found.prices.mentor.copy()
    seatless = wanted.seats_j == 0
    if not seatless.any():
        return found.prices
    t = tables(market, wanted.seats_i > 0, seatless, seed=seed, without=locked)
    rows = np.flatnonzero(t.mentees.able)
    least = (found.prices.mentee - wanted.extra)[rows]
    for _ in range(SEATLESS_LOOKS_MAX):
        ask = Ask(
            by=BY_W, width=8, less=mentor, least=least, need_v=np.full(len(mentor), -1), floor=wanted.floor
        )
        better = best(t, rows, ask, threads=threads, step="seats", progress=progress).edges()
        if not len(better):
            return Prices(found.prices.mentee, mentor)
        np.maximum.at(mentor, better.cols, wanted.worth(better) - found.prices.mentee[better.rows])
    raise ProofFailed(f"{SEATLESS_LOOKS_MAX} looks left first seats that would be worth more")


def _blocking(
    t: Tables, proposed: Edges, seats_i: Ints, seats_j: Ints, floor: int, threads: int, progress: Progress
) -> int:
    """See `round.Report`."""
    need_u = weakest(proposed.rows, proposed.u, seats_i)
    need_v = weakest(proposed.cols, proposed.v, seats_j)
    rows = np.flatnonzero(t.mentees.able)
    ask = Ask(
        by=BY_U, width=0, less=np.zeros(len(need_v), np.int64), least=need_u[rows], need_v=need_v, floor=floor
    )
    seen = best(t, rows, ask, threads=threads, step="blocking", progress=progress).seen
    theirs = (
        (proposed.u > need_u[proposed.rows]) & (proposed.v > need_v[proposed.cols]) & (proposed.w >= floor)
    )
    return int(seen.sum()) - int(theirs.sum())


@dataclass(frozen=True, eq=False, slots=True)
class _Gaining:
    """Looks for pairs that would both gain: see `calm.Find`."""

    t: Tables
    floor: int
    threads: int
    progress: Progress

    def find(self, above_u: Ints, above_v: Ints, loosened: Loosened) -> tuple[Edges, Bools]:
        more = np.zeros(len(above_u), bool)
        able = self.t.mentees.able.astype(bool)
        found = self._scan(self.t, np.flatnonzero(able & loosened.mentees), above_u, above_v, more)
        others = np.flatnonzero(able & ~loosened.mentees)
        if len(others) and loosened.mentors.any():
            found = united(
                found, self._scan(offered_by(self.t, loosened.mentors), others, above_u, above_v, more)
            )
        return found, more

    def _scan(self, t: Tables, rows: Ints, above_u: Ints, above_v: Ints, more: Bools) -> Edges:
        ask = Ask(
            by=BY_U,
            width=GAINING_WIDTH,
            less=np.zeros(len(above_v), np.int64),
            least=above_u[rows],
            need_v=above_v,
            floor=self.floor,
        )
        lists = best(t, rows, ask, threads=self.threads, step="calm", progress=self.progress)
        more[rows[lists.found == GAINING_WIDTH]] = True
        return lists.edges()
