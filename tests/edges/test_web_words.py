"""What the pages say: every text in every language, codes in plain words, times on the reader's clock."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import services.web
from services.matching.engine.pairs import STOPS
from services.web import times, words
from services.web.pages.details import _hours
from services.web.plots import plot
from services.web.sentences import (
    LEFT_OVER,
    outcome_moment,
    reason_for_mentee,
    reason_for_mentor,
    reason_in_short,
    why_left_over,
)

WEB = Path(services.web.__file__).parent
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
KEYWORDS = DEFAULT_KEYWORDS | {"N_": None}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OTHERS = [tag for tag in words.LANGUAGES if tag != words.SOURCE]
#: Letters in a template that are the same in every language.
NAMES = {"Cairn"}


def texts() -> Iterator[tuple[str, ...]]:
    """Every text of the pages: itself, and its plural where it has one."""
    for _, _, message, _, _ in extract_from_dir(WEB, METHODS, keywords=KEYWORDS):
        yield (message,) if isinstance(message, str) else tuple(filter(None, message))


def catalogue(tag: str) -> Catalog:
    with (WEB / "words" / f"{tag}.po").open("rb") as written:
        return read_po(written, locale=tag.replace("-", "_"))


@pytest.mark.parametrize("tag", OTHERS)
def test_every_text_of_the_pages_is_translated(tag: str) -> None:
    known = catalogue(tag)
    missing = [
        text for text in texts() if not (found := known.get(text[0])) or not found.string or found.fuzzy
    ]
    assert missing == [], "see services/web/words/extraction.cfg for how to add texts"


def test_no_text_stands_inside_an_f_string_where_it_would_not_be_found() -> None:
    found = []
    for source in WEB.rglob("*.py"):
        for whole in ast.walk(ast.parse(source.read_text())):
            inside = ast.walk(whole) if isinstance(whole, ast.JoinedStr) else ()
            found += [(source.name, ast.unparse(part)) for part in inside if _is_text(part)]
    assert found == []


def _is_text(part: ast.AST) -> bool:
    asked = isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in KEYWORDS
    return asked and isinstance(part.args[0], ast.Constant)  # type: ignore[attr-defined]


@pytest.mark.parametrize("tag", OTHERS)
def test_a_translation_fills_in_the_same_values(tag: str) -> None:
    for message in catalogue(tag):
        if message.id:
            said = message.string if isinstance(message.string, str) else (message.string or [""])[0]
            meant = message.id if isinstance(message.id, str) else message.id[-1]
            assert set(PLACEHOLDER.findall(said)) == set(PLACEHOLDER.findall(meant)), meant
            if PLACEHOLDER.search(meant):  # it is filled in with %, so a bare one would stop the page
                assert "%" not in PLACEHOLDER.sub("", said).replace("%%", ""), meant
            else:  # templates fill in every text, Python only those with values: no % suits both
                assert "%" not in said, meant


@pytest.mark.parametrize("tag", OTHERS)
def test_no_translation_is_kept_for_a_text_that_is_gone(tag: str) -> None:
    here = {text[0] for text in texts()}
    kept = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue(tag)
        if message.id
    }
    assert kept - here == set()


@pytest.mark.parametrize("page", sorted((WEB / "templates").glob("*.html")), ids=lambda page: page.name)
def test_a_template_holds_no_text_outside_the_catalogues(page: Path) -> None:
    bare = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<!.*?>", " ", page.read_text(), flags=re.DOTALL)
    bare = re.sub(r"<[^>]*>|[\w-]+=\"[^\"]*\"", " ", bare)
    assert set(re.findall(r"[^\W\d_]{2,}", bare)) - NAMES == set()


def test_every_reason_to_be_left_over_has_words() -> None:
    assert set(LEFT_OVER) == {*STOPS, "no_seat", "nobody", "seats"}
    assert why_left_over("role") == "role not in the details"
    assert why_left_over("not_eligible") == "not eligible"


@pytest.mark.parametrize(
    "code", ["wants", "gap", "learns", "hours", "languages", "answer", "asked", "likes", "new"]
)
def test_every_reason_is_a_sentence_for_both_sides_and_short_for_staff(code: str) -> None:
    reason = {"code": code, "value": 3, "area": "leadership", "key": "de"}
    for sentence in (
        reason_for_mentee(reason, "Bo", "leadership"),
        reason_for_mentor(reason, "Bo", "leadership"),
    ):
        assert sentence.endswith(".")
        assert "%(" not in sentence
    assert 0 < len(reason_in_short(reason, "Leadership")) < 40


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        (["zh-CN"], "zh-Hans"),
        (["zh_Hant_TW"], "zh-Hans"),
        (["de", "en-US"], "en"),
        (["fr"], "en"),
        ([None, ""], "en"),
    ],
)
def test_the_first_language_that_the_pages_speak_is_taken(wanted: list[str | None], best: str) -> None:
    assert words.best_language(wanted) == best


def test_a_time_is_typed_on_ones_own_clock() -> None:
    assert times.typed("2026-11-05T18:30", ZoneInfo("Asia/Shanghai")) == datetime(
        2026, 11, 5, 10, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-02-30T10:00", "2026-03-29T02:30"])
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(times.NoSuchTime):
        times.typed(text, ZoneInfo("Europe/Zurich"))


def test_an_hour_that_comes_twice_means_the_first() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert times.typed("2026-10-25T02:30", ZoneInfo("Europe/Zurich")) == first


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("start", "At the start"),
        ("end", "At the end"),
        ("months_1", "1 month later"),
        ("months_3", "3 months later"),
        ("months_6", "Half a year later"),
        ("months_12", "A year later"),
        ("months_24", "2 years later"),
        ("months_30", "30 months later"),
    ],
)
def test_every_moment_at_which_outcomes_are_asked_has_words(moment: str, said: str) -> None:
    assert outcome_moment(moment) == said


def test_the_plots_show_every_moment_that_the_report_has() -> None:
    nobody = {"asked": 0}
    some = {"asked": 9, "counted": 0, "gained": None}
    rows = [
        {"moment": moment, "group": "matched", "mentee": some, "mentor": nobody}
        for moment in ("start", "end", "months_3", "months_9")
    ]
    drawn = plot("gained", "Gained", rows)
    assert [heading.text for heading in drawn.headings] == [
        "At the start",
        "At the end",
        "3 months later",
        "9 months later",
    ]


@pytest.mark.parametrize(
    ("hours", "said"), [(12, "in 12 hours"), (24, "in 1 day"), (48, "in 2 days"), (60, "in 60 hours")]
)
def test_after_how_many_hours_is_said_in_whole_days_where_it_can(hours: int, said: str) -> None:
    assert times.in_hours(hours) == said


@pytest.mark.parametrize(
    ("left", "words_for_it"),
    [
        (timedelta(days=6, hours=23), "7 days left"),
        (timedelta(hours=26), "26 hours left"),
        (timedelta(minutes=5), "less than an hour left"),
        (timedelta(0), "over"),
    ],
)
def test_how_long_is_left_is_said_in_words(left: timedelta, words_for_it: str) -> None:
    now = datetime(2026, 11, 5, tzinfo=UTC)
    assert times.days_left(now + left, now) == words_for_it


def test_a_part_of_a_day_left_as_it_was_keeps_its_hours() -> None:
    evening, some = [18, 19, 20, 21], [42, 43]
    assert _hours(evening + some, ["0-evening"]) == evening + some
    assert _hours(evening + some, []) == some
    assert _hours(some, ["1-evening"]) == [42, 43, 44, 45]
