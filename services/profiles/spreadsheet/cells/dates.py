"""Time stamps of forms, to a text that sorts: `2026-03-31T18:20:05`, wall time, no zone.

`3/4/2026` means two days; which, is settled for the whole sheet from the values that can only be read one way.
"""

import re
from collections.abc import Iterable
from typing import Literal

_ISO = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_OTHER = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{2,4})")
_TIME = re.compile(
    r"(下午|晚上)?\s*(\d{1,2})[:.时点](\d{2})(?:[:.分](\d{2}))?\s*(pm|am|p\.m\.|a\.m\.)?", re.IGNORECASE
)
_CENTURY = 2000


def guess_date_order(values: Iterable[str]) -> Literal["dmy", "mdy", "ymd"]:
    """Day first or month first, by the first value that cannot be the other; `ymd` where none is like that."""
    dotted = False
    for value in values:
        if found := _OTHER.match(value.strip()):
            first, second = int(found[1]), int(found[2])
            if first > 12 >= second:
                return "dmy"
            if second > 12 >= first:
                return "mdy"
            dotted |= "." in found[0]
    return "dmy" if dotted else "ymd"


def read_stamp(text: str, order: str) -> str | None:
    """The stamp, or None for what is no date. With `ymd`, `3/4/2026` is not guessed but refused."""
    line = text.strip().replace("T", " ")
    if found := _ISO.match(line):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    elif (found := _OTHER.match(line)) and order != "ymd":
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        day, month = (first, second) if order == "dmy" else (second, first)
        year += _CENTURY if year < 100 else 0
    else:
        return None
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1900 <= year <= 2199):
        return None
    hour, minute, second = _time_of(line[found.end() :])
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"


def _time_of(rest: str) -> tuple[int, int, int]:
    found = _TIME.search(rest)
    if not found:
        return 0, 0, 0
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    half = (found[5] or "").lower()[:1] or ("p" if found[1] else "")
    if half == "p" and hour < 12:
        hour += 12
    if half == "a" and hour == 12:
        hour = 0
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else (0, 0, 0)
