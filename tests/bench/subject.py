"""What is measured with: members whose profiles change, as profiles announces it (800 bytes of JSON), and a reader that keeps a copy."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from shared.call import Call
from shared.clock import system_clock
from shared.envelope import Envelope
from shared.events.profiles import Answer, AreaOffered, AreaWanted, MemberProfileChanged
from shared.kinds import Kind
from shared.service import Reaction, Room
from shared.transaction import Tx

CHAPTER = "shanghai"
ROWS_A_TRANSACTION = 500


@dataclass(frozen=True, slots=True)
class Person:
    """Whose profile it is; `changes` counts."""

    id: str
    chapter: str
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """What the reader keeps of a member."""

    id: str
    chapter: str
    heard: int = 0
    languages: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()
    capacity: int = 0


PEOPLE = Kind("member", "people", Person)
COPIES = Kind("copy", "copies", Copy)


def a_profile(number: int) -> MemberProfileChanged:
    """A full profile."""
    return MemberProfileChanged(
        roles=("mentee", "mentor"),
        areas_offered=tuple(AreaOffered(f"area-of-expertise-{area}", 3 + area) for area in range(4)),
        areas_wanted=tuple(AreaWanted(f"area-of-expertise-{area}", 2) for area in range(4)),
        wants_to_learn=("presenting-to-a-board", "reading-a-balance-sheet"),
        could_teach=("first-time-management",),
        languages=("zh-Hans", "en", "de"),
        hours=tuple(range(18, 38)),
        capacity=number % 4,
        groups=("grp_6f1ed002ab5595859014ebf0951522d9",),
        answers=(Answer("years-in-work", "3-5"), Answer("how-often", "monthly")),
    )


def announce(room: Room, events: int, people: int) -> Iterator[int]:
    """Leave a backlog in the outbox, by the door's own code, one row an event; yields how many there are by now."""
    for start in range(0, events, ROWS_A_TRANSACTION):
        numbers = range(start, min(start + ROWS_A_TRANSACTION, events))

        def work(tx: Tx, numbers: range = numbers) -> None:
            tx.prefetch(PEOPLE, [_person(number, people) for number in numbers])
            for number in numbers:
                tx.begin(Call(f"bench:{number}", system_clock(), CHAPTER, "mem_bench", traceparent=TRACE))
                id = _person(number, people)
                before = tx.load(PEOPLE, id) or Person(id, CHAPTER)
                tx.save(PEOPLE, replace(before, changes=before.changes + 1), a_profile(number))
                tx.remember({"member": id})

        room.store.transact(work)
        yield numbers.stop


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _person(number: int, people: int) -> str:
    return f"mem_01jd3c5v8e6k9x2m4q7r{number % people:06d}"


def _keep(tx: Tx, _room: Room, envelope: Envelope, fact: MemberProfileChanged) -> None:
    before = tx.load(COPIES, envelope.aggregate) or Copy(envelope.aggregate, envelope.chapter)
    after = replace(
        before, heard=before.heard + 1, languages=fact.languages, hours=fact.hours, capacity=fact.capacity
    )
    tx.save(COPIES, after)


def _needs(envelope: Envelope, _fact: Any) -> tuple[tuple[Kind[Any], str], ...]:
    return ((COPIES, envelope.aggregate),)


KEEPING = Reaction(MemberProfileChanged, _keep, _needs)
