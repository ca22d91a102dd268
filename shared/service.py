"""A service is a value: what it is called, what it answers, what it does when something happened elsewhere or fell due.

It has no behaviour of its own; `services.runtime` runs it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_smorest import Blueprint

from shared.chapter_clocks import ChapterClocks
from shared.clock import Clock
from shared.envelope import Envelope
from shared.keys import Keys
from shared.kinds import Index, Kind
from shared.seal import PeopleKeys
from shared.settings import Settings
from shared.store import Store
from shared.transaction import Timer, Tx
from shared.vault import Vault


@dataclass(frozen=True, slots=True)
class Room:
    """What a running service is given: its store, the clock, the platform's keys, its vault of relationship keys, the settings.

    `people` are the keys of people, which all services share (`shared.seal`).
    """

    service: str
    store: Store
    clock: Clock
    keys: Keys
    vault: Vault
    settings: Settings
    people: PeopleKeys = field(init=False)
    clocks: ChapterClocks = field(init=False)

    def __post_init__(self) -> None:
        people = PeopleKeys(self.store.client, self.settings.namespace, self.keys.seal)
        object.__setattr__(self, "people", people)
        clocks = ChapterClocks(self.store.client, self.settings.namespace)
        object.__setattr__(self, "clocks", clocks)

    def now(self, chapter: str) -> datetime:
        """What time it is in a chapter: the platform's time, but in a sandbox whose clock was moved."""
        return self.clock() + self.clocks.ahead(chapter)

    def seal(self, person: str, content: dict[str, Any]) -> str:
        """A sealed event field about a person. `NotThere` where she was erased."""
        return self.people.seal(person, content)

    def unseal(self, sealed: str) -> dict[str, Any] | None:
        """What a sealed event field holds; None where the person was erased. `Unreadable` where it was not sealed here."""
        return self.people.unseal(sealed)


#: What a service does about one event: `react(tx, room, envelope, fact)`, inside the transaction that also moves its mark.
React = Callable[[Tx, Room, Envelope, Any], None]
#: What a service does about a timer that fell due, inside the transaction that also clears it.
OnDue = Callable[[Tx, Room, Timer], None]
#: Regular work of a worker that changes nothing by itself but through the store; returns how much it did (0: nothing to do).
Work = Callable[[Room], int]


@dataclass(frozen=True, slots=True)
class Reaction:
    """`needs` names the documents that `react` will load, so that a whole batch is read at once; leaving it out only costs time."""

    fact: type[Any]
    react: React
    needs: Callable[[Envelope, Any], tuple[tuple[Kind[Any], str], ...]] | None = None


def _nothing(_room: Room) -> None:
    """What most chores do when their worker stops."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Work that a worker repeats every `every_s` seconds, and at once again while there was something to do; `stop` is done at its end."""

    name: str
    work: Work
    every_s: float
    stop: Callable[[Room], None] = _nothing


@dataclass(frozen=True, slots=True)
class Service:
    """`hears` are the services whose topics it reads: derived from its reactions' facts by the runtime."""

    name: str
    blueprints: tuple[Blueprint, ...]
    reactions: tuple[Reaction, ...] = ()
    timers: Mapping[str, OnDue] = field(default_factory=dict)
    chores: tuple[Chore, ...] = ()
    indexes: tuple[Index, ...] = ()
