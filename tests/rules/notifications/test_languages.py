"""The mails in every language: nothing untranslated, nothing left over, and times on the reader's clock."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from services.notifications.domain.people import first_zone
from services.notifications.mail import letters, words
from services.notifications.mail.words import Words, best_language

MAIL = Path(letters.__file__).parent
LANGUAGES = [language for language in words.LANGUAGES if language != "en"]
EVENING = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)


@cache
def said() -> set[str]:
    """Every text that the mails say, as it stands in the code."""
    found: set[str] = set()
    for file in sorted(MAIL.parent.rglob("*.py")):
        for _, message, _, _ in extract_from_file("python", str(file), keywords={"say": None}):
            assert isinstance(message, str)
            found.add(message)
    return found


def catalogue(language: str) -> Catalog:
    with (words.LOCALES / language / "messages.po").open("rb") as source:
        return read_po(source, locale=language)


def test_there_are_texts_to_translate() -> None:
    assert len(said()) > 50


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    translated = catalogue(language)
    missing = [
        text for text in said() if (found := translated.get(text)) is None or not found.string or found.fuzzy
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over(language: str) -> None:
    assert [message.id for message in catalogue(language) if message.id and message.id not in said()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_has_the_places_of_its_text(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            assert sorted(re.findall(r"%\(\w+\)s", str(message.string))) == sorted(
                re.findall(r"%\(\w+\)s", str(message.id))
            )


@pytest.mark.parametrize(
    ("tags", "language"),
    [
        (["zh-Hans"], "zh_Hans"),
        (["zh"], "zh_Hans"),
        (["zh-CN"], "zh_Hans"),
        (["zh-SG"], "zh_Hans"),
        (["zh-TW"], "en"),
        (["de-CH", "zh-Hans"], "zh_Hans"),
        (["", "zh-Hans", "en"], "zh_Hans"),
        (["en-US"], "en"),
        (["not a tag", "x" * 400], "en"),
        ([], "en"),
    ],
)
def test_the_first_language_that_we_write_is_taken(tags: list[str], language: str) -> None:
    assert best_language(tags) == language


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "Europe", "x" * 400, "\x00"])
def test_a_zone_that_is_none_gives_way_to_the_next(name: str) -> None:
    assert first_zone([name, "Asia/Shanghai"]).key == "Asia/Shanghai"
    assert first_zone([name]).key == "UTC"


def test_a_time_is_shown_on_the_readers_own_clock() -> None:
    assert Words("en", ZoneInfo("Asia/Shanghai")).time(EVENING) == (
        "Monday, 30 March 2026, 07:30 (Asia/Shanghai, UTC+08:00)"
    )
    assert (
        Words("en", ZoneInfo("America/St_Johns"))
        .time(EVENING)
        .endswith("21:00 (America/St_Johns, UTC-02:30)")
    )
    assert Words("zh_Hans", ZoneInfo("Europe/Zurich")).day(EVENING) == "2026年3月30日星期一"


def test_a_percent_sign_in_a_name_is_a_percent_sign() -> None:
    say = Words("en", ZoneInfo("UTC"))
    assert say("Hello %(name)s,", name="100 %(day)s %d") == "Hello 100 %(day)s %d,"
