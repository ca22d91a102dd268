"""The names in a member's lineage, by consent (R26): matching knows who is in it, and only this service knows names."""

from collections.abc import Collection
from typing import Any

from flask_smorest import Blueprint

from services.profiles.api import PREFIX
from services.profiles.api.bodies import CardsAsked
from services.profiles.api.members import asked_for
from services.profiles.api.schemas import Names
from services.profiles.domain.lineage import WALK_MOST, reached
from services.profiles.kinds import LINES, MEMBERS, NAMED
from shared.http import asker, open_to, room
from shared.transaction import Reader

blp = Blueprint("lineage-names", __name__, url_prefix=PREFIX, description="Names in a lineage, by consent")


@blp.route("/me/lineage/names", methods=["GET"])
@open_to()
@blp.arguments(CardsAsked, location="query")
@blp.response(200, Names)
def names(asked: dict[str, Any]) -> dict[str, Any]:
    """The names, of those asked for, of people in your own lineage who agreed to be named; of everybody else nothing."""
    ids = asked_for(asked)
    who = asker()
    reader = room().store.reader(who.chapter)
    agreed = {one.id for one in reader.find(NAMED, {"_id": {"$in": ids}})}
    seen = agreed & _lineage(reader, who.member) if agreed else agreed
    found = {
        one.id: one.name for one in reader.find(MEMBERS, {"_id": {"$in": sorted(seen)}, "erased_at": None})
    }
    return {"items": [{"id": id, "name": found[id]} for id in ids if id in found]}


def _lineage(reader: Reader, member: str) -> set[str]:
    def up(people: Collection[str]) -> set[str]:
        where = {"mentee": {"$in": list(people)}}
        return {line.mentor for line in reader.find(LINES, where, limit=WALK_MOST)}

    def down(people: Collection[str]) -> set[str]:
        where = {"mentor": {"$in": list(people)}}
        return {line.mentee for line in reader.find(LINES, where, limit=WALK_MOST)}

    return reached(member, up, down)
