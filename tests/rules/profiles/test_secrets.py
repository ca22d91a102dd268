"""The secrets of links and sessions."""

from pathlib import Path

import pytest

from services.profiles.secrets import id_of, secret_of
from shared.ids import new_id
from shared.keys import Keys, make_keys, read_keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    make_keys(tmp_path)
    return read_keys(tmp_path, signing=False)


def test_a_secret_leads_back_to_its_id_and_stays_the_same(keys: Keys) -> None:
    link = new_id("lnk")

    secret = secret_of(link, keys)

    assert id_of(secret, "lnk", keys) == link
    assert secret_of(link, keys) == secret
    assert secret.isalnum(), "a mail program neither breaks nor shortens the link"


def test_a_secret_of_a_link_opens_no_session(keys: Keys) -> None:
    assert id_of(secret_of(new_id("lnk"), keys), "ses", keys) is None


def test_another_platforms_secret_is_none(keys: Keys, tmp_path: Path) -> None:
    make_keys(tmp_path / "other")

    assert id_of(secret_of(new_id("lnk"), read_keys(tmp_path / "other", signing=False)), "lnk", keys) is None


def test_a_secret_with_one_letter_changed_is_none(keys: Keys) -> None:
    secret = secret_of(new_id("lnk"), keys)

    for place in range(len(secret)):
        changed = secret[:place] + ("2" if secret[place] != "2" else "3") + secret[place + 1 :]
        assert id_of(changed, "lnk", keys) is None
