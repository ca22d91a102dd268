"""What everybody may know: areas of expertise, chapters, and the keys that check sign-in tokens."""

from typing import Any

from flask_smorest import Blueprint

from services.profiles.api import PREFIX
from services.profiles.api.bodies import Page
from services.profiles.api.schemas import Areas, Chapters, ChapterShape, KeySetShape
from services.profiles.areas import DEFAULT_AREAS
from services.profiles.kinds import CHAPTERS
from shared.http import open_to_anybody, room

blp = Blueprint("chapters", __name__, url_prefix=PREFIX, description="Chapters and areas of expertise")


@blp.route("/areas", methods=["GET"])
@open_to_anybody
@blp.response(200, Areas)
def areas() -> dict[str, Any]:
    """The areas of expertise that a new programme starts from."""
    return {"items": [{"slug": area.slug, "labels": dict(area.labels)} for area in DEFAULT_AREAS]}


@blp.route("/chapters", methods=["GET"])
@open_to_anybody
@blp.arguments(Page, location="query")
@blp.response(200, Chapters)
def chapters(page: dict[str, Any]) -> dict[str, Any]:
    """All chapters, by id."""
    where = {"_id": {"$gt": page["after"]}}
    found = room().store.reader().find(CHAPTERS, where, sort=[("_id", 1)], limit=page["limit"] + 1)
    return paged(found, page["limit"])


@blp.route("/chapters/<chapter>", methods=["GET"])
@open_to_anybody
@blp.response(200, ChapterShape)
def chapter(chapter: str) -> Any:
    """One chapter."""
    return room().store.reader().get(CHAPTERS, chapter)


@blp.route("/jwks.json", methods=["GET"])
@open_to_anybody
@blp.response(200, KeySetShape)
def jwks() -> Any:
    """The public keys of sign-in tokens (RFC 7517)."""
    return room().keys.verify.as_dict(private=False)


def paged(found: list[Any], limit: int) -> dict[str, Any]:
    """A page of at most `limit` of what was found, one more than `limit` where there is a next page."""
    items = found[:limit]
    return {"items": items, "next": items[-1].id if len(found) > limit else None}
