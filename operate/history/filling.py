"""Writing many documents in few transactions, through the services' own doors."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from shared.call import Call
from shared.ids import new_id
from shared.kinds import Identified, Kind
from shared.service import Room
from shared.transaction import Tx

DOCUMENTS_TOGETHER = 500


class Filled(NamedTuple):
    """A value for a service to keep."""

    service: str
    kind: Kind[Any]
    value: Identified


class Filling:
    """Collects values by service and writes them, `DOCUMENTS_TOGETHER` at a time, without announcing anything."""

    def __init__(self, rooms: dict[str, Room]) -> None:
        self._rooms = rooms
        self._waiting: dict[str, list[Filled]] = {name: [] for name in rooms}
        self.written: Counter[str] = Counter()

    def add(self, values: Iterable[Filled]) -> None:
        """These are to be kept."""
        for one in values:
            waiting = self._waiting[one.service]
            waiting.append(one)
            if len(waiting) >= DOCUMENTS_TOGETHER:
                self._write(one.service)

    def close(self) -> None:
        """Write what is left."""
        for service in self._waiting:
            self._write(service)

    def _write(self, service: str) -> None:
        values, self._waiting[service] = self._waiting[service], []
        if not values:
            return
        room = self._rooms[service]

        def work(tx: Tx) -> None:
            for one in values:
                tx.begin(Call(new_id("call"), room.clock(), one.value.chapter, "sample"))
                tx.save(one.kind, one.value)

        room.store.transact(work)
        self.written.update(f"{service} {one.kind.collection}" for one in values)
