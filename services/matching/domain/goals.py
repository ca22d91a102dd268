"""Goals: each of the two has her own, about herself, and only she writes them (R9, R24). The other may comment.

Invariant: a version that was written stays as it was; texts are ciphertext under the relationship's key, readable by the two only.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from services.matching.domain.relationships import Relationship, Side
from services.matching.domain.steps import RUNNING, wrong
from shared.errors import NotThere, Refused
from shared.events.matching import GoalCommented, GoalSet

VERSIONS_MOST = 50
COMMENTS_MOST = 100
#: How many goals one of the two has in a relationship.
GOALS_MOST = 10


@dataclass(frozen=True, slots=True)
class Written:
    """A text as ciphertext, by one of the two."""

    by: Side
    at: datetime
    text: bytes


@dataclass(frozen=True, slots=True)
class Goal:
    """`owner` is the side whose goal it is; `versions` are hers, the last one holds."""

    id: str
    chapter: str
    relationship: str
    mentee: str
    mentor: str
    owner: Side
    versions: tuple[Written, ...]
    comments: tuple[Written, ...] = ()

    def side_of(self, member: str) -> Side:
        """On which side the member stands; `NotThere` where she is no part of the pair."""
        if member not in (self.mentee, self.mentor):
            raise NotThere("goal")
        return "mentee" if member == self.mentee else "mentor"


def set_goal(
    id: str,
    relationship: Relationship,
    *,
    by: str,
    owner: Side | None,
    has: int,
    text: bytes,
    now: datetime,
) -> tuple[Goal, GoalSet]:
    """A goal of the writer's own, the first version. `has` is how many she has here.

    `Refused`: `not_your_goal` (403) for a goal of the other side's, `wrong_state`, `too_many_goals`.
    """
    side = relationship.side_of(by)
    if owner not in (None, side):
        raise _not_yours()
    _alive(relationship)
    if has >= GOALS_MOST:
        raise Refused("too_many_goals", f"Each side has up to {GOALS_MOST} goals; change one of them.")
    goal = Goal(
        id=id,
        chapter=relationship.chapter,
        relationship=relationship.id,
        mentee=relationship.mentee,
        mentor=relationship.mentor,
        owner=side,
        versions=(Written(side, now, text),),
    )
    return goal, GoalSet(relationship.id, goal.mentee, goal.mentor, side, 1)


def rewrite(
    goal: Goal, relationship: Relationship, *, by: str, text: bytes, now: datetime
) -> tuple[Goal, GoalSet]:
    """A new version. `Refused`: `not_your_goal` (403) unless it is the writer's, `wrong_state`, `too_many_versions`."""
    if goal.side_of(by) != goal.owner:
        raise _not_yours()
    _alive(relationship)
    if len(goal.versions) >= VERSIONS_MOST:
        raise Refused("too_many_versions", f"A goal has up to {VERSIONS_MOST} versions; write a new one.")
    written = replace(goal, versions=(*goal.versions, Written(goal.owner, now, text)))
    return written, GoalSet(goal.relationship, goal.mentee, goal.mentor, goal.owner, len(written.versions))


def comment(
    goal: Goal, relationship: Relationship, *, by: str, text: bytes, now: datetime
) -> tuple[Goal, GoalCommented | None]:
    """A comment by either side; only the other's is news. `Refused`: `wrong_state`, `too_many_comments`."""
    side = goal.side_of(by)
    _alive(relationship)
    if len(goal.comments) >= COMMENTS_MOST:
        raise Refused("too_many_comments", f"A goal has up to {COMMENTS_MOST} comments.")
    commented = replace(goal, comments=(*goal.comments, Written(side, now, text)))
    fact = GoalCommented(goal.relationship, goal.mentee, goal.mentor, goal.owner)
    return commented, None if side == goal.owner else fact


def _alive(relationship: Relationship) -> None:
    if relationship.state not in RUNNING | {"introduction", "booked", "voting"}:
        raise wrong(relationship.state)


def _not_yours() -> Refused:
    return Refused(
        "not_your_goal",
        "A goal is its owner's alone to write. You can comment on it, and write goals about yourself.",
        status=403,
    )
