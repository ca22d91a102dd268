"""The one door: every change of a service's documents goes through `Store.change`, and takes effect once.

Invariants:
1. A change is one MongoDB transaction: documents, the remembered call, its answer and its events commit together or not at all (I4).
2. The call's id is unique among the remembered calls; a repeat gets the first answer and changes nothing.
3. Nothing but the database is touched inside a transaction, and each is bounded in time.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC
from typing import Any, TypeVar

import pymongo
from bson.codec_options import CodecOptions
from pymongo import MongoClient, ReturnDocument
from pymongo.change_stream import CollectionChangeStream
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.server_api import ServerApi, ServerApiVersion
from pymongo.write_concern import WriteConcern

from shared.call import PLATFORM, Call
from shared.errors import Clash, Refused, Transient
from shared.kinds import Document, Index
from shared.transaction import Reader, Tx

T = TypeVar("T")

CHANGE_WITHIN_S = 10.0
SERVER_WITHIN_MS = 5_000
LET_GO_WITHIN_S = 1.0
#: A clash on a unique index that is not the call's own: somebody wrote at the same time, so the rules look again.
CLASHES_SEEN_AGAIN = 3
DUPLICATE_KEY = 11000
#: How long the server keeps one look at a change stream open when nothing happens; what happens is told at once.
WATCH_AWAITS_MS = 5_000

MAJORITY = WriteConcern("majority", j=True)

#: What the store itself needs in each service's database.
OWN_INDEXES = (
    Index("changes", (("pos", 1), ("_id", 1)), only=(("pending", True),)),
    # No event twice, and an aggregate's events for audit and replay, the newest first.
    Index("changes", (("events.aggregate", 1), ("events.seq", -1)), unique=True, sparse=True),
    Index("changes", (("expires_at", 1),), sparse=True, expires_s=0),
    Index("timers", (("due", 1), ("_id", 1))),
    Index("timers", (("chapter", 1), ("due", 1), ("_id", 1))),
    Index("parked", (("at", 1),)),
    Index("parked_events", (("aggregate", 1), ("place", 1))),
)


def connect(url: str) -> MongoClient[Document]:
    """A client as Cairn uses it: Stable API v1, strict; aware times; nothing waits longer than `SERVER_WITHIN_MS` for a server."""
    return MongoClient(
        url,
        tz_aware=True,
        tzinfo=UTC,
        server_api=ServerApi(ServerApiVersion.V1, strict=True, deprecation_errors=True),
        serverSelectionTimeoutMS=SERVER_WITHIN_MS,
        connectTimeoutMS=SERVER_WITHIN_MS,
        retryWrites=True,
        retryReads=True,
        appname="cairn",
    )


class Store:
    """One service's documents. `name` is its database, `<namespace>_<service>`."""

    def __init__(self, client: MongoClient[Document], name: str) -> None:
        self.client = client
        self.db: Database[Document] = client.get_database(
            name,
            codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
            read_concern=ReadConcern("majority"),
            write_concern=MAJORITY,
            read_preference=ReadPreference.PRIMARY,
        )

    def change(self, call: Call, work: Callable[[Tx], T]) -> T:
        """Run `work` once for this call and keep what it answers; a repeat gets that answer.

        `work` may run more than once before it takes effect, so it does nothing but read and write through its `Tx`. Its answer
        holds only what BSON can say, and no secret. Raises what `work` raises (then nothing is kept), `Refused`
        (`idempotency_key_reused`) where the id came before with something else to ask, `Transient` when the bound in time is over.
        """

        def once(tx: Tx) -> T:
            tx.begin(call)
            answer = work(tx)
            tx.remember(answer)
            return answer

        for _ in range(CLASHES_SEEN_AGAIN):
            try:
                return self.transact(once)
            except Refused:
                # A repeat finds the world that its first run left, and may well be refused there: the first answer counts.
                if (prior := self._prior(call)) is not None:
                    return prior["answer"]  # type: ignore[no-any-return]
                raise
            except Clash:
                if (prior := self._prior(call)) is not None:
                    return prior["answer"]  # type: ignore[no-any-return]
        raise Transient("others kept writing the same thing")

    def transact(self, work: Callable[[Tx], T]) -> T:
        """One transaction without a remembered call: for those that keep their own memory (the inbox's marks)."""

        tx: Tx | None = None

        def attempt(*, guessing: bool) -> T:
            def run(session: ClientSession) -> T:
                nonlocal tx
                tx = Tx(self.db, session, guessing=guessing)
                answer = work(tx)
                tx.write()
                return answer

            return self._commit(run)

        try:
            return attempt(guessing=True)
        except Clash:
            if tx is None or not tx.guessed:
                raise
        return attempt(guessing=False)

    def _commit(self, run: Callable[[ClientSession], T]) -> T:
        """Run one transaction to its end, again where MongoDB says that it may be tried again."""
        with self.client.start_session() as session:
            try:
                with pymongo.timeout(CHANGE_WITHIN_S):
                    return session.with_transaction(
                        run,
                        read_concern=ReadConcern("snapshot"),
                        write_concern=MAJORITY,
                        read_preference=ReadPreference.PRIMARY,
                    )
            except PyMongoError as error:
                if _clashes(error):
                    raise Clash from error
                if _passes(error):
                    self._let_go(session)
                    raise Transient(f"the database did not answer in time: {type(error).__name__}") from error
                raise

    def _let_go(self, session: ClientSession) -> None:
        """Give up what ran out of time on the server, too, where everybody would wait for what it wrote until the server gives it up.

        The driver has no time left to say so by then. A session has one transaction at a time: the next, an empty one, ends it.
        """
        with suppress(PyMongoError), pymongo.timeout(LET_GO_WITHIN_S), session.start_transaction():
            self.db["changes"].find_one({"_id": ""}, session=session)

    def reader(self, chapter: str = PLATFORM) -> Reader:
        """Reads outside any transaction, of one chapter or of all: what a majority has acknowledged."""
        return Reader(self.db, chapter)

    def ensure_indexes(self, indexes: Iterable[Index]) -> None:
        """Create what is missing; safe to repeat."""
        for index in (*OWN_INDEXES, *indexes):
            options: dict[str, Any] = {"unique": index.unique, "sparse": index.sparse}
            if index.only:
                options["partialFilterExpression"] = dict(index.only)
            if index.expires_s is not None:
                options["expireAfterSeconds"] = index.expires_s
            self.db[index.collection].create_index(
                list(index.keys), **{k: v for k, v in options.items() if v is not False}
            )

    def pending(self, chunk_rows: int, most_rows: int) -> Iterator[list[Document]]:
        """Rows with events that are not yet sent, as they stood at one moment, in an order that keeps each aggregate's."""
        with self.client.start_session(snapshot=True) as session:
            cursor = self.db["changes"].find(
                {"pending": True},
                {"events": 1, "at": 1, "trace": 1},
                session=session,
                limit=most_rows,
                batch_size=chunk_rows,
            )
            rows: list[Document] = []
            for row in cursor.sort([("pos", 1), ("_id", 1)]):
                rows.append(row)
                if len(rows) == chunk_rows:
                    yield rows
                    rows = []
            if rows:
                yield rows

    def mark_sent(self, ids: list[str]) -> None:
        """These rows were acknowledged by the log. Losing this mark only means that they are sent again.

        A majority has the mark before this returns: the next snapshot is of what a majority has, and would show them pending still
        (seen: every event sent twice at 150 changes a second).
        """
        changes = self.db["changes"]
        changes.update_many({"_id": {"$in": ids}, "pending": True}, {"$unset": {"pending": ""}})

    def oldest_pending_s(self) -> float:
        """How long the oldest row has waited to be sent, in seconds of the machine's clock; 0 where none waits."""
        row = self.db["changes"].find_one({"pending": True}, {"pos": 1}, sort=[("pos", 1), ("_id", 1)])
        return max(0.0, time.time() - row["pos"] / 1000) if row else 0.0

    def hold_lease(self, name: str, holder: str, seconds: int) -> bool:
        """Take or renew a lease, by the server's clock; False while somebody else holds it. `Transient` while the database is away."""
        free = {
            "$or": [{"$eq": ["$holder", holder]}, {"$lt": ["$until", "$$NOW"]}]
        }  # a missing `until` is less
        taken = {
            "holder": {"$cond": [free, holder, "$holder"]},
            "until": {"$cond": [free, {"$add": ["$$NOW", seconds * 1000]}, "$until"]},
        }
        try:
            with pymongo.timeout(CHANGE_WITHIN_S):
                lease = self.db["leases"].find_one_and_update(
                    {"_id": name}, [{"$set": taken}], upsert=True, return_document=ReturnDocument.AFTER
                )
        except DuplicateKeyError:
            return False
        except PyMongoError as error:
            if _passes(error):
                raise Transient(f"the database did not answer in time: {type(error).__name__}") from error
            raise
        return bool(lease and lease["holder"] == holder)

    def drop_lease(self, name: str, holder: str) -> None:
        """Let go of a lease before it runs out; nothing where it is somebody else's."""
        self.db["leases"].delete_one({"_id": name, "holder": holder})

    def watch_changes(self) -> CollectionChangeStream[Document]:
        """New rows as they are committed, without what they hold."""
        return self.db["changes"].watch(
            [{"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}}],
            max_await_time_ms=WATCH_AWAITS_MS,
            batch_size=1_000,
        )

    def ping(self) -> None:
        """Raises `Transient` where the database does not answer within a second."""
        try:
            with pymongo.timeout(1.0):
                self.db.command("ping")
        except PyMongoError as error:
            raise Transient("the database does not answer") from error

    def _prior(self, call: Call) -> Document | None:
        try:
            prior = self.db["changes"].find_one({"_id": call.id}, {"answer": 1, "print": 1})
        except PyMongoError as error:
            raise Transient("the database did not answer in time") from error
        if prior is not None and prior["print"] != call.fingerprint:
            raise Refused(
                "idempotency_key_reused",
                "This Idempotency-Key came before with another request. Use a new key for a new request.",
                status=422,
            )
        return prior


def _clashes(error: PyMongoError) -> bool:
    """Whether a unique index refused a write (and nothing else went wrong)."""
    if isinstance(error, BulkWriteError):
        return {write["code"] for write in error.details["writeErrors"]} == {DUPLICATE_KEY}
    return isinstance(error, DuplicateKeyError)


def _passes(error: PyMongoError) -> bool:
    """Whether trying the same again later may succeed."""
    return (
        error.timeout
        or error.has_error_label("TransientTransactionError")
        or error.has_error_label("UnknownTransactionCommitResult")
        or error.has_error_label("RetryableWriteError")
        or isinstance(error, pymongo.errors.ConnectionFailure | pymongo.errors.ExecutionTimeout)
    )
