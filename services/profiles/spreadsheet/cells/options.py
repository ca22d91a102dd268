"""Answers to a programme's own questions: one option, several, a place on a scale, or text."""

import re

from rapidfuzz import fuzz, process

from services.profiles.areas import Area
from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.cells.areas import AreaReader
from services.profiles.spreadsheet.limits import MAX_LOOKED_UP_CHARS
from services.profiles.spreadsheet.mapping import DEFAULT_AREA_SEPARATORS
from services.profiles.spreadsheet.normal import fold, has_han, tidy
from services.profiles.spreadsheet.values import Answer, Option, Question

_TAKEN_SCORE, _SUGGESTED_SCORE, _MIN_FUZZY_CHARS = 88, 60, 5
_LISTED_OPTIONS = 8
_NUMBER = re.compile(r"\d+")


def _label(option: Option) -> str:
    return option.labels[0] if option.labels else option.key


class OptionReader:
    """Reads answers to one question; anything that no option means is a trouble that lists the options."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._keys: dict[str, str] = {}
        for option in question.options:
            for spelling in (*option.labels, option.key):
                self._keys.setdefault(fold(spelling), option.key)
        self._keys.pop("", None)
        self._by_digits: dict[str, set[str]] = {}
        for spelling, key in self._keys.items():
            numbers = _NUMBER.findall(spelling)
            if len(numbers) == 1:
                self._by_digits.setdefault(numbers[0], set()).add(key)
        labels = [_label(option) for option in question.options]
        more = f" (and {len(labels) - _LISTED_OPTIONS} more)" if len(labels) > _LISTED_OPTIONS else ""
        self.allowed = ", ".join(labels[:_LISTED_OPTIONS]) + more
        self._labels = dict(zip((option.key for option in question.options), labels, strict=True))
        self._list = AreaReader(
            [Area(o.key, {"en": _label(o)}, o.labels) for o in question.options], DEFAULT_AREA_SEPARATORS
        )

    def read(self, text: str) -> tuple[Answer | None, tuple[Trouble, ...]]:
        """The answer, if there is one, and what was not understood."""
        if self._question.kind == "text":
            return text, ()
        key, suggestion = self._one(text)
        if not self._question.several:
            return (key, ()) if key else (None, (Trouble("not_an_option", "", suggestion, self.allowed),))
        if key:
            return (key,), ()
        found = self._list.read(text)
        troubles = tuple(Trouble("not_an_option", t.part, t.suggestion, self.allowed) for t in found.troubles)
        return (found.slugs or None), troubles

    def knows(self, text: str) -> bool:
        """Whether the text is an option, or several, exactly: what a guess needs, and cheap."""
        folded = fold(text)
        if folded in self._keys or self._by_number(folded):
            return True
        return self._question.several and self._list.knows(text)

    def _one(self, text: str) -> tuple[str, str]:
        folded = fold(text)
        if folded in self._keys:
            return self._keys[folded], ""
        if by_number := self._by_number(folded):
            return by_number, ""
        if folded.isdigit() or not folded or len(folded) > MAX_LOOKED_UP_CHARS:
            return "", ""
        near = process.extract(
            folded, self._keys.keys(), scorer=fuzz.ratio, limit=6, score_cutoff=_SUGGESTED_SCORE
        )
        if not near:
            return "", ""
        best = self._keys[near[0][0]]
        rivals = [
            score for spelling, score, _ in near if self._keys[spelling] != best and near[0][1] - score < 4
        ]
        sure = (
            near[0][1] >= _TAKEN_SCORE
            and not rivals
            and len(folded) >= _MIN_FUZZY_CHARS
            and not has_han(folded)
        )
        # Two options that differ in a number ("Grade 6", "Grade 42") are never a slip of one another.
        if _NUMBER.findall(folded) != _NUMBER.findall(near[0][0]):
            return "", ""
        return (best, "") if sure else ("", self._labels[best])

    def _by_number(self, folded: str) -> str:
        """`4 agree` for the option `4`, `7` for `Grade 7`, `7 0` (7.0) for `7`: the only option with that number."""
        numbers = _NUMBER.findall(folded.removesuffix(" 0") if re.fullmatch(r"\d+ 0", folded) else folded)
        if len(numbers) != 1:
            return ""
        same = self._by_digits.get(numbers[0], set())
        return next(iter(same)) if len(same) == 1 else ""


def read_text(text: str) -> str:
    """Free text as typed: line breaks kept, spaces at the ends dropped."""
    return "\n".join(tidy(line) for line in text.split("\n")).strip()
