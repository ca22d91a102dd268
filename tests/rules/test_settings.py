"""What a process refuses to start with."""

from typing import Any

import pytest

from shared.settings import BadSetting, read_settings

GOOD = {
    "CAIRN_MODE": "production",
    "CAIRN_MONGO_URL": "mongodb://cairn:pw@db1,db2/?replicaSet=rs0&tls=true",
    "CAIRN_KAFKA_BOOTSTRAP": "sasl_ssl://cairn:pw@k1:9093,k2:9093",
    "CAIRN_SMTP_URL": "smtps://mail:465",
    "CAIRN_PUBLIC_URL": "https://mentoring.example.org/",
    "CAIRN_SECRETS_DIR": "/run/secrets/cairn",
}


def test_a_production_profile_that_is_complete_is_read() -> None:
    settings = read_settings(GOOD)
    assert (settings.mode, settings.public_url, settings.gateway_url) == (
        "production",
        "https://mentoring.example.org",
        "https://mentoring.example.org",
    )
    assert not settings.local


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"CAIRN_MONGO_URL": "mongodb://db1/?replicaSet=rs0"}, "CAIRN_MONGO_URL"),
        ({"CAIRN_KAFKA_BOOTSTRAP": "k1:9092"}, "CAIRN_KAFKA_BOOTSTRAP"),
        ({"CAIRN_PUBLIC_URL": "http://mentoring.example.org"}, "CAIRN_PUBLIC_URL"),
        ({"CAIRN_TRIAL_RECEIVERS": "mail:8025"}, "CAIRN_TRIAL_RECEIVERS"),
        ({"CAIRN_CLOCK_FILE": "/tmp/clock.json"}, "CAIRN_CLOCK_FILE"),
        ({"CAIRN_MODE": "prod"}, "CAIRN_MODE"),
        ({"CAIRN_SERVICES": "profiles,mentors"}, "mentors"),
        ({"CAIRN_SECRETS_DIR": None}, "CAIRN_SECRETS_DIR"),
    ],
)
def test_production_refuses_what_is_open_unknown_or_missing(wrong: dict[str, Any], named: str) -> None:
    given = {name: value for name, value in (GOOD | wrong).items() if value is not None}
    with pytest.raises(BadSetting, match=named):
        read_settings(given)


def test_the_mailbox_page_is_known_in_local_mode_only() -> None:
    shown = {"CAIRN_MAILBOX_URL": "http://127.0.0.1:8025"}
    assert read_settings(GOOD | shown).mailbox_url == ""
    assert read_settings(GOOD | shown | {"CAIRN_MODE": "local"}).mailbox_url == shown["CAIRN_MAILBOX_URL"]
