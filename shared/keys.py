"""The platform's keys: files in one folder, given to a process as secrets are given (a mounted volume).

Each process reads what its services may know: only profiles reads the key that signs tokens. Keys are made once, by `cairn init`,
outside production; in production they are brought by the operator and a missing one stops the start.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import KeySet, OctKey, OKPKey

from shared.settings import BadSetting

TOKEN_KEY = "token-signing.jwk"  # noqa: S105 - a file's name
TOKEN_KEY_SET = "token-keys.json"  # noqa: S105 - a file's name
SEAL_KEY = "seal.jwk"
ROOT_KEY = "root.key"
#: MongoDB's local key provider wants 96 bytes; our own derivations start from the same file.
ROOT_KEY_BYTES = 96


@dataclass(frozen=True, slots=True)
class Keys:
    """`verify` checks sign-in tokens, `sign` makes them (profiles only), `seal` opens sealed event fields, `root` is 96 bytes."""

    verify: KeySet
    sign: OKPKey | None
    seal: OctKey
    root: bytes

    def derive(self, purpose: str, *words: str) -> bytes:
        """32 bytes that only this platform can know, the same each time (HMAC-SHA-256): secrets that need not be stored."""
        return hmac.digest(self.root, "\x1f".join((purpose, *words)).encode(), hashlib.sha256)


def make_keys(folder: Path) -> None:
    """Make the keys that are missing. Safe to repeat; an existing key is never replaced."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / TOKEN_KEY).exists():
        key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"}, auto_kid=True)
        _keep(folder / TOKEN_KEY_SET, json.dumps({"keys": [key.as_dict(private=False)]}).encode())
        _keep(folder / TOKEN_KEY, json.dumps(key.as_dict(private=True)).encode())
    if not (folder / SEAL_KEY).exists():
        seal = OctKey.generate_key(256, {"use": "enc", "alg": "dir"}, auto_kid=True)
        _keep(folder / SEAL_KEY, json.dumps(seal.as_dict(private=True)).encode())
    if not (folder / ROOT_KEY).exists():
        _keep(folder / ROOT_KEY, secrets.token_bytes(ROOT_KEY_BYTES))


def read_keys(folder: Path, *, signing: bool) -> Keys:
    """The keys in the folder; `signing` where this process issues tokens. A missing key is a `BadSetting`."""
    sign = OKPKey.import_key(_json(folder / TOKEN_KEY)) if signing else None
    return Keys(
        verify=KeySet.import_key_set(_json(folder / TOKEN_KEY_SET)),
        sign=sign,
        seal=OctKey.import_key(_json(folder / SEAL_KEY)),
        root=_bytes(folder / ROOT_KEY),
    )


def _keep(file: Path, content: bytes) -> None:
    new = file.with_name(file.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
    new.replace(file)


def _json(file: Path) -> Any:
    return json.loads(_bytes(file))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadSetting(
            f"the key {file.name} cannot be read in CAIRN_SECRETS_DIR: {error.strerror}"
        ) from error
