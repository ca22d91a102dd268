"""People, rules and markets for the engine's tests: each maker gives somebody who can be matched, less what a
test changes."""

import random
from collections.abc import Mapping
from typing import Any

from services.matching.engine import Answer, MenteeWeights, MentorWeights, Person, Question, Rules

AREAS = ("cooking", "law", "python", "sailing")
SKILLS = (*AREAS, "chess", "dance", "welding")
LANGUAGES = ("de", "en", "zh")
HOURS = (0, 1, 2, 63, 64, 65, 127, 128, 167)
CHAPTERS = ("shanghai", "zurich")
KINDS = ("reporting_line", "household", "investor", "recruiter", "competitor")


def a_mentee(member: str = "mem_ada", **changes: Any) -> Person:
    given: dict[str, Any] = {
        "id": member, "chapter": "shanghai", "roles": {"mentee"}, "areas_wanted": {"python": 3},
        "languages": {"en"}, "hours": {18, 19}, "confirmed": True, "route": "mentoring",
    }  # fmt: skip
    return Person(**given | changes)


def a_mentor(member: str = "mem_mo", **changes: Any) -> Person:
    given: dict[str, Any] = {
        "id": member, "chapter": "shanghai", "roles": {"mentor"}, "areas_offered": {"python": 9},
        "languages": {"en"}, "hours": {19, 20}, "mentor_seats": 1, "confirmed": True, "route": "mentoring",
    }  # fmt: skip
    return Person(**given | changes)


def some_rules(seed: int) -> Rules:
    """Any rules a programme may have, small numbers so that equal scores are common."""
    dice = random.Random(f"rules {seed}")
    open_to = {"shanghai": ["zurich"], "zurich": dice.choice([["shanghai"], []])}
    return Rules(
        switched_off=[name for name in ("language", "hour", "area", "ahead") if dice.random() < 0.25],
        min_common_hours=dice.randint(1, 2),
        min_gap_years=dice.randint(0, 3),
        min_gap_years_by_area={"law": dice.randint(0, 6)},
        cross_chapter=dice.choice(["none", "both_consent", "both_consent"]),
        chapter_consents=open_to,
        proposals_per_mentee=dice.randint(1, 3),
        mentee_weights=MenteeWeights(**_dice_weights(dice, ("wants", "gap", "learns", "hours", "languages"))),
        mentor_weights=MentorWeights(
            **_dice_weights(dice, ("asked", "likes", "learns", "hours", "languages"))
        ),
        questions=(
            Question(
                key="grade", match="mentor_higher", mentee=dice.randint(0, 3), mentor=dice.randint(0, 3)
            ),
            Question(key="pace", match="near", reach=4, mentee=dice.randint(0, 3), mentor=dice.randint(0, 3)),
            Question(key="faith", match="same", sensitive=True, mentee=dice.randint(0, 3), mentor=2),
        ),
    )


def some_people(seed: int, mentees: int, mentors: int) -> list[Person]:
    """Invented people, most of whom could meet, with every rule at work; about one mentor in six is a mentee
    too."""
    dice = random.Random(f"people {seed}")
    ids = [f"mem_{dice.randrange(36**6):08}" for _ in range(mentees + mentors)]
    made = []
    for place, member in enumerate(ids):
        also = {"mentee"} if dice.random() < 0.17 else set()
        roles = {"mentee"} if place < mentees else {"mentor"} | also
        made.append(_somebody(dice, member, roles, ids))
    return made


def _somebody(dice: random.Random, member: str, roles: set[str], ids: list[str]) -> Person:
    def few(names: tuple[str, ...], most: int) -> list[str]:
        return dice.sample(names, dice.randint(0, most))

    offers = {area: dice.randint(0, 12) for area in few(AREAS, 3) + ["python"][: dice.randint(0, 2)]}
    groups = {kind: [f"group{dice.randint(0, 2)}"] for kind in KINDS if dice.random() < 0.06}
    return Person(
        id=member,
        chapter=dice.choice(CHAPTERS + CHAPTERS[:1]),
        roles=roles,
        areas_wanted={area: dice.randint(1, 3) for area in few(AREAS, 3)} | {"python": dice.randint(1, 3)},
        areas_offered=offers if "mentor" in roles else {},
        years={area: dice.randint(0, 6) for area in few(AREAS, 2)},
        likes_to_teach=few(AREAS, 2),
        languages=dice.sample(LANGUAGES, dice.choice([0, 1, 2, 2, 3, 3])),
        hours=dice.sample(HOURS, dice.randint(1, 8)),
        mentee_seats=dice.choice([0, 1, 1, 1, 2, 3]),
        mentor_seats=dice.choice([0, 1, 1, 2]),
        wants_to_learn=few(SKILLS, 7),
        could_teach=few(SKILLS, 7),
        exclusions=[dice.choice(ids)] if dice.random() < 0.25 else [],
        conflicts=groups,
        confirmed=dice.random() < 0.93,
        route="mentoring" if dice.random() < 0.95 else "coach",
        answers=_answers(dice),
    )


def _answers(dice: random.Random) -> Mapping[str, Answer]:
    answers = {
        "grade": Answer(value=dice.randint(0, 4), consented=dice.random() < 0.8),
        "pace": Answer(value=dice.randint(0, 9), consented=dice.random() < 0.8),
        "faith": Answer(value=dice.sample(["one", "two", "three"], 2), consented=dice.random() < 0.5),
    }
    return {key: answer for key, answer in answers.items() if dice.random() < 0.8}


def _dice_weights(dice: random.Random, names: tuple[str, ...]) -> dict[str, int]:
    choices = [0, 1, 1, 2, 3, 5] if dice.random() < 0.9 else [0, 0, 0, 1]
    return {name: dice.choice(choices) for name in names}
