"""Who is never to be paired with whom: a member's own conflicts and blocks, and the conflicts that staff set."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.profiles.api import PREFIX
from services.profiles.api import fields as ours
from services.profiles.commands import apart, members
from services.profiles.domain.apart import BLOCK, CONFLICTS, MAX_APART
from services.profiles.domain.looks import MAX_REASON_CHARS
from services.profiles.kinds import APART
from shared.auth import COORDINATOR
from shared.http import Body, asker, call, open_to, room

blp = Blueprint("apart", __name__, url_prefix=PREFIX, description="Who is never to be paired with whom")


class Conflict(Body):
    """With whom, and what kind of conflict it is (R12)."""

    member = ours.id(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(CONFLICTS))


class Block(Body):
    """Whom: never proposed again, and no contact."""

    member = ours.id(required=True)


class Why(Schema):
    """Why staff look."""

    reason = ours.line(MAX_REASON_CHARS, load_default="")


class EntryShape(Schema):
    """`member` and `other` are kept apart; `set_by` says whether she or her staff said so."""

    id = fields.String()
    member = fields.String()
    other = fields.String()
    kind = fields.String(metadata={"enum": [*CONFLICTS, BLOCK]})
    set_by = fields.String(metadata={"enum": ["self", "staff"]})
    at = fields.DateTime()


class Entries(Schema):
    """All entries about one member; there are never more than fit on one page."""

    items = fields.List(fields.Nested(EntryShape))


@blp.route("/me/conflicts", methods=["GET"])
@open_to()
@blp.response(200, Entries)
def my_conflicts() -> dict[str, Any]:
    """The conflicts that you declared, and those that staff set about you."""
    return _listed({"member": asker().member, "kind": {"$ne": BLOCK}})


@blp.route("/me/conflicts", methods=["POST"])
@open_to()
@blp.arguments(Conflict)
@blp.response(201, EntryShape)
def declare_conflict(asked: dict[str, Any]) -> Any:
    """Say with whom you have a conflict: you two are never proposed to each other."""
    return _declared(asker().member, asked["member"], asked["kind"])


@blp.route("/me/conflicts/<entry>", methods=["DELETE"])
@open_to()
@blp.response(204)
def take_conflict_back(entry: str) -> None:
    """The conflict is over. What staff set, only they take back."""
    room().store.change(call(), lambda tx: apart.take_back(tx, asker().member, entry))


@blp.route("/me/blocks", methods=["GET"])
@open_to()
@blp.response(200, Entries)
def my_blocks() -> dict[str, Any]:
    """Whom you blocked. Nobody else sees this list."""
    return _listed({"member": asker().member, "kind": BLOCK})


@blp.route("/me/blocks", methods=["POST"])
@open_to()
@blp.arguments(Block)
@blp.response(201, EntryShape)
def block(asked: dict[str, Any]) -> Any:
    """Block somebody: you are never proposed to each other, and what you have together ends. She is not told that you did."""
    return _declared(asker().member, asked["member"], BLOCK)


@blp.route("/me/blocks/<entry>", methods=["DELETE"])
@open_to()
@blp.response(204)
def unblock(entry: str) -> None:
    """Take a block back. What it ended stays ended."""
    room().store.change(call(), lambda tx: apart.take_back(tx, asker().member, entry, (BLOCK,)))


@blp.route("/members/<member>/conflicts", methods=["GET"])
@open_to(COORDINATOR)
@blp.arguments(Why, location="query")
@blp.response(200, Entries)
def conflicts_of(asked: dict[str, Any], member: str) -> dict[str, Any]:
    """The conflicts of a member, declared by either side; the look is recorded. Blocks are not for staff."""
    room().store.change(call(), lambda tx: members.look(tx, member, asked["reason"], "conflicts"))
    either = {"$or": [{"member": member}, {"other": member}]}
    return _listed({**either, "kind": {"$ne": BLOCK}})


@blp.route("/members/<member>/conflicts", methods=["POST"])
@open_to(COORDINATOR)
@blp.arguments(Conflict)
@blp.response(201, EntryShape)
def set_conflict(asked: dict[str, Any], member: str) -> Any:
    """Set a conflict about a member. She sees it on her page."""
    return _declared(member, asked["member"], asked["kind"], by_staff=True)


@blp.route("/members/<member>/conflicts/<entry>", methods=["DELETE"])
@open_to(COORDINATOR)
@blp.response(204)
def take_set_conflict_back(member: str, entry: str) -> None:
    """Take back a conflict that staff set. What the member declared, only she takes back."""
    room().store.change(call(), lambda tx: apart.take_back(tx, member, entry, by_staff=True))


def _declared(member: str, other: str, kind: str, *, by_staff: bool = False) -> Any:
    here = room()
    set_by: Any = "staff" if by_staff else "self"
    said = here.store.change(call(), lambda tx: apart.declare(tx, member, other, kind, set_by))
    return here.store.reader(asker().chapter).get(APART, said["entry"])


def _listed(where: dict[str, Any]) -> dict[str, Any]:
    reader = room().store.reader(asker().chapter)
    return {"items": reader.find(APART, where, sort=[("_id", 1)], limit=2 * MAX_APART)}
