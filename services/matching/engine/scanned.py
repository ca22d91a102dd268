"""A round of a market too large to weigh every pair: compiled scans list what matters, and leave nothing out."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from services.matching.engine.blocking import weakest
from services.matching.engine.calm import Loosened, all_loosened, calmest
from services.matching.engine.columns import Bools, Ints
from services.matching.engine.counting import first_stops
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

SEATLESS_WIDTH = 8  # mentors without a seat of a mentee's that are looked at first
SEATLESS_CELLS = 4_000_000  # bounds the memory of looking at many of them
BOUND_PPM = 100  # how far the bound of a stable round may be above the best total
GAINING_WIDTH = 8  # pairs of a mentee that are re-matched in one look


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Ground:
    """What a round stands on. `everybody` holds all who may be proposed, `t` those to whom `locked` pairs leave a seat,
    without these pairs; `before` are those of the draft before that may be
    proposed again where their mentors have seats. `seats_*` are all seats, `free_*` those that locked pairs leave."""

    market: Snapshot
    options: Options
    counted: Objective
    everybody: Tables
    t: Tables
    locked: Edges
    before: Edges
    seats_i: Ints
    seats_j: Ints
    free_i: Ints
    free_j: Ints
    threads: int
    progress: Progress


@dataclass(frozen=True, eq=False, slots=True)
class _Solved:
    """What a kind of round picked beside the locked pairs, and of whom an eligible pair was met on the way. `bound` is about
    what is picked; None where none was worked out."""

    picked: Edges
    prices: Prices
    bound: int | None
    mentees_met: Bools
    mentors_met: Bools


def solve_scanned(
    market: Snapshot,
    kind: str,
    options: Options,
    *,
    threads: int,
    progress: Progress,
    full_report: bool = False,
) -> tuple[Outcome, Stopping]:
    """The round's outcome, and what stops people without any pair; with `full_report` also what stops all pairs, and a bound
    whatever the kind. Raises as `solver.solve`."""
    ground = _ground(market, options, threads, progress)
    solved = _stable(ground, with_bound=full_report) if kind == "stable" else _best(ground, kind)
    proposed = united(ground.locked, solved.picked)
    _refuse_stopped_pairs(ground, proposed)
    worth_locked = int(ground.counted.worth(ground.locked).sum())
    outcome = Outcome(
        kind=kind,
        options=options,
        proposed=proposed,
        locked=among(proposed, ground.locked),
        prices=solved.prices,
        objective=int(ground.counted.worth(proposed).sum()),
        bound=None if solved.bound is None else worth_locked + solved.bound,
        blocking_pairs=_blocking(ground, proposed),
    )
    return outcome, _stopping(ground, solved, proposed, with_counts=full_report)


def _ground(market: Snapshot, options: Options, threads: int, progress: Progress) -> _Ground:
    seed, counted = options.seed, objective(market, options)
    everybody = tables(
        market, np.ones(len(market.mentees), bool), np.ones(len(market.mentors), bool), seed=seed
    )
    locked = _locked(market, everybody, options)
    seats_i, seats_j, free_i, free_j = free_seats(market, locked)
    return _Ground(
        market=market,
        options=options,
        counted=counted,
        everybody=everybody,
        t=tables(market, free_i > 0, free_j > 0, seed=seed, without=locked, like=everybody),
        locked=locked,
        before=_before(counted, everybody, locked, free_i, options.floor),
        seats_i=seats_i,
        seats_j=seats_j,
        free_i=free_i,
        free_j=free_j,
        threads=threads,
        progress=progress,
    )


def _stable(ground: _Ground, *, with_bound: bool) -> _Solved:
    """Deferred acceptance; it gives no bound by itself."""
    t, seats, floor = ground.t, (ground.free_i, ground.free_j), ground.options.floor
    found = stable_pairs(t, *seats, floor, threads=ground.threads, progress=ground.progress)
    bound = _possible(ground) if with_bound else None
    return _Solved(found.pairs, no_prices(ground.market), bound, found.mentees_met, found.mentors_met)


def _best(ground: _Ground, kind: str) -> _Solved:
    """The best total with its proof, or the calm round that begins with it."""
    wanted = _wanted(ground, ground.options.tolerance_ppm)
    search = Search(ground.t, wanted, threads=ground.threads, progress=ground.progress)
    found = search.best()
    met_i, met_j = np.diff(found.known.start) > 0, np.zeros(len(ground.market.mentors), bool)
    met_j[found.known.cols] = True
    if kind == "calm":
        return _Solved(_calm(ground, search, found), no_prices(ground.market), found.bound, met_i, met_j)
    return _Solved(found.picked, _with_seatless(ground, found, wanted), found.bound, met_i, met_j)


def _wanted(ground: _Ground, tolerance_ppm: int) -> Wanted:
    return Wanted(
        seats_i=ground.free_i,
        seats_j=ground.free_j,
        floor=ground.options.floor,
        kept=ground.before.only(ground.free_j[ground.before.cols] > 0),
        extra=ground.counted.extra,
        worth=ground.counted.worth,
        tolerance_ppm=tolerance_ppm,
    )


def _possible(ground: _Ground) -> int:
    """What no choice of pairs can go beyond."""

    def told(_step: str, done: int, of: int) -> None:
        ground.progress("bound", done, of)

    search = Search(ground.t, _wanted(ground, BOUND_PPM), threads=ground.threads, progress=told)
    return search.best().bound


def _calm(ground: _Ground, search: Search, found: Best) -> Edges:
    """See `calm`."""
    t, options, seats = ground.t, ground.options, (ground.free_i, ground.free_j)
    gaining = _Gaining(t, options.floor, ground.threads, ground.progress)

    def again(need_u: Ints, need_v: Ints) -> tuple[Edges, Edges]:
        search.demand(need_u, need_v)
        best_left = search.best()
        return best_left.picked, best_left.known.edges()

    calm = calmest(
        found.picked, found.known.edges(), *seats, options.calm, gaining.find, again,
        lambda some: pair_ties(t.mentees.digest, t.mentors.digest, some.rows, some.cols), ground.counted.worth,
    )  # fmt: skip
    if calm is None:
        return stable_pairs(t, *seats, options.floor, threads=ground.threads, progress=ground.progress).pairs
    above_u = np.maximum(weakest(calm.rows, calm.u, seats[0]), 0) + options.calm
    above_v = np.maximum(weakest(calm.cols, calm.v, seats[1]), 0) + options.calm
    gain, _ = gaining.find(above_u, above_v, all_loosened(len(above_u), len(above_v)))
    if not among(gain, calm).all():
        raise ProofFailed(f"two would both gain more than {options.calm} points by each other")
    return calm


def _stopping(ground: _Ground, solved: _Solved, proposed: Edges, *, with_counts: bool) -> Stopping:
    """What stops people without any pair; `with_counts` also what is the first to stop each pair."""
    floor = ground.options.floor
    met_i, met_j = solved.mentees_met.copy(), solved.mentors_met.copy()
    met_i[proposed.rows], met_j[proposed.cols] = True, True

    def tally(rows: Ints, *, mentees: bool) -> Tally:
        return tallied(
            ground.everybody,
            rows,
            mentees=mentees,
            floor=floor,
            threads=ground.threads,
            progress=ground.progress,
        )

    counts = (
        first_stops(
            ground.market,
            ground.everybody,
            ground.locked,
            floor,
            threads=ground.threads,
            progress=ground.progress,
        )
        if with_counts
        else None
    )
    return Stopping(
        mentees_met=met_i,
        mentors_met=met_j,
        of_mentees=partial(tally, mentees=True),
        of_mentors=partial(tally, mentees=False),
        counts=counts,
    )


def _refuse_stopped_pairs(ground: _Ground, proposed: Edges) -> None:
    """Raises `ProofFailed` where a rule stands against a pair: another kernel than the scan's has a look at each."""
    masks, _ = listed(ground.everybody, proposed.rows, proposed.cols)
    if masks.any():
        raise ProofFailed(f"a rule stands against {np.count_nonzero(masks)} of the proposals")


def _locked(market: Snapshot, t: Tables, options: Options) -> Edges:
    rows = np.array([market.mentee_row(mentee) for mentee, _ in options.locked], np.int32)
    cols = np.array([market.mentor_row(mentor) for _, mentor in options.locked], np.int32)
    masks, edges = listed(t, rows, cols)
    for mask, (mentee, mentor) in zip(masks.tolist(), options.locked, strict=True):
        refuse_stopped(mask, mentee, mentor)
    return edges


def _before(counted: Objective, everybody: Tables, locked: Edges, free_i: Ints, floor: int) -> Edges:
    """The pairs of the draft before that may be proposed again, where their mentors have seats."""
    before = counted.before
    if not counted.stay:
        return before.only(np.zeros(len(before), bool))
    masks, edges = listed(everybody, before.rows, before.cols)
    able = (masks == 0) & (edges.w >= floor) & (free_i[edges.rows] > 0)
    return edges.only(able & ~among(edges, locked))


def _with_seatless(ground: _Ground, found: Best, wanted: Wanted) -> Prices:
    """The prices, with those of mentors who have no seat left: what a first one would add."""
    mentor = found.prices.mentor.copy()
    seatless = wanted.seats_j == 0
    if not seatless.any():
        return found.prices

    def raised(pairs: Edges) -> None:
        np.maximum.at(mentor, pairs.cols, wanted.worth(pairs) - found.prices.mentee[pairs.rows])

    raised(ground.before.only(seatless[ground.before.cols]))
    t = tables(ground.market, wanted.seats_i > 0, seatless, seed=ground.options.seed, without=ground.locked)
    rows, width = np.flatnonzero(t.mentees.able), SEATLESS_WIDTH
    while len(rows):  # a list that is not full held all that could raise a price: it is soon the last
        full = []
        for some in np.array_split(rows, len(rows) * width // SEATLESS_CELLS + 1):
            ask = Ask(
                by=BY_W,
                width=width,
                less=mentor,
                least=(found.prices.mentee - wanted.extra)[some],
                need_v=np.full(len(mentor), -1),
                floor=wanted.floor,
            )
            lists = best(t, some, ask, threads=ground.threads, step="seats", progress=ground.progress)
            raised(lists.edges())
            full.append(some[lists.found == width])
        rows, width = np.concatenate(full), min(2 * width, int(seatless.sum()) + 1)
    return Prices(found.prices.mentee, mentor)


def _blocking(ground: _Ground, proposed: Edges) -> int:
    """See `round.Report`."""
    seats_i, seats_j, floor, t = ground.seats_i, ground.seats_j, ground.options.floor, ground.t
    if len(ground.locked):
        seed = ground.options.seed
        t = tables(ground.market, seats_i > 0, seats_j > 0, seed=seed, like=ground.everybody)
    need_u = weakest(proposed.rows, proposed.u, seats_i)
    need_v = weakest(proposed.cols, proposed.v, seats_j)
    rows = np.flatnonzero(t.mentees.able)
    ask = Ask(
        by=BY_U, width=0, less=np.zeros(len(need_v), np.int64), least=need_u[rows], need_v=need_v, floor=floor
    )
    seen = best(t, rows, ask, threads=ground.threads, step="blocking", progress=ground.progress).seen
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
