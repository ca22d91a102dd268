"""Guides: open questions for a session, by stage of the relationship (R10). No guide gives advice; a chapter can add its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from services.sessions.domain.pairs import Pair
from shared.errors import Refused

GuideStage = Literal["first", "middle", "review", "last"]
STAGES: tuple[GuideStage, ...] = ("first", "middle", "review", "last")
MAX_GUIDES_A_CHAPTER = 200
#: How long before its end a term is in its last stage.
LAST_WEEKS = timedelta(days=21)

#: The library, by stage: each question in every language of `LOCALES` (`library.json` beside this file).
LIBRARY: Mapping[GuideStage, tuple[Mapping[str, str], ...]] = {
    stage: tuple(questions)
    for stage, questions in json.loads(Path(__file__).with_name("library.json").read_text("utf-8")).items()
}
LOCALES = ("en", "zh-Hans")


@dataclass(frozen=True, slots=True)
class Guide:
    """A question that a chapter added, in one language."""

    id: str
    chapter: str
    stage: GuideStage
    locale: str
    question: str
    added_by: str
    added_at: datetime


def add(
    *,
    id: str,
    chapter: str,
    by: str,
    now: datetime,
    stage: GuideStage,
    locale: str,
    question: str,
    guides: int,
) -> Guide:
    """One more question of the chapter; `guides` is how many it has. A guide asks: what is no question is refused."""
    if not question.rstrip().endswith(("?", "\uff1f")):
        raise Refused(
            "not_a_question", "A guide holds open questions. End it with a question mark.", status=422
        )
    if guides >= MAX_GUIDES_A_CHAPTER:
        raise Refused("too_many_guides", f"A chapter adds at most {MAX_GUIDES_A_CHAPTER} questions.")
    return Guide(id, chapter, stage, locale, question, by, now)


def stage_of(pair: Pair, *, held: int, now: datetime) -> GuideStage:
    """Where the pair stands, as far as its next session is concerned."""
    if pair.in_review:
        return "review"
    if held == 0:
        return "first"
    if pair.ends_at is not None and now >= pair.ends_at - LAST_WEEKS and pair.terms > 0:
        return "last"
    return "middle"
