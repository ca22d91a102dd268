"""What the worker of profiles does by itself: it takes the people of running imports, one chunk of each at a time, and finishes erasures.

Invariants:
1. A chunk is one call, whose id names the import and the chunk: whoever does it, and however often, it takes effect once.
2. All that it needs is in the store, so a worker that dies is followed by one that goes on.
"""

from services.profiles.commands import erasures, imports
from services.profiles.domain.imports import Import
from services.profiles.kinds import ERASURES, IMPORTS
from shared.call import Call
from shared.errors import Refused, Transient
from shared.ids import new_id
from shared.service import Chore, Room
from shared.telemetry import log

#: Imports that are worked on in turn; the others wait.
MAX_AT_ONCE = 20
EVERY_S = 1.0
ERASURES_EVERY_S = 30.0


def take_people(room: Room) -> int:
    """One chunk of every running import; returns how many people were taken."""
    running = room.store.reader().find(IMPORTS, {"state": "running"}, sort=[("_id", 1)], limit=MAX_AT_ONCE)
    return sum(_take_chunk(room, sheet) for sheet in running)


def _take_chunk(room: Room, sheet: Import) -> int:
    number = sheet.chunks_taken
    try:
        ids = imports.ids_for_chunk(room, sheet, number)
        done = room.store.change(
            _call(room, sheet, f"import:{sheet.id}:{number}"),
            lambda tx: imports.take_chunk(tx, room, sheet.id, number, ids),
        )
    except Transient:
        raise
    except Refused:
        return 0  # somebody else took it, or the import was stopped
    except Exception as error:  # noqa: BLE001 - the chore's edge: what one sheet brings to light must not hold up the others
        log().error("import_failed", import_id=sheet.id, chunk=number, exc_info=error)
        failed = _call(room, sheet, new_id("call"))
        room.store.change(failed, lambda tx: imports.stop(tx, sheet.id, "internal"))
        return 0
    return int(done["taken"])


def _call(room: Room, sheet: Import, id: str) -> Call:
    return Call(id=id, at=room.now(sheet.chapter), chapter=sheet.chapter, asker=sheet.by)


def finish_erasures(room: Room) -> int:
    """Go on with erasures that a process left unfinished; returns how many are finished now."""
    begun = room.store.reader().find(ERASURES, {"finished_at": None}, limit=MAX_AT_ONCE)
    return sum(erasures.complete(room, erasure.id, erasure.chapter) for erasure in begun)


CHORES = (
    Chore("imports", take_people, EVERY_S),
    Chore("erasures", finish_erasures, ERASURES_EVERY_S),
)
