"""The secrets in mail links and sessions: derived from the platform's key and the id that they belong to, and stored nowhere.

Invariants:
1. A secret has 66 lower-case letters and digits: the 26 characters of an id that only we draw, and 40 that only our key gives (200 bits,
   RFC 4648 base32), so that a mail program neither breaks nor shortens the link.
2. A link's secret opens no session, and the other way round: what it is for is part of the derivation.
"""

import base64
import hmac
import re
from typing import Literal

from shared.keys import Keys

Prefix = Literal["lnk", "ses"]

_SECRET = re.compile(r"([0-9a-z]{26})([a-z2-7]{40})")
_PROOF_BYTES = 25


def secret_of(id: str, keys: Keys) -> str:
    """The secret of a link (`lnk_…`) or a session (`ses_…`), the same each time."""
    prefix, _, drawn = id.partition("_")
    proof = keys.derive(f"profiles/{prefix}", id)[:_PROOF_BYTES]
    return drawn + base64.b32encode(proof).decode().lower()


def id_of(secret: str, prefix: Prefix, keys: Keys) -> str | None:
    """The id that the secret proves, or None where it is not ours. Takes the same time for every wrong proof."""
    parts = _SECRET.fullmatch(secret)
    if parts is None:
        return None
    id = f"{prefix}_{parts[1]}"
    return id if hmac.compare_digest(secret_of(id, keys), secret) else None
