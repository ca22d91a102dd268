"""What a withdrawn answer takes with it: from then on no score, reason, list, draft or report depends on it (R7)."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from services.matching.domain.members import Member
from services.matching.domain.relationships import Relationship
from services.matching.domain.rounds import Round
from services.matching.engine import Reason


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """How often answers were withdrawn in a chapter, or somebody was erased.

    Whoever does so and whoever keeps what was made of these people, or enters them in a cycle, writes it: neither overlooks the other.
    """

    id: str
    chapter: str
    count: int = 0


def withdrawn(before: Member, after: Member) -> set[str]:
    """The questions that she had answered and answers no more."""
    return {one.question for one in before.answers} - {one.question for one in after.answers}


def outdated(this_round: Round, questions: Collection[str]) -> bool:
    """Whether the round, made before, depends on such an answer."""
    return not this_round.outdated and bool(set(this_round.questions) & set(questions))


def without_reasons(relationship: Relationship, questions: Collection[str]) -> Relationship:
    """The relationship without reasons that name these questions."""

    def kept(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
        return tuple(one for one in reasons if not (one.code == "answer" and one.key in questions))

    return replace(
        relationship,
        reasons_mentee=kept(relationship.reasons_mentee),
        reasons_mentor=kept(relationship.reasons_mentor),
    )
