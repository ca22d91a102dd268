"""Cursors of the feed: where somebody has read up to, signed for her alone.

A cursor that was changed, or was given to somebody else, is refused by its code; what it holds is nobody's business but ours, and may
change: keep it as it is.
"""

from itsdangerous import BadSignature, URLSafeSerializer

from shared.errors import Refused
from shared.keys import Keys

MAX_CURSOR_CHARS = 300


def write_cursor(keys: Keys, reader: str, place: int) -> str:
    """A cursor after this place, for this reader (the id of a service account or member)."""
    return _serializer(keys, reader).dumps(place)


def read_cursor(keys: Keys, reader: str, cursor: str) -> int:
    """The place after which the cursor reads on. `Refused` 400 `cursor_invalid` where it is not ours, or not hers."""
    try:
        place = _serializer(keys, reader).loads(cursor)
    except BadSignature:
        place = None
    if not isinstance(place, int) or isinstance(place, bool) or place < 0:
        raise Refused(
            "cursor_invalid",
            "This cursor was not given to you, or was changed. Follow `next` as it was given, or start without one.",
            status=400,
        )
    return place


def _serializer(keys: Keys, reader: str) -> URLSafeSerializer:
    return URLSafeSerializer(keys.derive("feed-cursor"), salt=f"feed-cursor/{reader}")
