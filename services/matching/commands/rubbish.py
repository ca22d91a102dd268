"""What rounds leave behind: noted in the transaction that makes it useless, and cleared away by the worker, some documents at a time.

Invariant: nothing that is noted here is reached from any round, so that it can wait, be cleared twice, or be cleared by two at once.
"""

from dataclasses import replace

from services.matching.commands.kept import remove_earlier
from services.matching.domain import drafting
from services.matching.domain.drafting import Rubbish, piece_id
from services.matching.domain.rounds import Round, left_page_id, page_id
from services.matching.kinds import LEFT_OVERS, PAGES, PIECES, ROUNDS, RUBBISH
from shared.call import Call
from shared.ids import derived_id
from shared.service import Room
from shared.transaction import Tx

#: Documents of at most 100 proposals or 1,000 people that one transaction removes.
PAGES_AT_ONCE = 20
#: Heaps that one step of the chore looks at.
HEAPS_AT_ONCE = 10


def leave(tx: Tx, heap: Rubbish | None) -> None:
    """Note what nobody needs any more."""
    if heap is not None:
        tx.save(RUBBISH, heap)


def begin_anew(tx: Tx, this_round: Round, *, upgraded: bool = False) -> Round:
    """A round that is asked for or computed: forget its pinned market, and compute it from another. Returns it as it is now."""
    leave(tx, drafting.snapshot_rubbish(this_round))
    begun = drafting.again(this_round, upgraded=upgraded)
    tx.save(ROUNDS, begun)
    return begun


def remove(tx: Tx, this_round: Round) -> None:
    """Take a round away; a small one with all of its pages at once, the pages of others go after it."""
    remove_earlier(tx, this_round)
    heap = drafting.rubbish(this_round)
    if heap is not None:
        rest = _clear_some(tx, heap)
        leave(tx, None if rest.empty else rest)
    tx.remove(ROUNDS, this_round.id)


def clear(room: Room) -> int:
    """The worker's chore: clear away some of what is noted; returns how many heaps it touched."""
    heaps = room.store.reader().find(RUBBISH, {}, sort=[("_id", 1)], limit=HEAPS_AT_ONCE)
    for heap in heaps:
        left = f"{heap.pages[0]} {heap.left_pages[0]} {heap.pieces}"
        call = Call(
            derived_id("call", "rubbish", heap.id, left), room.now(heap.chapter), heap.chapter, "rubbish"
        )
        room.store.change(call, lambda tx, id=heap.id: _clear(tx, id))  # type: ignore[misc]
    return len(heaps)


def _clear(tx: Tx, id: str) -> dict[str, str]:
    heap = tx.load(RUBBISH, id)
    if heap is None:
        return {}  # another worker was first
    smaller = _clear_some(tx, heap)
    if smaller.empty:
        tx.remove(RUBBISH, id)
    else:
        tx.save(RUBBISH, smaller)
    return {}


def _clear_some(tx: Tx, heap: Rubbish) -> Rubbish:
    """Remove a bounded number of documents of the heap; returns what is left of it."""
    first, beyond = heap.pages
    pages = range(first, min(beyond, first + PAGES_AT_ONCE))
    first_left, beyond_left = heap.left_pages
    left_pages = range(first_left, min(beyond_left, first_left + PAGES_AT_ONCE))
    tx.prefetch(PAGES, [page_id(heap.round, number) for number in pages])
    tx.prefetch(LEFT_OVERS, [left_page_id(heap.round, number) for number in left_pages])
    for number in pages:
        tx.remove(PAGES, page_id(heap.round, number))
    for number in left_pages:
        tx.remove(LEFT_OVERS, left_page_id(heap.round, number))
    if heap.pieces:
        tx.remove(PIECES, piece_id(heap.snapshot, heap.pieces - 1))
    return replace(
        heap,
        pages=(pages.stop, beyond),
        left_pages=(left_pages.stop, beyond_left),
        pieces=max(heap.pieces - 1, 0),
    )
