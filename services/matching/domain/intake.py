# ruff: noqa: RUF001 - Chinese has full-width punctuation of its own
"""The intake compass: four questions that say whether mentoring is what somebody looks for (R8).

Exact steps wanted: an adviser. Accountability from a trained person: a coach. Perspective from somebody who has been there: a mentor.
Otherwise: not yet. The person may override, which is recorded; only mentoring enters the pool.

Invariants:
1. Questions, options and what they point to are data, in every language that Cairn speaks; the rule knows none of them by name.
2. The route is the one that most answers point to; where two have as many, the first question decides if it points to one of them, and
   otherwise the answer is `not_yet`: nobody is sent anywhere by chance.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.errors import Refused
from shared.events.matching import IntakeAnswered, Route

ROUTES: tuple[Route, ...] = ("mentor", "coach", "adviser", "not_yet")
POOLED: Route = "mentor"
Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: its key, its words by language, and the route that it points to."""

    key: str
    words: Words
    points_to: Route


@dataclass(frozen=True, slots=True)
class Question:
    """One of the four."""

    key: str
    words: Words
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """A member's answers; `route` is where they lead, `chosen` what she took. A coordinator who enters somebody has routed her."""

    id: str
    chapter: str
    member: str
    answers: dict[str, str]
    route: Route
    chosen: Route
    by: Literal["member", "coordinator"]
    at: datetime
    overrode: bool = False


def _option(key: str, points_to: Route, en: str, zh: str) -> Option:
    return Option(key, {"en": en, "zh-Hans": zh}, points_to)


QUESTIONS = (
    Question(
        "want",
        {"en": "What would help you most right now?", "zh-Hans": "眼下什么对您最有帮助？"},
        (
            _option("steps", "adviser", "Exact steps for a problem I can name", "针对一个明确问题的具体步骤"),
            _option("hold_me", "coach", "A trained person who holds me to what I set out to do", "由受过训练的人督促我完成自己定下的目标"),
            _option("been_there", "mentor", "The perspective of somebody who has been where I am", "一位走过同样道路的人的视角"),
            _option("looking", "not_yet", "I do not know yet", "我还不清楚"),
        ),
    ),
    Question(
        "stuck",
        {"en": "When you are stuck, what gets you going again?", "zh-Hans": "遇到困难时，什么能让您重新前进？"},
        (
            _option("told", "adviser", "Being told what to do next", "有人告诉我下一步做什么"),
            _option("asked", "coach", "Being asked every week how far I am", "有人每周问我进展如何"),
            _option("story", "mentor", "Hearing how somebody else found her own way", "听别人讲自己是怎样走过来的"),
            _option("time", "not_yet", "Waiting until I have more time", "等到有更多时间再说"),
        ),
    ),
    Question(
        "long",
        {"en": "How long do you want to work on this with somebody?", "zh-Hans": "您希望与对方一起走多久？"},
        (
            _option("once", "adviser", "Once or twice, until it is solved", "一两次，直到问题解决"),
            _option("weeks", "coach", "Some weeks, towards one target", "几周，朝着一个目标"),
            _option("months", "mentor", "Half a year or longer", "半年或更久"),
            _option("none", "not_yet", "I have no time for it at the moment", "目前没有时间"),
        ),
    ),
    Question(
        "lead",
        {"en": "Who should lead your conversations?", "zh-Hans": "谈话应由谁主导？"},
        (
            _option("expert", "adviser", "The other one, who knows the answer", "对方，因为对方知道答案"),
            _option("method", "coach", "The other one, with a method", "对方，用一套方法"),
            _option("me", "mentor", "I bring the questions, and find my own answers", "我带来问题，并自己找到答案"),
            _option("unsure", "not_yet", "I could not say", "我说不上来"),
        ),
    ),
)  # fmt: skip

WHY: dict[Route, Words] = {
    "mentor": {
        "en": "You look for perspective from somebody who has been there, and you bring the questions: that is mentoring.",
        "zh-Hans": "您想要的是过来人的视角，并由您自己带来问题：这正是导师辅导。",
    },
    "coach": {
        "en": "You look for somebody trained who holds you to your target: a coach can do that better than a mentor.",
        "zh-Hans": "您需要受过训练的人督促您达成目标：教练比导师更适合。",
    },
    "adviser": {
        "en": "You look for exact steps for a problem that you can name: an adviser gets you there sooner than a mentor.",
        "zh-Hans": "您需要针对明确问题的具体步骤：顾问比导师更快帮到您。",
    },
    "not_yet": {
        "en": "Your answers point in different directions, or to another time. Come back when you know what you look for.",
        "zh-Hans": "您的回答指向不同的方向，或指向另一个时间。想清楚后欢迎再来。",
    },
}
BECAUSE: Words = {"en": "You said: ", "zh-Hans": "您的回答："}


def route_of(answers: Mapping[str, str]) -> Route:
    """Where these answers lead; see invariant 2."""
    points = [_chosen(question, answers).points_to for question in QUESTIONS]
    counted = Counter(points)
    most = max(counted.values())
    leading = {route for route, count in counted.items() if count == most}
    if len(leading) == 1:
        return leading.pop()
    return points[0] if points[0] in leading else "not_yet"


def reason(answers: Mapping[str, str], route: Route, language: str) -> str:
    """Why, in words: what the route is for, and which of her answers led there."""
    language = language if language in BECAUSE else "en"
    said = [
        option.words[language]
        for question in QUESTIONS
        if (option := _chosen(question, answers)).points_to == route
    ]
    why = WHY[route][language]
    joined = ("; " if language == "en" else "；").join(said)
    return f"{why} {BECAUSE[language]}{joined}" if said else why


def take(
    id: str, *, chapter: str, member: str, answers: Mapping[str, str], chosen: Route | None, now: datetime
) -> tuple[Intake, IntakeAnswered]:
    """A member's intake. `Refused` 422 for a question left out or unknown, or an answer that is none of its options."""
    problems = [
        {"pointer": f"/answers/{question.key}", "detail": "choose one of the options"}
        for question in QUESTIONS
        if answers.get(question.key) not in [option.key for option in question.options]
    ]
    known = {question.key for question in QUESTIONS}
    problems += [
        {"pointer": "/answers", "detail": "there is no such question"} for key in answers if key not in known
    ]
    if problems:
        raise Refused("invalid", "The intake needs one answer to each question.", status=422, errors=problems)
    route = route_of(answers)
    overrode = chosen not in (None, route)
    intake = Intake(id, chapter, member, dict(answers), route, chosen or route, "member", now, overrode)
    return intake, IntakeAnswered(member, route, intake.chosen)


def routed_by_coordinator(id: str, *, chapter: str, member: str, now: datetime) -> Intake:
    """A coordinator who enters a member in the pool has talked to her: that counts as routed to mentoring."""
    return Intake(id, chapter, member, {}, POOLED, POOLED, "coordinator", now)


def need_pool(intake: Intake | None) -> None:
    """`Refused`: `intake_missing` without an intake, `not_in_the_pool` where another route was taken."""
    if intake is None:
        raise Refused("intake_missing", "Answer the four questions of the intake first.")
    if intake.chosen != POOLED:
        raise Refused(
            "not_in_the_pool",
            "Your intake leads elsewhere. You can answer it again, or choose mentoring all the same.",
            route=intake.route,
            chosen=intake.chosen,
        )


def _chosen(question: Question, answers: Mapping[str, str]) -> Option:
    return next(option for option in question.options if option.key == answers.get(question.key))
