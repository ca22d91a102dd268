"""Whole numbers as people write them: "5", "5+", "5 years", "5-7", "five", "十", "3,5", "more than 10", "<1"."""

# ruff: noqa: RUF001 - wide punctuation is what people type

import re
from typing import Literal

from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.normal import fold, tidy

_WORDS = {
    word: number
    for number, words in enumerate(
        (
            "zero|null|keine|none|zéro|零",
            "one|eins|ein|eine|einen|un|une|一",
            "two|zwei|deux|二|两|俩",
            "three|drei|trois|三",
            "four|vier|quatre|四",
            "five|fünf|cinq|五",
            "six|sechs|六",
            "seven|sieben|sept|七",
            "eight|acht|huit|八",
            "nine|neun|neuf|九",
            "ten|zehn|dix|十",
            "eleven|elf|onze|十一",
            "twelve|zwölf|douze|十二",
        )
    )
    for word in (fold(w) for w in words.split("|"))
}
_TENS = {
    "fifteen": 15,
    "funfzehn": 15,
    "quinze": 15,
    "十五": 15,
    "twenty": 20,
    "zwanzig": 20,
    "vingt": 20,
    "二十": 20,
    "三十": 30,
}
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(T[\d:]+)?")
_TYPED_DATE = re.compile(
    r"\d{1,2}[./-]\s?(?:\d{1,2}|[A-Za-zäé]{3,9})[./-]\s?\d{2,4}|\d{1,2}[.-]\s?[A-Za-zäé]{3,4}\.?|[A-Za-z]{3,4}[. -]\d{1,2}"
)
_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?")
_RANGE = re.compile(
    r"(\d{1,4}(?:[.,]\d{1,2})?)\s*(?:-|–|—|~|to|bis|à|a|至|到|or|oder|ou)\s*(\d{1,4}(?:[.,]\d{1,2})?)",
    re.IGNORECASE,
)
_BELOW = re.compile(r"^(?:<|＜|less than|under|unter|weniger als|moins de|不到|少于|below)\s*", re.IGNORECASE)


def read_number(text: str, *, at_most: int, of_range: Literal["lower", "upper"]) -> int | Trouble:
    """A whole number from 0 to `at_most`, rounded down. `of_range` says which end of "5-7" counts."""
    line = tidy(text)
    if _ISO_DATE.fullmatch(line) or _TYPED_DATE.fullmatch(line):
        return Trouble("looks_like_date", line)
    value = _value_of(line, of_range)
    if value is None:
        return Trouble("number_unclear", allowed=f"a number from 0 to {at_most}")
    if not 0 <= value <= at_most:
        return Trouble("out_of_range", allowed=f"0 to {at_most}")
    return int(value)


def _value_of(line: str, of_range: str) -> float | None:
    if found := _RANGE.search(line):
        low, high = _as_float(found[1]), _as_float(found[2])
        return min(low, high) if of_range == "lower" else max(low, high)
    numbers = _NUMBER.findall(line)
    if len(numbers) == 1:
        if line.startswith(("-", "−")):
            return -1
        below = _BELOW.match(line)
        return max(0.0, _as_float(numbers[0]) - 1) if below else _as_float(numbers[0])
    if numbers:
        return None
    folded = fold(line)
    for word in (folded, folded.split(" ")[0], folded.rstrip("年个位名人")):
        if word in _WORDS:
            return _WORDS[word]
        if word in _TENS:
            return _TENS[word]
    return None


def _as_float(digits: str) -> float:
    return float(digits.replace(",", "."))
