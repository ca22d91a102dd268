"""What the engine is told about a person: values only, no names, no text, nothing she did not consent to
(R7).

Invariants: a `Person` is within its bounds; order and repeats in its lists do not matter (they become sets).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from services.matching.engine import checks
from services.matching.engine.errors import EngineError
from services.matching.engine.rules import HOURS_IN_A_WEEK, PROPOSALS_PER_MENTEE_MAX, QUESTIONS_MAX

CONFLICT_KINDS = ("reporting_line", "household", "investor", "recruiter", "competitor")
ROLES = ("mentee", "mentor")
MENTORING = "mentoring"

WISH_MAX = 3
YEARS_MAX = 80
SEATS_MAX = 100
SCALE_MAX = 1_000
AREAS_WANTED_MAX = 20
AREAS_EACH_MAX = 50
LANGUAGES_EACH_MAX = 20
CHOICES_EACH_MAX = 20
GROUPS_EACH_MAX = 20
EXCLUSIONS_EACH_MAX = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a programme's own question: a choice, several choices, or a place on a scale (0 to 1,000).

    Without `consented` the snapshot drops it before anything is computed or hashed.
    """

    value: str | int | Collection[str]
    consented: bool

    def __post_init__(self) -> None:
        checks.flag(self.consented, "answer")
        if isinstance(self.value, str):
            checks.text(self.value, "answer")
        elif isinstance(self.value, int):
            checks.whole(self.value, 0, SCALE_MAX, "answer")
        else:
            object.__setattr__(self, "value", checks.texts(self.value, CHOICES_EACH_MAX, "answer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One member of one chapter; with both roles she stands on both sides of the market, never opposite
    herself.

    areas_wanted      area -> how much a mentee wants it, 1 to 3
    areas_offered     area -> years of experience with which a mentor offers it
    years             area -> own years of experience, for the gap that R5 asks for; a mentee who also offers
                      an area counts with the larger figure, an area not named counts as 0 years
    likes_to_teach    the areas among those offered that a mentor would rather be asked about
    languages         language codes
    hours             free hours of the week, 0 to 167, counted in one zone for the whole market (UTC): the
                      caller converts from the chapter's clock
    mentee_seats      how many proposals she takes as a mentee (the programme's own limit applies as well)
    mentor_seats      places a mentor still has free
    wants_to_learn    areas, for either role (R23)
    could_teach       areas, for either role (R23)
    exclusions        ids of people she would rather not meet; private to her
    conflicts         kind (`CONFLICT_KINDS`) -> opaque group ids; people who share one are never paired (R12)
    confirmed         has followed the confirmation link (R15)
    route             where the intake led (R8); only "mentoring" is matched
    answers           question key -> `Answer`

    Raises `EngineError` (bad_value, out_of_bounds, too_many, unknown_conflict), its `where` the person's id
    and field.
    """

    id: str
    chapter: str
    roles: Collection[str]
    areas_wanted: Mapping[str, int] = field(default_factory=dict)
    areas_offered: Mapping[str, int] = field(default_factory=dict)
    years: Mapping[str, int] = field(default_factory=dict)
    likes_to_teach: Collection[str] = frozenset()
    languages: Collection[str] = frozenset()
    hours: Collection[int] = frozenset()
    mentee_seats: int = 1
    mentor_seats: int = 1
    wants_to_learn: Collection[str] = frozenset()
    could_teach: Collection[str] = frozenset()
    exclusions: Collection[str] = frozenset()
    conflicts: Mapping[str, Collection[str]] = field(default_factory=dict)
    confirmed: bool = False
    route: str = ""
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        me = checks.text(self.id, "id")
        put = object.__setattr__  # frozen: only while being made
        checks.text(self.chapter, f"{me}/chapter")
        put(self, "roles", checks.texts(self.roles, len(ROLES), f"{me}/roles"))
        for role in sorted(self.roles):
            checks.one_of(role, ROLES, f"{me}/roles")
        if not self.roles:
            raise EngineError("bad_value", "give at least one role: mentee, mentor", where=f"{me}/roles")
        put(
            self,
            "areas_wanted",
            checks.levels(self.areas_wanted, 1, WISH_MAX, AREAS_WANTED_MAX, f"{me}/areas_wanted"),
        )
        for name in ("areas_offered", "years"):
            put(self, name, checks.levels(getattr(self, name), 0, YEARS_MAX, AREAS_EACH_MAX, f"{me}/{name}"))
        for name, most in _LISTS.items():
            put(self, name, checks.texts(getattr(self, name), most, f"{me}/{name}"))
        put(self, "hours", checks.numbers(self.hours, 0, HOURS_IN_A_WEEK - 1, HOURS_IN_A_WEEK, f"{me}/hours"))
        checks.whole(self.mentee_seats, 0, PROPOSALS_PER_MENTEE_MAX, f"{me}/mentee_seats")
        checks.whole(self.mentor_seats, 0, SEATS_MAX, f"{me}/mentor_seats")
        groups = checks.table(self.conflicts, len(CONFLICT_KINDS) + 1, f"{me}/conflicts")
        checks.only(groups, CONFLICT_KINDS, "unknown_conflict", f"{me}/conflicts")
        put(
            self,
            "conflicts",
            {
                kind: checks.texts(groups[kind], GROUPS_EACH_MAX, f"{me}/conflicts/{kind}")
                for kind in sorted(groups)
            },
        )
        checks.flag(self.confirmed, f"{me}/confirmed")
        if self.route:
            checks.text(self.route, f"{me}/route")
        checks.table(self.answers, QUESTIONS_MAX, f"{me}/answers")
        for key, answer in self.answers.items():
            if not isinstance(answer, Answer):
                raise EngineError("bad_value", "give an Answer with its consent", where=f"{me}/answers/{key}")


_LISTS = {
    "likes_to_teach": AREAS_EACH_MAX,
    "languages": LANGUAGES_EACH_MAX,
    "wants_to_learn": AREAS_EACH_MAX,
    "could_teach": AREAS_EACH_MAX,
    "exclusions": EXCLUSIONS_EACH_MAX,
}
