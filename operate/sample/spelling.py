"""How people write the same thing: tidily, or each in her own way and language."""

# ruff: noqa: RUF001 - wide punctuation is what people type

import random
from collections.abc import Sequence

from operate.sample.people import Slot
from services.profiles.areas import DEFAULT_AREAS

_LABELS = {area.slug: area.labels for area in DEFAULT_AREAS}
_ALIASES = {area.slug: area.aliases for area in DEFAULT_AREAS}
_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
_LANGUAGES = {
    "en": {"zh": "Chinese", "en": "English", "de": "German", "fr": "French"},
    "de": {"zh": "Chinesisch", "en": "Englisch", "de": "Deutsch", "fr": "Französisch"},
    "fr": {"zh": "chinois", "en": "anglais", "de": "allemand", "fr": "français"},
    "zh": {"zh": "中文", "en": "英语", "de": "德语", "fr": "法语"},
}
_YES = {
    "en": ("Yes", "y", "x", "TRUE", "yes please"),
    "de": ("Ja", "ja, gerne", "J", "x"),
    "fr": ("Oui", "oui", "O"),
    "zh": ("是", "愿意", "✓", "是的"),
}
_NO = {
    "en": ("No", "n", "FALSE", "No, thanks"),
    "de": ("Nein", "nein", "N"),
    "fr": ("Non", "non"),
    "zh": ("否", "不", "不愿意"),
}
_SEPARATORS = (", ", "; ", " / ", "\n", "、", "，", " | ")


def areas(slugs: Sequence[str]) -> str:
    """In English, with commas."""
    return ", ".join(_LABELS[slug]["en"] for slug in slugs)


def areas_anyhow(slugs: Sequence[str], home: str, chance: random.Random) -> str:
    """In the person's language or under another name, with any separator."""
    words = []
    for slug in slugs:
        label = _LABELS[slug]["zh" if home == "zh" else "en"]
        words.append(chance.choice((label, label, *_ALIASES[slug][:1])))
    return chance.choice(_SEPARATORS).join(words)


def languages(tags: Sequence[str], home: str = "en") -> str:
    """Names of languages in the given language."""
    return ", ".join(_LANGUAGES[home][tag] for tag in tags)


def languages_anyhow(tags: Sequence[str], home: str, chance: random.Random) -> str:
    """Names or tags, with levels here and there."""
    style = chance.randrange(4)
    if style == 0:
        return "/".join(tag.upper() for tag in tags)
    if style == 1 and home == "en":
        return "; ".join(f"{_LANGUAGES['en'][tag]} (fluent)" for tag in tags)
    return chance.choice((", ", "、", " / ", "; ")).join(_LANGUAGES[home][tag] for tag in tags)


def slots(chosen: Sequence[Slot]) -> str:
    """`Mon 18-20, Tue 12-13`."""
    return ", ".join(f"{_DAYS['en'][day]} {start}-{end}" for day, start, end in chosen)


def slots_anyhow(chosen: Sequence[Slot], home: str, chance: random.Random) -> str:
    """The same hours in one of the ways in which people write them."""
    style = chance.randrange(3)
    days = _DAYS[home]
    if home == "en" and style == 0:
        return ", ".join(f"{days[day]} {_half_day(start)}-{_half_day(end)}" for day, start, end in chosen)
    if home == "de" and style == 0:
        return "; ".join(f"{days[day]} {start}-{end} Uhr" for day, start, end in chosen)
    if home == "fr" and style < 2:
        return ", ".join(f"{days[day]} {start}h-{end}h" for day, start, end in chosen)
    joined = "\n" if style == 2 else ("；" if home == "zh" else ", ")
    return joined.join(f"{days[day]} {start}:00-{end}:00" for day, start, end in chosen)


def _half_day(hour: int) -> str:
    return f"{hour - 12 if hour > 12 else hour}{'pm' if hour >= 12 else 'am'}"


def yes_no(said: bool, home: str, chance: random.Random) -> str:
    """Yes or no as this person would put it."""
    return chance.choice((_YES if said else _NO)[home])


def years_anyhow(years: int, chance: random.Random) -> str:
    """`7`, `7 years`, `7+`, `7-9`: all of them are seven."""
    return chance.choice(
        (f"{years}", f"{years}", f"{years} years", f"{years}+", f"{years}-{years + 2}", f"{years} Jahre")
    )
