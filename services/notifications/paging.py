"""Lists in pages, newest first: `?after=<id>&limit=`, answered as `{"items": […], "next": "<id>" or null}`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from marshmallow import RAISE, fields, validate

from shared.http import Body

V = TypeVar("V")

MOST_A_PAGE = 100
ID_CHARS = 300
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

Json = dict[str, Any]


class Moment(fields.AwareDateTime):
    """A time with its zone, between years that every clock and database can say."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=validate.Range(min=EARLIEST, max=LATEST), **more)


class Query(Body):
    """The parent of what a query says: a misspelt parameter is refused. The parser of requests would drop it, whatever `Meta` says."""

    def load(self, data: Any, **more: Any) -> Any:
        return super().load(data, **{**more, "unknown": RAISE})


class PageQuery(Query):
    """Which page of a list."""

    after = fields.String(load_default="", validate=validate.Length(max=ID_CHARS))
    limit = fields.Integer(load_default=MOST_A_PAGE, validate=validate.Range(min=1, max=MOST_A_PAGE))


def page(found: list[V], limit: int, id_of: Callable[[V], str], show: Callable[[V], Json]) -> Json:
    """The page out of `limit + 1` values that were read."""
    items = found[:limit]
    return {
        "items": [show(one) for one in items],
        "next": id_of(items[-1]) if len(found) > limit else None,
    }
