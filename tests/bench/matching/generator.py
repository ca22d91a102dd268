"""Invented markets of any size for the matching bench, as packed bytes (FORMAT.md). The same shape gives the same bytes.

    market(Shape(mentees=100_000, mentors=25_000, seed=7))

Drawn with numpy's `default_rng([seed, mentees])`. What is in them:

- people: `mentees` and `mentors`, of whom one mentor in fifty is a mentee as well and stands on both sides; 97 % are
  confirmed, 98 % of these were led to mentoring;
- 40 chapters of sizes by Zipf's law (exponent 1.2); half of all pairs of chapters consent to each other (R16);
- languages: everybody speaks her chapter's own (one of 12), two in three speak English too, one in seven another one;
- hours: 10 to 25 a week, in blocks of 2 to 5 on 5 to 7 evenings of the chapter's clock, shifted to UTC by its zone;
- 64 areas by Zipf's law (exponent 1.1): a mentee wants 1 to 4 by 1 to 3 points and has 0 to 5 years of her own in them; a mentor offers
  1 to 3 with lognormal years (median 6) and likes to teach half of them. Drawn twice is drawn once, so that some have fewer;
- 0 to 4 things that each wants to learn and could teach, from the same areas;
- exclusions: one person in 200 would rather not meet 1 to 3 people of the other side;
- conflicts: one person in 50 is in a group of 4;
- seats: a mentee 1, a mentor 1 to 6 that add up to `supply` times the mentees (as far as 1 to 6 each can), or one each;
- rules: a common language, a common hour, an area, 1 year ahead (3 in every eighth area), chapters by consent, the weights that are the
  default; with `questions` a scale and a choice that not everybody answers.

About 5 % of the pairs are eligible at 100,000 x 25,000 (`eligible_share` of the bench's lines).
"""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHAPTERS, AREAS = 40, 64
CHAPTER_EXPONENT, AREA_EXPONENT = 1.2, 1.1
TONGUES = ("de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "zh")
TRADES = ("build", "care", "code", "craft", "law", "teach")
ENGLISH = TONGUES.index("en")
ZONES_HOURS = (-8, -5, -3, 0, 1, 2, 5, 8)
WEEK_HOURS, DAY_HOURS, WORD_BITS = 168, 24, 64
ROWS_AT_ONCE = 65_536  # bounds the memory of the weeks
BOTH_SHARE, CONFIRMED_SHARE, MENTORING_SHARE = 0.02, 0.97, 0.98
EXCLUDING_SHARE, CONFLICT_SHARE, GROUP_PEOPLE = 0.005, 0.02, 4
MENTOR_SEATS_MOST = 6
ID_BYTES = len(b"mem_00000000")

Columns = dict[str, NDArray[Any]]
Ints = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is asked of a market."""

    mentees: int
    mentors: int
    seed: int
    supply: float = 1.0
    one_seat: bool = False
    questions: bool = False


def market(shape: Shape) -> bytes:
    """The market of this shape, packed."""
    dice = np.random.default_rng([shape.seed, shape.mentees])
    both = min(int(shape.mentors * BOTH_SHARE), shape.mentees)
    count = shape.mentees + shape.mentors - both
    people = _people(dice, count, shape)
    turns = dice.permutation(count)
    rows = {
        "mentees": np.sort(turns[: shape.mentees]),
        "mentors": np.sort(np.append(turns[shape.mentees :], turns[:both])),
    }
    columns: Columns = {"market": _document(dice, shape)}
    for side, here in rows.items():
        columns |= _side(dice, side, here, people, shape)
    columns |= _pairs(dice, rows)
    packed = BytesIO()
    np.savez(packed, allow_pickle=False, **columns)
    return packed.getvalue()


def _document(dice: np.random.Generator, shape: Shape) -> NDArray[np.uint8]:
    chapters = [f"chapter{n:02}" for n in range(CHAPTERS)]
    consents: dict[str, list[str]] = {name: [] for name in chapters}
    for one, other in zip(*np.nonzero(np.triu(dice.random((CHAPTERS, CHAPTERS)) < 0.5, 1)), strict=True):
        consents[chapters[one]].append(chapters[other])
        consents[chapters[other]].append(chapters[one])
    areas = [f"area{n:02}" for n in range(AREAS)]
    questions = [
        {"key": "pace", "match": "near", "reach": 4, "mentee": 2, "mentor": 1},
        {"key": "trade", "match": "same", "mentee": 4, "mentor": 3, "sensitive": True},
    ]
    said = {
        "format": "cairn-market/2",
        "rules": {
            "cross_chapter": "both_consent",
            "chapter_consents": consents,
            "min_gap_years": 1,
            "min_gap_years_by_area": dict.fromkeys(areas[::8], 3),
            "questions": questions if shape.questions else [],
        },
        "areas": areas,
        "languages": list(TONGUES),
        "chapters": chapters,
        "choices": [[], list(TRADES)] if shape.questions else [],
    }
    return np.frombuffer(json.dumps(said).encode(), np.uint8)


def _people(dice: np.random.Generator, count: int, shape: Shape) -> Columns:
    """What holds for a person on whichever side she stands."""
    chapter = _by_zipf(dice, CHAPTERS, CHAPTER_EXPONENT, count)
    own = dice.integers(0, len(TONGUES), CHAPTERS)[chapter]
    tongues = 1 << own
    tongues |= np.where(dice.random(count) < 0.65, 1 << ENGLISH, 0)
    tongues |= np.where(dice.random(count) < 1 / 7, 1 << dice.integers(0, len(TONGUES), count), 0)
    barred = np.where(dice.random(count) < MENTORING_SHARE, 0, 2)
    asked = shape.questions
    answered = dice.random((count, 2)) < 0.7
    pace = np.where(answered[:, 0], dice.integers(0, 10, count), -1)
    trade = np.where(answered[:, 1], 1 << dice.integers(0, len(TRADES), count), 0)
    return {
        "chapter": chapter.astype("<u2"),
        "barred": np.where(dice.random(count) < CONFIRMED_SHARE, barred, 1).astype("|u1"),
        "languages": tongues.astype("<u8")[:, None],
        "hours": _hours(dice, dice.choice(ZONES_HOURS, CHAPTERS)[chapter]),
        "wants_to_learn": _few_areas(dice, count),
        "could_teach": _few_areas(dice, count),
        "choices": np.stack((np.zeros(count), trade), axis=1).astype("<u8")[:, : 2 * asked],
        "scales": np.stack((pace, np.full(count, -1)), axis=1).astype("<i2")[:, : 2 * asked],
    }


def _by_zipf(dice: np.random.Generator, kinds: int, exponent: float, count: int) -> Ints:
    shares = np.arange(1, kinds + 1) ** -exponent
    drawn: Ints = np.searchsorted(np.cumsum(shares / shares.sum())[:-1], dice.random(count))
    return drawn


def _few_areas(dice: np.random.Generator, count: int) -> NDArray[np.uint64]:
    """Sets of up to 4 areas."""
    drawn = np.uint64(1) << _by_zipf(dice, AREAS, AREA_EXPONENT, count * 4).astype("<u8").reshape(count, 4)
    drawn[np.arange(4) >= dice.integers(0, 5, count)[:, None]] = 0
    sets: NDArray[np.uint64] = np.bitwise_or.reduce(drawn, axis=1)[:, None]
    return sets


def _hours(dice: np.random.Generator, zone_hours: Ints) -> NDArray[np.uint64]:
    """Sets of free hours: so many evenings of the week, each from one hour of the local clock on."""
    weeks = []
    for first in range(0, len(zone_hours), ROWS_AT_ONCE):
        zone = zone_hours[first : first + ROWS_AT_ONCE]
        evenings = dice.integers(5, 8, len(zone))
        free = dice.permuted(np.tile(np.arange(7), (len(zone), 1)), axis=1) < evenings[:, None]
        begin = dice.integers(17, 20, (len(zone), 7))
        length = dice.integers(2, np.array([6, 5, 4])[evenings - 5][:, None], (len(zone), 7))
        at = np.arange(DAY_HOURS)
        open_ = free[:, :, None] & (at >= begin[:, :, None]) & (at < (begin + length)[:, :, None])
        local = (np.arange(WEEK_HOURS) + zone[:, None]) % WEEK_HOURS
        utc = np.zeros((len(zone), 3 * WORD_BITS), bool)
        utc[:, :WEEK_HOURS] = np.take_along_axis(open_.reshape(len(zone), WEEK_HOURS), local, axis=1)
        weeks.append(np.packbits(utc, axis=1, bitorder="little").view("<u8"))
    return np.concatenate([np.zeros((0, 3), "<u8"), *weeks])


def _side(dice: np.random.Generator, side: str, rows: Ints, people: Columns, shape: Shape) -> Columns:
    wants, count = side == "mentees", len(rows)
    ids = b"".join(b"mem_%08d" % person for person in rows.tolist())
    alike = wants or shape.one_seat
    seats = np.ones(count, np.int64) if alike else _seats(dice, count, round(shape.supply * shape.mentees))
    columns = {key: column[rows] for key, column in people.items()} | _areas(dice, count, wants=wants)
    columns |= {
        "ids": np.frombuffer(ids, np.uint8),
        "id_start": np.arange(count + 1, dtype="<i8") * ID_BYTES,
        "seats": seats.astype("|u1"),
    }
    return {f"{side}/{key}": column for key, column in columns.items()}


def _areas(dice: np.random.Generator, count: int, *, wants: bool) -> Columns:
    most = 4 if wants else 3
    drawn = np.sort(_by_zipf(dice, AREAS, AREA_EXPONENT, count * most).reshape(count, most), axis=1)
    kept = np.arange(most) < dice.integers(1, most + 1, count)[:, None]
    kept = dice.permuted(kept, axis=1)
    for place in range(1, most):  # an area drawn twice counts once
        earlier = (drawn[:, :place] == drawn[:, place : place + 1]) & kept[:, :place]
        kept[:, place] &= ~earlier.any(axis=1)
    if wants:
        years = np.where(dice.random(drawn.shape) < 0.5, 0, dice.integers(1, 6, drawn.shape))
        keen = dice.integers(1, 4, drawn.shape)
    else:
        years = np.clip(dice.lognormal(np.log(6), 0.7, drawn.shape), 1, 45).astype(np.int64)
        keen = dice.integers(0, 2, drawn.shape)
    return {
        "areas/start": np.append(0, np.cumsum(kept.sum(axis=1))).astype("<i4"),
        "areas/area": drawn[kept].astype("|u1"),
        "areas/years": years[kept].astype("|u1"),
        "areas/keen": keen[kept].astype("|u1"),
    }


def _seats(dice: np.random.Generator, count: int, wanted: int) -> Ints:
    """1 to 6 each, `wanted` in all as far as that goes."""
    seats = dice.integers(1, MENTOR_SEATS_MOST + 1, count)
    while len(room := np.flatnonzero(seats < MENTOR_SEATS_MOST)) and (short := wanted - seats.sum()) > 0:
        seats[dice.permutation(room)[:short]] += 1
    while len(room := np.flatnonzero(seats > 1)) and (over := seats.sum() - wanted) > 0:
        seats[dice.permutation(room)[:over]] -= 1
    return seats


def _pairs(dice: np.random.Generator, rows: dict[str, Ints]) -> Columns:
    mentees, mentors = rows["mentees"], rows["mentors"]
    columns: Columns = {
        "excluded_by_mentee": _exclusions(dice, len(mentees), len(mentors)),
        "excluded_by_mentor": _exclusions(dice, len(mentors), len(mentees))[:, ::-1],
    }
    by_mentor = columns["excluded_by_mentor"]
    columns["excluded_by_mentor"] = np.ascontiguousarray(
        by_mentor[np.lexsort((by_mentor[:, 1], by_mentor[:, 0]))]
    )
    count = int(max(*(here.max(initial=-1) for here in rows.values()))) + 1
    group = np.full(count, -1)
    members = dice.permutation(count)[: int(count * CONFLICT_SHARE)]
    group[members] = np.arange(len(members)) // GROUP_PEOPLE
    held = np.intersect1d(group[mentees], group[mentors])
    held = held[held >= 0]
    for side, here in rows.items():
        inside = np.flatnonzero(np.isin(group[here], held))
        inside = inside[np.argsort(group[here][inside], kind="stable")]
        counts = np.bincount(np.searchsorted(held, group[here][inside]), minlength=len(held))
        columns[f"conflicts/{side}"] = inside.astype("<i4")
        columns[f"conflicts/{side}_start"] = np.append(0, np.cumsum(counts)).astype("<i4")
    return columns


def _exclusions(dice: np.random.Generator, people: int, others: int) -> NDArray[np.int32]:
    """(who excludes, whom), each once, in order."""
    excluding = np.flatnonzero(dice.random(people) < EXCLUDING_SHARE)
    who = np.repeat(excluding, dice.integers(1, 4, len(excluding)))
    if not others:
        who = who[:0]
    whom = dice.integers(0, max(others, 1), len(who))
    return np.unique(np.stack((who, whom), axis=1), axis=0).astype("<i4").reshape(-1, 2)
