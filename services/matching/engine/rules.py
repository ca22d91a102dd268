"""A programme's rules and weights as data (R7): nothing about who may meet whom is written in code.

Invariants: every `Rules` value is within its bounds; `Rules.from_dict(rules.to_dict()) == rules`.

The plain form (every key may be missing, and then has the default shown):

    {"rules": {"language": true, "hour": true, "area": true, "ahead": true},
     "min_common_hours": 1,
     "min_gap_years": 1, "min_gap_years_by_area": {"python": 3},
     "cross_chapter": "none",                       # or "both_consent"
     "chapter_consents": {"shanghai": ["zurich"], "zurich": ["shanghai"]},
     "proposals_per_mentee": 1,
     "weights": {"mentee": {"wants": 10, "gap": 1, "learns": 5, "hours": 1, "languages": 1},
                 "mentor": {"asked": 10, "likes": 5, "learns": 8, "hours": 1, "languages": 1}},
     "questions": [{"key": "industry", "match": "same", "mentee": 4, "mentor": 2, "reach": 1,
                    "sensitive": false}]}

Without "questions" there are none; within a question "key" and "match" must be given, the rest
defaults to 1, 1, 1 and false.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Self

from services.matching.engine import checks
from services.matching.engine.errors import EngineError

SWITCHES = ("language", "hour", "area", "ahead")
"""The rules a programme may switch off. Confirmation (R15), route (R8), exclusions and conflicts (R12) always
hold."""

CROSS_CHAPTER = ("none", "both_consent")
MATCHES = ("same", "near", "mentor_higher")

WEIGHT_MAX = 1_000
GAP_MAX_YEARS = 60
HOURS_IN_A_WEEK = 168
REACH_MAX = 100
PROPOSALS_PER_MENTEE_MAX = 3
QUESTIONS_MAX = 32
AREAS_MAX = 256
CHAPTERS_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MenteeWeights:
    """Points a mentee gets: `wants` per point of a wanted area that the mentor covers, `gap` per year the
    mentor is ahead in the best of them (10 count), `learns` per further thing the mentor could teach her (5
    count), `hours` per common hour (5 count), `languages` per common language (2 count). Each 0 to 1,000."""

    wants: int = 10
    gap: int = 1
    learns: int = 5
    hours: int = 1
    languages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorWeights:
    """Points a mentor gets: `asked` per point of an offered area that the mentee wants, `likes` per such area
    that the mentor likes to teach, `learns` per thing the mentee could teach her (R23; 5 count), `hours` and
    `languages` as for the mentee. Each 0 to 1,000."""

    asked: int = 10
    likes: int = 5
    learns: int = 8
    hours: int = 1
    languages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A programme's own question that moves the score; it never stops a pair, so withholding an answer costs
    nobody a place (R7).

    `match`: "same" (a choice in common), "near" (scale answers closer than `reach`: one point per step
    closer) or "mentor_higher" (the mentor's scale answer is higher). `mentee` and `mentor` are the weights of
    a point on each side. What a `sensitive` question adds is never shown to the pair as a reason.
    """

    key: str
    match: str
    mentee: int = 1
    mentor: int = 1
    reach: int = 1
    sensitive: bool = False

    def __post_init__(self) -> None:
        where = f"/questions/{checks.text(self.key, '/questions')}"
        checks.one_of(self.match, MATCHES, f"{where}/match")
        checks.whole(self.mentee, 0, WEIGHT_MAX, f"{where}/mentee")
        checks.whole(self.mentor, 0, WEIGHT_MAX, f"{where}/mentor")
        checks.whole(self.reach, 1, REACH_MAX, f"{where}/reach")
        checks.flag(self.sensitive, f"{where}/sensitive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """See the module's docstring for each field. Raises `EngineError` (unknown_rule, bad_value,
    out_of_bounds, too_many, duplicate_question), its `where` a JSON pointer into the plain form."""

    switched_off: Collection[str] = frozenset()
    min_common_hours: int = 1
    min_gap_years: int = 1
    min_gap_years_by_area: Mapping[str, int] = field(default_factory=dict)
    cross_chapter: str = "none"
    chapter_consents: Mapping[str, Collection[str]] = field(default_factory=dict)
    proposals_per_mentee: int = 1
    mentee_weights: MenteeWeights = MenteeWeights()
    mentor_weights: MentorWeights = MentorWeights()
    questions: tuple[Question, ...] = ()

    def __post_init__(self) -> None:
        put = object.__setattr__  # frozen: only while being made
        put(self, "switched_off", checks.texts(self.switched_off, len(SWITCHES), "/rules"))
        checks.only(self.switched_off, SWITCHES, "unknown_rule", "/rules")
        checks.whole(self.min_common_hours, 1, HOURS_IN_A_WEEK, "/min_common_hours")
        checks.whole(self.min_gap_years, 0, GAP_MAX_YEARS, "/min_gap_years")
        where = "/min_gap_years_by_area"
        put(
            self,
            "min_gap_years_by_area",
            checks.levels(self.min_gap_years_by_area, 0, GAP_MAX_YEARS, AREAS_MAX, where),
        )
        checks.one_of(self.cross_chapter, CROSS_CHAPTER, "/cross_chapter")
        consents = checks.table(self.chapter_consents, CHAPTERS_MAX, "/chapter_consents")
        put(
            self,
            "chapter_consents",
            {
                chapter: checks.texts(consents[chapter], CHAPTERS_MAX, f"/chapter_consents/{chapter}")
                for chapter in sorted(consents)
            },
        )
        checks.whole(self.proposals_per_mentee, 1, PROPOSALS_PER_MENTEE_MAX, "/proposals_per_mentee")
        for side, weights in (("mentee", self.mentee_weights), ("mentor", self.mentor_weights)):
            for name, weight in _weights(weights).items():
                checks.whole(weight, 0, WEIGHT_MAX, f"/weights/{side}/{name}")
        put(self, "questions", tuple(sorted(self.questions, key=lambda question: question.key)))
        if len(self.questions) > QUESTIONS_MAX:
            raise EngineError("too_many", f"give at most {QUESTIONS_MAX} questions", where="/questions")
        if len({question.key for question in self.questions}) < len(self.questions):
            raise EngineError("duplicate_question", "give each question once", where="/questions")

    def requires(self, rule: str) -> bool:
        """Does the programme ask for this rule? `rule` is one of `SWITCHES`."""
        return rule not in self.switched_off

    def gap_years(self, area: str) -> int:
        """How many years a mentor must be ahead in this area (R5)."""
        return self.min_gap_years_by_area.get(area, self.min_gap_years)

    def chapters_open(self, one: str, other: str) -> bool:
        """May people of these two chapters be paired? Across chapters both must have consented (R16)."""
        if one == other:
            return True
        if self.cross_chapter == "none":
            return False
        return other in self.chapter_consents.get(one, ()) and one in self.chapter_consents.get(other, ())

    def to_dict(self) -> dict[str, object]:
        """The plain form, complete and JSON-ready; equal rules give equal dicts."""
        return {
            "rules": {name: self.requires(name) for name in SWITCHES},
            "min_common_hours": self.min_common_hours,
            "min_gap_years": self.min_gap_years,
            "min_gap_years_by_area": dict(self.min_gap_years_by_area),
            "cross_chapter": self.cross_chapter,
            "chapter_consents": {
                chapter: sorted(others) for chapter, others in self.chapter_consents.items()
            },
            "proposals_per_mentee": self.proposals_per_mentee,
            "weights": {"mentee": _weights(self.mentee_weights), "mentor": _weights(self.mentor_weights)},
            "questions": [
                {one.name: getattr(question, one.name) for one in fields(question)}
                for question in self.questions
            ],
        }

    @classmethod
    def from_dict(cls, plain: object) -> Self:
        """Read the plain form; whatever is missing has its default. Raises `EngineError` as the constructor
        does."""
        given = checks.table(plain, QUESTIONS_MAX, "")
        checks.only(given, _KEYS, "unknown_rule", "")
        switches = checks.table(given.get("rules", {}), len(SWITCHES) + 1, "/rules")
        checks.only(switches, SWITCHES, "unknown_rule", "/rules")
        off = [name for name, wanted in switches.items() if not checks.flag(wanted, f"/rules/{name}")]
        weights = checks.table(given.get("weights", {}), 2, "/weights")
        checks.only(weights, ("mentee", "mentor"), "unknown_rule", "/weights")
        rest = {key: value for key, value in given.items() if key not in ("rules", "weights", "questions")}
        return cls(
            switched_off=off,
            mentee_weights=MenteeWeights(
                **_keywords(weights.get("mentee", {}), MenteeWeights, "/weights/mentee")
            ),
            mentor_weights=MentorWeights(
                **_keywords(weights.get("mentor", {}), MentorWeights, "/weights/mentor")
            ),
            questions=_questions(given.get("questions", [])),
            **rest,  # type: ignore[arg-type]  # the constructor checks every value
        )


_KEYS = (
    "rules", "min_common_hours", "min_gap_years", "min_gap_years_by_area", "cross_chapter",
    "chapter_consents", "proposals_per_mentee", "weights", "questions",
)  # fmt: skip


def _weights(weights: MenteeWeights | MentorWeights) -> dict[str, int]:
    return {one.name: getattr(weights, one.name) for one in fields(weights)}


def _keywords(
    given: object, kind: type[MenteeWeights | MentorWeights | Question], where: str
) -> dict[str, int]:
    known = [one.name for one in fields(kind)]
    entries = checks.table(given, len(known) + 1, where)
    checks.only(entries, known, "unknown_rule", where)
    return dict(entries)  # type: ignore[arg-type]  # the constructor checks every value


def _questions(given: object) -> tuple[Question, ...]:
    if not isinstance(given, (list, tuple)) or len(given) > QUESTIONS_MAX:
        raise EngineError(
            "bad_value", f"give a list of at most {QUESTIONS_MAX} questions", where="/questions"
        )
    made = []
    for place, one in enumerate(given):
        where = f"/questions/{place}"
        keywords = _keywords(one, Question, where)
        for needed in ("key", "match"):
            if needed not in keywords:
                raise EngineError("bad_value", f"give the question's {needed}", where=f"{where}/{needed}")
        made.append(Question(**keywords))  # type: ignore[arg-type]  # the constructor checks every value
    return tuple(made)
