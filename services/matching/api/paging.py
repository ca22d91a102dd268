"""Lists in pages: `?after=<id>&limit=`, answered as `{"items": […], "next": "<id>" or null}`, in the order of the ids."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import fields, validate

from shared.http import Body
from shared.kinds import Kind, V
from shared.transaction import Reader

PREFIX = "/api/matching/v1"
MOST_A_PAGE = 100
ID_CHARS = 100

Json = dict[str, Any]


def id_field(**kwargs: Any) -> fields.String:
    """An id, as it comes in."""
    return fields.String(validate=validate.Length(min=1, max=ID_CHARS), **kwargs)


class PageQuery(Body):
    """Which page of a list."""

    after = fields.String(load_default="", validate=validate.Length(max=ID_CHARS))
    limit = fields.Integer(load_default=MOST_A_PAGE, validate=validate.Range(min=1, max=MOST_A_PAGE))


def page(
    reader: Reader, kind: Kind[V], where: Mapping[str, Any], query: Json, show: Callable[[V], Json]
) -> Json:
    """The page of these values that the query asks for."""
    return page_at_once(reader, kind, where, query, lambda found: [show(one) for one in found])


def page_at_once(
    reader: Reader,
    kind: Kind[V],
    where: Mapping[str, Any],
    query: Json,
    show_all: Callable[[list[V]], list[Json]],
) -> Json:
    """The same, where what is shown of each is read for all of them at once."""
    within = {**where, "_id": {"$gt": query["after"]}}
    found = reader.find(kind, within, sort=[("_id", 1)], limit=query["limit"] + 1)
    return {
        "items": show_all(found[: query["limit"]]),
        "next": found[query["limit"] - 1].id if len(found) > query["limit"] else None,
    }
