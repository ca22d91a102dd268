"""Cursors of the feed: where somebody has read up to, for her alone.

Invariants:
1. A cursor that was changed, or was given to somebody else, is refused by its code.
2. What it holds is encrypted: a place counts every chapter's events, and how much others do is nobody's business.
"""

import json

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.errors import Refused
from shared.keys import Keys

MAX_CURSOR_CHARS = 400
_HEADER = {"alg": "dir", "enc": "A256GCM"}


def write_cursor(keys: Keys, reader: str, place: int) -> str:
    """A cursor after this place, for this reader (the id of a service account or member)."""
    return jwe.encrypt_compact(
        _HEADER, json.dumps([reader, place]), _key(keys), algorithms=list(_HEADER.values())
    )


def read_cursor(keys: Keys, reader: str, cursor: str) -> int:
    """The place after which the cursor reads on. `Refused` 400 `cursor_invalid` where it is not ours, or not hers."""
    try:
        opened = jwe.decrypt_compact(cursor, _key(keys), algorithms=list(_HEADER.values()))
        whose, place = json.loads(opened.plaintext or b"[]")
    except (JoseError, ValueError, TypeError):
        whose, place = "", 0
    if whose != reader:
        raise Refused(
            "cursor_invalid",
            "This cursor was not given to you, or was changed. Follow `next` as it was given, or start without one.",
            status=400,
        )
    return int(place)


def _key(keys: Keys) -> OctKey:
    return OctKey.import_key(keys.derive("feed-cursor"))
