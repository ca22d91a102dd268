"""Lists that grow, the newest first, in pages: `?after=<cursor>&limit=`, answered as `{"items": […], "next": "<cursor>" or null}`.

A cursor says a place in time and not a thing, so that a list goes on also where what stood there was removed meanwhile.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import ValidationError, fields, validate

from services.sessions.api.reading import MAX_ID_CHARS, MAX_LISTED, Json
from shared.http import Body
from shared.kinds import Document, Kind, V
from shared.transaction import MAX_FOUND, Reader

MAX_CURSOR_CHARS = MAX_ID_CHARS + 20
#: How much of one kind an export holds at most; nobody writes so much.
MOST_EXPORTED = 100_000

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """The last item of a page: when it was, to the millisecond as MongoDB keeps it, and its id."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return f"{(self.at - _BEGINNING) // _MILLISECOND}~{self.id}"


class Cursor(fields.Field[Place | None]):
    """A place in a list, as its page before said; None for the beginning."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Place | None:
        text = str(value)
        if not text:
            return None
        milliseconds, mark, id = text.partition("~")
        try:
            if not (mark and id and milliseconds.isascii() and milliseconds.isdecimal()):
                raise ValueError
            if len(text) > MAX_CURSOR_CHARS:
                raise ValueError
            return Place(_BEGINNING + int(milliseconds) * _MILLISECOND, id)
        except (ValueError, OverflowError):
            raise ValidationError("This is no place in the list. Take `next` of the page before.") from None


class NewestQuery(Body):
    """Which page of a list, the newest first."""

    after = Cursor(
        load_default=None, metadata={"type": "string", "description": "`next` of the page before."}
    )
    limit = fields.Integer(load_default=MAX_LISTED, validate=validate.Range(min=1, max=MAX_LISTED))


def newest(
    reader: Reader,
    kind: Kind[V],
    where: Mapping[str, Any],
    query: Json,
    *,
    by: str,
    show: Callable[[V], Any] = lambda value: value,
) -> Json:
    """The page that the query asks for; `by` is the field that says when each was."""
    found = find_newest(reader, kind, where, query["after"], by=by, limit=query["limit"] + 1)
    return page_of(found, query["limit"], lambda value: Place(getattr(value, by), value.id), show)


def find_newest(
    reader: Reader, kind: Kind[V], where: Mapping[str, Any], after: Place | None, *, by: str, limit: int
) -> list[V]:
    """The next values after a place, the newest first."""
    within = {"$and": [dict(where), before(by, after)]} if after else where
    return reader.find(kind, within, sort=[(by, -1), ("_id", -1)], limit=limit)


def before(by: str, place: Place) -> Document:
    """The filter of what comes after a place in the list: older, or of the same millisecond with a smaller id.

    Said without `$or`, so that MongoDB has one index to go along: that of the list's order.
    """
    return {by: {"$lte": place.at}, "$nor": [{by: place.at, "_id": {"$gte": place.id}}]}


def page_of(found: list[V], limit: int, place: Callable[[V], Place], show: Callable[[V], Any]) -> Json:
    """The page out of `limit + 1` values that were read."""
    items = found[:limit]
    return {
        "items": [show(one) for one in items],
        "next": str(place(items[-1])) if len(found) > limit else None,
    }


def every(reader: Reader, kind: Kind[V], where: Mapping[str, Any], *, by: str) -> Iterator[V]:
    """All of them, the newest first, however many; `MOST_EXPORTED` bounds what a fault could make of it."""
    after: Place | None = None
    for _ in range(MOST_EXPORTED // MAX_FOUND):
        found = find_newest(reader, kind, where, after, by=by, limit=MAX_FOUND)
        yield from found
        if len(found) < MAX_FOUND:
            return
        after = Place(getattr(found[-1], by), found[-1].id)
