"""Plots of a round, as figures that a template draws (see `plots`): how scores are spread, who got a proposal, who is left, which seats
would help.

Invariant: every number that is drawn stands beside its bar or in the table below, so that nobody has to see a bar to know it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from unicodedata import east_asian_width

from babel.numbers import format_decimal, format_percent

from services.web.people import Card, name_of
from services.web.plots import HEADING_HEIGHT, LINE_HEIGHT, WIDTH, Bar, Heading, Plot
from services.web.rounds_words import PAIR_STOPS_IN_SHORT
from services.web.sentences import why_left_over
from services.web.words import babel_locale, gettext, ngettext

SPREAD_WIDTH, SPREAD_HEIGHT = 300, 90
#: Room above the tallest bar for its count, and how wide a bar must be to bear one.
SPREAD_TOP, COUNTED_WIDTH = 18, 20
#: A bar of a spread is no wider than this, so that three bars do not look like three walls.
COLUMN_WIDTH_MAX = 40
SIDES = ("mentee", "mentor")
#: What fits between the two ends of a drawing.
LABEL_CHARS = 50

#: A label, and its value in words with how far its bar goes (0 to 1); a heading has none.
Line = tuple[str, tuple[str, float] | None]


@dataclass(frozen=True, slots=True)
class Column:
    """One bar of a spread: scores from `low` to `high`, how many, and where it stands (units of the drawing)."""

    low: int
    high: int
    count: int
    x: float
    y: float
    width: float
    height: float
    other: bool = False

    @property
    def bears(self) -> str:
        """Its count, where there is room for it."""
        return str(self.count) if self.count and self.width >= COUNTED_WIDTH else ""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the scores of one kind are spread: `lows` are where the bars begin, `counts` one list a draft."""

    name: str
    title: str
    columns: Sequence[Column]
    low: int
    high: int
    rows: Sequence[tuple[int, int, Sequence[int]]]

    @property
    def ends(self) -> float:
        """Where the axis ends."""
        return max(max(column.x + column.width for column in self.columns), SPREAD_WIDTH / 4)


def spread(name: str, title: str, *histograms: Mapping[str, Any]) -> Spread | None:
    """The drawing of one or two histograms (`engine.Histogram`) on one axis; None where they hold nothing."""
    drawn = [one for one in histograms if one and one["counts"]]
    if not drawn:
        return None
    width = max(one["width"] for one in drawn)
    first = min(one["low"] // width for one in drawn)
    last = max((one["low"] + one["width"] * len(one["counts"]) - 1) // width for one in drawn)
    counts = [_recounted(one, width, first, last) for one in histograms]
    most = max(max(one) for one in counts)
    room = min(SPREAD_WIDTH / (last - first + 1), COLUMN_WIDTH_MAX)
    columns = [
        _column(
            count, most, (first + place) * width, width, x=place * room + which * room / len(counts),
            wide=room / len(counts), other=which > 0,
        )
        for which, one in enumerate(counts)
        for place, count in enumerate(one)
    ]  # fmt: skip
    rows = [
        ((first + place) * width, (first + place + 1) * width - 1, [one[place] for one in counts])
        for place in range(last - first + 1)
    ]
    return Spread(name, title, columns, first * width, (last + 1) * width - 1, rows)


def _recounted(histogram: Mapping[str, Any], width: int, first: int, last: int) -> list[int]:
    """Its counts in bars of a width that its own divides."""
    counts = [0] * (last - first + 1)
    for place, count in enumerate(histogram["counts"] if histogram else ()):
        counts[(histogram["low"] + place * histogram["width"]) // width - first] += count
    return counts


def _column(count: int, most: int, low: int, width: int, *, x: float, wide: float, other: bool) -> Column:
    tall = count * SPREAD_HEIGHT / most
    gap = min(2.0, wide / 4)
    return Column(
        low, low + width - 1, count, round(x + gap / 2, 1), round(SPREAD_TOP + SPREAD_HEIGHT - tall, 1),
        round(wide - gap, 1), round(tall, 1), other,
    )  # fmt: skip


def shares(title: str, report: Mapping[str, Any], chapters: Mapping[str, str]) -> Plot | None:
    """Whom of each side, chapter and group a round found a partner; None where nobody was there. Shares that could give somebody away
    are not in the report."""
    if not any(report[f"{side}s"]["of"] for side in SIDES):
        return None
    groups = report.get("groups", [])
    listed = report["chapters"] if len(report["chapters"]) > 1 else []
    lines: list[Line] = []
    for side, heading in zip(SIDES, (gettext("Mentees"), gettext("Mentors")), strict=True):
        several = f"{side}s"
        lines += [(heading, None), (gettext("All"), _share(report[several]))]
        lines += [
            (chapters.get(one["chapter"], one["chapter"]), _share(one[several]))
            for one in listed
            if one[several]["of"]
        ]
        lines += [
            (f"{one['question']}: {one['choice']}", _share(one[several])) for one in groups if one[several]
        ]
    return _lines("shares", title, lines)


def left(title: str, report: Mapping[str, Any], everybody: int) -> Plot | None:
    """Those without a proposal, `everybody` in all, by what stopped them; None where nobody is left. Who was not in the market at all is
    not in the report."""
    counted = report.get("left")
    if counted is None or not everybody:
        return None
    outside = everybody - sum(one["people"] for one in counted)
    most = max([outside, *(one["people"] for one in counted)])
    lines: list[Line] = []
    for side, heading in zip(SIDES, (gettext("Mentees"), gettext("Mentors")), strict=True):
        here = sorted((one for one in counted if one["side"] == side), key=lambda one: -int(one["people"]))
        if here:
            lines.append((heading, None))
            lines += [
                (why_left_over(one["code"]), (_people(one["people"]), one["people"] / most)) for one in here
            ]
    if outside > 0:
        lines.append((gettext("Not in the round at all"), None))
        label = gettext("not confirmed, no place, or not eligible")
        lines.append((label, (_people(outside), outside / most)))
    return _lines("left", title, lines, other=True)


def stopped(title: str, report: Mapping[str, Any]) -> Plot | None:
    """How many of all pairs are possible, and how many each rule is the first to stop; None where nobody counted them, or there are
    none."""
    if not report.get("stopped") or not report["pairs"]:
        return None
    counted = [(gettext("possible"), report["eligible_pairs"])]
    counted += [
        (gettext(PAIR_STOPS_IN_SHORT.get(one["code"], one["code"])), one["pairs"])
        for one in report["stopped"]
        if one["pairs"]
    ]
    of = report["pairs"]
    lines: list[Line] = [
        (label, (f"{number(pairs)}: {part(pairs, of)}", pairs / of)) for label, pairs in counted
    ]
    plot = _lines("stopped", title, lines, other=True)
    return replace(
        plot, bars=[replace(plot.bars[0], other=False), *plot.bars[1:]]
    )  # what is possible is stopped by nothing


def seats(title: str, prices: Sequence[Mapping[str, Any]], known: Mapping[str, Card]) -> Plot | None:
    """The mentors with whom one more seat would add most, highest first; None where none would add anything, or nobody is told how much."""
    if not prices or prices[0]["points"] is None:
        return None
    most = max(one["points"] for one in prices)
    return _lines(
        "seats",
        title,
        [
            (name_of(known, one["mentor"]), (f"+{number(one['points'])}", one["points"] / most))
            for one in prices
        ],
    )


def _lines(name: str, title: str, lines: Iterable[Line], *, other: bool = False) -> Plot:
    """A line without a value is a heading."""
    headings, bars, y = [], [], 0
    for label, value in lines:
        if value is None:
            headings.append(Heading(label, y + HEADING_HEIGHT - 8))
            y += HEADING_HEIGHT
        else:
            words, part = value
            bars.append(Bar(_fitting(label), words, y, part * WIDTH, other=other))
            y += LINE_HEIGHT
    return Plot(name, title, headings, bars, y)


def _fitting(label: str) -> str:
    """As much of it as a line of the drawing holds; characters of East Asian width take two places."""
    room = LABEL_CHARS
    for place, letter in enumerate(label):
        room -= 2 if east_asian_width(letter) in "WF" else 1
        if room < 0:
            return label[: place - 1].rstrip() + "…"
    return label


def _share(share: Mapping[str, int]) -> tuple[str, float]:
    return share_in_words(share), share["matched"] / share["of"] if share["of"] else 0.0


def share_in_words(share: Mapping[str, int]) -> str:
    """`12 of 20: 60%`."""
    if not share["of"]:
        return gettext("nobody")
    said = part(share["matched"], share["of"])
    return gettext(
        "%(count)s of %(all)s: %(share)s", count=number(share["matched"]), all=number(share["of"]), share=said
    )


def part(some: int, of: int) -> str:
    """A share in whole percent. Only all of it is called 100%, and only nothing 0%: near these ends with a tenth, cut off."""
    percent = some * 100 / of
    if some in (0, of) or 0.5 < percent < 99.5:
        return format_percent(some / of, format="0%", locale=babel_locale())
    tenths = some * 1_000 // of
    if not tenths:
        return gettext(
            "less than %(share)s", share=format_percent(0.001, format="0.#%", locale=babel_locale())
        )
    return format_percent(tenths / 1_000, format="0.0%", locale=babel_locale())


def of_best(millionths: int) -> str:
    """A share in millionths, rounded down so that only the best is called 100%."""
    return format_percent(millionths // 100 / 10_000, format="0.##%", locale=babel_locale())


def number(value: int) -> str:
    """With the language's marks between thousands."""
    return format_decimal(value, locale=babel_locale())


def _people(count: int) -> str:
    return ngettext("%(count)s person", "%(count)s people", count, count=number(count))
