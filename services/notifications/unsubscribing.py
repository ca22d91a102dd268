"""One-click unsubscription (RFC 8058): an address in a mail that switches its kind off, without signing in.

Invariant: the token says who, where and which categories, and is signed with the platform's root key; nobody can make one for another.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from shared.keys import Keys

PATH = "/api/notifications/v1/unsubscription"
MAX_TOKEN_CHARS = 600
_PURPOSE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """Who wants no more of which categories."""

    member: str
    chapter: str
    categories: tuple[str, ...]


def address_of(asked: Unsubscription, public_url: str, keys: Keys) -> str:
    """The address that a mail carries."""
    return f"{public_url}{PATH}?token={token_of(asked, keys)}"


def token_of(asked: Unsubscription, keys: Keys) -> str:
    """The same each time, and good for ever: a mail can be old."""
    words = (asked.member, asked.chapter, *sorted(asked.categories))
    said = base64.urlsafe_b64encode("\n".join(words).encode()).decode().rstrip("=")
    return f"{said}.{_signature(words, keys)}"


def read_token(token: str, keys: Keys) -> Unsubscription | None:
    """What the token asks for, or None where it is not ours."""
    if len(token) > MAX_TOKEN_CHARS:
        return None
    said, _, signature = token.partition(".")
    try:
        words = base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)).decode().split("\n")
    except (binascii.Error, ValueError):
        return None
    if len(words) < 3 or not hmac.compare_digest(signature.encode(), _signature(words, keys).encode()):
        return None
    member, chapter, *categories = words
    return Unsubscription(member, chapter, tuple(categories))


def _signature(words: Iterable[str], keys: Keys) -> str:
    return base64.urlsafe_b64encode(keys.derive(_PURPOSE, *words)).decode().rstrip("=")
