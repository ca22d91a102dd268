"""The languages of the mails: gettext catalogues, dates and times as people write them.

Invariants:
1. The English text is the message id; every other language has a catalogue in `locales/<locale>/messages.po`, read when the process starts.
2. A time is shown on the reader's own clock, with its zone.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALES = Path(__file__).parents[1] / "locales"

#: Catalogue name -> BCP 47 tag for `lang` and `Content-Language`. English comes first: it is the fallback.
LANGUAGES = {"en": "en", "zh_Hans": "zh-Hans"}
#: English with the day before the month, as the chapters' cities write it.
_FORMATS = {"en": "en_GB"}


class Words:
    """One reader's language and clock. Called with an English text, it gives the reader's; `%(name)s` places are filled from `values`."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.language = language
        self.tag = LANGUAGES[language]
        self.zone = zone
        self._texts = _texts(language)
        self._formats = Locale.parse(_FORMATS.get(language, language))

    def __call__(self, text: str, /, **values: Any) -> str:
        return str(self._texts.gettext(text)) % values

    def day(self, moment: datetime) -> str:
        """The date there, for example `Tuesday 3 March 2026`."""
        return str(format_date(moment.astimezone(self.zone).date(), "full", locale=self._formats))

    def time(self, moment: datetime) -> str:
        """Date, time and zone there, for example `Tuesday 3 March 2026, 20:00 (Asia/Shanghai, UTC+08:00)`."""
        there = moment.astimezone(self.zone)
        offset = there.strftime("%z")
        return f"{self.day(moment)}, {there:%H:%M} ({self.zone.key}, UTC{offset[:3]}:{offset[3:5]})"


def best_language(wanted: Iterable[str]) -> str:
    """The first language of these BCP 47 tags (in order of preference) that the mails are written in; English where there is none."""
    ours = {_language_and_script(language): language for language in LANGUAGES}
    for tag in wanted:
        if (asked := _language_and_script(tag)) in ours:
            return ours[asked]
    return next(iter(LANGUAGES))


@lru_cache(maxsize=1_000)
def _language_and_script(tag: str) -> tuple[str, str]:
    """`zh`, `zh-CN` and `zh-Hans` are one written language, `zh-TW` is another; nothing for what is no tag."""
    try:
        asked = Locale.parse(tag.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return "", ""
    likely = get_global("likely_subtags").get(asked.language)
    return asked.language, asked.script or (Locale.parse(likely).script if likely else "") or ""


@cache
def _texts(language: str) -> NullTranslations:
    file = LOCALES / language / "messages.po"
    if not file.exists():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)
