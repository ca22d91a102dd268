"""Signed-in members: their own record, the cards of those they are paired with, and what coordinators see."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint

from services.profiles.api import PREFIX
from services.profiles.api.bodies import MAX_CARDS, CardsAsked, Edit, LookAt, MembersPage, Page
from services.profiles.api.chapters import paged
from services.profiles.api.schemas import Cards, Counts, Looks, Me, Members, MemberView, Names
from services.profiles.commands import members
from services.profiles.commands.members import living
from services.profiles.domain.acquaintances import known_to
from services.profiles.domain.members import Member
from services.profiles.kinds import ACQUAINTANCES, ERASURES, LOOKS, MEMBERS
from shared.auth import COORDINATOR
from shared.errors import NotThere, Refused
from shared.http import asker, call, open_to, room
from shared.transaction import Reader

#: More than any chapter has.
COORDINATORS_MOST = 100

blp = Blueprint("members", __name__, url_prefix=PREFIX, description="Members of a chapter")


@blp.route("/me", methods=["GET"])
@open_to()
@blp.response(200, Me)
def me() -> dict[str, Any]:
    """Your own record, whole."""
    return _own()


@blp.route("/me", methods=["PATCH"])
@open_to()
@blp.arguments(Edit)
@blp.response(200, Me)
def edit(changes: dict[str, Any]) -> dict[str, Any]:
    """Change what you say about yourself. The address is who you are here, and stays."""
    here = room()
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in changes.items()}
    here.store.change(call(), lambda tx: members.edit(tx, here, asker().member, given))
    return _own()


@blp.route("/me/coordinators", methods=["GET"])
@open_to()
@blp.response(200, Names)
def coordinators() -> dict[str, Any]:
    """The coordinators of your chapter, by name: somebody is named whom you can turn to (R16)."""
    here = {"roles": COORDINATOR, "confirmed_at": {"$ne": None}, "erased_at": None}
    found = _reader().find(MEMBERS, here, sort=[("_id", 1)], limit=COORDINATORS_MOST)
    return {"items": [{"id": one.id, "name": one.name} for one in found]}


@blp.route("/me/looks", methods=["GET"])
@open_to()
@blp.arguments(Page, location="query")
@blp.response(200, Looks)
def looks(page: dict[str, Any]) -> dict[str, Any]:
    """Every look of the chapter's staff at your record, newest first."""
    reader = _reader()
    where = {"member": asker().member, **({"_id": {"$lt": page["after"]}} if page["after"] else {})}
    found = reader.find(LOOKS, where, sort=[("_id", -1)], limit=page["limit"] + 1)
    names = {member.id: member.name for member in _members(reader, {look.by for look in found})}
    answer = paged(found, page["limit"])
    answer["items"] = [{**asdict(look), "by_name": names.get(look.by, "")} for look in answer["items"]]
    return answer


@blp.route("/members", methods=["GET"])
@open_to(COORDINATOR)
@blp.arguments(MembersPage, location="query")
@blp.response(200, Members)
def list_members(page: dict[str, Any]) -> dict[str, Any]:
    """The chapter's members in the order in which they joined."""
    where: dict[str, Any] = {"_id": {"$gt": page["after"]}, "erased_at": None}
    if page["confirmed"] is not None:
        where["confirmed_at"] = {"$ne": None} if page["confirmed"] else None
    found = _reader().find(MEMBERS, where, sort=[("_id", 1)], limit=page["limit"] + 1)
    return paged(found, page["limit"])


@blp.route("/counts", methods=["GET"])
@open_to(COORDINATOR)
@blp.response(200, Counts)
def counts() -> dict[str, int]:
    """How many members the chapter has, of which kind."""
    reader = _reader()
    here = {"erased_at": None}
    everyone = reader.count(MEMBERS, here)
    unconfirmed = reader.count(MEMBERS, {"confirmed_at": None, **here})
    return {
        "members": everyone,
        "confirmed": everyone - unconfirmed,
        "unconfirmed": unconfirmed,
        "mentees": reader.count(MEMBERS, {"roles": "mentee", **here}),
        "mentors": reader.count(MEMBERS, {"roles": "mentor", **here}),
        "erased": reader.count(ERASURES, {}),
    }


@blp.route("/members/<member>", methods=["GET"])
@open_to()
@blp.arguments(LookAt, location="query")
@blp.response(200, MemberView)
def member(asked: dict[str, Any], member: str) -> dict[str, Any]:
    """A member: yourself, whole; for a coordinator whole, and the look is recorded; the other side of a pair as a card."""
    who = asker()
    if member == who.member:
        return {"view": "full", **_full(living(_reader(), member))}
    if COORDINATOR in who.roles:
        room().store.change(call(), lambda tx: members.look(tx, member, asked["reason"]))
        return {"view": "full", **_full(living(_reader(), member), for_staff=True)}
    reader = _reader()
    if member not in _acquaintances(reader):
        raise NotThere("member")
    return {"view": "card", **_card(living(reader, member))}


@blp.route("/cards", methods=["GET"])
@open_to()
@blp.arguments(CardsAsked, location="query")
@blp.response(200, Cards)
def cards(asked: dict[str, Any]) -> dict[str, Any]:
    """The cards, of those asked for, that you may see: your own, the other sides of your pairs, for a coordinator her chapter's."""
    ids = asked_for(asked)
    who, reader = asker(), _reader()
    seen = set(ids) if COORDINATOR in who.roles else set(ids) & {who.member, *_acquaintances(reader)}
    found = {each.id: each for each in _members(reader, seen)}
    return {"items": [_card(found[id]) for id in ids if id in found]}


def asked_for(asked: dict[str, Any]) -> list[str]:
    """The ids of a request for several people, each once, in its order. `Refused` where they are too many."""
    ids = list(dict.fromkeys(id for id in asked["ids"].split(",") if id))
    if len(ids) > MAX_CARDS:
        raise Refused("invalid", f"Ask for at most {MAX_CARDS} people at a time.", status=422)
    return ids


def _reader() -> Reader:
    return room().store.reader(asker().chapter)


def _own() -> dict[str, Any]:
    return {**_full(living(_reader(), asker().member)), "now": room().now(asker().chapter)}


def _members(reader: Reader, ids: Iterable[str]) -> list[Member]:
    return reader.find(MEMBERS, {"_id": {"$in": sorted(ids)}, "erased_at": None})


def _acquaintances(reader: Reader) -> frozenset[str]:
    who = asker().member
    return known_to(who, reader.find(ACQUAINTANCES, {"people": who}))


def _full(member: Member, *, for_staff: bool = False) -> dict[str, Any]:
    shown = asdict(member) | asdict(member.profile)
    if for_staff:
        shown["answers"] = [answer for answer in shown["answers"] if not answer["sensitive"]]
    return shown


def _card(member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "name": member.name,
        "areas_offered": member.profile.areas_offered,
        "languages": member.profile.languages,
        "time_zone": member.time_zone,
    }
