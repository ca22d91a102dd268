"""The troubles that a dirty sheet is given, each with the code under which the dry run must list it.

1. Each trouble gets a row of its own, so that a test can say which row must be listed and which must not.
2. No planted address can reach anybody: reserved names, or endings that do not exist.
3. A kind without a code is a peculiarity that must be read without a problem.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from operate.sample.records import Record, Value

_Change = Callable[[Record], Value]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of trouble: in plain words, its code (empty: none), the column, and the value that is typed there."""

    what: str
    code: str
    column: str
    change: _Change


@dataclass(frozen=True, slots=True)
class Mark:
    """A planted trouble and its record, before the rows of the sheet are numbered."""

    record: Record
    kind: Kind


def _split(record: Record) -> tuple[str, str]:
    local, _, domain = str(record["mail"]).partition("@")
    return local, domain


def _mail(form: str) -> _Change:
    def change(record: Record) -> Value:
        local, domain = _split(record)
        return form.format(local=local, domain=domain, name=record["name"], upper=str(record["mail"]).upper())

    return change


def _wide(record: Record) -> Value:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and c != "." else c for c in str(record["mail"]))


def _typed(value: Value) -> _Change:
    return lambda _record: value


SINGLE_CELLS: tuple[Kind, ...] = (
    Kind("provider's name mistyped", "mail_domain_typo", "mail", _mail("{local}@gmial.example")),
    Kind("ending mistyped", "mail_domain_typo", "mail", _mail("{local}@example.ogr")),
    Kind("no @", "mail_no_at", "mail", _mail("{local}.{domain}")),
    Kind("(at) for @", "mail_no_at", "mail", _mail("{local} (at) {domain}")),
    Kind("space inside the address", "mail_space", "mail", _mail("{local} @{domain}")),
    Kind("dot at the end", "mail_trailing_dot", "mail", _mail("{local}@{domain}.")),
    Kind("full-width characters", "mail_wide_characters", "mail", _wide),
    Kind("two addresses", "mail_several", "mail", _mail("{local}@{domain}; {local}.private@example.com")),
    Kind("doubled dot", "mail_invalid", "mail", _mail("{local}@example..org")),
    Kind("umlaut before the @", "mail_not_ascii", "mail", _mail("ü{local}@{domain}")),
    Kind("no address", "mail_missing", "mail", _typed("")),
    Kind("formula for an address", "formula", "mail", _typed('=HYPERLINK("mailto:x@example.org","x")')),
    Kind("no name", "name_missing", "name", _typed("")),
    Kind("did not agree to the terms", "terms_declined", "terms", _typed("No")),
    Kind("area mistyped", "unknown_area", "offered", _typed("Mrkting; Leadrshp, Design")),
    Kind("unknown area", "unknown_area", "wanted", _typed("Falconry, Leadership")),
    Kind("unknown language", "unknown_language", "languages", _typed("English, Elvish")),
    Kind("language known a little", "language_basic", "languages", _typed("English; German (A2)")),
    Kind("times without a day", "hours_without_day", "hours", _typed("18-20")),
    Kind("days without a time", "hours_without_time", "hours", _typed("Mon, Wed")),
    Kind("unclear times", "hours_unclear", "hours", _typed("it depends")),
    Kind("number turned into a date", "looks_like_date", "years", _typed(datetime(2026, 5, 3))),  # noqa: DTZ001
    Kind("no number", "number_unclear", "years", _typed("plenty")),
    Kind("number out of range", "out_of_range", "capacity", _typed("150")),
    Kind("formula", "formula", "pledge", _typed("=2*2")),
    Kind("spreadsheet's error", "error_value", "pledge", _typed("#N/A")),
    Kind("text too long", "too_long", "about", _typed("so much to tell " * 150)),
    Kind("answer that is not offered", "not_an_option", "grade", _typed("Grade 42")),
    Kind("unclear consent", "consent_unclear", "gender_ok", _typed("perhaps later")),
    Kind("name and address together", "", "mail", _mail("{name} <{local}@{domain}>")),
    Kind("capitals and spaces around the address", "", "mail", _mail("\u00a0 {upper} ")),
    Kind("mailto: before the address", "", "mail", _mail("mailto:{local}@{domain}")),
)

ROLE_UNCLEAR = Kind("unclear role", "role_unclear", "role", _typed("maybe"))
ROLE_MISSING = Kind("no role", "role_missing", "role", _typed(""))
DOMAIN_SLIP = "domain of the others mistyped"
_USUAL_TIMES = 12  # some of them get other troubles, and the reader wants to see it eight times
SAME_TWICE = Kind("the same row twice", "", "mail", _mail("{local}@{domain}"))
SECOND_ROLE = Kind("one row as mentor, one as mentee", "", "mail", _mail("{local}@{domain}"))
DIFFERS = Kind(
    "the same person twice, not the same capacity", "duplicate_differs", "mail", _mail("{local}@{domain}")
)
SHARED = Kind("two people with one address", "mail_shared", "mail", _mail("{local}@{domain}"))
SENT_AGAIN = Kind(
    "the form sent twice, the later one counts", "later_answer_taken", "mail", _mail("{local}@{domain}")
)
TOTALS = Kind("a line of totals", "mail_missing", "mail", _typed(""))

ALL_KINDS_FROM_PEOPLE = 60
"""A sheet of so many people or more has every kind of trouble; a smaller one a third of its rows, of mixed kinds."""


def plant(
    records: list[Record], free: list[Record], chance: random.Random, *, with_role_columns: bool
) -> list[Mark]:
    """Changes some of the `free` records, and adds a few, in place. Returns what was done."""
    rows = list(free)
    chance.shuffle(rows)
    kinds = [*SINGLE_CELLS, *_domain_slip(records), SAME_TWICE, DIFFERS, SHARED, SENT_AGAIN]
    if with_role_columns:
        kinds += [ROLE_UNCLEAR, ROLE_MISSING, SECOND_ROLE]
    if len(records) < ALL_KINDS_FROM_PEOPLE:
        chance.shuffle(kinds)
        kinds = kinds[: len(rows) // 3]
    marks = [_plant_one(records, row, kind, chance) for kind, row in zip(kinds, rows, strict=False)]
    totals: Record = {**dict.fromkeys(records[0], ""), "name": f"Total: {len(records)}"}
    records.append(totals)
    return [*marks, Mark(totals, TOTALS)]


def _plant_one(records: list[Record], record: Record, kind: Kind, chance: random.Random) -> Mark:
    if kind is SECOND_ROLE:
        return _in_two_rows(records, record, chance)
    if kind in (SAME_TWICE, DIFFERS, SHARED, SENT_AGAIN):
        return _again(records, record, kind, chance)
    return _change(record, kind)


def _domain_slip(records: list[Record]) -> list[Kind]:
    """Two letters swapped in the domain that most people have: found only where most people have it."""
    domains = Counter(_split(record)[1] for record in records)
    usual, times = max(
        ((domain, times) for domain, times in domains.items() if domain.count(".") == 2),
        key=lambda pair: pair[1],
        default=("", 0),
    )
    if times < _USUAL_TIMES:
        return []
    slipped = usual[1] + usual[0] + usual[2:]
    return [Kind(DOMAIN_SLIP, "mail_domain_typo", "mail", _mail("{local}@" + slipped))]


def _change(record: Record, kind: Kind) -> Mark:
    value = kind.change(record)
    if kind.column == "role" and "is_mentor" in record:
        record["is_mentor"] = record["is_mentee"] = value
    if kind.column == "gender_ok":
        record["gender"] = "female"
    record[kind.column] = value
    return Mark(record, kind)


def _again(records: list[Record], record: Record, kind: Kind, chance: random.Random) -> Mark:
    """A second row of the same person, somewhere below the first."""
    again = dict(record)
    if kind is not SAME_TWICE and kind is not SENT_AGAIN:
        again["stamp"] = ""
    if kind is SHARED:
        again["name"] = "Zacharias Doppelgang"
    if kind in (DIFFERS, SENT_AGAIN):
        record["capacity"], again["capacity"] = "2", "1"
    if kind is SENT_AGAIN:
        again["stamp"] = datetime(2026, 4, 30, 12)  # noqa: DTZ001 - as forms write it
    _insert_below(records, record, again, chance)
    return Mark(again, kind)


def _in_two_rows(records: list[Record], record: Record, chance: random.Random) -> Mark:
    again = dict(record)
    for row, mentor in ((record, True), (again, False)):
        row["role"] = "mentor" if mentor else "mentee"
        if "is_mentor" in row:
            row["is_mentor"], row["is_mentee"] = ("yes", "no") if mentor else ("no", "yes")
    _insert_below(records, record, again, chance)
    return Mark(again, SECOND_ROLE)


def _insert_below(records: list[Record], record: Record, again: Record, chance: random.Random) -> None:
    first = next(index for index, known in enumerate(records) if known is record)
    records.insert(chance.randint(first + 1, len(records)), again)
