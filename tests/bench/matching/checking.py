"""What a round is worth, read a second time: rules, scores, proof and blocking pairs from a packed market (FORMAT.md) and a result.

Invariants:
1. Nothing of Cairn is imported: an import contract holds that.
2. Integers only; every pair of the mentees looked at is weighed, one mentee against all mentors at a time.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.signedinteger[Any]]
Pair = tuple[int, int]

GAP_YEARS, LEARNS, HOURS, LANGUAGES = 10, 5, 5, 2  # how much of each counts, at most
MENTEE_POINTS = {"wants": 10, "gap": 1, "learns": 5, "hours": 1, "languages": 1}
MENTOR_POINTS = {"asked": 10, "likes": 5, "learns": 8, "hours": 1, "languages": 1}
NO_SEAT = 1 << 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds of a result. Where not all mentees were looked at, `blocking_pairs`, `largest_mutual_gain` and `beyond` are about
    those who were, and `bound` trusts the proposals of the others to be their best at these prices."""

    mentees_looked_at: int
    eligible_share: float
    #: Pairs given twice, stopped by a rule, or beyond somebody's seats.
    wrong_pairs: int
    total: int
    #: No choice of pairs is worth more: what seats cost, and what each mentee could gain at these prices.
    bound: int
    gap: int
    blocking_pairs: int
    largest_mutual_gain: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class Market:
    """A packed market as it is read here."""

    def __init__(self, packed: bytes) -> None:
        with np.load(BytesIO(packed), allow_pickle=False) as archive:
            self.columns = {key: archive[key] for key in archive.files}
        said = json.loads(self.columns["market"].tobytes())
        self.rules = said["rules"]
        self.areas, self.chapters = said["areas"], said["chapters"]
        self.questions = sorted(self.rules.get("questions", []), key=lambda question: question["key"])
        self.ids = {side: self._read_ids(side) for side in ("mentees", "mentors")}
        self.open = np.array([[self._opens(one, other) for other in self.chapters] for one in self.chapters])
        self.stopped = self._listed()
        self.seats = {side: self._seats(side) for side in self.ids}
        self._years, self._likes = self._offered()

    def _read_ids(self, side: str) -> list[str]:
        start, joined = self.columns[f"{side}/id_start"].tolist(), self.columns[f"{side}/ids"].tobytes()
        return [joined[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(start)]

    def _opens(self, one: str, other: str) -> bool:
        consents = self.rules.get("chapter_consents", {})
        agreed = other in consents.get(one, []) and one in consents.get(other, [])
        return one == other or (self.rules.get("cross_chapter", "none") == "both_consent" and agreed)

    def _seats(self, side: str) -> Ints:
        able = self.columns[f"{side}/barred"] == 0
        return np.where(able, self.columns[f"{side}/seats"], 0).astype(np.int64)

    def _listed(self) -> dict[int, set[int]]:
        """For each mentee the mentors whom a list keeps from her: exclusions by either, conflicts, herself."""
        kept: dict[int, set[int]] = {}
        for key in ("excluded_by_mentee", "excluded_by_mentor"):
            for i, j in self.columns[key].tolist():
                kept.setdefault(i, set()).add(j)
        mine, theirs = (self._groups(side) for side in ("mentees", "mentors"))
        for members, facing in zip(mine, theirs, strict=True):
            for i in members:
                kept.setdefault(i, set()).update(facing)
        rows = {member: j for j, member in enumerate(self.ids["mentors"])}
        for i, member in enumerate(self.ids["mentees"]):
            if member in rows:
                kept.setdefault(i, set()).add(rows[member])
        return kept

    def _groups(self, side: str) -> list[list[int]]:
        start, rows = self.columns[f"conflicts/{side}_start"].tolist(), self.columns[f"conflicts/{side}"]
        return [rows[a:b].tolist() for a, b in pairwise(start)]

    def _offered(self) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """For each area and mentor the years with which it is offered, -1 where it is not, and whether it is liked."""
        start = self.columns["mentors/areas/start"]
        who = np.repeat(np.arange(len(start) - 1), np.diff(start))
        area, years, likes = (self.columns[f"mentors/areas/{key}"] for key in ("area", "years", "keen"))
        offered = np.full((len(self.areas), len(start) - 1), -1, np.int8)
        liked = np.zeros(offered.shape, bool)
        offered[area, who], liked[area, who] = years, likes > 0
        return offered, liked

    def against(self, i: int, among: Ints | None = None) -> tuple[Ints, Ints, Ints]:
        """The mentors whom nothing keeps from this mentee, of all or of these, what she would get and what they would: (j, u, v)."""
        mentors = np.arange(len(self.ids["mentors"])) if among is None else among
        able = self.columns["mentors/barred"][mentors] == 0
        able &= self.columns["mentees/barred"][i] == 0
        able &= self.open[self.columns["mentees/chapter"][i], self.columns["mentors/chapter"][mentors]]
        if i in self.stopped:
            able &= ~np.isin(mentors, list(self.stopped[i]))
        mentors = mentors[able]
        wishes, gap, liked, able = self._covered(i, mentors)
        mentors, wishes, gap, liked = mentors[able], wishes[able], gap[able], liked[able]
        hours, languages = (self._shared(i, mentors, key, key) for key in ("hours", "languages"))
        able = np.ones(len(mentors), bool)
        if self._asks("hour"):
            able &= hours >= self.rules.get("min_common_hours", 1)
        if self._asks("language"):
            able &= languages > 0
        mentors, hours, languages = mentors[able], hours[able], languages[able]
        counts = {
            "wants": wishes[able],
            "asked": wishes[able],
            "gap": np.minimum(gap[able], GAP_YEARS),
            "likes": liked[able],
            "hours": np.minimum(hours, HOURS),
            "languages": np.minimum(languages, LANGUAGES),
        }
        taught = np.minimum(self._shared(i, mentors, "wants_to_learn", "could_teach"), LEARNS)
        teaches = np.minimum(self._shared(i, mentors, "could_teach", "wants_to_learn"), LEARNS)
        u = self._points("mentee", MENTEE_POINTS, counts | {"learns": taught})
        v = self._points("mentor", MENTOR_POINTS, counts | {"learns": teaches})
        shown_u, shown_v = u.copy(), v.copy()
        for place, question in enumerate(self.questions):
            points = self._answered(place, question, i, mentors)
            mine, theirs = question.get("mentee", 1) * points, question.get("mentor", 1) * points
            u, v = u + mine, v + theirs
            if not question.get("sensitive", False):
                shown_u, shown_v = shown_u + mine, shown_v + theirs
        told = (shown_u > 0) & (shown_v > 0)
        return mentors[told], u[told], v[told]

    def _covered(self, i: int, mentors: Ints) -> tuple[Ints, Ints, Ints, NDArray[np.bool_]]:
        """For each of these: wishes met, years ahead in the best of these areas, areas liked, and whether that is enough."""
        wishes, gap, liked = (np.zeros(len(mentors), np.int64) for _ in range(3))
        offers, ahead = np.zeros(len(mentors), bool), np.zeros(len(mentors), bool)
        least_by_area = self.rules.get("min_gap_years_by_area", {})
        first, beyond = self.columns["mentees/areas/start"][i : i + 2]
        for place in range(first, beyond):
            area, own, keen = (
                int(self.columns[f"mentees/areas/{key}"][place]) for key in ("area", "years", "keen")
            )
            years = self._years[area][mentors]
            offered = years >= 0
            offers |= offered
            least = least_by_area.get(self.areas[area], self.rules.get("min_gap_years", 1))
            met = offered & (years - own >= least) if self._asks("ahead") else offered
            ahead |= met
            wishes += keen * met
            gap = np.maximum(gap, (years - own) * met)
            liked += self._likes[area][mentors] & met
        enough = np.ones(len(mentors), bool)
        if self._asks("area"):
            enough &= offers
        if self._asks("ahead"):
            enough &= ahead
        return wishes, gap, liked, enough

    def _asks(self, rule: str) -> bool:
        return bool(self.rules.get("rules", {}).get(rule, True))

    def _shared(self, i: int, mentors: Ints, mine: str, theirs: str) -> Ints:
        both = self.columns[f"mentees/{mine}"][i] & self.columns[f"mentors/{theirs}"][mentors]
        counts: Ints = np.bitwise_count(both).sum(axis=1, dtype=np.int64)
        return counts

    def _points(self, side: str, usual: dict[str, int], counts: dict[str, Ints]) -> Ints:
        weights = usual | self.rules.get("weights", {}).get(side, {})
        return sum((weights[name] * counts[name] for name in usual), start=np.zeros(1, np.int64))

    def _answered(self, place: int, question: dict[str, Any], i: int, mentors: Ints) -> Ints:
        """Points of a question; none where one of the two gave no answer."""
        if question["match"] == "same":
            mine, theirs = (
                self.columns["mentees/choices"][i, place],
                self.columns["mentors/choices"][mentors, place],
            )
            common: Ints = (mine & theirs != 0).astype(np.int64)
            return common
        own = int(self.columns["mentees/scales"][i, place])
        other = self.columns["mentors/scales"][mentors, place].astype(np.int64)
        if own < 0:
            return np.zeros(len(mentors), np.int64)
        if question["match"] == "near":
            points = np.maximum(question.get("reach", 1) - np.abs(other - own), 0)
        else:
            points = (other > own).astype(np.int64)
        return np.where(other >= 0, points, 0)


def judge(
    market: Market,
    pairs: Iterable[Pair],
    prices: Ints,
    *,
    floor: int = 0,
    mentees: Collection[int] | None = None,
) -> Verdict:
    """`pairs` are (mentee row, mentor row), `prices` a price for a seat of each mentor. All mentees are looked at, or these."""
    given = list(pairs)
    chosen: dict[int, set[int]] = {}
    for i, j in given:
        chosen.setdefault(i, set()).add(j)
    scores, wrong = _scores(market, chosen, floor)
    wrong += len(given) - len(set(given))
    wrong += _beyond_seats(market, given)
    need = {side: _need(market, side, place, scores) for place, side in enumerate(market.ids)}
    looked_at = range(len(market.ids["mentees"])) if mentees is None else sorted(set(mentees))
    total = sum(_joint(*both) for both in scores.values())
    gains = dict.fromkeys(range(len(market.ids["mentees"])), 0)
    for (i, j), both in scores.items():
        gains[i] += _joint(*both) - int(prices[j])
    pairs_eligible = blocking = largest = 0
    for i in looked_at:
        mentors, u, v = market.against(i)
        w = _joint(u, v)
        high = w >= floor
        mentors, u, v, w = mentors[high], u[high], v[high], w[high]
        pairs_eligible += len(mentors)
        best = np.sort(np.maximum(w - prices[mentors], 0))[::-1]
        gains[i] = int(best[: market.seats["mentees"][i]].sum())
        more_u, more_v = u - need["mentees"][i], v - need["mentors"][mentors]
        rather = (more_u > 0) & (more_v > 0) & ~np.isin(mentors, list(chosen.get(i, ())))
        blocking += int(rather.sum())
        largest = max(largest, int(np.minimum(more_u, more_v)[rather].max(initial=0)))
    bound = int((market.seats["mentors"] * prices).sum()) + sum(gains.values())
    return Verdict(
        mentees_looked_at=len(looked_at),
        eligible_share=round(pairs_eligible / max(len(looked_at) * len(market.ids["mentors"]), 1), 6),
        wrong_pairs=wrong,
        total=total,
        bound=bound,
        gap=bound - total,
        blocking_pairs=blocking,
        largest_mutual_gain=largest,
    )


def _joint(u: Any, v: Any) -> Any:
    """The joint score (R4): twice the product by the sum, rounded down."""
    return 2 * u * v // (u + v)


def _scores(
    market: Market, chosen: dict[int, set[int]], floor: int
) -> tuple[dict[Pair, tuple[int, int]], int]:
    """(u, v) of the pairs that nothing stops, and how many are stopped."""
    scores: dict[Pair, tuple[int, int]] = {}
    stopped = 0
    for i, wanted in chosen.items():
        columns = market.against(i, np.array(sorted(wanted)))
        found = {
            j: (u, v)
            for j, u, v in zip(*(column.tolist() for column in columns), strict=True)
            if _joint(u, v) >= floor
        }
        stopped += len(wanted) - len(found)
        scores |= {(i, j): both for j, both in found.items()}
    return scores, stopped


def _beyond_seats(market: Market, pairs: list[Pair]) -> int:
    beyond = 0
    for place, side in enumerate(market.ids):
        used = np.bincount([pair[place] for pair in pairs], minlength=len(market.ids[side]))
        beyond += int(np.maximum(used - market.seats[side], 0).sum())
    return beyond


def _need(market: Market, side: str, place: int, scores: dict[Pair, tuple[int, int]]) -> Ints:
    """What each must get more than to gain: 0 with a free seat, else her weakest proposal."""
    weakest = np.full(len(market.ids[side]), NO_SEAT)
    used = np.zeros(len(weakest), np.int64)
    for pair, both in scores.items():
        weakest[pair[place]] = min(weakest[pair[place]], both[place])
        used[pair[place]] += 1
    return np.where(used < market.seats[side], 0, weakest)
