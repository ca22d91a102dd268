"""What the routes share: their place, whose things they find, lists."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.sessions.domain.meetings import Session
from services.sessions.domain.pairs import Pair, of_pair
from services.sessions.kinds import PAIRS, SESSIONS
from shared.http import asker, room
from shared.transaction import Reader

PREFIX = "/api/sessions/v1"
MAX_LISTED = 200
MAX_TEXT_CHARS = 2_000

Json = dict[str, Any]


def reader() -> Reader:
    """What the asker's chapter keeps."""
    return room().store.reader(asker().chapter)


def my_pair(id: str) -> Pair:
    """One of the asker's pairs, or `NotThere`."""
    pair = reader().get(PAIRS, id)
    of_pair(asker().member, pair)
    return pair


def my_session(id: str) -> Session:
    """One of the asker's sessions, or `NotThere`."""
    session = reader().get(SESSIONS, id)
    of_pair(asker().member, session)
    return session


def text_field(most: int = MAX_TEXT_CHARS, **kwargs: Any) -> fields.String:
    """Free text that says something."""
    return fields.String(validate=[validate.Length(1, most), validate.Regexp(r"(?s).*\S")], **kwargs)


def listed(item: type[Schema]) -> type[Schema]:
    """The schema of a list of these, without further pages."""
    name = f"{item.__name__.removesuffix('Out')}sOut"
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(item)), "next": fields.String(allow_none=True)}, name=name
    )


def all_of(items: list[Any]) -> Json:
    """A list that has only one page."""
    return {"items": items, "next": None}
