"""Changes that a test makes at a pace that no edge would: members whose profile changes, as profiles announces it."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from shared.call import Call
from shared.clock import system_clock
from shared.errors import Transient
from shared.events.profiles import AreaOffered, MemberProfileChanged
from shared.ids import new_id
from shared.kinds import Kind
from shared.service import Room
from shared.transaction import Tx

CHAPTER = "shanghai"
ROWS_A_TRANSACTION = 250


@dataclass(frozen=True, slots=True)
class Person:
    """Whose profile it is; `changes` counts."""

    id: str
    chapter: str
    changes: int = 0


#: Announced as members are, but kept aside from them: the rules of profiles are not what these tests are about.
PEOPLE = Kind("member", "people_of_the_test", Person)


@dataclass
class Writers:
    """Writers of some members' profiles in one service's store."""

    room: Room
    members: list[str]
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def change(self, member: str) -> int:
        """One change of one profile, in a transaction of its own; its number for that member."""

        def work(tx: Tx) -> int:
            return _changed(tx, member)

        call = Call(new_id("call"), system_clock(), CHAPTER, "mem_test")
        while True:
            try:
                return self.room.store.change(call, work)
            except Transient:
                continue  # as a client does that repeats with its key; the test's own deadline bounds it

    def change_next(self) -> int:
        """One change of the member whose turn it is."""
        with self._turn:
            number = next(self._numbers)
        return self.change(self.members[number % len(self.members)])

    def at_once(self, writers: int, changes: int, member_of: Callable[[int], str]) -> None:
        """That many changes by that many writers at the same time."""
        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(lambda number: self.change(member_of(number)), range(changes)))

    def backlog(self, changes: int) -> None:
        """Many changes in few transactions, one row each."""
        for start in range(0, changes, ROWS_A_TRANSACTION):
            numbers = range(start, min(start + ROWS_A_TRANSACTION, changes))

            def work(tx: Tx, numbers: range = numbers) -> None:
                tx.prefetch(PEOPLE, self.members)
                for number in numbers:
                    tx.begin(Call(new_id("call"), system_clock(), CHAPTER, "mem_test"))
                    _changed(tx, self.members[number % len(self.members)])
                    tx.remember(None)

            self.room.store.transact(work)


def some_members(number: int) -> list[str]:
    """Ids of new members."""
    return [new_id("mem") for _ in range(number)]


def _changed(tx: Tx, member: str) -> int:
    before = tx.load(PEOPLE, member) or Person(member, CHAPTER)
    after = replace(before, changes=before.changes + 1)
    fact = MemberProfileChanged(
        roles=("mentor",),
        areas_offered=(AreaOffered("python", 1 + after.changes % 20),),
        areas_wanted=(),
        wants_to_learn=(),
        could_teach=(),
        languages=("en",),
        hours=(after.changes % 168,),
        capacity=1 + after.changes % 3,
    )
    tx.save(PEOPLE, after, fact)
    return after.changes
