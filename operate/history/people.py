"""The chapters and their people, as each service keeps its copy of them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from operate.history.contact import around
from operate.history.filling import Filled
from operate.sample.people import Invented, invent
from services.matching import kinds as matching
from services.matching.domain.applications import Application
from services.matching.domain.cycles import Chapter as MatchingChapter
from services.matching.domain.cycles import Cycle
from services.matching.domain.members import Member as MatchingMember
from services.matching.domain.places import Places
from services.matching.domain.programmes import Programme, plan_programme
from services.notifications import kinds as notifications
from services.notifications.domain.people import Chapter as NotificationsChapter
from services.notifications.domain.people import Person
from services.profiles import kinds as profiles
from services.profiles.domain.chapters import Chapter
from services.profiles.domain.members import Member, in_order
from services.profiles.domain.profile import Profile, announced
from shared.events.profiles import AreaOffered, AreaWanted

CITIES = (
    ("Shanghai", "Asia/Shanghai", ("zh-Hans", "en")),
    ("Zurich", "Europe/Zurich", ("en", "zh-Hans")),
    ("Nairobi", "Africa/Nairobi", ("en",)),
    ("Lima", "America/Lima", ("en",)),
    ("Auckland", "Pacific/Auckland", ("en",)),
)
#: A cycle a third of a year: three behind us, the last of them open.
CYCLES = 3
CYCLE_DAYS = 120
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class InventedChapter:
    """A chapter with its people; the first member is its coordinator. `luck` seeds what happens there, the same for the same seed."""

    chapter: Chapter
    programme: Programme
    cycles: tuple[Cycle, ...]
    members: tuple[Member, ...]
    luck: str

    @property
    def mentees(self) -> list[Member]:
        """Her members who look for a mentor."""
        return [member for member in self.members if "mentee" in member.roles]

    @property
    def mentors(self) -> list[Member]:
        """Her members who are one."""
        return [member for member in self.members if "mentor" in member.roles]

    def documents(self, now: datetime) -> Iterator[Filled]:
        """What each service keeps of the chapter and its people, before anything happened."""
        id, zone = self.chapter.id, self.chapter.time_zone
        yield Filled("profiles", profiles.CHAPTERS, self.chapter)
        yield Filled("matching", matching.CHAPTERS, MatchingChapter(id, id, zone))
        about = NotificationsChapter(id, id, self.chapter.name, zone, self.chapter.locales)
        yield Filled("notifications", notifications.CHAPTERS, about)
        yield Filled("matching", matching.PROGRAMMES, self.programme)
        for cycle in self.cycles:
            yield Filled("matching", matching.CYCLES, cycle)
        yield from around(self, now)
        for number, member in enumerate(self.members):
            yield from _copies(member, self.cycles[number % CYCLES])


def invented_chapters(
    chapters: int, members: int, *, seed: int, name: str, now: datetime
) -> Iterator[InventedChapter]:
    """That many chapters with that many members in all; the same for the same seed and name."""
    people = invent(members, seed)
    for number in range(chapters):
        some = people[number * members // chapters : (number + 1) * members // chapters]
        yield _chapter(f"sample-{name}-{number + 1}", number, some, f"{seed} {number}", now)


def _chapter(id: str, number: int, people: tuple[Invented, ...], luck: str, now: datetime) -> InventedChapter:
    city, zone, locales = CITIES[number % len(CITIES)]
    chapter = Chapter(id, id, f"{city} {number + 1}", zone, locales, "local", now - YEAR)
    programme = plan_programme(f"prg_{id}", chapter=id, name="City mentoring", rules={})
    cycles = tuple(_cycle(id, programme, zone, turn, now) for turn in range(CYCLES))
    chance = random.Random(luck)
    members = tuple(_member(id, chapter, place, person, chance, now) for place, person in enumerate(people))
    return InventedChapter(chapter, programme, cycles, members, luck)


def _cycle(chapter: str, programme: Programme, zone: str, turn: int, now: datetime) -> Cycle:
    opens_at = now - timedelta(days=CYCLE_DAYS * (CYCLES - turn) - 30)
    closes_at = opens_at + timedelta(days=CYCLE_DAYS)
    local = (f"{opens_at:%Y-%m-%dT%H:%M}", f"{closes_at:%Y-%m-%dT%H:%M}")
    name = f"Cycle {turn + 1}"
    return Cycle(f"cyc_{chapter}-{turn}", chapter, programme.id, name, zone, *local, opens_at, closes_at)


def _member(
    id: str, chapter: Chapter, place: int, person: Invented, chance: random.Random, now: datetime
) -> Member:
    joined_at = now - chance.random() * YEAR
    staff = frozenset({"coordinator"} if place == 0 else ())
    hours = [24 * day + hour for day, first, last in person.slots for hour in range(first, last)]
    profile = Profile(
        areas_offered=tuple(AreaOffered(area, person.years) for area in person.areas_offered),
        areas_wanted=tuple(AreaWanted(area, 2) for area in person.areas_wanted),
        languages=person.languages,
        hours=tuple(sorted(set(hours))),
        capacity=max(1, person.capacity) if "mentor" in person.roles else 0,
        organisation=person.organisation,
        unit=person.unit,
    )
    return Member(
        id=f"mem_{id}-{place:05d}",
        chapter=chapter.id,
        name=person.name,
        mail=f"{id}.{place}.{person.mail}",
        locale=chapter.locales[0],
        time_zone=chapter.time_zone,
        roles=in_order(frozenset(person.roles) | staff),
        via="import",
        joined_at=joined_at,
        profile=profile,
        confirmed_at=None if chance.random() < 0.05 and not staff else joined_at + timedelta(days=1),
    )


def _copies(member: Member, cycle: Cycle) -> Iterator[Filled]:
    known = announced(member.profile, member.roles)
    copy = MatchingMember(
        id=member.id,
        chapter=member.chapter,
        roles=member.roles,
        confirmed=member.confirmed,
        areas_offered=known.areas_offered,
        areas_wanted=known.areas_wanted,
        languages=known.languages,
        hours=known.hours,
    )
    yield Filled("profiles", profiles.MEMBERS, member)
    yield Filled("matching", matching.MEMBERS, copy)
    yield Filled("matching", matching.PLACES, Places(member.id, member.chapter, known.capacity))
    person = Person(
        id=member.id,
        chapter=member.chapter,
        name=member.name,
        mail=member.mail,
        locale=member.locale,
        time_zone=member.time_zone,
        roles=member.roles,
        confirmed_mail=member.mail if member.confirmed else "",
    )
    yield Filled("notifications", notifications.PEOPLE, person)
    for role in ("mentee", "mentor"):
        if role in member.roles:
            application = Application(
                id=f"app_{cycle.id}-{member.id}-{role}",
                chapter=member.chapter,
                cycle=cycle.id,
                member=member.id,
                role=role,
                state="waiting",
                applied_at=cycle.opens_at + timedelta(days=1),
            )
            yield Filled("matching", matching.APPLICATIONS, application)
