"""Keep what profiles says of people and chapters."""

from dataclasses import replace
from typing import Any

from services.sessions.domain.people import Person
from services.sessions.kinds import PEOPLE
from shared.transaction import Tx


def know(tx: Tx, member: str, chapter: str, **news: Any) -> None:
    """The member as she is now."""
    tx.save(PEOPLE, replace(tx.load(PEOPLE, member) or Person(member, chapter), **news))
