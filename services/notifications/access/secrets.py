"""Keys of service accounts: drawn once, kept as a keyed hash."""

import secrets

from shared.keys import Keys

KEY_PREFIX = "cairn_sk_"
KEY_BYTES = 32


def draw_key() -> str:
    """A new key, 256 random bits; scanners of leaked secrets know it by its prefix."""
    return KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def key_hash(keys: Keys, key: str) -> bytes:
    """What is kept of a key (HMAC-SHA-256). Nothing slower is needed: nobody guesses 256 random bits."""
    return keys.derive("account-key", key)
