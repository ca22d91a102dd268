"""How the people of an invented chapter came in and met: the intake's answers, events and groups, and what staff looked at."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from operate.history.filling import Filled
from services.matching import kinds as matching
from services.matching.commands.intake import intake_id
from services.matching.domain.intake import QUESTIONS, take
from services.matching.domain.touchpoints import Touchpoint, TouchpointKind
from services.profiles import kinds as profiles
from services.profiles.domain.looks import Look

if TYPE_CHECKING:
    from operate.history.people import InventedChapter

#: How many were at each event.
AT_AN_EVENT = 40
EVENTS: tuple[tuple[TouchpointKind, str, int], ...] = (
    ("event", "Autumn evening", -200),
    ("event", "Winter lunch", -60),
    ("event", "Open evening", 20),
    ("group", "Women in data", -300),
)


def around(chapter: "InventedChapter", now: datetime) -> Iterator[Filled]:
    """The intake of each mentee, the chapter's touchpoints, and looks of its coordinator."""
    id = chapter.chapter.id
    chance = random.Random(f"around {chapter.luck}")
    for member in chapter.mentees:
        answers = {question.key: chance.choice(question.options).key for question in QUESTIONS}
        taken, _ = take(
            intake_id(member.id),
            chapter=id,
            member=member.id,
            answers=answers,
            chosen="mentor",
            now=member.joined_at,
        )
        yield Filled("matching", matching.INTAKES, taken)
    everybody = [member.id for member in chapter.members]
    for number, (kind, name, days) in enumerate(EVENTS):
        there = tuple(sorted(chance.sample(everybody, min(AT_AN_EVENT, len(everybody))))) if days < 0 else ()
        at = now + timedelta(days=days)
        touchpoint = Touchpoint(f"tpt_{id}-{number}", id, kind, name, at, kind == "group", there)
        yield Filled("matching", matching.TOUCHPOINTS, touchpoint)
    for number, member_id in enumerate(everybody):  # the coordinator welcomed each of them
        at = now - timedelta(days=chance.randint(1, 200))
        look = Look(f"lok_{id}-{number:05d}", id, member_id, everybody[0], at, "to welcome her", "record")
        yield Filled("profiles", profiles.LOOKS, look)
