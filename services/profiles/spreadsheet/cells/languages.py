"""Languages that somebody speaks, by name in many languages or by tag, as BCP 47 base languages (`zh`, `de`).

Regions and scripts are dropped: Mandarin, zh-CN and Traditional Chinese are all `zh`; Cantonese is `yue`. A language
known a little only (A1, A2, basic) is left out with a note, since a pair must be able to talk in it.
"""

# ruff: noqa: RUF001 - wide punctuation is what people type

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from babel import Locale, localedata
from rapidfuzz import fuzz, process

from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.limits import MAX_LOOKED_UP_CHARS, MAX_TROUBLES_IN_CELL
from services.profiles.spreadsheet.normal import fold, has_han, is_blank, shown, tidy

_NAMES_IN = ("en", "zh", "zh_Hant", "de", "fr", "es", "it", "pt", "nl", "pl", "ja", "ko", "ru", "sv", "tr")
_COMPARED_WITH = ("en", "de", "fr", "es", "it")
_THREE_LETTERS = frozenset(("yue", "gsw", "fil", "nan", "wuu", "hak"))
_MORE = {
    "zh": "mandarin|chinese|mandarin chinese|putonghua|普通话|国语|國語|中文|汉语|漢語|华语|chinesisch|mandarin chinois|cn|cmn|官话",
    "yue": "cantonese|广东话|粤语|粵語|kantonesisch|cantonais",
    "wuu": "shanghainese|上海话|上海話|wu",
    "gsw": "swiss german|schweizerdeutsch|schwyzerdutsch|mundart",
    "en": "eng|英文|英语|engl|anglais|englisch|us english|british english",
    "de": "ger|deu|德文|hochdeutsch|allemand|deutsch",
    "fr": "fra|fre|法文|francais|franzosisch",
    "es": "castellano|castilian|spa",
    "fa": "farsi",
    "ja": "jp|jap|日文",
    "ko": "kr|韩文",
    "cs": "cz|czech",
    "da": "dk",
    "sv": "se|swedish",
    "el": "greek|gr",
    "sr": "serbian|bcs",
    "fil": "tagalog|tl",
}
_SEPARATORS = re.compile(
    r"[,;/|\n\t，；、／｜•·+&]|\s+(?:and|und|et|y|sowie)\s+|(?<=[\u4e00-\u9fff])[和及与](?=[\u4e00-\u9fff])"
)
_LEVEL = re.compile(
    r"\b(?:native|mother tongue|fluent\w*|fluid|business|professional|working|proficien\w*|advanced|good|very|intermediate|bilingual|"
    r"conversational|level|muttersprach\w*|fliessend|verhandlungssicher|gut|sehr|langue maternelle|maternel\w*|courant|bilingue|"
    r"[bc][12]|speaker|spoken|tongue|first|second|c2|1st|2nd)\b|母语|流利|精通|熟练|良好|工作语言"
)
_BASIC = re.compile(
    r"\b(?:a[12]|basics?|beginner|elementary|a little|little|some|grundkenntnisse|anfanger\w*|wenig|etwas|notions?|"
    r"debutante?)\b|初级|入门|一点"
)
_MIN_FUZZY_CHARS, _TAKEN_SCORE, _SUGGESTED_SCORE = 5, 88, 76
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})+")


@dataclass(frozen=True, slots=True)
class LanguagesRead:
    """Tags in the order typed, each once."""

    tags: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for locale in _NAMES_IN:
        for code, name in Locale.parse(locale).languages.items():
            base = re.split("[_-]", code)[0]
            if len(base) == 2 or base in _THREE_LETTERS:
                names.setdefault(fold(name), base)
    own = [
        Locale.parse(base)
        for base in {code for code in names.values() if len(code) == 2}
        if localedata.exists(base)
    ]
    names |= {
        fold(locale.get_display_name() or ""): locale.language for locale in own if locale.get_display_name()
    }
    names |= {code: code for code in set(names.values())}
    names |= {fold(word): tag for tag, words in _MORE.items() for word in words.split("|")}
    names.pop("", None)
    return names


@cache
def _common_names() -> tuple[str, ...]:
    """The names with which a mistyped one is compared: two thousand instead of ten."""
    names = _names()
    common = (Locale.parse(locale).languages.values() for locale in _COMPARED_WITH)
    return tuple({folded: None for group in common for name in group if (folded := fold(name)) in names})


@lru_cache(maxsize=4_096)
def read_languages(text: str) -> LanguagesRead:
    """All languages of one cell."""
    tags: dict[str, None] = {}
    troubles: list[Trouble] = []
    for piece in _pieces(text):
        if is_blank(piece):
            continue
        if len(piece) > MAX_LOOKED_UP_CHARS:
            tag, code, suggestion = "", "unknown_language", ""
        elif len(troubles) == MAX_TROUBLES_IN_CELL:
            tag, code, suggestion = _names().get(fold(piece), ""), "", ""
        else:
            tag, code, suggestion = _one(_plain(piece))
        if tag:
            tags.setdefault(tag)
        elif code and len(troubles) < MAX_TROUBLES_IN_CELL:
            troubles.append(Trouble(code, shown(tidy(piece)), suggestion))
    return LanguagesRead(tuple(tags), tuple(troubles))


def _plain(piece: str) -> str:
    """The piece folded; a tag loses its region (`zh-CN`), and "Chinese (Mandarin)" becomes its first half if need be."""
    if tag := _TAG.fullmatch(piece.strip()):
        return tag[1].lower()
    before, bracket, _ = piece.partition("(")
    whole = fold(piece)
    return fold(before) if bracket and not _BASIC.search(whole) and _one(fold(before))[0] else whole


def _pieces(text: str) -> list[str]:
    words = text.lower().split()
    if len(words) > 1 and all(len(word) == 2 and _names().get(word) == word for word in words):
        return words  # "EN DE FR"
    return _SEPARATORS.split(text)


@lru_cache(maxsize=4_096)
def _one(folded: str) -> tuple[str, str, str]:
    """(tag, trouble's code, suggestion)."""
    if tag := _names().get(folded):
        return tag, "", ""
    bare = " ".join(_LEVEL.sub(" ", folded).split())
    if not bare:
        return "", "", ""  # a level that stood between separators: "English, fluent"
    basic = " ".join(_BASIC.sub(" ", bare).split())
    if basic != bare:
        return ("", "language_basic", "") if basic in _names() else ("", "unknown_language", "")
    if tag := _names().get(bare):
        return tag, "", ""
    if len(bare) >= _MIN_FUZZY_CHARS and not has_han(bare):
        near = process.extractOne(bare, _common_names(), scorer=fuzz.ratio, score_cutoff=_SUGGESTED_SCORE)
        if near and near[1] >= _TAKEN_SCORE:
            return _names()[near[0]], "", ""
        if near:
            return "", "unknown_language", near[0].title()
    return "", "unknown_language", ""
