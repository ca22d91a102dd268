"""What a member tells about herself for matching, and what of it others may know.

Invariants:
1. Free text, names and organisations are never announced; who must not be paired is announced as opaque groups only (R12).
2. A sensitive answer is kept and announced only while the member consents to its use; withdrawn consent takes it away (R7).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from shared.events.profiles import Answer, AreaOffered, AreaWanted, MemberProfileChanged, Role

MAX_AREAS = 20
MAX_LANGUAGES = 12
MAX_YEARS = 70
MAX_CAPACITY = 20
MAX_PLEDGE_HOURS_PER_MONTH = 100
MAX_ANSWERS = 60
MAX_VALUES_OF_AN_ANSWER = 20
HOURS_OF_A_WEEK = 168

#: Years for a mentor who offers an area and says nothing about how long she has worked in it.
UNTOLD_YEARS = 1
#: How much somebody wants an area who names it without saying how much.
UNTOLD_WEIGHT = 2

#: Turns what makes a group (a kind, then words) into an opaque id that is the same for the same words.
GroupId = Callable[..., str]


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer to a programme's own question: option keys, or (`text`) her own words, which are never announced."""

    question: str
    values: tuple[str, ...]
    sensitive: bool = False
    text: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether the member agrees that the answer to one sensitive question is used."""

    question: str
    given: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """`hours`: free hours of the week on the chapter's clock, 0 is Monday 00-01. `about` is her own text; `groups` are opaque ids."""

    areas_offered: tuple[AreaOffered, ...] = ()
    areas_wanted: tuple[AreaWanted, ...] = ()
    wants_to_learn: tuple[str, ...] = ()
    could_teach: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()
    capacity: int = 0
    pledge_hours_per_month: int | None = None
    seniority_years: int | None = None
    organisation: str = ""
    unit: str = ""
    reports_to: str = ""
    about: str = ""
    answers: tuple[GivenAnswer, ...] = ()
    consents: tuple[Consent, ...] = ()
    groups: tuple[str, ...] = ()

    def consents_to(self, question: str) -> bool:
        """Whether she agreed, by her last word, to the use of her answer."""
        return any(consent.given for consent in self.consents if consent.question == question)


def without_dissent(profile: Profile) -> Profile:
    """The profile without the sensitive answers to whose use the member does not agree."""
    kept = tuple(
        answer for answer in profile.answers if not answer.sensitive or profile.consents_to(answer.question)
    )
    return profile if kept == profile.answers else replace(profile, answers=kept)


def with_consents(profile: Profile, said: Iterable[Consent]) -> Profile:
    """The profile after the member said yes or no; what she did not speak of stays."""
    latest = {consent.question: consent for consent in (*profile.consents, *said)}
    return without_dissent(replace(profile, consents=tuple(latest.values())))


def conflict_groups(*, name: str, organisation: str, reports_to: str, group_id: GroupId) -> tuple[str, ...]:
    """The groups of a reporting line (R12): somebody, those who report to her, and those who report to the same person.

    Without an organisation a line manager's name would tie strangers together, so it ties nobody.
    """
    if not organisation:
        return ()
    heads = [name, reports_to] if reports_to else [name]
    folded = [" ".join(head.casefold().split()) for head in heads]
    return tuple(sorted(group_id("reporting_line", organisation.casefold(), head) for head in folded))


def announced(profile: Profile, roles: tuple[Role, ...]) -> MemberProfileChanged:
    """What matching may know of the profile."""
    answers = tuple(
        Answer(answer.question, value)
        for answer in without_dissent(profile).answers
        if not answer.text
        for value in answer.values
    )
    return MemberProfileChanged(
        roles=roles,
        areas_offered=profile.areas_offered,
        areas_wanted=profile.areas_wanted,
        wants_to_learn=profile.wants_to_learn,
        could_teach=profile.could_teach,
        languages=profile.languages,
        hours=profile.hours,
        capacity=profile.capacity,
        groups=profile.groups,
        answers=answers,
    )
