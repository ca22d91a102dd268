"""A chapter: a city's organisation, opened by an operator."""

import re
from dataclasses import dataclass
from datetime import datetime

from services.profiles.domain import words
from shared.errors import Refused
from shared.events.profiles import ChapterOpened

MAX_SLUG_CHARS = 40
MAX_LOCALES = 8
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Chapter:
    """`id` and `chapter` are the same slug. The first locale is the default; `region` names the cell that keeps its personal data."""

    id: str
    chapter: str
    name: str
    time_zone: str
    locales: tuple[str, ...]
    region: str
    opened_at: datetime


def open_chapter(
    slug: str, *, name: str, time_zone: str, locales: tuple[str, ...], region: str, now: datetime
) -> tuple[Chapter, ChapterOpened]:
    """A new chapter. `Refused` where a word of it cannot be."""
    for what, word in (("chapter", slug), ("region", region)):
        if len(word) > MAX_SLUG_CHARS or not SLUG.fullmatch(word):
            raise Refused(
                "invalid",
                f"{word!r} cannot name a {what}: use at most {MAX_SLUG_CHARS} lower-case letters, digits and hyphens.",
                status=422,
            )
    if not 1 <= len(locales) <= MAX_LOCALES:
        raise Refused("invalid", f"A chapter has between one and {MAX_LOCALES} locales.", status=422)
    chapter = Chapter(
        id=slug,
        chapter=slug,
        name=words.person_name(name),
        time_zone=words.time_zone(time_zone),
        locales=tuple(dict.fromkeys(words.locale(each) for each in locales)),
        region=region,
        opened_at=now,
    )
    return chapter, ChapterOpened(chapter.name, chapter.time_zone, chapter.locales, chapter.region)


def same_chapter(there: Chapter, asked: Chapter) -> bool:
    """Whether opening `asked` again would change nothing."""
    return (there.name, there.time_zone, there.locales, there.region) == (
        asked.name,
        asked.time_zone,
        asked.locales,
        asked.region,
    )
