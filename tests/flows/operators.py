"""An operator's command line against the stack of a test."""

import pytest

from tests.stack import Stack


def stand_before(stack: Stack, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    """Put what `cairn` is told of this stack into the environment, and `more`."""
    told = {
        "CAIRN_MODE": "local",
        "CAIRN_MONGO_URL": stack.parts.mongo_url,
        "CAIRN_KAFKA_BOOTSTRAP": stack.parts.kafka_bootstrap,
        "CAIRN_SMTP_URL": "smtp://127.0.0.1:9",
        "CAIRN_PUBLIC_URL": "http://cairn.test",
        "CAIRN_NAMESPACE": stack.namespace,
        "CAIRN_SECRETS_DIR": str(stack.settings.secrets_dir),
    }
    for name, value in (told | more).items():
        monkeypatch.setenv(name, value)
