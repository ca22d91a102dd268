"""The pages' languages: English in the sources, every other one as a catalogue beside this file.

Invariants:
1. A text for people goes through `gettext` or `ngettext` here, or `_()` in a template; `tests/edges/test_web_words.py` fails on one that a
   catalogue does not know.
2. Catalogues are read as they are written (`<tag>.po`): there is no compiled copy to forget.
"""

import io
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import g, has_request_context

SOURCE = "en"
#: BCP 47 tags of the languages that the pages speak, with their own names for themselves.
LANGUAGES: Mapping[str, str] = {"en": "English", "zh-Hans": "简体中文"}
FOLDER = Path(__file__).parent


def N_(text: str) -> str:  # noqa: N802 - the name by which extraction tools know a text that is translated later
    """Marks a text for the catalogues; it is translated where it is shown."""
    return text


@cache
def catalogue(tag: str) -> NullTranslations:
    """The translations into a language of `LANGUAGES`."""
    if tag == SOURCE:
        return NullTranslations()
    with (FOLDER / f"{tag}.po").open("rb") as written:
        texts = read_po(written, locale=tag.replace("-", "_"))
    compiled = io.BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return Translations(compiled)


def best_language(wanted: Iterable[str | None]) -> str:
    """The first of these language tags that the pages speak, or the sources' language. Any Chinese is nearer to Chinese than English is."""
    for tag in wanted:
        main = (tag or "").replace("_", "-").split("-")[0].lower()
        for known in LANGUAGES:
            if main and known.split("-")[0] == main:
                return known
    return SOURCE


def language() -> str:
    """The language of the page that is being made."""
    return str(g.get("language", SOURCE)) if has_request_context() else SOURCE


def babel_locale() -> Locale:
    """The same, for dates, numbers and names of languages. British English: the day before the month, 24 hours."""
    return Locale.parse({"en": "en_GB", "zh-Hans": "zh_Hans_CN"}[language()])


def gettext(text: str, **values: Any) -> str:
    """The text in the page's language, with `%(name)s` filled in."""
    found = catalogue(language()).gettext(text)
    return found % values if values else found


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The text for this number, with `%(num)d` and the rest filled in."""
    found = catalogue(language()).ngettext(one, many, num)
    return found % {"num": num, **values}
