"""A mentor's third answer to a proposal: tell me one thing more (R4). One question, one answer, for the two only."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.matching.domain.relationships import Relationship, answerable
from shared.errors import Refused
from shared.events.matching import RelationshipQuestionAnswered, RelationshipQuestionAsked


def ask(
    relationship: Relationship, *, by: str, question: bytes, now: datetime
) -> tuple[Relationship, RelationshipQuestionAsked | None]:
    """The mentor's third answer to a proposal: one question, once (R4). It leaves at least `question_days` to answer.

    `Refused`: `not_yours_to_ask` (403) for the mentee, `wrong_state`, `proposal_expired`, `question_asked` where she has asked.
    """
    if relationship.side_of(by) != "mentor":
        raise Refused("not_yours_to_ask", "Only the mentor asks; the mentee answers.", status=403)
    answerable(relationship, now)
    if relationship.question is not None:
        raise Refused("question_asked", "You have asked your one question.")
    asked = replace(relationship, question=question, answer_by=_later(relationship, now))
    if relationship.hushed_by:
        return asked, None
    return asked, RelationshipQuestionAsked(relationship.mentee, relationship.mentor, asked.answer_by)


def reply(
    relationship: Relationship, *, by: str, text: bytes, now: datetime
) -> tuple[Relationship, RelationshipQuestionAnswered | None]:
    """The mentee's one answer to that question. `Refused` as for `ask`; `no_question`, `question_answered`."""
    if relationship.side_of(by) != "mentee":
        raise Refused("not_yours_to_answer", "Only the mentee answers the question.", status=403)
    answerable(relationship, now)
    if relationship.question is None:
        raise Refused("no_question", "Nothing has been asked.")
    if relationship.reply is not None:
        raise Refused("question_answered", "You have answered the question.")
    answered = replace(relationship, reply=text, answer_by=_later(relationship, now))
    if relationship.hushed_by:
        return answered, None
    return answered, RelationshipQuestionAnswered(
        relationship.mentee, relationship.mentor, answered.answer_by
    )


def _later(relationship: Relationship, now: datetime) -> datetime:
    return max(relationship.answer_by, now + timedelta(days=relationship.terms.question_days))
