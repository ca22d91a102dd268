"""Invented people who can be matched: shared languages, hours in common, mentors ahead of mentees in what these want.

1. Half the seats are wanted: mentors and mentees are about as many, some are both.
2. Everybody speaks Chinese or English, most speak both or one more.
3. Free hours come from six popular slots, of which everybody has at least three: any two people share one.
"""

# ruff: noqa: RUF001 - wide punctuation is what people type

import random
from dataclasses import dataclass, field

from operate.sample.names import DOMAINS, FIRST, LAST, ORGANISATIONS, UNITS
from services.profiles.areas import DEFAULT_AREAS

Slot = tuple[int, int, int]
"""Day (0 = Monday), from hour, to hour."""

SLOTS: tuple[Slot, ...] = ((0, 18, 20), (1, 12, 13), (1, 19, 21), (2, 18, 20), (3, 18, 21), (5, 10, 12))
_SLOTS_EACH = (4, 4, 5)  # of six: any two people share at least two
_HOMES = ("zh", "zh", "zh", "en", "en", "de", "fr")
_ROLES = (*(("mentor",),) * 9, *(("mentee",),) * 9, *(("mentee", "mentor"),) * 2)
_POPULAR_AREAS = tuple(area.slug for area in DEFAULT_AREAS[:16])
_OTHER_AREAS = tuple(area.slug for area in DEFAULT_AREAS[16:])


@dataclass(frozen=True, slots=True)
class Invented:
    """One invented person; what a sheet says of her is made from this."""

    name: str
    mail: str
    home: str  # the language in which she fills forms
    roles: tuple[str, ...]
    areas_offered: tuple[str, ...]
    areas_wanted: tuple[str, ...]
    languages: tuple[str, ...]
    years: int
    slots: tuple[Slot, ...]
    capacity: int
    pledge_hours: int
    organisation: str
    unit: str
    reports_to: str
    grade: int  # 3 to 9
    gender: str
    may_use_gender: bool
    about: str = field(default="")


def invent(count: int, seed: int) -> tuple[Invented, ...]:
    """That many people, all with different addresses; the same for the same count and seed."""
    chance = random.Random(f"cairn people {seed}")
    taken: dict[str, int] = {}
    return tuple(_person(chance, index, taken) for index in range(count))


def _person(chance: random.Random, index: int, taken: dict[str, int]) -> Invented:
    home = chance.choice(_HOMES)
    first, first_latin = chance.choice(FIRST[home])
    last, last_latin = chance.choice(LAST[home])
    roles = _ROLES[index % len(_ROLES)] if index < 2 * len(_ROLES) else chance.choice(_ROLES)
    is_mentor = "mentor" in roles
    local = f"{first_latin}.{last_latin}"
    taken[local] = taken.get(local, 0) + 1
    number = taken[local] if taken[local] > 1 else ""
    return Invented(
        name=f"{last}{first}" if home == "zh" else f"{first} {last}",
        mail=f"{local}{number}@{chance.choice(DOMAINS)}",
        home=home,
        roles=roles,
        areas_offered=_areas(chance, chance.randint(2, 4))
        if is_mentor
        else _areas(chance, chance.randint(0, 1)),
        areas_wanted=_areas(chance, chance.randint(1, 3))
        if "mentee" in roles
        else _areas(chance, chance.randint(0, 1)),
        languages=_languages(chance, home),
        years=chance.randint(8, 30) if is_mentor else chance.randint(0, 7),
        slots=tuple(sorted(chance.sample(SLOTS, chance.choice(_SLOTS_EACH)))),
        capacity=chance.randint(1, 3) if is_mentor else 0,
        pledge_hours=chance.choice((2, 3, 4)),
        organisation=chance.choice(ORGANISATIONS),
        unit=chance.choice(UNITS),
        reports_to=""
        if chance.random() < 0.7
        else f"{chance.choice(FIRST[home])[0]} {chance.choice(LAST[home])[0]}",
        grade=min(9, 3 + (5 if is_mentor else 1) + chance.randint(-1, 1)),
        gender=chance.choice(("female", "male", "other")),
        may_use_gender=chance.random() < 0.6,
        about=_ABOUT[home],
    )


def _areas(chance: random.Random, count: int) -> tuple[str, ...]:
    chosen = dict.fromkeys(
        chance.choice(_POPULAR_AREAS if chance.random() < 0.8 else _OTHER_AREAS) for _ in range(count)
    )
    return tuple(chosen)


def _languages(chance: random.Random, home: str) -> tuple[str, ...]:
    spoken = {home: None}
    if home not in ("zh", "en") or chance.random() < 0.75:
        spoken["en"] = None
    if home != "zh" and chance.random() < 0.5:
        spoken["zh"] = None
    return tuple(spoken)


_ABOUT = {
    "zh": "喜欢徒步，也喜欢听别人讲路上的故事。",
    "de": "Ich gehe gern zu Fuß und höre gern zu.",
    "fr": "J'aime marcher et écouter.",
    "en": "I like long walks and good questions.",
}
