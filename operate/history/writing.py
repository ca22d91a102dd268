"""What the two of an invented pair wrote: goals with their versions and comments, reflections, notes, thanks, agendas, milestones."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from operate.history.filling import Filled
from services.matching import kinds as matching
from services.matching.domain.goals import Goal, Written
from services.matching.domain.relationships import Relationship, Side
from services.sessions import kinds as sessions
from services.sessions.domain.kudos import Kudos, Shared
from services.sessions.domain.meetings import Session
from services.sessions.domain.steps import Step
from services.sessions.domain.writings import IDEAS, Note, Reflection
from shared.ids import derived_id
from shared.vault import Vault

TEXT = "Invented words: write to one person, and tell how it went."
OPTIONS = 2


@dataclass(frozen=True, slots=True)
class Words:
    """The same invented words as each service keeps them. Those of a chapter share one key, which real ones never do."""

    matching: bytes
    sessions: bytes

    @classmethod
    def of(cls, chapter: str, of_matching: Vault, of_sessions: Vault) -> "Words":
        """The words of a chapter, hidden."""
        key = f"sample {chapter}"
        return cls(of_matching.hide(key, TEXT), of_sessions.hide(key, TEXT))


def goals(relationship: Relationship, begun_at: datetime, words: Words) -> Iterator[Filled]:
    """The mentee's goal, written twice and commented on, and one of the mentor's own."""

    def written(by: Side, days: int) -> Written:
        return Written(by, begun_at + timedelta(days=days), words.matching)

    def goal(owner: Side, versions: tuple[Written, ...], *comments: Written) -> Filled:
        of = (relationship.chapter, relationship.id, relationship.mentee, relationship.mentor)
        id = f"gol_{relationship.id[4:]}-{owner}"
        return Filled("matching", matching.GOALS, Goal(id, *of, owner, versions, comments))

    yield goal("mentee", (written("mentee", 9), written("mentee", 20)), written("mentor", 21))
    yield goal("mentor", (written("mentor", 12),))


def agreed(session: Session, number: int, words: Words, *, is_open: bool) -> Step:
    """The step of a session: two options weighed, one chosen; closed a week later where it is not open."""
    at = session.held_at or session.starts_at
    step = Step(
        id=f"stp_{session.id[4:]}",
        chapter=session.chapter,
        relationship=session.relationship,
        session=session.id,
        mentee=session.mentee,
        mentor=session.mentor,
        text=words.sessions,
        agreed_at=at,
        agreed_by=session.mentee,
        options=(words.sessions,) * OPTIONS,
        chosen=number % OPTIONS,
    )
    if is_open:
        return step
    return replace(step, state="done", came_of_it=words.sessions, closed_at=at + timedelta(days=1))


def afterwards(session: Session, words: Words, chance: random.Random) -> Iterator[Filled]:
    """The two lines of one side after a session."""
    author = session.mentee if chance.random() < 0.5 else session.mentor
    reflection = Reflection(
        id=f"rfl_{session.id[4:]}",
        chapter=session.chapter,
        relationship=session.relationship,
        session=session.id,
        mentee=session.mentee,
        mentor=session.mentor,
        author=author,
        lines=words.sessions,
        gained=words.sessions,
        step_idea=chance.choice(IDEAS),
        shared=chance.random() < 0.5,
        written_at=session.held_at or session.starts_at,
    )
    yield Filled("sessions", sessions.REFLECTIONS, reflection)


def kept(relationship: Relationship, begun_at: datetime, words: Words) -> Iterator[Filled]:
    """A note of the mentee's for both, one of each for herself, thanks from each side, and a first milestone that both publish."""
    of = (relationship.chapter, relationship.id, relationship.mentee, relationship.mentor)
    mentee, mentor = relationship.mentee, relationship.mentor
    for number, (author, shared) in enumerate(((mentee, True), (mentee, False), (mentor, False))):
        at = begun_at + timedelta(days=12 + number)
        note = Note(f"not_{relationship.id[4:]}-{number}", *of, author, words.sessions, shared, at)
        yield Filled("sessions", sessions.NOTES, note)
    for number, giver in enumerate((mentee, mentor)):
        at = begun_at + timedelta(days=25 + number)
        kudos = Kudos(f"kud_{relationship.id[4:]}-{number}", *of, giver, words.sessions, at)
        both = number == 0 and relationship.state == "completed"
        yield Filled("sessions", sessions.KUDOS, replace(kudos, by_mentee=both, by_mentor=both, public=both))
    milestone = derived_id("mst", relationship.id, "first_session")
    first = Shared(milestone, *of, "first_session", begun_at + timedelta(days=10), True, True, True)
    yield Filled("sessions", sessions.SHARED, first)
