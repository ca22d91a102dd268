"""Programmes and their cycles, as coordinators plan them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.matching.domain import cycles, programmes
from services.matching.kinds import CHAPTERS, CYCLES, PROGRAMMES
from shared.errors import Transient
from shared.transaction import Tx

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """A name and two minutes on the chapter's clock, as the coordinator wrote them."""

    name: str
    opens: datetime
    closes: datetime


def plan_programme(tx: Tx, id: str, *, name: str, rules: Mapping[str, Any]) -> Answer:
    """A new programme of the asker's chapter."""
    tx.save(PROGRAMMES, programmes.plan_programme(id, chapter=tx.call.chapter, name=name, rules=rules))
    return {"id": id}


def change_programme(tx: Tx, id: str, *, name: str | None, rules: Mapping[str, Any]) -> Answer:
    """Change some of a programme's rules, or its name."""
    tx.save(PROGRAMMES, programmes.change_programme(tx.get(PROGRAMMES, id), name=name, rules=rules))
    return {"id": id}


def plan_cycle(tx: Tx, id: str, *, programme: str, window: Window) -> Answer:
    """A new cycle of a programme, on the chapter's clock."""
    planned_for = tx.get(PROGRAMMES, programme)
    chapter = tx.load(CHAPTERS, tx.call.chapter)
    if chapter is None:
        raise Transient("the chapter's opening has not been heard of here yet")
    cycle, fact = cycles.plan_cycle(
        id,
        chapter=chapter,
        programme=planned_for.id,
        name=window.name,
        opens=window.opens,
        closes=window.closes,
        now=tx.call.at,
    )
    tx.save(CYCLES, cycle, fact)
    return {"id": id}
