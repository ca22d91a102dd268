"""All that profiles keeps about the asker, to take along; and being erased (R14)."""

from dataclasses import asdict
from typing import Any

import msgspec
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.profiles.api import PREFIX
from services.profiles.api.reports import told
from services.profiles.commands import erasures
from services.profiles.commands.members import living
from services.profiles.domain.members import Member
from services.profiles.kinds import ACQUAINTANCES, APART, CROSSINGS, LINKS, LOOKS, REPORTS, SESSIONS
from shared.http import Body, asker, call, open_to, room
from shared.transaction import MAX_FOUND, Reader

blp = Blueprint("leaving", __name__, url_prefix=PREFIX, description="Taking along what is yours, and leaving")


class Confirmed(Body):
    """That she means it: it cannot be undone."""

    confirm = fields.Boolean(
        required=True,
        validate=validate.Equal(
            True, error="Say true: everything about you is deleted, and it cannot be undone."
        ),
    )


class Export(Schema):
    """All that this service keeps about you. Each list holds at most the newest 1000 entries."""

    service = fields.String()
    made_at = fields.DateTime()
    member = fields.Dict()
    looks = fields.List(fields.Dict())
    conflicts_and_blocks = fields.List(fields.Dict())
    reports_filed = fields.List(fields.Dict())
    crossings = fields.List(fields.Dict())
    pairs_whose_cards_you_see = fields.List(fields.String())
    links_mailed = fields.List(fields.Dict())
    sign_ins = fields.List(fields.Dict())


@blp.route("/me/export", methods=["GET"])
@open_to()
@blp.response(200, Export)
def export() -> dict[str, Any]:
    """All that this service keeps about you, decrypted."""
    reader, me = room().store.reader(asker().chapter), asker().member
    return {
        "service": "profiles",
        "made_at": room().now(asker().chapter),
        "member": _own(living(reader, me)),
        "looks": _all(reader, LOOKS, {"member": me}),
        "conflicts_and_blocks": _all(reader, APART, {"member": me}),
        "reports_filed": [_told(each) for each in reader.find(REPORTS, {"by": me}, limit=MAX_FOUND)],
        "crossings": _all(reader, CROSSINGS, {"member": me}),
        "pairs_whose_cards_you_see": [each.id for each in reader.find(ACQUAINTANCES, {"people": me})],
        "links_mailed": _all(reader, LINKS, {"member": me}),
        "sign_ins": _all(reader, SESSIONS, {"member": me}),
    }


@blp.route("/me", methods=["DELETE"])
@open_to()
@blp.arguments(Confirmed)
@blp.response(204)
def erase(_asked: dict[str, Any]) -> None:
    """Be erased: name, address, profile and keys go at once, and with the keys every sealed or hidden word. It cannot be undone."""
    here, who = room(), asker()
    here.store.change(call(), lambda tx: erasures.erase(tx, who.member, who.member))
    erasures.complete(here, who.member, who.chapter)


def _own(member: Member) -> dict[str, Any]:
    return _json(asdict(member))


def _all(reader: Reader, kind: Any, where: dict[str, Any]) -> list[dict[str, Any]]:
    return [_json(asdict(each)) for each in reader.find(kind, where, sort=[("_id", -1)], limit=MAX_FOUND)]


def _told(report: Any) -> dict[str, Any]:
    shown = told(report)
    shown.pop("hidden")
    return _json(shown)


def _json(fields_of: dict[str, Any]) -> dict[str, Any]:
    """Times as text, whatever is nested as it is."""
    made: dict[str, Any] = msgspec.to_builtins(fields_of)
    return made
