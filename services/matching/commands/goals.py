"""Writing goals and commenting on them. Texts come hidden: they are encrypted before the transaction opens."""

from typing import Any

from services.matching.domain import goals
from services.matching.domain.goals import Goal
from services.matching.domain.relationships import Relationship, Side
from services.matching.kinds import GOALS, RELATIONSHIPS
from shared.transaction import Tx

Answer = dict[str, Any]


def set_goal(tx: Tx, id: str, relationship: str, *, owner: Side | None, text: bytes) -> Answer:
    """The asker writes a goal of her own."""
    pair = tx.get(RELATIONSHIPS, relationship)
    side = pair.side_of(tx.call.asker)
    has = tx.count(GOALS, {"relationship": pair.id, "owner": side})
    goal, fact = goals.set_goal(id, pair, by=tx.call.asker, owner=owner, has=has, text=text, now=tx.call.at)
    _keep(tx, pair, goal, fact)
    return {"id": id}


def rewrite(tx: Tx, id: str, *, text: bytes) -> Answer:
    """The owner writes a new version."""
    goal = tx.get(GOALS, id)
    pair = tx.get(RELATIONSHIPS, goal.relationship)
    written, fact = goals.rewrite(goal, pair, by=tx.call.asker, text=text, now=tx.call.at)
    _keep(tx, pair, written, fact)
    return {"id": id}


def comment(tx: Tx, id: str, *, text: bytes) -> Answer:
    """Either of the two comments."""
    goal = tx.get(GOALS, id)
    pair = tx.get(RELATIONSHIPS, goal.relationship)
    commented, fact = goals.comment(goal, pair, by=tx.call.asker, text=text, now=tx.call.at)
    _keep(tx, pair, commented, fact)
    return {"id": id}


def _keep(tx: Tx, pair: Relationship, goal: Goal, fact: Any) -> None:
    """Keep the goal, and announce what is new; nothing of a pair that is hushed (see `domain.apart`)."""
    tx.save(GOALS, goal, *(() if fact is None or pair.hushed_by else (fact,)))
