"""A chapter's own questions."""

from typing import Any

from services.sessions.domain import guides
from services.sessions.domain.guides import GuideStage
from services.sessions.kinds import GUIDES
from shared.ids import derived_id
from shared.transaction import Tx


def add(tx: Tx, *, stage: GuideStage, locale: str, question: str) -> dict[str, Any]:
    """One more question of the chapter."""
    guide = guides.add(
        id=derived_id("gui", tx.call.id),
        chapter=tx.call.chapter,
        by=tx.call.asker,
        now=tx.call.at,
        stage=stage,
        locale=locale,
        question=question,
        guides=tx.count(GUIDES, {}),
    )
    tx.save(GUIDES, guide)
    return {"id": guide.id}


def remove(tx: Tx, id: str) -> dict[str, Any]:
    """The question is gone."""
    tx.get(GUIDES, id)
    tx.remove(GUIDES, id)
    return {"id": id}
