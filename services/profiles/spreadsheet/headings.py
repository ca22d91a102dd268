"""What one heading says by itself, and which row of a sheet holds the headings."""

from functools import lru_cache

from openpyxl.utils import get_column_letter
from rapidfuzz import fuzz, process

from services.profiles.spreadsheet import limits
from services.profiles.spreadsheet.heading_words import PHRASES, POLITE_START, ROLE_START, RULES
from services.profiles.spreadsheet.normal import fold, has_han, shown, tidy
from services.profiles.spreadsheet.values import Cell, Column, Row, Sheet
from services.profiles.spreadsheet.xlsx import RawSheet

CERTAIN, BARE, SAID, CLOSE = 0.97, 0.9, 0.8, 0.7
_FUZZY_SCORE = 88
_MIN_FUZZY_CHARS = 5
_FOLLOWING_ROWS = 5
_ENOUGH = 2.5  # below this no row looks like headings


@lru_cache(maxsize=4_096)
def field_of_heading(folded: str) -> tuple[str, float] | None:
    """The field that a folded heading names, and how surely: a known phrase, a telling pattern, nearly a phrase."""
    if folded in PHRASES:
        return PHRASES[folded], CERTAIN
    if bare := _bare_phrase(folded):
        return bare, BARE
    for name, pattern in RULES:
        if pattern.search(folded):
            return name, SAID
    if len(folded) >= _MIN_FUZZY_CHARS and not has_han(folded):
        close = process.extractOne(folded, PHRASES.keys(), scorer=fuzz.ratio, score_cutoff=_FUZZY_SCORE)
        if close:
            return PHRASES[close[0]], CLOSE
    return None


def _bare_phrase(folded: str) -> str | None:
    """The field of "What is your name?" and of "Mentor name": a known phrase behind a start that says nothing new."""
    polite = POLITE_START.sub("", folded)
    if polite in PHRASES:
        return PHRASES[polite]
    field = PHRASES.get(ROLE_START.sub("", polite))
    return None if field in ("role", "is_mentor", "is_mentee", "is_both") else field


def with_headings(raw: RawSheet) -> Sheet:
    """The sheet with its heading row found, title rows skipped and blank columns left out."""
    at = _header_index(raw.rows[: limits.HEADER_SEARCH_ROWS])
    header = raw.rows[at] if at is not None else None
    above = raw.rows[:at] if at is not None else ()
    below = raw.rows[at + 1 :] if at is not None else raw.rows
    if header is not None:
        below = tuple(
            row for row in below if row.cells != header.cells
        )  # headings repeated by a copied block
    title = shown(
        " ".join(_text(cell) for row in above for cell in row.cells if cell), limits.MAX_HEADING_CHARS
    )
    columns = _columns(header.cells if header else (), below)
    return Sheet(
        name=shown(raw.name, 100),
        hidden=raw.hidden,
        title=title,
        header_row=header.number if header else None,
        columns=columns,
        rows=below,
    )


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.shown


def _header_index(rows: tuple[Row, ...]) -> int | None:
    width = max((_filled(row) for row in rows), default=0)
    scores = [_header_score(rows, index, width) for index in range(len(rows))]
    best = max(range(len(scores)), key=lambda index: (scores[index], -index), default=None)
    return best if best is not None and scores[best] >= _ENOUGH else None


def _filled(row: Row) -> int:
    return sum(1 for cell in row.cells if cell)


def _header_score(rows: tuple[Row, ...], index: int, width: int) -> float:
    """High for a row of known, distinct, short words above rows of about the same width; low for people."""
    texts = [tidy(_text(cell)) for cell in rows[index].cells if cell]
    following = rows[index + 1 : index + 1 + _FOLLOWING_ROWS]
    judged = texts[: limits.HEADER_SEARCH_CELLS]
    known = sum(1 for text in judged if field_of_heading(fold(text[: limits.MAX_HEADING_CHARS])))
    share = len(texts) / width
    score = 3.0 * known * share + 2.0 * share
    score -= 6.0 * sum(1 for text in texts if "@" in text and "." in text)
    score -= 1.5 * sum(1 for text in texts if text.replace(".", "").isdigit())
    score -= 1.0 * (len(texts) - len({text.casefold() for text in texts}))
    if len(texts) == 1 and width > 2:
        score -= 3.0
    if following:
        score += min(1.0, sum(_filled(row) for row in following) / len(following) / max(1, len(texts)))
    return score


def _columns(header: tuple[Cell, ...], rows: tuple[Row, ...]) -> tuple[Column, ...]:
    width = max([len(header), *(len(row.cells) for row in rows)])
    samples = _samples(rows, width)
    columns: list[Column] = []
    seen: dict[str, int] = {}
    for index in range(width):
        typed = shown(_text(header[index]), limits.MAX_HEADING_CHARS) if index < len(header) else ""
        if not typed and not samples[index]:
            continue
        letter = get_column_letter(index + 1)
        heading = typed or f"Column {letter}"
        key = fold(heading) or f"column {letter.lower()}"
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            key = f"{key} #{seen[key]}"
        columns.append(Column(index, letter, heading, key, samples[index]))
    return tuple(columns)


def _samples(rows: tuple[Row, ...], width: int) -> list[tuple[str, ...]]:
    found: list[dict[str, None]] = [{} for _ in range(width)]
    for row in rows:
        for index, cell in enumerate(row.cells):
            if cell and len(found[index]) < limits.MAX_SAMPLES:
                found[index].setdefault(shown(_text(cell)))
    return [tuple(values) for values in found]
