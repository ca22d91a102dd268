"""What became of the people of an invented year: pulses, outcomes, certificates, the clock of silence, and who guided whom."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from operate.history.filling import Filled
from services.matching import kinds as matching
from services.matching.domain import lineage
from services.matching.domain.lineage import Branch
from services.matching.domain.relationships import Relationship
from services.profiles.domain.members import Member
from services.sessions import kinds as sessions
from services.sessions.domain import clock, cohorts
from services.sessions.domain.certificates import Certificate
from services.sessions.domain.cohorts import Cohort, Said
from services.sessions.domain.meetings import Session
from services.sessions.domain.outcomes import SCALES, Follow, Moment, Outcome, Role
from services.sessions.domain.pairs import Pair
from services.sessions.domain.people import Chapter, Person
from services.sessions.domain.pulses import HIGHEST, LOWEST, Pulse
from services.sessions.domain.pulses import SCALES as PULSE_SCALES
from shared.ids import derived_id
from shared.service import Room

ROLES: tuple[Role, ...] = ("mentee", "mentor")
#: How many of those who are asked answer.
ANSWERS = 0.7
#: Of so many full terms one has been silent for so long that its coordinator sees it; it began well before that.
SILENT_ONE_OF = 20
SILENT_FOR, SILENT_PAIR_BEGAN = timedelta(days=36), timedelta(days=70)
PULSE_RANGES = ((LOWEST, HIGHEST),) * len(PULSE_SCALES)


@dataclass(slots=True)
class Growth:
    """What a chapter's answers and completed pairs add up to; written once the whole year is told."""

    chapter: str
    rows: dict[str, Cohort] = field(default_factory=dict)
    branches: dict[str, Branch] = field(default_factory=dict)

    def hear(
        self,
        words: tuple[str, ...],
        member: str,
        values: tuple[int, ...],
        scales: tuple[tuple[int, int], ...],
    ) -> None:
        """One more answer to the question that these words name."""
        row = self._row(words)
        self.rows[row.id] = cohorts.hear(row, Said(member, values), scales, guarded=words[0] == "pulse")

    def ask(self, words: tuple[str, ...]) -> None:
        """The question was asked, whether or not anybody answers."""
        row = self._row(words)
        self.rows[row.id] = row

    def guided(self, relationship: Relationship) -> None:
        """A completed pair joins the lineage."""
        mentor, mentee = self._branch(relationship.mentor), self._branch(relationship.mentee)
        joined = lineage.joined(mentor, mentee, relationship.id, self._branch)
        self.branches |= {one.id: one for one in joined or ()}

    def documents(self, chance: random.Random) -> Iterator[Filled]:
        """The rows of blocks, and everybody's part of the lineage; half of them may be named."""
        for row in self.rows.values():
            yield Filled("sessions", sessions.COHORTS, row)
        for branch in self.branches.values():
            yield Filled("matching", matching.BRANCHES, replace(branch, named=chance.random() < 0.5))

    def _row(self, words: tuple[str, ...]) -> Cohort:
        id = cohorts.id_of(self.chapter, *words)
        return self.rows.get(id) or Cohort(id, self.chapter)

    def _branch(self, member: str) -> Branch:
        return self.branches.get(member) or Branch(member, self.chapter)


def known(chapter: str, name: str, zone: str) -> Filled:
    """What sessions knows of a chapter."""
    return Filled("sessions", sessions.CHAPTERS, Chapter(chapter, chapter, name, zone))


def person(member: Member, sealed_contact: str) -> Filled:
    """What sessions knows of a member."""
    kept = Person(member.id, member.chapter, member.profile.hours, member.time_zone, sealed_contact)
    return Filled("sessions", sessions.PEOPLE, kept)


def asked_of_a_pair(
    pair: Pair, relationship: Relationship, growth: Growth, chance: random.Random
) -> Iterator[Filled]:
    """The pulses and the questions of what became of the two, most of them answered."""
    started_at = relationship.started_at
    if started_at is None:
        return
    over = relationship.state == "completed"
    for role in ROLES:
        member = pair.mentee if role == "mentee" else pair.mentor
        for moment, days in (("start", 0), ("middle", 60), ("end", 150)):
            if moment == "start" or over:
                yield _pulse(pair, role, moment, started_at + timedelta(days=days), growth, chance)
        follow = Follow(
            derived_id("flw", member, pair.id, role), pair.chapter, member, role, True, pair.id, started_at
        )
        yield Filled("sessions", sessions.FOLLOWS, follow)
        yield _outcome(follow, "start", started_at, growth, chance)
        if over:
            yield _outcome(follow, "end", started_at + timedelta(days=150), growth, chance)


def asked_of_an_applicant(
    member: str, relationship: Relationship, growth: Growth, chance: random.Random
) -> Iterator[Filled]:
    """What becomes of somebody who was not matched is asked as well."""
    at, about = relationship.since, relationship.cycle
    follow = Follow(
        derived_id("flw", member, about, "mentee"), growth.chapter, member, "mentee", False, about, at
    )
    yield Filled("sessions", sessions.FOLLOWS, follow)
    yield _outcome(follow, "start", at, growth, chance)


def silence(pair: Pair, held: Sequence[Session], *, silent_since: datetime | None) -> Iterator[Filled]:
    """The clock of a running pair; `silent_since` where it has been silent for so long that its coordinator sees it."""
    ticking = clock.wound(pair, at=silent_since or max(session.starts_at for session in held))
    taken = clock.FLAGGED if silent_since else 0
    yield Filled("sessions", sessions.CLOCKS, replace(ticking, taken=taken))


def certificate(
    pair: Pair, held: Sequence[Session], sealed_contact: str, chapter_name: str, now: datetime
) -> Iterator[Filled]:
    """The mentee's certificate, where enough sessions were held."""
    regular = [session for session in held if session.purpose == "regular"]
    if len(regular) < pair.rules.certificate_sessions:
        return
    id = derived_id("crt", pair.id, pair.mentee, str(len(regular)))
    issued = Certificate(
        id=id,
        chapter=pair.chapter,
        relationship=pair.id,
        member=pair.mentee,
        role="mentee",
        code=f"SAMP-{id[4:].upper()}",
        sealed_contact=sealed_contact,
        chapter_name=chapter_name,
        sessions_held=len(regular),
        turned_round=0,
        first_at=regular[0].starts_at,
        last_at=regular[-1].starts_at,
        issued_at=now,
    )
    yield Filled("sessions", sessions.CERTIFICATES, issued)


def sealed_names(room: Room, members: Sequence[Member]) -> dict[str, str]:
    """The names of these people, each sealed under a key of hers."""
    room.people.make(member.id for member in members)
    return {
        member.id: room.seal(member.id, {"name": member.name, "mail": member.mail, "locale": member.locale})
        for member in members
    }


def _pulse(
    pair: Pair, role: Role, moment: str, at: datetime, growth: Growth, chance: random.Random
) -> Filled:
    member = pair.mentee if role == "mentee" else pair.mentor
    id = derived_id("pls", pair.id, role, moment)
    pulse = Pulse(id, pair.chapter, pair.id, member, role, moment, at)  # type: ignore[arg-type]
    if chance.random() < ANSWERS:
        values = tuple(chance.randint(2, 6) for _ in PULSE_SCALES)
        pulse = replace(pulse, values=values, answered_at=at + timedelta(days=1))
        growth.hear(("pulse", role, moment), member, values, PULSE_RANGES)
    return Filled("sessions", sessions.PULSES, pulse)


def _outcome(follow: Follow, moment: Moment, at: datetime, growth: Growth, chance: random.Random) -> Filled:
    id = derived_id("out", follow.id, moment)
    outcome = Outcome(id, follow.chapter, follow.member, follow.role, follow.matched, moment, at)
    words = ("outcome", "matched" if follow.matched else "not_matched", follow.role, moment)
    growth.ask(words)
    if chance.random() < ANSWERS:
        values = tuple(chance.randint(low, high) for low, high in SCALES)
        outcome = replace(outcome, values=values, answered_at=at + timedelta(days=3))
        growth.hear(words, follow.member, values, SCALES)
    return Filled("sessions", sessions.OUTCOMES, outcome)
