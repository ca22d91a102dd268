"""Several areas in one cell, whatever stands between them, with the years of experience that some people add.

The cell is cut at the separators, and neighbouring pieces are put together again where together they are an area:
so `Law, compliance` is one area, and `Law, Marketing` two. A piece that is nearly an area is taken for it only if
no other area is about as near; otherwise it is a trouble with the nearest one as the suggestion.
"""

# ruff: noqa: RUF001 - wide punctuation is what people type

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz import fuzz, process

from services.profiles.areas import Area
from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.limits import MAX_LOOKED_UP_CHARS, MAX_TROUBLES_IN_CELL, MAX_YEARS
from services.profiles.spreadsheet.normal import fold, has_han, is_blank, shown, tidy

_WORD_SEPARATORS = re.compile(
    r"\s+(?:and|und|et|y|&|\+|sowie)\s+|(?<=[\u4e00-\u9fff])[和及与](?=[\u4e00-\u9fff])"
)
_YEARS = re.compile(
    r"[\s(\[（:：=–-]*(?P<years>\d{1,2})(?:[.,]\d)?\s*\+?\s*(?:years?|yrs?|y|jahren?|j|ans?|annees?|années?|年)?\s*[)\]）]?\s*$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•·–>]|\d{1,2}[.)、])\s*")
_MAX_JOINED = 4  # pieces that may together be one area
_TAKEN_SCORE, _SUGGESTED_SCORE = 88, 60
_CLEAR_LEAD = 4  # points by which the nearest area must lead the next
_MIN_FUZZY_CHARS, _MIN_SUGGESTED_CHARS = 5, 3


@dataclass(frozen=True, slots=True)
class AreasRead:
    """Slugs in the order typed, each once; years by slug where they were given."""

    slugs: tuple[str, ...] = ()
    years: dict[str, int] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()


class AreaReader:
    """Reads cells of areas against one programme's list. Remembers what it has resolved: columns repeat."""

    def __init__(self, areas: Sequence[Area], separators: str) -> None:
        self._labels: dict[str, str] = {}
        self._slugs: dict[str, str] = {}
        for area in areas:
            for spelling in (area.slug, *area.labels.values(), *area.aliases):
                self._slugs.setdefault(fold(spelling), area.slug)
            self._labels[area.slug] = area.labels.get("en", next(iter(area.labels.values()), area.slug))
        self._slugs.pop("", None)
        self._cut = re.compile(f"[{re.escape(separators)}]") if separators else re.compile(r"(?!)")
        spellings = [s for area in areas for s in (*area.labels.values(), *area.aliases)]
        self._openings = {fold(self._cut.split(s)[0]) for s in spellings if self._cut.search(s)}
        self._resolved: dict[str, tuple[str, str]] = {}

    def label(self, slug: str) -> str:
        """The area's name for a message."""
        return self._labels.get(slug, slug)

    def slug_of(self, text: str) -> str | None:
        """The area that this text is, exactly, in any of its spellings."""
        return self._slugs.get(fold(text))

    def knows(self, text: str) -> bool:
        """Whether every piece of the cell is an area, exactly."""
        pieces = self._pieces(text)
        return bool(pieces) and all(self.slug_of(piece) for piece in pieces)

    def read(self, text: str) -> AreasRead:
        """All areas of one cell."""
        slugs: dict[str, None] = {}
        years: dict[str, int] = {}
        troubles: list[Trouble] = []
        for piece in self._pieces(text):
            if len(troubles) == MAX_TROUBLES_IN_CELL:
                slug, count, suggestion = self.slug_of(piece) or "", None, ""
            else:
                slug, count, suggestion = self._resolve_with_years(piece)
            if not slug:
                if len(troubles) < MAX_TROUBLES_IN_CELL:
                    troubles.append(Trouble("unknown_area", shown(piece), suggestion))
                continue
            slugs.setdefault(slug)
            if count is not None:
                years[slug] = count
        return AreasRead(tuple(slugs), years, tuple(troubles))

    def _pieces(self, text: str) -> list[str]:
        if self.slug_of(text):
            return [text]
        if is_blank(text):
            return []  # "n/a" is not two areas
        marks = [0, *(m.end() for m in self._cut.finditer(text)), len(text) + 1]
        spans = list(pairwise(marks))
        pieces: list[str] = []
        at = 0
        while at < len(spans):
            taken, piece = self._longest(text, spans, at)
            at += taken
            piece = _BULLET.sub("", tidy(piece))
            if not is_blank(piece):
                pieces.extend(self._at_words(piece))
        return pieces

    def _longest(self, text: str, spans: list[tuple[int, int]], at: int) -> tuple[int, str]:
        """The most pieces from here on that together are an area, and their text; else one piece."""
        single = text[spans[at][0] : spans[at][1] - 1]
        if fold(single) not in self._openings:
            return 1, single  # no area with a separator in its name begins like that
        for count in range(min(_MAX_JOINED, len(spans) - at), 1, -1):
            joined = text[spans[at][0] : spans[at + count - 1][1] - 1]
            if self.slug_of(joined):
                return count, joined
        return 1, single

    def _at_words(self, piece: str) -> list[str]:
        if self.slug_of(piece) or len(piece) > MAX_LOOKED_UP_CHARS or not _WORD_SEPARATORS.search(piece):
            return [piece]
        parts = [part for part in _WORD_SEPARATORS.split(piece) if part.strip()]
        return parts if all(self._resolve(part)[0] for part in parts) else [piece]

    def _resolve_with_years(self, piece: str) -> tuple[str, int | None, str]:
        if len(piece) > MAX_LOOKED_UP_CHARS:
            return self.slug_of(piece) or "", None, ""
        slug, suggestion = self._resolve(piece)
        found = None if self.slug_of(piece) else _YEARS.search(piece)
        if found and found.start() > 0:
            bare, bare_suggestion = self._resolve(piece[: found.start()])
            if bare and int(found["years"]) <= MAX_YEARS:
                return bare, int(found["years"]), ""
            suggestion = suggestion or bare_suggestion
        return slug, None, suggestion

    def _resolve(self, piece: str) -> tuple[str, str]:
        """(slug, "") or ("", the nearest area's name or nothing)."""
        folded = fold(piece)
        if folded not in self._resolved:
            self._resolved[folded] = self._look_up(folded)
        return self._resolved[folded]

    def _look_up(self, folded: str) -> tuple[str, str]:
        if slug := self._slugs.get(folded):
            return slug, ""
        if len(folded) < _MIN_SUGGESTED_CHARS and not has_han(folded):
            return "", ""
        cutoff = _SUGGESTED_SCORE
        near = process.extract(folded, self._slugs.keys(), scorer=fuzz.ratio, limit=8, score_cutoff=cutoff)
        if not near:
            return "", ""
        best_slug, best_score = self._slugs[near[0][0]], near[0][1]
        others = [score for spelling, score, _ in near if self._slugs[spelling] != best_slug]
        clear = not others or best_score - others[0] >= _CLEAR_LEAD
        sure = best_score >= _TAKEN_SCORE and len(folded) >= _MIN_FUZZY_CHARS and not has_han(folded)
        return (best_slug, "") if sure and clear else ("", self.label(best_slug))
