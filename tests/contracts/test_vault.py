"""Confidential text: readable while its key lives, gone with it, and never mistaken for gone."""

import pymongo
import pytest

from shared.errors import Transient
from shared.vault import Vault
from tests.contracts.path import Path


def test_text_is_hidden_shown_and_gone_with_its_key(path: Path) -> None:
    vault = path.writer.vault
    vault.prepare()
    hidden, again = vault.hide("rel_1", "Dear Ana"), vault.hide("rel_1", "Dear Ana")
    assert b"Dear Ana" not in hidden
    assert hidden != again, "the same text twice must not show that it is the same"
    other = vault.hide("rel_2", "Dear Bo")
    assert vault.show(hidden) == "Dear Ana"
    vault.erase("rel_1")
    fresh = path.room("profiles").vault
    assert (fresh.show(hidden), fresh.show(other)) == (None, "Dear Bo")


def test_a_key_vault_that_is_away_does_not_read_as_erased(path: Path) -> None:
    path.writer.vault.prepare()
    hidden = path.writer.vault.hide("rel_1", "Dear Ana")
    with pymongo.MongoClient[dict[str, object]](
        "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"
    ) as nobody:
        away = Vault(nobody, path.writer.store.db.name, path.writer.keys.root)
        with pytest.raises(Transient):
            away.show(hidden)
