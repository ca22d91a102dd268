"""A market some time later: some of its people have changed, the others not at all."""

from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.signedinteger[Any]]
SEATS_MOST = 100


def some_changed(packed: bytes, share: float, seed: int) -> tuple[bytes, dict[str, Ints]]:
    """The packed market in which this share of each side changed, and the rows of those who did.

    Of three one has the free hours of another who changed, one has left (or come back), and one wants or offers otherwise: mentees
    want their areas by other points, mentors have one seat more or fewer. Whoever stands on both sides stays as she is.
    """
    with np.load(BytesIO(packed), allow_pickle=False) as archive:
        columns = {key: archive[key] for key in archive.files}
    dice = np.random.default_rng([seed, len(columns["mentees/seats"]), 1])
    ids = {side: _ids(columns, side) for side in ("mentees", "mentors")}
    touched: dict[str, Ints] = {}
    for side, other in (("mentees", "mentors"), ("mentors", "mentees")):
        there = set(ids[other])
        alone = [row for row, member in enumerate(ids[side]) if member not in there]
        changing = dice.permutation(alone)[: round(share * len(ids[side]))]
        touched[side] = np.sort(changing)
        _change(dice, columns, side, np.array_split(changing, 3))
    later = BytesIO()
    np.savez(later, allow_pickle=False, **columns)
    return later.getvalue(), touched


def most_total(bound: int, stay: int, stayed: int) -> int:
    """The largest total of a round in which so many pairs of the round before stay, or more.

    `bound` is what no round's total can go beyond together with `stay` points for each such pair (linear programming duality, as
    `services/matching/engine/welfare.py` proves it): what goes to those who stay is not left for the total.
    """
    return bound - stay * stayed


def _ids(columns: dict[str, Any], side: str) -> list[bytes]:
    start, joined = columns[f"{side}/id_start"].tolist(), columns[f"{side}/ids"].tobytes()
    return [joined[a:b] for a, b in pairwise(start)]


def _change(dice: np.random.Generator, columns: dict[str, Any], side: str, thirds: list[Ints]) -> None:
    hours, leaving, other = thirds
    columns[f"{side}/hours"][hours] = columns[f"{side}/hours"][np.roll(hours, 1)]
    barred = columns[f"{side}/barred"]
    barred[leaving] = np.where(barred[leaving] == 0, 1, 0)
    if side == "mentors":
        seats = columns["mentors/seats"]
        turned = seats[other].astype(np.int64) + dice.choice([-1, 1], len(other))
        seats[other] = np.clip(turned, 1, SEATS_MOST)
        return
    start, keen = columns["mentees/areas/start"], columns["mentees/areas/keen"]
    for i in other.tolist():
        keen[start[i] : start[i + 1]] = keen[start[i] : start[i + 1]] % 3 + 1
