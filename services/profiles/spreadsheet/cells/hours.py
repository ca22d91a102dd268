"""Free hours of the week from "Mon 18-20", "Mo+Mi 18:00-20:00 Uhr", "Tue evening", "周三晚上", "weekdays 7-9pm".

The cell is cut into tokens (days, times, ranges, parts of the day); days collect until times follow, and a new day
after a time begins a new group. Hours are those of the chapter's clock. An hour counts only if it is free as a whole:
18:30-20:00 is the hour from 19 to 20.
"""

# ruff: noqa: RUF001 - wide punctuation is what people type

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.cells.hours_words import (
    AFTERNOON_WORDS,
    AND_WORDS,
    ANY_TIME_WORDS,
    BETWEEN_WORDS,
    DAY_WORDS,
    MORNING_WORDS,
    NEGATIONS,
    NOISE_WORDS,
    OPEN_END_WORDS,
    PART_WORDS,
    RANGE_WORDS,
)
from services.profiles.spreadsheet.normal import fold, is_blank

DAY_HOURS, WEEK_HOURS = 24, 168
_MAX_TOKENS = 300
_MAX_PHRASE_WORDS = 3
_NIGHT_WRAP_HOURS = 8  # "22-2" goes past midnight; a longer wrap ("18-9") is a slip

_HAN_WORDS = "|".join(
    sorted(
        (w for w in [*DAY_WORDS, *PART_WORDS, *AFTERNOON_WORDS] if w and not w.isascii()),
        key=len,
        reverse=True,
    )
)
_CHINESE_DAYS = re.compile(
    "(?:周|星期|礼拜|週)([一二三四五六日天])(?:[、，,/和及到至-]?([一二三四五六日天])(?![月年点]))+"
)
_TOKEN = re.compile(
    r"(?P<compact>(?<!\d)(?P<ch>[01]\d|2[0-4])(?P<cm>[0-5]\d)(?!\d))"
    r"|(?P<time>(?<!\d)(?P<h>\d{1,2})(?:(?:[:.h点时]|uhr)(?P<m>[0-5]\d)(?!\d)|(?P<half>点半))?"
    r"\s*(?:(?P<ampm>[ap])\.?m\b\.?|h\b|点|时|uhr\b)?)"
    rf"|(?P<han>{_HAN_WORDS})|(?P<dash>[-–—~至到])|(?P<break>[,;/|\n&+、。()]+)|(?P<word>[^\W\d_\u4e00-\u9fff]+|[\u4e00-\u9fff])"
)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d.*")
_OPEN_END_MINUTES = 21 * 60  # "after 6 pm" is until nine


@dataclass(frozen=True, slots=True)
class HoursRead:
    """Hours of the week in ascending order, 0 = Monday 00:00-01:00."""

    hours: tuple[int, ...] = ()
    troubles: tuple[Trouble, ...] = ()


@dataclass(slots=True)
class _Group:
    """Days and the times that hold for all of them; a time is minutes of the day, from and to."""

    days: list[int] = field(default_factory=list)
    times: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    """Walks the tokens once. `pending` is a time whose other end has not come yet."""

    groups: list[_Group]
    unknown: list[str] = field(default_factory=list)
    pending: tuple[int, str] | None = None  # minutes, am or pm or nothing
    dash: bool = False
    day_before_dash: int | None = None
    half: str = ""  # a part of the day that tells which half a bare time belongs to
    part_span: tuple[int, int] | None = None
    between: bool = False
    open_end: bool = False
    any_time: bool = False
    negated: bool = False

    def day(self, days: tuple[int, ...]) -> None:
        self.close_time()
        if self.dash and self.day_before_dash is not None and len(days) == 1:
            first, last = self.day_before_dash, days[0]
            days = tuple((first + step) % 7 for step in range((last - first) % 7 + 1))
        elif self.groups[-1].times and self.groups[-1].days:
            self.groups.append(_Group())
        self.groups[-1].days.extend(days)
        self.day_before_dash = days[-1]
        self.dash = False

    def part(self, word: str, span: tuple[int, int]) -> None:
        self.close_time()
        self.close_part()
        self.part_span = span
        self.any_time |= word in ANY_TIME_WORDS
        self.half = "p" if word in AFTERNOON_WORDS else "a" if word in MORNING_WORDS else ""

    def time(self, minutes: int, half: str) -> None:
        if self.pending and self.dash:
            self.range_to(minutes, half)
        else:
            self.close_time()
            self.pending = (minutes, half or self.half)
        self.dash = False

    def range_to(self, end: int, half: str) -> None:
        start, start_half = self.pending or (0, "")
        self.pending = None
        self.between = self.open_end = False
        half = half or (self.half if not start_half else start_half if end <= 12 * 60 else "")
        start_half = start_half or ("" if not half or _in_half(start, half) >= _in_half(end, half) else half)
        self.groups[-1].times.append((_in_half(start, start_half), _in_half(end, half)))
        self.part_span = None

    def close_time(self) -> None:
        if self.pending:
            minutes, half = self.pending
            self.pending = None
            start = _in_half(minutes, half)
            end = max(start + 60, _OPEN_END_MINUTES) if self.open_end else start + 60
            self.groups[-1].times.append((start, end))
            self.part_span = None
            self.open_end = False

    def close_part(self) -> None:
        if self.part_span:
            first, last = self.part_span
            self.groups[-1].times.append((first * 60, last * 60))
        self.part_span = None
        self.half = ""


def _in_half(minutes: int, half: str) -> int:
    if half == "p" and minutes < 12 * 60:
        return minutes + 12 * 60
    return minutes - 12 * 60 if half == "a" and minutes >= 12 * 60 and minutes < 13 * 60 else minutes


@lru_cache(maxsize=4_096)
def read_hours(text: str, weekday: int | None = None) -> HoursRead:
    """The free hours of one cell. `weekday` is the day of a column that holds one day only."""
    if is_blank(text):
        return HoursRead()
    if _ISO_DATE.fullmatch(text.strip()):
        return HoursRead(troubles=(Trouble("looks_like_date", text.strip()),))
    plain = _CHINESE_DAYS.sub(_spell_out_days, unicodedata.normalize("NFKC", text).lower())
    reader = _Reader([_Group()])
    if weekday is not None:
        reader.groups[0].days.append(weekday)
    _walk(list(_TOKEN.finditer(plain))[:_MAX_TOKENS], reader)
    return _finished(reader)


def _spell_out_days(found: re.Match[str]) -> str:
    """周一三五 to 周一 周三 周五; 周一至五 keeps its range."""
    return re.sub(r"(?<![周期拜週])([一二三四五六日天])", r" 周\1", found[0])


def _walk(tokens: list[re.Match[str]], reader: _Reader) -> None:
    at = 0
    while at < len(tokens):
        if tokens[at]["word"]:
            at += _word(tokens, at, reader)
        else:
            _take(tokens[at], reader)
            at += 1
    reader.close_time()
    reader.close_part()


def _take(token: re.Match[str], reader: _Reader) -> None:
    if token["compact"]:
        reader.time(int(token["ch"]) * 60 + int(token["cm"]), "")
    elif token["time"]:
        hour = int(token["h"])
        minutes = 30 if token["half"] else int(token["m"] or 0)
        if hour > DAY_HOURS:
            reader.unknown.append(token["time"].strip())
        else:
            reader.time(hour * 60 + minutes, token["ampm"] or "")
    elif token["dash"]:
        reader.dash = True
    elif token["break"]:
        reader.close_time()
        reader.dash = False
    else:
        _known(fold(token["han"]), reader)


def _word(tokens: list[re.Match[str]], at: int, reader: _Reader) -> int:
    """Takes the longest known phrase of up to three words; returns how many tokens it took."""
    words: list[str] = []
    for token in tokens[at : at + _MAX_PHRASE_WORDS]:
        if not token["word"]:
            break
        words.append(fold(token["word"]))
    for count in range(len(words), 0, -1):
        phrase = " ".join(words[:count])
        if phrase in DAY_WORDS or phrase in PART_WORDS:
            _known(phrase, reader)
            return count
    word = words[0]
    if word in RANGE_WORDS or (reader.between and word in AND_WORDS):
        reader.dash = True
    elif word in BETWEEN_WORDS:
        reader.between = True
    elif word in OPEN_END_WORDS:
        reader.open_end = True
    elif word not in NOISE_WORDS:
        reader.negated |= word in NEGATIONS
        reader.unknown.append(tokens[at]["word"])
    return 1


def _known(word: str, reader: _Reader) -> None:
    if word in DAY_WORDS:
        reader.close_part()
        reader.day(DAY_WORDS[word])
    elif word in PART_WORDS:
        reader.part(word, PART_WORDS[word])


def _finished(reader: _Reader) -> HoursRead:
    groups = [group for group in reader.groups if group.days or group.times]
    if len(groups) > 1 and groups[0].times and not groups[0].days:
        groups[1].times[:0] = groups[0].times
        groups.pop(0)
    if not groups or reader.negated:  # "not on Fridays" says when she is busy
        return HoursRead(troubles=(Trouble("hours_unclear", allowed="for example: Mon 18-20, Wed 12-13"),))
    if reader.any_time and len(groups) == 1 and not groups[0].days:
        groups[0].days.extend(range(7))
    free: set[int] = set()
    troubles: dict[Trouble, None] = {}
    for group in groups:
        if not group.days:
            troubles.setdefault(Trouble("hours_without_day"))
        elif not group.times:
            troubles.setdefault(Trouble("hours_without_time"))
        for start, end in group.times if group.days else ():
            span = _whole_hours(start, end)
            if not span:
                troubles.setdefault(Trouble("hours_unclear", allowed="whole hours, for example Mon 18-20"))
            free.update((day * DAY_HOURS + hour) % WEEK_HOURS for day in group.days for hour in span)
    if reader.unknown:
        troubles.setdefault(
            Trouble("hours_unclear", " ".join(reader.unknown[:3])[:60], allowed="for example: Mon 18-20")
        )
    return HoursRead(tuple(sorted(free)), tuple(troubles))


def _whole_hours(start: int, end: int) -> range:
    """Hours wholly inside, counted on past 24 where the span goes past midnight."""
    if end <= start and start >= 7 * 60 and start <= 12 * 60 and end <= 12 * 60:
        end += 12 * 60  # "9-5"
    if end <= start:
        end += DAY_HOURS * 60
        if end - start > _NIGHT_WRAP_HOURS * 60:
            return range(0)
    return range(-(-start // 60), end // 60)
