"""What would help somebody left over: the single change that would open the most people to her.

Invariants:
1. `Helps.changes` follow from what both sides see of each other anyway (languages, hours, areas, years, chapters): no
   exclusion, conflict or answer to a programme's question moves them. Beside a list of whom she could meet they would tell
   who is missing there; so for her own eyes whom such a rule keeps from her counts as `absent`.
2. No figure is about fewer than `HELP_PEOPLE_MIN` people, so that none of them can be told apart in it.
3. `Change.free` and `Helps.seats` follow from a whole draft, everybody's private answers too: for coordinators only.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from services.matching.engine.columns import CONFIRMED, Bools, Ints, Side, Words
from services.matching.engine.errors import EngineError
from services.matching.engine.market import Snapshot
from services.matching.engine.pairs import Masks, bit, weigh_rows
from services.matching.engine.people import ROLES
from services.matching.engine.shares import seeking

HELP_PEOPLE_MIN = 3
CHANGES_A_CODE = 3
SEATS_SHOWN = 3
CODES = (
    "confirmed",
    "route",
    "no_seat",
    "language",
    "hour",
    "area",
    "ahead",
    "chapter",
)  # in this order among equals


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that would leave no rule between her and `people` more of the other side, as far as both sides can see.

    code        the change
    confirmed   she confirms her address; people: all she could meet then
    route       her intake leads to mentoring; people: the same
    no_seat     she takes a proposal; people: the same
    language    she speaks `name` as well
    hour        she is free in hour `value` of the week as well (0 to 167, UTC)
    area        she wants, or offers, `name` as well
    ahead       the programme asks for no more than `value` years ahead in `name`: the most with which it opens
                `HELP_PEOPLE_MIN` people
    chapter     her chapter and `name` consent to pairs of both

    Before one of the first three nothing else opens anybody: where one of these is needed it is the only change.
    `free`: how many of them have a seat left in the draft; None without one.
    """

    code: str
    people: int
    name: str | None = None
    value: int | None = None
    free: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatHelp:
    """A mentor with whom a mentee could be paired but for seats: together they are worth w, and one more seat there
    adds `points` to the round. It is hers where both are the same."""

    mentor: str
    w: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Helps:
    """`changes` with the most people first, at most three of a code; `seats` with those nearest to being hers
    first."""

    changes: tuple[Change, ...]
    seats: tuple[SeatHelp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is kept of a draft of this market. `taken`: the ids of the other side in its proposals, once for each;
    `prices`: id -> points of the mentors' seats (those above 0)."""

    taken: Iterable[str] = ()
    prices: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class _Seen:
    """One person before everybody she could meet: who seeks on the other side, less herself."""

    own: Side
    row: int
    others: Side
    here: Ints  # rows of the others
    stops: Masks  # [here] public stops
    common: Ints  # [here] common hours
    free: Bools | None  # [here]

    def only(self, *codes: str) -> Ints:
        """Places in `here` of those whom these rules alone stop."""
        return np.flatnonzero((self.stops != 0) & (self.stops & ~_bits(*codes) == 0))


def helps(
    market: Snapshot,
    member: str,
    side: str,
    *,
    years: Mapping[str, int] | None = None,
    draft: Draft | None = None,
    absent: Collection[str] = (),
) -> Helps:
    """What would help somebody on a side ("mentee" or "mentor"). `years`: her experience in areas that she does not
    want or offer yet, as in `Person.years`; an area not named counts as 0. `absent`: the rules ("exclusion", "conflict", ...)
    by which people count as if they were not there, for a mentee.

    Raises `EngineError`: unknown_person, bad_value.
    """
    if side not in ROLES:
        raise EngineError("bad_value", f"ask for one of: {', '.join(ROLES)}", where="side")
    row = market.mentee_row(member) if side == "mentee" else market.mentor_row(member)
    seen = _look(market, side, row, draft, absent)
    changes = sorted(
        (change for change in _changes(market, side, seen, years or {}) if change.people >= HELP_PEOPLE_MIN),
        key=lambda one: (-one.people, CODES.index(one.code), one.name or "", one.value or 0),
    )
    listed: dict[str, list[Change]] = {code: [] for code in CODES}
    for change in changes:
        listed[change.code].append(change)
    return Helps(
        changes=tuple(one for one in changes if one in listed[one.code][:CHANGES_A_CODE]),
        seats=_seats(market, row, draft.prices) if draft and side == "mentee" else (),
    )


def _look(market: Snapshot, side: str, row: int, draft: Draft | None, absent: Collection[str]) -> _Seen:
    own, others = (market.mentees, market.mentors) if side == "mentee" else (market.mentors, market.mentees)
    able = seeking(others)
    herself = others.row_of(own.ids[row])
    if herself is not None:
        able[herself] = False
    if absent and side == "mentee":
        able &= weigh_rows(market, np.array([row])).stops[0] & np.uint16(_bits(*absent)) == 0
    here = np.flatnonzero(able)
    rules, stops = market.rules, np.zeros(len(here), np.uint16)

    def stop(code: str, where: Bools) -> None:
        np.bitwise_or(stops, where * np.uint16(bit(code)), out=stops)

    stop("chapter", ~market.chapters_open[own.chapter[row], others.chapter[here]])
    if rules.requires("language"):
        stop("language", ~(others.languages[here] & own.languages[row]).any(axis=1))
    common = np.bitwise_count(others.hours[here] & own.hours[row]).sum(axis=1, dtype=np.int64)
    if rules.requires("hour"):
        stop("hour", common < rules.min_common_hours)
    known = _listed(market, own, row)
    at, area, lead = _leads(side, others, here, known)
    shared = known[area] >= 0
    if rules.requires("area"):
        stop("area", np.bincount(at[shared], minlength=len(here)) == 0)
    if rules.requires("ahead"):
        shared &= lead >= _gaps(market)[area]
        stop("ahead", np.bincount(at[shared], minlength=len(here)) == 0)
    return _Seen(own, row, others, here, stops, common, None if draft is None else _free(others, here, draft))


def _free(others: Side, here: Ints, draft: Draft) -> Bools:
    used = np.zeros(len(others), np.int64)
    for member in draft.taken:
        row = others.row_of(member)
        if row is not None:
            used[row] += 1
    free: Bools = others.seats[here] > used[here]
    return free


def _listed(market: Snapshot, side: Side, row: int) -> Ints:
    """Her years in each of the market's areas that she wants or offers, below 0 in the others."""
    known = np.full(len(market.areas), -1)
    _, place = side.areas.of(np.array([row]))
    known[side.areas.area[place]] = side.areas.years[place]
    return known


def _leads(side: str, others: Side, here: Ints, years: Ints) -> tuple[Ints, Ints, Ints]:
    """Every area of everybody in `here`: (place in `here`, area, years the mentor of the two is ahead there)."""
    at, place = others.areas.of(here)
    area, theirs = others.areas.area[place].astype(np.int64), others.areas.years[place].astype(np.int64)
    return at, area, theirs - years[area] if side == "mentee" else years[area] - theirs


def _gaps(market: Snapshot) -> Ints:
    return np.array([market.rules.gap_years(name) for name in market.areas], np.int64)


def _bits(*codes: str) -> np.uint16:
    return np.uint16(sum(bit(code) for code in codes))


def _changes(market: Snapshot, side: str, seen: _Seen, years: Mapping[str, int]) -> Iterator[Change]:
    own = seen.own
    state = "confirmed" if own.barred[seen.row] == CONFIRMED else "route"
    if own.barred[seen.row] or not own.seats[seen.row]:
        yield _change(seen, np.flatnonzero(seen.stops == 0), state if own.barred[seen.row] else "no_seat")
        return  # with anything else she would still meet nobody
    mute = seen.only("language")
    for language, some in _by_bit(seen.others.languages[seen.here[mute]], len(market.languages)):
        yield _change(seen, mute[some], "language", name=market.languages[language])
    busy = seen.only("hour")
    busy = busy[seen.common[busy] == market.rules.min_common_hours - 1]
    missing = seen.others.hours[seen.here[busy]] & ~own.hours[seen.row]
    for hour, some in _by_bit(missing, missing.shape[1] * 64):
        yield _change(seen, busy[some], "hour", value=hour)
    yield from _areas(market, side, seen, years)
    yield from _ahead(market, side, seen)
    far = seen.only("chapter")
    chapters = seen.others.chapter[seen.here[far]]
    for chapter in np.unique(chapters).tolist():
        yield _change(seen, far[chapters == chapter], "chapter", name=market.chapters[chapter])


def _change(
    seen: _Seen, places: Ints, code: str, *, name: str | None = None, value: int | None = None
) -> Change:
    free = None if seen.free is None else int(seen.free[places].sum())
    return Change(code=code, people=len(places), name=name, value=value, free=free)


def _by_bit(words: Words, bits: int) -> Iterator[tuple[int, Ints]]:
    """Each bit that somebody has, with the places of those who have it."""
    each = np.unpackbits(words.astype("<u8").view(np.uint8), axis=1, bitorder="little")[:, :bits]
    for place in np.flatnonzero(each.any(axis=0)).tolist():
        yield place, np.flatnonzero(each[:, place])


def _areas(market: Snapshot, side: str, seen: _Seen, years: Mapping[str, int]) -> Iterator[Change]:
    """Areas that she does not want, or offer, yet."""
    known = _listed(market, seen.own, seen.row)
    apart = seen.only("area", "ahead")
    mine = np.array([years.get(name, 0) for name in market.areas], np.int64)
    at, area, lead = _leads(side, seen.others, seen.here[apart], mine)
    good = known[area] < 0
    if market.rules.requires("ahead"):
        good &= lead >= _gaps(market)[area]
    for place in np.unique(area[good]).tolist():
        yield _change(seen, apart[at[good & (area == place)]], "area", name=market.areas[place])


def _ahead(market: Snapshot, side: str, seen: _Seen) -> Iterator[Change]:
    """Fewer years ahead in an area that both name."""
    known = _listed(market, seen.own, seen.row)
    behind = seen.only("ahead")
    at, area, lead = _leads(side, seen.others, seen.here[behind], known)
    for place in np.unique(area[known[area] >= 0]).tolist():
        here = area == place
        highest = np.sort(lead[here])[::-1][:HELP_PEOPLE_MIN]
        if len(highest) == HELP_PEOPLE_MIN and highest[-1] >= 0:
            enough = here & (lead >= highest[-1])
            yield _change(seen, behind[at[enough]], "ahead", name=market.areas[place], value=int(highest[-1]))


def _seats(market: Snapshot, row: int, prices: Mapping[str, int]) -> tuple[SeatHelp, ...]:
    """Among all whom nothing stops from meeting this mentee."""
    if not seeking(market.mentees)[row]:
        return ()
    edges = weigh_rows(market, np.array([row])).edges
    found = [
        SeatHelp(mentor=mentor, w=w, points=prices[mentor])
        for mentor, w in zip(
            (market.mentors.ids[j] for j in edges.cols.tolist()), edges.w.tolist(), strict=True
        )
        if mentor in prices
    ]
    return tuple(sorted(found, key=lambda one: (one.points - one.w, -one.w, one.mentor))[:SEATS_SHOWN])
