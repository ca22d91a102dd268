"""Rows whose effect lies outside MongoDB (mails, webhook deliveries): each in a lane, in whose order its effects happen.

Who may take what is said by `mail.leases` for mails, row by row, and by `webhooks.holds` for deliveries, a webhook at a time.

Invariants:
1. Only the head of a lane is taken: the first waiting row by `order`. What follows waits until the head has ended, so that a lane's effects
   happen in order; a head that was put off holds back its own lane and nothing else.
2. Crowds take turns: no crowd has more rows taken than it has slots, so that a long or slow one does not hold up the others.
3. What has ended, or is not due, is in no index that is read here: it costs nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pymongo import UpdateOne
from pymongo.collection import Collection

from shared.kinds import Document, Identified, Index, Kind, to_document
from shared.store import Store
from shared.transaction import Tx


class Queued(Identified, Protocol):
    """A row of a lane. `order` compares as text; `due_at` None while it is held or has ended."""

    @property
    def state(self) -> str: ...
    @property
    def crowd(self) -> str: ...
    @property
    def lane(self) -> str: ...
    @property
    def order(self) -> str: ...
    @property
    def due_at(self) -> datetime | None: ...


V = TypeVar("V", bound=Queued)

MAX_CROWDS_A_LOOK = 1_000
#: How many due rows of a crowd are looked at to find lanes that can move.
MAX_DUE_A_LOOK = 2_000
#: How many rows a lane has waiting that is read together with others.
LANE_ROWS = 4
#: How many due rows are looked at first for each that is wanted.
LOOKED_AT_EACH = 8
CROWDS_A_QUESTION = 50
QUERY_WITHIN_MS = 5_000

WAITING = (("state", "waiting"),)

#: MongoDB skips through the index from crowd to crowd (DISTINCT_SCAN), however many rows wait; a test sees to that.
FIRST_OF_EACH_CROWD: list[dict[str, Any]] = [
    {"$match": {"state": "waiting"}},
    {"$sort": {"crowd": 1, "due_at": 1, "lane": 1}},
    {"$group": {"_id": "$crowd", "due_at": {"$first": "$due_at"}}},
]


def lane_indexes(collection: str) -> tuple[Index, ...]:
    """What `heads` needs: waiting rows only. `state` stands in them, so that no document is read to see that it waits."""
    return (
        Index(collection, (("state", 1), ("crowd", 1), ("due_at", 1), ("lane", 1)), only=WAITING),
        Index(collection, (("state", 1), ("lane", 1), ("order", 1)), only=WAITING),
    )


def heads(
    rows: Collection[Document],
    free: Mapping[str, int],
    now: datetime,
    *,
    most: int,
    taken: Callable[[Document], bool],
) -> list[str]:
    """Ids of at most `most` rows that are due, first in their lanes and not `taken`; at most `free` of each crowd. May be fewer.

    Where several crowds have something due, none gets more than its share before each had its turn. `taken` is asked with the row's `_id`
    and `holder`.
    """
    found: list[str] = []
    chosen: set[str] = set()
    left_of = {crowd: number for crowd, number in free.items() if number > 0}
    for share in (max(1, most // max(1, len(left_of))), most):
        wanted: dict[str, int] = {}
        left = most - len(found)
        for crowd, number in left_of.items():
            if (asked := min(number, share, left)) > 0:
                wanted[crowd] = asked
                left -= asked
        some = _heads(rows, wanted, now, lambda row: row["_id"] in chosen or taken(row)) if wanted else {}
        for crowd, asked in wanted.items():
            # A crowd that gives less than it was asked for has nothing more.
            left_of[crowd] = left_of[crowd] - asked if len(some[crowd]) == asked else 0
            found += some[crowd]
        chosen.update(found)
    return found


def settle(store: Store, kind: Kind[V], before: V, after: V, *, by: str) -> bool:
    """Write what became of a taken row; False where somebody else changed its field `by` meanwhile, and has it now.

    Where the row was put off, those behind it are put off with it, so that nobody looks at them in vain.
    """
    rows = store.db[kind.collection]
    mine, change = _became(before, after, by)
    if rows.update_one(mine, change).matched_count == 0:
        return False
    if after.state == "waiting" and after.due_at is not None:
        _put_off_behind(rows, after.lane, after.due_at)
    return True


def settle_ended(store: Store, kind: Kind[V], ended: Sequence[tuple[V, V]], *, by: str) -> None:
    """As `settle`, for many rows at once that have ended: each before and after."""
    writes = [UpdateOne(*_became(before, after, by)) for before, after in ended]
    store.db[kind.collection].bulk_write(writes, ordered=False)


def _became(before: V, after: V, by: str) -> tuple[Document, Document]:
    """The row, while it is ours, and what is different about it now."""
    old, new = to_document(before), to_document(after)
    mine = {"_id": before.id, "state": "waiting", by: old[by]}
    return mine, {"$set": {name: value for name, value in new.items() if old[name] != value}}


def try_now(tx: Tx, kind: Kind[V], where: Mapping[str, str]) -> None:
    """Let what was put off in this lane or crowd fall due with the call."""
    waits = {"state": "waiting", **where, "due_at": {"$gt": tx.call.at}}
    tx.db[kind.collection].update_many(waits, {"$set": {"due_at": tx.call.at}}, session=tx.session)


def oldest_due(store: Store, kind: Kind[V], now: datetime) -> datetime | None:
    """When the row fell due that has waited longest for its turn; None where none is due."""
    crowds = crowds_due(store.db[kind.collection], now)
    return crowds[0][1] if crowds else None


def crowds_due(rows: Collection[Document], now: datetime) -> list[tuple[str, datetime]]:
    """The crowds with something due, and since when, the longest wait first. One index entry is read for each crowd."""
    due: list[dict[str, Any]] = [
        {"$match": {"due_at": {"$lte": now}}},
        {"$sort": {"due_at": 1}},
        {"$limit": MAX_CROWDS_A_LOOK},
    ]
    found = rows.aggregate([*FIRST_OF_EACH_CROWD, *due], maxTimeMS=QUERY_WITHIN_MS)
    return [(crowd["_id"], crowd["due_at"]) for crowd in found]


def _heads(
    rows: Collection[Document], wanted: Mapping[str, int], now: datetime, taken: Callable[[Document], bool]
) -> dict[str, list[str]]:
    """Ids of rows that are due, first in their lanes and not taken, as many of each crowd as are wanted, or all there are."""
    found: dict[str, list[str]] = {crowd: [] for crowd in wanted}
    lanes = _due_lanes(rows, wanted, now)
    while lanes:
        looked_at = {crowd: some[: wanted[crowd] - len(found[crowd])] for crowd, some in lanes.items()}
        of = {lane: crowd for crowd, some in looked_at.items() for lane in some}
        for lane, head in _firsts(rows, list(of)):
            if taken(head):
                continue
            if head["due_at"] > now:
                _put_off_behind(rows, lane, head["due_at"])
                continue
            found[of[lane]].append(head["_id"])
        lanes = {
            crowd: rest
            for crowd, some in lanes.items()
            if len(found[crowd]) < wanted[crowd] and (rest := some[len(looked_at[crowd]) :])
        }
    return found


def _due_lanes(rows: Collection[Document], wanted: Mapping[str, int], now: datetime) -> dict[str, list[str]]:
    """The lanes of each crowd that have something due, the longest wait first. First a short look; a long one where it was not enough."""
    lanes: dict[str, list[str]] = {}
    short = {crowd: min(MAX_DUE_A_LOOK, LOOKED_AT_EACH * number) for crowd, number in wanted.items()}
    long = {}
    for crowd, (some, looked_at) in _looked_at(rows, short, now).items():
        lanes[crowd] = some
        if len(some) < wanted[crowd] and looked_at == short[crowd] < MAX_DUE_A_LOOK:
            long[crowd] = MAX_DUE_A_LOOK
    lanes.update({crowd: some for crowd, (some, _) in _looked_at(rows, long, now).items()})
    return lanes


def _looked_at(
    rows: Collection[Document], rows_each: Mapping[str, int], now: datetime
) -> dict[str, tuple[list[str], int]]:
    """The lanes among so many due rows of each crowd, and how many rows there were. One question for many crowds."""
    found: dict[str, tuple[list[str], int]] = {}
    crowds = list(rows_each)
    for start in range(0, len(crowds), CROWDS_A_QUESTION):
        questions: list[list[dict[str, Any]]] = [
            [
                {"$match": {"state": "waiting", "crowd": crowd, "due_at": {"$lte": now}}},
                {"$sort": {"due_at": 1}},
                {"$limit": rows_each[crowd]},
                {"$group": {"_id": "$lane", "crowd": {"$first": "$crowd"}, "due_at": {"$first": "$due_at"}, "rows": {"$sum": 1}}},
                {"$sort": {"due_at": 1}},
                {"$project": {"crowd": 1, "rows": 1}},
            ]
            for crowd in crowds[start : start + CROWDS_A_QUESTION]
        ]  # fmt: skip
        first, *others = questions
        union = [{"$unionWith": {"coll": rows.name, "pipeline": other}} for other in others]
        for lane in rows.aggregate([*first, *union], maxTimeMS=QUERY_WITHIN_MS, batchSize=MAX_DUE_A_LOOK):
            some, looked_at = found.get(lane["crowd"], ([], 0))
            some.append(lane["_id"])
            found[lane["crowd"]] = some, looked_at + lane["rows"]
    return found


def _firsts(rows: Collection[Document], lanes: list[str]) -> Iterator[tuple[str, Document]]:
    """The first waiting row of each of these lanes. Short lanes are read together, what a long one leaves over by itself."""
    seen = {"lane": 1, "due_at": 1, "holder": 1}
    firsts: dict[str, Document] = {}
    together = rows.find({"state": "waiting", "lane": {"$in": lanes}}, seen, limit=LANE_ROWS * len(lanes))
    for row in together.sort([("lane", 1), ("order", 1)]):
        firsts.setdefault(row["lane"], row)
    for lane in lanes:
        head = firsts.get(lane) or rows.find_one(
            {"state": "waiting", "lane": lane}, seen, sort=[("order", 1)]
        )
        if head is not None:
            yield lane, head


def _put_off_behind(rows: Collection[Document], lane: str, until: datetime) -> None:
    rows.update_many(
        {"state": "waiting", "lane": lane, "due_at": {"$lt": until}}, {"$set": {"due_at": until}}
    )
