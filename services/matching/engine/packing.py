"""A market as bytes, for other processes and from other programs: an .npz archive that any language can write.

`tests/bench/matching/FORMAT.md` says what each key holds, its type, shape and order. What follows from the rest
(whose chapters are open to each other, who stands on both sides) is not in it, so that it cannot be wrong.

Invariants:
1. `unpack(pack(market))` is the same market, by the same hash; the same market gives the same bytes.
2. `unpack` believes nothing: not the archive, not its headers, not one number. What it returns is within the
   bounds that `Person` and `snapshot` keep; everything else is refused with the key that is wrong.
"""

import json
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.archive import Archive, bad, refuse_if
from services.matching.engine.checks import TEXT_MAX_CHARS
from services.matching.engine.columns import Ints, Side, fixed
from services.matching.engine.gathering import (
    CHOICES_MAX,
    EXCLUSIONS_MAX,
    LANGUAGES_MAX,
    Columns,
    Couples,
)
from services.matching.engine.market import FORMAT, Snapshot, compiled
from services.matching.engine.packed_side import SIDE_TYPES, Vocabulary, is_start, packed_side, unpacked_side
from services.matching.engine.rules import AREAS_MAX, CHAPTERS_MAX, Rules

GROUPS_MAX = 1_000_000
"""Groups of people in conflict, in one market."""
DOCUMENT = "market"
SIDES = ("mentees", "mentors")
EXCLUDED = ("excluded_by_mentee", "excluded_by_mentor")
CONFLICTS = "conflicts"
TYPES = {
    DOCUMENT: "|u1",
    **{f"{side}/{key}": kind for side in SIDES for key, kind in SIDE_TYPES.items()},
    **dict.fromkeys(EXCLUDED, "<i4"),
    **{f"{CONFLICTS}/{side}{key}": "<i4" for side in SIDES for key in ("", "_start")},
}
"""Every key of a packed market, with the type of its numbers."""
_KNOWN = ("format", "rules", "areas", "languages", "chapters", "choices")
_OF_A_PERSON = (
    "chapter", "barred", "languages", "hours", "wants_to_learn", "could_teach", "choices", "scales",
)  # fmt: skip


def pack(market: Snapshot) -> bytes:
    """The market as bytes."""
    said = (FORMAT, market.rules.to_dict(), market.areas, market.languages, market.chapters, market.choices)
    document = json.dumps(
        dict(zip(_KNOWN, said, strict=True)), sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    columns: dict[str, NDArray[Any]] = {DOCUMENT: np.frombuffer(document.encode(), np.uint8)}
    for place, side in enumerate((market.mentees, market.mentors)):
        columns |= {f"{SIDES[place]}/{key}": column for key, column in packed_side(side).items()}
        groups = [group[place] for group in market.conflicts]
        columns[f"{CONFLICTS}/{SIDES[place]}"] = np.concatenate([np.zeros(0, np.int32), *groups])
        columns[f"{CONFLICTS}/{SIDES[place]}_start"] = np.cumsum([0, *map(len, groups)])
    columns |= {key: getattr(market, key) for key in EXCLUDED}
    packed = BytesIO()
    columns = {key: columns[key].astype(kind, copy=False) for key, kind in TYPES.items()}
    np.savez(packed, allow_pickle=False, **columns)
    return packed.getvalue()


def unpack(packed: bytes) -> Snapshot:
    """The market in these bytes. Raises `EngineError`: bad_market, its `where` the key that is wrong, or what
    `Rules.from_dict` says of the rules."""
    archive = Archive(packed, TYPES)
    rules, names = _read_document(archive.take(DOCUMENT, TYPES[DOCUMENT]).tobytes())
    mentees, mentors = (unpacked_side(archive, side, rules, names) for side in SIDES)
    both = _same_person(mentees, mentors)
    excluded = [_couples(archive, key, mentees, mentors) for key in EXCLUDED]
    refuse_if(
        sum(map(len, excluded)) > EXCLUSIONS_MAX, EXCLUDED[0], f"give at most {EXCLUSIONS_MAX:,} exclusions"
    )
    columns = Columns(
        mentees=mentees,
        mentors=mentors,
        excluded_by_mentee=excluded[0],
        excluded_by_mentor=excluded[1],
        same_person=both,
        conflicts=_conflicts(archive, (len(mentees), len(mentors))),
    )
    return compiled(
        rules,
        columns,
        areas=names.areas,
        languages=names.languages,
        chapters=names.chapters,
        choices=names.choices,
    )


def _read_document(written: bytes) -> tuple[Rules, Vocabulary]:
    try:
        said = json.loads(written)
    except (ValueError, RecursionError) as wrong:
        raise bad(DOCUMENT, "give one JSON object in UTF-8") from wrong
    refuse_if(not isinstance(said, dict), DOCUMENT, "give one JSON object in UTF-8")
    refuse_if(said.get("format") != FORMAT, f"{DOCUMENT}/format", f"this engine reads the format {FORMAT}")
    for key in _KNOWN:
        refuse_if(key not in said, f"{DOCUMENT}/{key}", "this key is missing")
    for key in sorted(said):
        refuse_if(key not in _KNOWN, f"{DOCUMENT}/{key[:TEXT_MAX_CHARS]}", "leave this key out")
    rules, choices = Rules.from_dict(said["rules"]), said["choices"]
    refuse_if(
        not isinstance(choices, list) or len(choices) != len(rules.questions),
        f"{DOCUMENT}/choices",
        "give a list of names for each question, in the order of the questions' keys",
    )
    asked = [
        _names(names, CHOICES_MAX if question.match == "same" else 0, f"choices/{question.key}")
        for names, question in zip(choices, rules.questions, strict=True)
    ]
    return rules, Vocabulary(
        areas=_names(said["areas"], AREAS_MAX, "areas"),
        languages=_names(said["languages"], LANGUAGES_MAX, "languages"),
        chapters=_names(said["chapters"], CHAPTERS_MAX, "chapters"),
        choices=tuple(asked),
    )


def _names(given: object, most: int, key: str) -> tuple[str, ...]:
    where = f"{DOCUMENT}/{key}"
    if not isinstance(given, list) or len(given) > most:
        raise bad(where, f"give a list of at most {most} names")
    for name in given:
        fits = isinstance(name, str) and 0 < len(name) <= TEXT_MAX_CHARS
        refuse_if(not fits, where, f"give texts of 1 to {TEXT_MAX_CHARS} characters")
    refuse_if(given != sorted(set(given)), where, "give each name once, in the order of their code points")
    return tuple(given)


def _same_person(mentees: Side, mentors: Side) -> Couples:
    """Who stands on both sides; she must be the same on both."""
    rows = {member: row for row, member in enumerate(mentors.ids)}
    met = [(row, rows[member]) for row, member in enumerate(mentees.ids) if member in rows]
    both = fixed(np.array(met, np.int32).reshape(-1, 2))
    for key in _OF_A_PERSON:
        mine, hers = getattr(mentees, key)[both[:, 0]], getattr(mentors, key)[both[:, 1]]
        for place in np.argwhere(mine != hers)[:1, 0].tolist():
            row = both[place, 0]
            raise bad(f"{SIDES[1]}/{key}", f"{mentees.ids[row]} is somebody else on the other side")
    return both


def _couples(archive: Archive, key: str, mentees: Side, mentors: Side) -> Couples:
    couples = archive.take(key, TYPES[key], dimensions=2)
    refuse_if(couples.shape[1] != 2, key, "give two columns: mentee row and mentor row")
    for place, side in enumerate((mentees, mentors)):
        column = couples[:, place]
        refuse_if(_beyond(column, len(side)), key, f"give rows of {SIDES[place]}, from 0")
    order = couples[:, 0].astype(np.int64) * (len(mentors) + 1) + couples[:, 1]
    refuse_if((np.diff(order) <= 0).any(), key, "give each pair once, by mentee row and then mentor row")
    return couples


def _beyond(rows: Ints, people: int) -> bool:
    return bool(len(rows)) and (int(rows.min()) < 0 or int(rows.max()) >= people)


def _conflicts(archive: Archive, people: Sequence[int]) -> tuple[tuple[Ints, Ints], ...]:
    """Groups of people, each set once, in the order that `snapshot` gives them; any order will do."""
    groups = [_groups(archive, f"{CONFLICTS}/{side}", most) for side, most in zip(SIDES, people, strict=True)]
    if len(groups[0]) != len(groups[1]):
        raise bad(f"{CONFLICTS}/{SIDES[1]}_start", "give the same number of groups on both sides")
    found = {(one.tobytes(), other.tobytes()): (one, other) for one, other in zip(*groups, strict=True)}
    return tuple(found[key] for key in sorted(found))


def _groups(archive: Archive, key: str, people: int) -> list[Ints]:
    rows = archive.take(key, TYPES[key])
    start = archive.take(f"{key}_start", TYPES[f"{key}_start"])
    where = f"{key}_start"
    refuse_if(len(start) > GROUPS_MAX + 1, where, f"give at most {GROUPS_MAX:,} groups")
    refuse_if(
        not is_start(start, len(rows)), where, f"begin with 0, never fall, end with the length of {key}"
    )
    refuse_if((np.diff(start) == 0).any(), where, "give each group somebody on both sides")
    refuse_if(_beyond(rows, people), key, "give rows of this side, from 0")
    rises = np.diff(rows) > 0
    rises[start[1:-1] - 1] = True
    refuse_if(not rises.all(), key, "give the rows of each group once, in order")
    return [fixed(rows[first:beyond]) for first, beyond in pairwise(start.tolist())]
