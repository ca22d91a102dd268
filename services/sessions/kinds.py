"""What sessions keeps. A kind's name is the `about` of its events."""

from services.sessions.domain.certificates import Certificate
from services.sessions.domain.clock import Clock
from services.sessions.domain.cohorts import Cohort
from services.sessions.domain.guides import Guide
from services.sessions.domain.kudos import Kudos, Shared
from services.sessions.domain.meetings import Session
from services.sessions.domain.outcomes import Follow, Outcome
from services.sessions.domain.pairs import Pair
from services.sessions.domain.people import Chapter, Person
from services.sessions.domain.pulses import Pulse
from services.sessions.domain.steps import Step
from services.sessions.domain.writings import Note, Reflection
from shared.kinds import Index, Kind

PAIRS = Kind("pair", "pairs", Pair)
SESSIONS = Kind("session", "sessions", Session)
STEPS = Kind("step", "steps", Step)
CLOCKS = Kind("clock", "clocks", Clock)
REFLECTIONS = Kind("reflection", "reflections", Reflection)
NOTES = Kind("note", "notes", Note)
PEOPLE = Kind("person", "people", Person)
CHAPTERS = Kind("chapter", "chapters", Chapter)
GUIDES = Kind("guide", "guides", Guide)
KUDOS = Kind("kudos", "kudos", Kudos)
SHARED = Kind("shared milestone", "shared_milestones", Shared)
PULSES = Kind("pulse", "pulses", Pulse)
FOLLOWS = Kind("follow", "follows", Follow)
OUTCOMES = Kind("outcome", "outcomes", Outcome)
CERTIFICATES = Kind("certificate", "certificates", Certificate)
COHORTS = Kind("cohort", "cohorts", Cohort)

INDEXES = (
    Index("pairs", (("mentee", 1), ("_id", -1))),
    Index("pairs", (("mentor", 1), ("_id", -1))),
    Index("sessions", (("relationship", 1), ("starts_at", -1), ("_id", -1))),
    Index("sessions", (("relationship", 1), ("state", 1))),
    Index("reflections", (("session", 1),)),
    Index("reflections", (("relationship", 1), ("written_at", -1), ("_id", -1))),
    Index("notes", (("relationship", 1), ("written_at", -1), ("_id", -1))),
    Index("guides", (("chapter", 1), ("stage", 1), ("_id", 1))),
    Index("kudos", (("relationship", 1), ("given_at", -1), ("_id", -1))),
    Index("kudos", (("chapter", 1), ("public", 1), ("given_at", -1), ("_id", -1))),
    Index("shared_milestones", (("relationship", 1),)),
    Index("shared_milestones", (("chapter", 1), ("public", 1), ("at", -1), ("_id", -1))),
    Index("pulses", (("member", 1), ("asked_at", -1), ("_id", -1))),
    Index("pulses", (("relationship", 1),)),
    Index("follows", (("member", 1), ("matched", 1), ("over", 1))),
    Index("outcomes", (("member", 1), ("asked_at", -1), ("_id", -1))),
    Index("outcomes", (("chapter", 1), ("role", 1), ("moment", 1), ("matched", 1), ("answered_at", 1))),
    Index("certificates", (("code", 1),), unique=True),
    Index("certificates", (("member", 1), ("issued_at", -1), ("_id", -1))),
    Index("kudos", (("relationship", 1),)),
    Index("cohorts", (("waiting.member", 1),)),
    Index("guides", (("added_by", 1),)),
    Index("clocks", (("chapter", 1), ("over", 1), ("taken", 1), ("_id", 1))),
    Index("steps", (("relationship", 1), ("state", 1))),
    Index("steps", (("relationship", 1), ("agreed_at", -1), ("_id", -1))),
)
