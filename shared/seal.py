"""Sealed event fields: the few personal facts that one service must tell another, unreadable to whoever reads the topics.

JWE compact serialisation (RFC 7516), direct encryption with AES-256-GCM; algorithms are pinned on reading.
"""

import json
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.errors import Unreadable

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ALGORITHMS = ["dir", "A256GCM"]


def seal(content: dict[str, Any], key: OctKey) -> str:
    """The content as a JWE that only holders of the key can open."""
    return jwe.encrypt_compact(
        _HEADER, json.dumps(content, ensure_ascii=False).encode(), key, algorithms=_ALGORITHMS
    )


def unseal(sealed: str, key: OctKey) -> dict[str, Any]:
    """What was sealed; `Unreadable` where it was not sealed with this key, or changed since."""
    try:
        opened = jwe.decrypt_compact(sealed, key, algorithms=_ALGORITHMS)
        content = json.loads(opened.plaintext or b"null")
    except (JoseError, ValueError) as error:
        raise Unreadable(f"a sealed field does not open: {type(error).__name__}") from error
    if not isinstance(content, dict):
        raise Unreadable("a sealed field holds no object")
    return content
