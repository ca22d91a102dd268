"""Plots of a report, as figures that a template draws: no library, no script, every number also in words beside its bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal, format_percent

from services.web.codes import GROUPS
from services.web.sentences import ROLES, named, outcome_moment
from services.web.words import babel_locale, gettext

WIDTH = 300
LINE_HEIGHT = 54
HEADING_HEIGHT = 28
LOWEST, HIGHEST = 1, 7
MEASURED_ROLES = ("mentee", "mentor")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is about, its numbers in words, and where it and its interval end (in units of the drawing); None without data."""

    label: str
    words: str
    y: int
    end: float | None
    low: float | None = None
    high: float | None = None
    #: Applicants who were not matched are drawn in another tone, and named in the label as well.
    other: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """The moment that the bars below are about."""

    text: str
    y: int


@dataclass(frozen=True, slots=True)
class Plot:
    """One question at all moments, both groups and roles below each other."""

    name: str
    title: str
    headings: Sequence[Heading]
    bars: Sequence[Bar]
    height: int


def plot(name: str, title: str, rows: Sequence[Mapping[str, Any]]) -> Plot:
    """The drawing of one measure of an outcome report; moments of which nobody was asked are left out."""
    headings: list[Heading] = []
    bars: list[Bar] = []
    y = 0
    for moment in dict.fromkeys(row["moment"] for row in rows):
        cells = [
            (role, row["group"], row[role])
            for role in MEASURED_ROLES
            for row in rows
            if row["moment"] == moment and row[role]["asked"]
        ]
        if not cells:
            continue
        headings.append(Heading(outcome_moment(moment), y + HEADING_HEIGHT - 8))
        y += HEADING_HEIGHT
        for role, group, cell in cells:
            bars.append(
                _bar(f"{named(ROLES, role)} · {named(GROUPS, group)}", cell[name], cell["counted"], y, group)
            )
            y += LINE_HEIGHT
    return Plot(name, title, headings, bars, y)


def share_in_words(share: Mapping[str, Any] | None) -> str:
    """`3 of 14: 21% (8 to 48%)`."""
    if share is None or not share["of"]:
        return gettext("not enough answers yet")
    low, high = (_percent(end) for end in share["interval"])
    return gettext(
        "%(count)d of %(all)d: %(share)s (%(low)s to %(high)s)",
        count=share["count"], all=share["of"], share=_percent(share["count"] / share["of"]), low=low, high=high,
    )  # fmt: skip


def mean_in_words(mean: float | None, people: int) -> str:
    """`5.3, of 14 people`."""
    if mean is None:
        return gettext("not enough answers yet")
    number = format_decimal(mean, format="0.0", locale=babel_locale())
    return gettext("%(mean)s, of %(num)d people", mean=number, num=people)


def _bar(label: str, value: Any, counted: int, y: int, group: str) -> Bar:
    other = group != "matched"
    if isinstance(value, Mapping) and value["of"]:
        low, high = (end * WIDTH for end in value["interval"])
        return Bar(label, share_in_words(value), y, value["count"] / value["of"] * WIDTH, low, high, other)
    if isinstance(value, int | float):
        end = (value - LOWEST) / (HIGHEST - LOWEST) * WIDTH
        return Bar(label, mean_in_words(value, counted), y, end, other=other)
    return Bar(label, gettext("not enough answers yet"), y, None, other=other)


def _percent(share: float) -> str:
    return format_percent(share, format="0%", locale=babel_locale())
