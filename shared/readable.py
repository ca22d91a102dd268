"""Whether what somebody sent is text: what can be kept, and shown to others as it was meant.

What is none: bytes that are no UTF-8, half of a surrogate pair (JSON can say one, RFC 8259, 8.2), and the character NUL, which no name of
a field in the database may hold.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

NO_TEXT = "This holds a character that cannot be kept: NUL, or half of a pair. Type it again."


def is_text(said: str) -> bool:
    """Whether every character of it is one."""
    try:
        said.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in said


def is_utf8(encoded: bytes) -> bool:
    """Whether a query, or a form that is sent as one, is UTF-8 once it is no longer percent-encoded."""
    try:
        unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return False
    return True


def is_text_query(query: bytes) -> bool:
    """Whether an address asks in text."""
    return is_utf8(query) and b"\0" not in unquote_to_bytes(query)


def no_text_in(said: Any, path: str = "") -> Iterator[str]:
    """Where in a JSON value (RFC 6901) there is something that is no text. A name that is none is told by what it stands in."""
    if isinstance(said, str) and not is_text(said):
        yield path
    elif isinstance(said, list):
        for place, one in enumerate(said):
            yield from no_text_in(one, f"{path}/{place}")
    elif isinstance(said, dict):
        for name, one in said.items():
            if is_text(name):
                yield from no_text_in(one, f"{path}/{name.replace('~', '~0').replace('/', '~1')}")
            else:
                yield path
