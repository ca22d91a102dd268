"""Sealed fields: readable while the person's key lives, gone with it everywhere, and never mistaken for gone."""

import pymongo
import pytest

from shared import seal
from shared.errors import NotThere, Transient, Unreadable
from shared.seal import PeopleKeys
from tests.contracts.path import Path


def test_a_sealed_field_opens_in_every_service_until_the_persons_key_is_erased(path: Path) -> None:
    sealed = path.writer.seal("mem_ana", {"name": "Ana Sá"})
    other = path.writer.seal("mem_bo", {"name": "Bo"})
    assert "Ana" not in sealed
    assert path.reader.unseal(sealed) == {"name": "Ana Sá"}
    path.writer.people.erase("mem_ana")
    fresh = path.room("matching")
    assert (fresh.unseal(sealed), fresh.unseal(other)) == (None, {"name": "Bo"})
    assert path.writer.unseal(sealed) is None, "who erases forgets at once"


def test_a_running_process_loses_what_was_erased_when_its_key_cache_runs_out(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "KEY_CACHED_FOR_S", 0.0)
    sealed = path.writer.seal("mem_ana", {"name": "Ana"})
    assert path.reader.unseal(sealed) == {"name": "Ana"}
    path.writer.people.erase("mem_ana")
    assert path.reader.unseal(sealed) is None


def test_an_erased_person_gets_no_key_again(path: Path) -> None:
    sealed = path.writer.seal("mem_ana", {"name": "Ana"})
    path.writer.people.erase("mem_ana")
    path.writer.people.make(["mem_ana", "mem_bo"])
    with pytest.raises(NotThere):
        path.writer.seal("mem_ana", {"name": "Ana"})
    assert path.room("matching").unseal(sealed) is None
    assert path.writer.seal("mem_bo", {"name": "Bo"})


def test_making_a_key_that_is_there_keeps_what_was_sealed_with_it(path: Path) -> None:
    sealed = path.writer.seal("mem_ana", {"name": "Ana"})
    path.writer.people.make(["mem_ana", "mem_bo"])
    assert path.room("matching").unseal(sealed) == {"name": "Ana"}


def test_keys_lie_in_the_database_wrapped(path: Path) -> None:
    path.writer.people.make(["mem_ana"])
    (kept,) = path.client[f"{path.namespace}_people_keys"]["keys"].find()
    assert set(kept) == {"_id", "key"}
    assert kept["key"].count(".") == 4, "a JWE, not a key"


def test_keys_that_are_away_do_not_read_as_erased(path: Path) -> None:
    sealed = path.writer.seal("mem_ana", {"name": "Ana"})
    with pymongo.MongoClient[dict[str, object]](
        "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"
    ) as nobody:
        away = PeopleKeys(nobody, path.namespace, path.writer.keys.seal)
        with pytest.raises(Transient):
            away.unseal(sealed)
        away.fetch([sealed])  # only saves time


@pytest.mark.parametrize("broken", ["", "x.y.z", "e30.a.b.c.d", "eyJraWQiOjF9....", "a" * 5_000])
def test_what_was_not_sealed_here_is_unreadable(path: Path, broken: str) -> None:
    with pytest.raises(Unreadable):
        path.writer.unseal(broken)


def test_a_changed_field_is_unreadable_not_gone(path: Path) -> None:
    head, *rest, tag = path.writer.seal("mem_ana", {"name": "Ana"}).split(".")
    with pytest.raises(Unreadable):
        path.writer.unseal(".".join([head, *rest, tag[::-1]]))
