"""Keys of text that are to go: only after the change that wants it, then surely, whatever dies in between."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pymongo
import pytest

from shared.call import Call
from shared.erasing import DOOMED_KEYS, KEYS_AT_ONCE, doom_key, erase_doomed_keys
from shared.errors import Refused
from shared.service import Room
from shared.store import Store
from shared.transaction import Tx
from shared.vault import Vault
from tests.contracts.kernel import a_call
from tests.contracts.path import Path


class Killed(BaseException):
    """The process is gone; nothing catches it."""


class DiesAtAChange(Store):
    """The process dies at its next change, before it began, or right after it was kept."""

    kept = False

    def change(self, call: Call, work: Callable[[Tx], Any]) -> Any:
        if self.kept:
            super().change(call, work)
        raise Killed


class DiesAfterAChange(DiesAtAChange):
    kept = True


@pytest.fixture
def room(path: Path) -> Room:
    path.writer.vault.prepare()
    return path.writer


def doom(room: Room, *names: str, chapter: str = "shanghai") -> None:
    def work(tx: Tx) -> None:
        for name in names:
            doom_key(tx, name)

    room.store.change(a_call(chapter=chapter), work)


def shown(path: Path, *hidden: bytes) -> list[str | None]:
    """What a process that has no key at hand reads."""
    vault = path.room("profiles").vault
    return [vault.show(one) for one in hidden]


def waiting(room: Room) -> int:
    return room.store.reader().count(DOOMED_KEYS, {})


def test_a_doomed_key_is_erased_and_no_other(path: Path, room: Room) -> None:
    gone, stays = room.vault.hide("rel_1", "Dear Ana"), room.vault.hide("rel_2", "Dear Bo")
    doom(room, "rel_1")
    assert shown(path, gone, stays) == ["Dear Ana", "Dear Bo"], "no key goes inside the change"
    assert erase_doomed_keys(room) == 1
    assert shown(path, gone, stays) == [None, "Dear Bo"]
    assert (erase_doomed_keys(room), waiting(room)) == (0, 0)


def test_where_the_change_comes_to_nothing_the_key_stays(path: Path, room: Room) -> None:
    hidden = room.vault.hide("rel_1", "Dear Ana")

    def refused(tx: Tx) -> None:
        doom_key(tx, "rel_1")
        raise Refused("no", "Not like this.")

    with pytest.raises(Refused):
        room.store.change(a_call(), refused)
    assert erase_doomed_keys(room) == 0
    assert shown(path, hidden) == ["Dear Ana"]


@pytest.mark.parametrize("dies", [DiesAtAChange, DiesAfterAChange])
def test_killed_after_the_key_went_the_next_pass_ends_the_same(
    path: Path, room: Room, dies: type[Store]
) -> None:
    hidden = room.vault.hide("rel_1", "Dear Ana")
    doom(room, "rel_1")
    with pytest.raises(Killed):
        erase_doomed_keys(replace(room, store=dies(path.client, room.store.db.name)))
    assert shown(path, hidden) == [None]
    erase_doomed_keys(room)
    assert (shown(path, hidden), waiting(room), erase_doomed_keys(room)) == ([None], 0, 0)


def test_while_the_key_vault_is_away_the_row_waits(path: Path, room: Room) -> None:
    hidden = room.vault.hide("rel_1", "Dear Ana")
    doom(room, "rel_1")
    with pymongo.MongoClient[dict[str, object]](
        "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"
    ) as nobody:
        away = Vault(nobody, room.store.db.name, room.keys.root)
        with pytest.raises(pymongo.errors.PyMongoError):
            erase_doomed_keys(replace(room, vault=away))
    assert (shown(path, hidden), waiting(room)) == (["Dear Ana"], 1)
    assert erase_doomed_keys(room) == 1
    assert shown(path, hidden) == [None]


def test_the_same_key_can_be_doomed_again_and_one_that_never_was_harms_nothing(
    path: Path, room: Room
) -> None:
    for text in ("first", "second"):
        hidden = room.vault.hide("rel_1", text)
        doom(room, "rel_1", "rel_of_whom_nothing_was_written")
        assert erase_doomed_keys(room) == 2
        assert (shown(path, hidden), waiting(room)) == ([None], 0)


def test_keys_of_all_chapters_go_so_many_at_once(path: Path, room: Room) -> None:
    doom(room, *(f"rel_{number:03d}" for number in range(KEYS_AT_ONCE)))
    doom(room, "rel_of_lagos", chapter="lagos")
    assert [erase_doomed_keys(room) for _ in range(3)] == [KEYS_AT_ONCE, 1, 0]
