"""kill -9 inside a transaction: what it had written is locked until MongoDB gives the transaction up, and that is soon."""

import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

from deploy.local.mongo_server import TRANSACTION_WITHIN_S
from shared.call import Call
from shared.errors import Transient
from shared.ids import new_id
from shared.kinds import Kind
from shared.store import CHANGE_WITHIN_S, Store, connect
from shared.transaction import Tx
from tests.parts import PartsAddresses
from tests.stack import NOON, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

#: MongoDB looks for transactions to give up once in half of their time; the last try may have begun just before.
FREE_WITHIN_S = TRANSACTION_WITHIN_S * 1.5 + CHANGE_WITHIN_S + 5


@dataclass(frozen=True, slots=True)
class Row:
    """Something that two processes change."""

    id: str
    chapter: str
    by: str


ROWS = Kind("row", "rows", Row)


def change(store: Store, by: str, *, halt: bool = False) -> None:
    """Change the row; where it halts, for ever after the write and before the commit."""

    def work(tx: Tx) -> None:
        tx.load(ROWS, "row_1")
        tx.save(ROWS, Row("row_1", "c", by))
        if halt:
            tx.find(ROWS, {})  # sends what was saved so far
            sys.stdout.write("written\n")
            sys.stdout.flush()
            time.sleep(3_600)

    store.change(Call(new_id("call"), NOON, "c", "test"), work)


def test_what_a_killed_process_left_locked_is_free_again_soon(parts: PartsAddresses) -> None:
    client = connect(parts.mongo_url)
    store = Store(client, new_id("t") + "_killed")
    store.ensure_indexes(())
    change(store, "before")
    program = "import sys; from tests.faults.test_killed_inside_a_change import halt; halt(*sys.argv[1:])"
    with subprocess.Popen(
        [sys.executable, "-c", program, parts.mongo_url, store.db.name], stdout=subprocess.PIPE
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"written\n"
        killed.kill()

    def changed() -> bool:
        try:
            change(store, "after")
        except Transient:
            return False
        return True

    wait_for(changed, FREE_WITHIN_S, "the row's being free")
    row = store.reader("c").load(ROWS, "row_1")
    assert row is not None
    assert row.by == "after"
    client.drop_database(store.db.name)
    client.close()


def halt(mongo_url: str, name: str) -> None:
    """What the killed process does."""
    change(Store(connect(mongo_url), name), "killed", halt=True)
