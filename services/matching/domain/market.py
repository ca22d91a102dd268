"""From what matching knows of the applicants to what the engine is told, and who is not even told to it.

The engine gets confirmed members (R15) with an application and a seat left. Whoever is or was paired with somebody is not proposed to
her again, unless both say so. A market is one chapter's, so the free hours of its people are on one clock, and need no conversion.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from services.matching.domain.applications import Application, Side
from services.matching.domain.eligibility import admits
from services.matching.domain.lasting import both_again
from services.matching.domain.members import Member
from services.matching.domain.places import Places
from services.matching.domain.programmes import Programme
from services.matching.domain.relationships import Relationship
from services.matching.domain.rounds import Left
from services.matching.engine import Answer, Person, Question, Rules

#: A mentee holds at most so many unanswered proposals at a time, whatever the programme says (R4).
PROPOSALS_HELD = 3
#: The engine's bounds on one person. Profiles keeps within its own, so that cutting here is rare; a round does not fail over one profile.
AREAS, LANGUAGES, GROUPS, YEARS, SEATS, EXCLUSIONS = 20, 20, 50, 80, 100, 5_000
#: The engine wants to know the kind of a conflict; matching is only told that there is one, by an opaque id (R12).
ANY_CONFLICT = "household"

#: Why two who met before are not proposed to each other: what they began goes on, or it is over and not both would try again.
Met = Literal["already_paired", "paired_before"]


@dataclass(frozen=True, slots=True)
class Applicants:
    """What a round looks at: the waiting applications of a cycle, and by id the members, places and relationships of those who applied."""

    applications: Sequence[Application]
    members: Mapping[str, Member]
    places: Mapping[str, Places]
    relationships: Sequence[Relationship]


def market(programme: Programme, applicants: Applicants) -> tuple[list[Person], list[Left]]:
    """The people the engine is told of, and those left over before: unconfirmed, not in the role any more, without a seat."""
    sides: dict[str, dict[Side, int]] = {}
    left = []
    pairs = Pairs(applicants.relationships, programme)
    for application in applicants.applications:
        own = kept_out_by_her_own(applicants.members.get(application.member), application.role, programme)
        if own:
            left.append(Left(application.member, application.role, own))
            continue
        seats = _seats(application, applicants, pairs)
        if seats <= 0:
            left.append(Left(application.member, application.role, "no_seat"))
        else:
            sides.setdefault(application.member, {})[application.role] = seats
    questions = programme.engine_rules.questions
    people = [_person(applicants.members[id], seats, pairs, questions) for id, seats in sides.items()]
    return people, left


def kept_out_by_her_own(member: Member | None, role: Side, programme: Programme) -> str:
    """What an applicant would have to change before a round can look for somebody for her, as `Left.code` has it; empty where nothing."""
    if member is None or not member.confirmed:
        return "confirmed"
    if role not in member.roles:
        return "role"
    return "" if admits(programme.eligibility, member, role) else "not_eligible"


def as_they_are(programme: Programme, applicants: Applicants) -> list[Person]:
    """The same people whatever stands against their being told of: unconfirmed or without a seat, the engine says so itself."""
    sides: dict[str, dict[Side, int]] = {}
    pairs = Pairs(applicants.relationships, programme)
    for application in applicants.applications:
        if application.member in applicants.members:
            seats = _seats(application, applicants, pairs)
            sides.setdefault(application.member, {})[application.role] = max(seats, 0)
    questions = programme.engine_rules.questions
    return [_person(applicants.members[id], seats, pairs, questions) for id, seats in sides.items()]


def without_sensitive(person: Person, programme: Programme) -> Person:
    """Her as if she had answered no sensitive question: whatever points follow, they are the same whatever she, or whom she is weighed
    with, has answered there (R7)."""
    sensitive = {one.key for one in programme.engine_rules.questions if one.sensitive}
    kept = {key: answer for key, answer in person.answers.items() if key not in sensitive}
    return replace(person, answers=kept)


def scores_privately(rules: Rules) -> bool:
    """Whether sensitive answers give points by these rules."""
    return any(one.sensitive and (one.mentee or one.mentor) for one in rules.questions)


def years_known(person: Person) -> dict[str, int]:
    """Her years in all areas that are known of, whether she offers them or not, for `engine.helps`."""
    known = {*person.years, *person.areas_offered}
    return {area: max(person.years.get(area, 0), person.areas_offered.get(area, 0)) for area in known}


def met(one: str, other: str, relationships: Iterable[Relationship]) -> Met | None:
    """What of these two people's own history keeps a round from proposing them; None where nothing does."""
    theirs = [pair for pair in relationships if {pair.mentee, pair.mentor} == {one, other}]
    if any(pair.open for pair in theirs):
        return "already_paired"
    return None if all(both_again(pair) for pair in theirs) else "paired_before"


class Pairs:
    """The relationships of everybody in a programme's market, looked up by who is in them."""

    def __init__(self, relationships: Iterable[Relationship], programme: Programme) -> None:
        self._programme = programme.id
        #: Read once, not for each person: 22 us, a seventh of what reading one person takes.
        self._proposals_per_mentee = programme.engine_rules.proposals_per_mentee
        self._mentors: dict[str, set[str]] = {}
        self._open: dict[tuple[Side, str], list[Relationship]] = {}
        for one in relationships:
            self.add(one)

    def add(self, one: Relationship) -> None:
        """One more."""
        if one.open or not both_again(one):
            self._mentors.setdefault(one.mentee, set()).add(one.mentor)
        if one.open:
            self._open.setdefault(("mentee", one.mentee), []).append(one)
            self._open.setdefault(("mentor", one.mentor), []).append(one)

    def mentors_of(self, mentee: str) -> Collection[str]:
        """With whom she was brought together as a mentee, unless it ended and both would try again."""
        return self._mentors.get(mentee, ())

    def seats_of_mentee(self, mentee: str) -> int:
        """How many more proposals she can hold in the programme; 0 or less where none."""
        running = self._open.get(("mentee", mentee), [])
        here = sum(1 for one in running if one.programme in ("", self._programme))
        proposed = sum(1 for one in running if one.state == "proposed")
        return min(self._proposals_per_mentee - here, PROPOSALS_HELD - proposed)

    def seats_of_mentor(self, mentor: str, places: Places | None) -> int:
        """How many more can be proposed to her: an unanswered proposal counts as a place taken, so that none is promised twice."""
        proposed = sum(1 for one in self._open.get(("mentor", mentor), []) if one.state == "proposed")
        return min(places.free - proposed, SEATS) if places is not None else 0


def _seats(application: Application, applicants: Applicants, pairs: Pairs) -> int:
    if application.role == "mentee":
        return pairs.seats_of_mentee(application.member)
    return pairs.seats_of_mentor(application.member, applicants.places.get(application.member))


def _person(member: Member, seats: Mapping[Side, int], pairs: Pairs, questions: Sequence[Question]) -> Person:
    return Person(
        id=member.id,
        chapter=member.chapter,
        roles=tuple(seats),
        areas_wanted={one.area: min(max(one.weight, 1), 3) for one in member.areas_wanted[:AREAS]},
        areas_offered={one.area: min(max(one.years, 0), YEARS) for one in member.areas_offered[:AREAS]},
        languages=member.languages[:LANGUAGES],
        hours=[hour for hour in member.hours if 0 <= hour < 168],
        mentee_seats=seats.get("mentee", 0),
        mentor_seats=seats.get("mentor", 0),
        wants_to_learn=member.wants_to_learn[:AREAS],
        could_teach=member.could_teach[:AREAS],
        exclusions=sorted({*pairs.mentors_of(member.id), *member.apart_from})[:EXCLUSIONS],
        conflicts={ANY_CONFLICT: member.groups[:GROUPS]} if member.groups else {},
        confirmed=member.confirmed,
        route="mentoring",
        answers=_answers(member, questions),
    )


def _answers(member: Member, questions: Sequence[Question]) -> dict[str, Answer]:
    """Her answers to the programme's questions, as choices or as places on a scale.

    Profiles sends a sensitive one only while she consents (R7), so that each that is here may count.
    """
    given = {answer.question: answer.value for answer in member.answers}
    answers = {}
    for question in questions:
        value = given.get(question.key, "")
        if not value:
            continue
        if question.match == "same":
            answers[question.key] = Answer(value=value[:100], consented=True)
        elif value.isdecimal() and len(value) <= 4 and int(value) <= 1_000:
            answers[question.key] = Answer(value=int(value), consented=True)
    return answers
