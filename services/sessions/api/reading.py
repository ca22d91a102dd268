"""What the routes share: their place, whose things they find, lists."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from services.sessions.domain.meetings import Session
from services.sessions.domain.pairs import Pair, of_pair
from services.sessions.kinds import PAIRS, SESSIONS
from shared.http import Body, asker, room
from shared.kinds import Kind, V
from shared.transaction import Reader

PREFIX = "/api/sessions/v1"
MAX_LISTED = 200
MAX_TEXT_CHARS = 2_000
MAX_ID_CHARS = 100
MOST_A_PAGE = 100

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


def shown(text: bytes) -> str | None:
    """A confidential text; empty where there is none, None once its key was erased."""
    return room().vault.show(text) if text else ""


def text_field(most: int = MAX_TEXT_CHARS, **kwargs: Any) -> fields.String:
    """Free text that says something."""
    return fields.String(validate=[validate.Length(1, most), validate.Regexp(r"(?s).*\S")], **kwargs)


def listed(item: type[Schema]) -> type[Schema]:
    """The schema of a list of these, without further pages."""
    name = f"{item.__name__.removesuffix('Out')}sOut"
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(item)), "next": fields.String(allow_none=True)}, name=name
    )


class PageQuery(Body):
    """Which page of a list."""

    after = fields.String(load_default="", validate=validate.Length(max=MAX_ID_CHARS))
    limit = fields.Integer(load_default=MOST_A_PAGE, validate=validate.Range(min=1, max=MOST_A_PAGE))


def page(
    reader: Reader, kind: Kind[V], where: Mapping[str, Any], query: Json, show: Callable[[V], Json]
) -> Json:
    """The page of these values that the query asks for, in the order of their ids."""
    within = {**where, "_id": {"$gt": query["after"]}}
    found = reader.find(kind, within, sort=[("_id", 1)], limit=query["limit"] + 1)
    return {
        "items": [show(one) for one in found[: query["limit"]]],
        "next": found[query["limit"] - 1].id if len(found) > query["limit"] else None,
    }


def all_of(items: list[Any]) -> Json:
    """A list that has only one page."""
    return {"items": items, "next": None}
