"""The only module that asks what time it is. Everything else is handed a time, or a `Clock` to ask.

Invariants:
1. Every time is aware, in UTC, and whole milliseconds: what MongoDB keeps, so that a value read back equals the value written.
2. Only local mode has a clock that can be moved, and it only moves forward (`cairn clock advance`).
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
MAX_ADVANCE = timedelta(days=366)


def system_clock() -> datetime:
    """The machine's time."""
    return whole_milliseconds(datetime.now(UTC))


def whole_milliseconds(moment: datetime) -> datetime:
    """The same moment without what MongoDB would not keep."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class MovedClock:
    """The machine's time plus the offset that a file holds; every process of a local stack reads the same file.

    The file is looked at on each call (one `stat`, about a microsecond), so that a move is seen at once by all.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen_ns = -1
        self._offset = timedelta(0)

    def __call__(self) -> datetime:
        try:
            changed_ns = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return system_clock()
        if changed_ns != self._seen_ns:
            self._offset = read_offset(self._file)
            self._seen_ns = changed_ns
        return system_clock() + self._offset


def read_offset(file: Path) -> timedelta:
    """How far the file moves the clock; nothing where there is no file."""
    try:
        return timedelta(seconds=float(json.loads(file.read_text())["offset_s"]))
    except FileNotFoundError:
        return timedelta(0)


def advance(file: Path, by: timedelta) -> timedelta:
    """Move the clock of a local stack forward and return the whole offset. The file changes in one step."""
    if by <= timedelta(0) or by > MAX_ADVANCE:
        raise ValueError(
            f"the clock moves forward by 1 second at least, and {MAX_ADVANCE.days} days at most, at a time"
        )
    offset = read_offset(file) + by
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"offset_s": offset.total_seconds()}))
    new.replace(file)
    return offset


def duration(text: str) -> timedelta:
    """`21d`, `36h`, `1w2d`: whole numbers with s, m, h, d or w. Anything else is a ValueError in plain words."""
    parts = re.findall(r"(\d{1,6})([smhdw])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no length of time; write for example 21d, 36h or 1w2d")
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta(0))
