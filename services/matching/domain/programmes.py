"""A programme is its rules, held as data (R7): how long each stage lasts, what it takes, and who may meet whom with which weights.

Invariants:
1. Every `Programme` is within its bounds; a rule that we do not know is refused by name, never ignored.
2. A relationship keeps the terms that it began with: changing a programme changes nothing that is under way.
"""

import hashlib
import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, NoReturn

from services.matching.domain.eligibility import plain, problem_in, questions_in
from services.matching.engine import EngineError, Rules
from shared.errors import Refused

#: Least and most of each number.
BOUNDS = {
    "answer_days": (1, 60),
    "meet_days": (1, 180),
    "vote_days": (1, 60),
    "trial_days": (7, 365),
    "question_days": (1, 14),
    "term_days": (28, 730),
    "review_days": (1, 60),
    "renew_days": (7, 180),
    "pause_days": (1, 180),
    "nudge_days": (7, 180),
    "ask_days": (8, 200),
    "flag_days": (9, 220),
    "close_days": (10, 240),
    "word_hours": (12, 336),
    "certificate_sessions": (1, 52),
    "remind_days": (1, 60),
    "reminders_most": (1, 20),
}
#: How many months after an end people may be asked what became of them, and how often at most.
OUTCOME_MONTHS = (1, 60)
OUTCOMES_MOST = 4
#: The steps of the clock of silence, in the order in which they must come.
SILENCE = ("nudge_days", "ask_days", "flag_days", "close_days")
#: The rules that are no numbers.
BESIDE_TERMS = ("matching", "eligibility", "offer_on")
#: What a chapter cannot decide alone: pairs across chapters need the other chapter's consent, which no programme can give (R16).
NOT_A_PROGRAMMES = ("cross_chapter", "chapter_consents")
AREA = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


@dataclass(frozen=True, slots=True)
class Terms:
    """The numbers of a programme. In days: a proposal waits for answers, a pair for its meeting and votes; a trial and a term run (R3).

    After a question (R4) there are at least `question_days` left to answer. A review at half term lasts at most `review_days` (R17), a term
    can be renewed in its last `renew_days`, and a trial or term can be paused for `pause_days` in all. A silent pair is nudged, asked,
    shown to the coordinator and closed after `nudge_days`, `ask_days`, `flag_days` and `close_days` without contact.

    Whether two met follows from one's word where the other is silent for `word_hours` (R19). A certificate needs `certificate_sessions`
    held (R18). Reminders of a step, where a pair wants any, come every `remind_days`, at most `reminders_most` of them (R13).
    `outcome_months` after an end each is asked what became of her (R27).
    """

    answer_days: int = 7
    meet_days: int = 21
    vote_days: int = 7
    trial_days: int = 42
    question_days: int = 3
    term_days: int = 182
    review_days: int = 14
    renew_days: int = 42
    pause_days: int = 60
    nudge_days: int = 21
    ask_days: int = 28
    flag_days: int = 35
    close_days: int = 42
    word_hours: int = 48
    certificate_sessions: int = 4
    remind_days: int = 7
    reminders_most: int = 4
    outcome_months: tuple[int, ...] = (6, 12)

    @property
    def silence_days(self) -> tuple[int, int, int, int]:
        """After how many days of silence each step of the clock is taken (R17)."""
        return self.nudge_days, self.ask_days, self.flag_days, self.close_days

    @property
    def outcome_end_days(self) -> int:
        """How long a trial and a term last: after so many days an applicant who was not matched is asked what the others are at an end."""
        return self.trial_days + self.term_days


@dataclass(frozen=True, slots=True)
class Programme:
    """`matching` is the plain form of the engine's rules, complete (see `services.matching.engine.rules`); `eligibility` whom it admits.

    `offer_on`: whether the places of a proposal that comes to nothing are offered to others of the cycle at once, or wait for a round (R4).
    """

    id: str
    chapter: str
    name: str
    terms: Terms = Terms()
    matching: dict[str, Any] = field(default_factory=dict)
    eligibility: dict[str, dict[str, Any]] = field(default_factory=dict)
    offer_on: bool = True

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions whose answers move a round of this programme."""
        asked = {question.key for question in self.engine_rules.questions}
        return tuple(sorted(asked | questions_in(self.eligibility)))

    @property
    def rules(self) -> dict[str, Any]:
        """The rules as they are given and shown: one object, the terms beside `matching`."""
        others = {name: getattr(self, name) for name in BESIDE_TERMS}
        return {**asdict(self.terms), **others}

    @property
    def engine_rules(self) -> Rules:
        """The engine's own reading of `matching`."""
        return Rules.from_dict(self.matching)

    @property
    def matching_digest(self) -> str:
        """What tells these matching rules from all others: the SHA-256 of their JSON, in hex."""
        return hashlib.sha256(json.dumps(self.matching, sort_keys=True).encode()).hexdigest()


def plan_programme(id: str, *, chapter: str, name: str, rules: Mapping[str, Any]) -> Programme:
    """A new programme. What `rules` leaves out has its default; `Refused` 422 with a JSON pointer for what cannot be accepted."""
    return _with_rules(Programme(id, chapter, name), rules)


def change_programme(programme: Programme, *, name: str | None, rules: Mapping[str, Any]) -> Programme:
    """The programme with these rules changed, as JSON Merge Patch does it (RFC 7396): null puts a rule back to its default."""
    changed = _with_rules(programme, _merged(programme.rules, rules))
    return changed if name is None else replace(changed, name=name)


def _with_rules(programme: Programme, rules: Mapping[str, Any]) -> Programme:
    names = [one.name for one in fields(Terms)]
    for name in sorted(rules):
        if name not in (*names, *BESIDE_TERMS):
            _refuse(
                "unknown_rule",
                f"known here: {', '.join((*names, *BESIDE_TERMS))}",
                f"/rules/{_escaped(name)}",
            )
    offer_on = rules.get("offer_on", True)
    if not isinstance(offer_on, bool):
        _refuse("bad_value", "give true or false", "/rules/offer_on")
    numbers: dict[str, Any] = {name: _number(rules[name], name) for name in BOUNDS if name in rules}
    terms = Terms(**numbers)
    if "outcome_months" in rules:
        terms = replace(terms, outcome_months=_months(rules["outcome_months"]))
    for sooner, later in itertools.pairwise(SILENCE):
        if getattr(terms, sooner) >= getattr(terms, later):
            _refuse("out_of_order", f"give more days than {sooner}", f"/rules/{later}")
    matching = _matching(rules.get("matching", {}))
    eligibility = rules.get("eligibility", {})
    sensitive = [question["key"] for question in matching["questions"] if question["sensitive"]]
    if found := problem_in(eligibility, sensitive):
        _refuse(found[1], found[2], f"/rules/eligibility{found[0]}")
    return replace(
        programme, terms=terms, matching=matching, eligibility=plain(eligibility), offer_on=offer_on
    )


def _number(value: object, name: str) -> int:
    least, most = BOUNDS[name]
    return _within(value, least, most, f"/rules/{name}")


def _months(value: object) -> tuple[int, ...]:
    where = "/rules/outcome_months"
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= OUTCOMES_MOST:
        _refuse("bad_value", f"give a list of one to {OUTCOMES_MOST} numbers", where)
    months = tuple(_within(one, *OUTCOME_MONTHS, f"{where}/{place}") for place, one in enumerate(value))
    for place, (sooner, later) in enumerate(itertools.pairwise(months), 1):
        if sooner >= later:
            _refuse("out_of_order", "give more months than before", f"{where}/{place}")
    return months


def _within(value: object, least: int, most: int, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        _refuse("out_of_bounds", f"give a whole number from {least} to {most}", where)
    return value


def _matching(given: object) -> dict[str, Any]:
    where = "/rules/matching"
    if not isinstance(given, Mapping):
        _refuse("bad_value", "give an object of rules", where)
    for name in NOT_A_PROGRAMMES:
        if name in given:
            _refuse("unknown_rule", "no programme can decide this", f"{where}/{name}")
    try:
        plain = Rules.from_dict(given).to_dict()
    except EngineError as error:
        _refuse(error.code, error.detail, where + error.where)
    for area in Rules.from_dict(plain).min_gap_years_by_area:
        if not AREA.fullmatch(area):
            _refuse("bad_value", "an area is a slug", f"{where}/min_gap_years_by_area/{_escaped(area)}")
    return {name: value for name, value in plain.items() if name not in NOT_A_PROGRAMMES}


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for name, value in new.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(name), Mapping):
            merged[name] = _merged(merged[name], value)
        else:
            merged[name] = value
    return merged


def _escaped(name: str) -> str:
    """A name as a step of a JSON Pointer (RFC 6901)."""
    return str(name)[:100].replace("~", "~0").replace("/", "~1")


def _refuse(code: str, detail: str, pointer: str) -> NoReturn:
    raise Refused(
        "invalid",
        "The programme has rules that cannot be accepted as they are.",
        status=422,
        errors=[{"pointer": pointer, "code": code, "detail": detail}],
    )
