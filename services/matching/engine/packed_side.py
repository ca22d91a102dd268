"""One side of a packed market: its columns as plain arrays, and those of a stranger looked at one by one.

Invariant: a `Side` that comes out of here could have come out of `gathering`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise
from operator import lt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.archive import Archive, bad, refuse_if
from services.matching.engine.checks import TEXT_MAX_CHARS
from services.matching.engine.columns import ROUTE, Areas, Ints, Side, Words
from services.matching.engine.gathering import OFFERED_MAX, PEOPLE_PER_SIDE_MAX, WORD_BITS
from services.matching.engine.people import (
    AREAS_EACH_MAX,
    AREAS_WANTED_MAX,
    SCALE_MAX,
    SEATS_MAX,
    WISH_MAX,
    YEARS_MAX,
)
from services.matching.engine.rules import HOURS_IN_A_WEEK, Rules

SIDE_TYPES = {
    "ids": "|u1",
    "id_start": "<i8",
    "chapter": "<u2",
    "seats": "|u1",
    "barred": "|u1",
    "areas/start": "<i4",
    "areas/area": "|u1",
    "areas/years": "|u1",
    "areas/keen": "|u1",
    "languages": "<u8",
    "hours": "<u8",
    "wants_to_learn": "<u8",
    "could_teach": "<u8",
    "choices": "<u8",
    "scales": "<i2",
}
"""The keys of a side, with the type of their numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names of a market, each list in order; choices by question."""

    areas: tuple[str, ...]
    languages: tuple[str, ...]
    chapters: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]


def packed_side(side: Side) -> dict[str, NDArray[Any]]:
    """The columns of a side by their keys."""
    ids = [member.encode("utf-8", "surrogatepass") for member in side.ids]
    packed: dict[str, NDArray[Any]] = {
        "ids": np.frombuffer(b"".join(ids), np.uint8),
        "id_start": np.fromiter(accumulate(map(len, ids), initial=0), np.int64, len(ids) + 1),
    }
    for key in SIDE_TYPES:
        if key not in packed:
            name = key.removeprefix("areas/")
            packed[key] = getattr(side if name == key else side.areas, name)
    return packed


def unpacked_side(archive: Archive, name: str, rules: Rules, names: Vocabulary) -> Side:
    """The side of this name. Raises `EngineError` (bad_market)."""
    reading = _Reading(archive, name)
    ids = reading.ids()
    people, wants = len(ids), name == "mentees"
    seats_most = rules.proposals_per_mentee if wants else SEATS_MAX
    areas = len(names.areas)
    return Side(
        ids=ids,
        chapter=reading.numbers("chapter", people, len(names.chapters) - 1),
        seats=reading.numbers("seats", people, seats_most),
        barred=reading.numbers("barred", people, ROUTE),
        areas=reading.areas(people, areas, wants=wants),
        languages=reading.sets("languages", people, len(names.languages)),
        hours=reading.sets("hours", people, HOURS_IN_A_WEEK),
        wants_to_learn=reading.sets("wants_to_learn", people, areas),
        could_teach=reading.sets("could_teach", people, areas),
        choices=reading.choices(people, names.choices),
        scales=reading.scales(people, rules),
    )


def is_start(start: Ints, of: int) -> bool:
    """Do these cut `of` things into pieces that follow each other?"""
    ends = len(start) > 0 and start[0] == 0 and start[-1] == of
    return bool(ends) and not (start[1:] < start[:-1]).any()  # differences could overflow


class _Reading:
    def __init__(self, archive: Archive, side: str) -> None:
        self._archive, self._side = archive, side

    def _where(self, key: str) -> str:
        return f"{self._side}/{key}"

    def _take(self, key: str, dimensions: int = 1) -> NDArray[Any]:
        return self._archive.take(self._where(key), SIDE_TYPES[key], dimensions)

    def ids(self) -> tuple[str, ...]:
        where = self._where("id_start")
        start, packed = self._take("id_start"), self._take("ids").tobytes()
        refuse_if(len(start) > PEOPLE_PER_SIDE_MAX + 1, where, f"give at most {PEOPLE_PER_SIDE_MAX:,} people")
        refuse_if(
            not is_start(start, len(packed)), where, "begin with 0, never fall, end with the length of ids"
        )
        try:
            ids = tuple(_texts(packed, start))
        except UnicodeDecodeError as wrong:
            raise bad(self._where("ids"), "give ids in UTF-8") from wrong
        lengths = (len(member) for member in ids)
        fits = all(0 < length <= TEXT_MAX_CHARS for length in lengths)
        refuse_if(not fits, self._where("ids"), f"give ids of 1 to {TEXT_MAX_CHARS} characters")
        ordered = all(map(lt, ids, islice(ids, 1, None)))
        refuse_if(not ordered, self._where("ids"), "give each id once, in the order of their code points")
        return ids

    def numbers(self, key: str, count: int, most: int, least: int = 0) -> NDArray[Any]:
        """One number for each, from `least` to `most`."""
        column = self._take(key)
        self._refuse_unless(key, column.shape, (count,))
        outside = len(column) and (int(column.min()) < least or int(column.max()) > most)
        refuse_if(outside, self._where(key), f"give numbers from {least} to {most}")
        return column

    def areas(self, people: int, areas: int, *, wants: bool) -> Areas:
        start, most = self._take("areas/start"), AREAS_WANTED_MAX if wants else AREAS_EACH_MAX
        self._refuse_unless("areas/start", start.shape, (people + 1,))
        area = self._take("areas/area")
        where = self._where("areas/start")
        refuse_if(
            not is_start(start, len(area)),
            where,
            "begin with 0, never fall, end with the length of areas/area",
        )
        too_many = not wants and len(area) > OFFERED_MAX
        refuse_if(too_many, where, f"give all mentors together at most {OFFERED_MAX:,} areas")
        refuse_if((np.diff(start) > most).any(), where, f"give each person at most {most} areas")
        area = self.numbers("areas/area", len(area), areas - 1)
        rises = area[1:] > area[:-1]
        rises[_inner(start)] = True
        refuse_if(not rises.all(), self._where("areas/area"), "give each person's areas once, in order")
        return Areas(
            start=start,
            area=area,
            years=self.numbers("areas/years", len(area), YEARS_MAX),
            keen=self.numbers("areas/keen", len(area), WISH_MAX if wants else 1, int(wants)),
        )

    def sets(self, key: str, people: int, members: int) -> Words:
        """A bit set for each person, of so many members."""
        words, width = self._take(key, 2), max(1, -(-members // WORD_BITS))
        self._refuse_unless(key, words.shape, (people, width))
        allowed = np.packbits(np.arange(width * WORD_BITS) < members, bitorder="little").view("<u8")
        self._refuse_bits(key, words, allowed, f"set bits 0 to {members - 1} only")
        return words

    def choices(self, people: int, names: tuple[tuple[str, ...], ...]) -> Words:
        words = self._take("choices", 2)
        self._refuse_unless("choices", words.shape, (people, len(names)))
        allowed = np.array([(1 << len(own)) - 1 for own in names], np.uint64)
        self._refuse_bits("choices", words, allowed, "set no bit beyond the names of the question's choices")
        return words

    def scales(self, people: int, rules: Rules) -> NDArray[np.int16]:
        scales, where = self._take("scales", 2), self._where("scales")
        self._refuse_unless("scales", scales.shape, (people, len(rules.questions)))
        most = np.array([-1 if question.match == "same" else SCALE_MAX for question in rules.questions])
        outside = ((scales < -1) | (scales > most)).any()
        refuse_if(
            outside, where, f"give 0 to {SCALE_MAX}, or -1 for no answer (always where choices are compared)"
        )
        return scales

    def _refuse_unless(self, key: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
        refuse_if(shape != wanted, self._where(key), f"give the shape {wanted}, not {shape}")

    def _refuse_bits(self, key: str, words: Words, allowed: Words, detail: str) -> None:
        refuse_if((words & ~allowed).any(), self._where(key), detail)


def _texts(packed: bytes, start: Ints) -> Iterable[str]:
    cuts = pairwise(start.tolist())
    if packed.isascii():
        text = packed.decode("ascii")
        return (text[first:beyond] for first, beyond in cuts)
    return (packed[first:beyond].decode("utf-8", "surrogatepass") for first, beyond in cuts)


def _inner(start: Ints) -> Ints:
    """The places in the differences of what these cut that lie between two pieces."""
    cuts = start[1:-1]
    inner: Ints = cuts[(cuts > 0) & (cuts < start[-1])] - 1
    return inner
