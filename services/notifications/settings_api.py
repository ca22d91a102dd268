"""How somebody is told of things, and whether her address works: settings, what is kept of her, the list of bounces."""

from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.notifications import chat, wishes
from services.notifications.domain.people import Person
from services.notifications.domain.preferences import (
    CATEGORIES,
    CHANNELS,
    DIGESTS,
    ESSENTIAL,
    OPTIONAL,
    QUIET_FOR,
    Preferences,
)
from services.notifications.kinds import MAILS, PEOPLE
from services.notifications.paging import Json, PageQuery, page
from shared.auth import COORDINATOR
from shared.errors import NotThere
from shared.http import Body, asker, call, open_to, room

PREFIX = "/api/notifications/v1"
BLP = Blueprint("settings", __name__, url_prefix=PREFIX, description="How people are told of things")

#: How many of her mails go into an export; rows are kept for 90 days.
MAX_EXPORTED = 1_000

_HOUR = validate.Range(min=0, max=23)


class QuietHoursBody(Body):
    """Full hours on her own clock, from one until before the other, and what keeps quiet then."""

    from_hour = fields.Integer(required=True, validate=_HOUR, strict=True)
    to_hour = fields.Integer(required=True, validate=_HOUR, strict=True)
    of = fields.String(required=True, validate=validate.OneOf(QUIET_FOR))

    @validates_schema
    def some_hour_is_left(self, given: Json, **_: object) -> None:
        """Quiet all day long, nothing would ever come."""
        if given["from_hour"] == given["to_hour"]:
            raise ValidationError(
                "Leave at least one hour of the day; `of` says whether any are quiet.", "to_hour"
            )


class SettingsBody(Body):
    """What is to change; what is not named stays as it is. `chat` is an apprise address, empty to forget the present one."""

    categories = fields.Dict(
        keys=fields.String(validate=validate.OneOf(CATEGORIES)),
        values=fields.String(validate=validate.OneOf(CHANNELS)),
        validate=validate.Length(max=len(CATEGORIES)),
    )
    digest = fields.String(validate=validate.OneOf(DIGESTS))
    quiet_hours = fields.Nested(QuietHoursBody)
    chat = fields.String(validate=validate.Length(max=chat.MAX_ADDRESS_CHARS))

    @validates_schema
    def essential_stays(self, given: Json, **_: object) -> None:
        """What is essential goes by mail."""
        for category, channel in given.get("categories", {}).items():
            if category in ESSENTIAL and channel != "mail":
                raise ValidationError(
                    {category: ["This is essential, and always told by mail."]}, "categories"
                )


class SettingsShown(Schema):
    """`address` says whether her mail address works; `chat` names the chat service, never the address."""

    categories = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    essential = fields.List(fields.String(), required=True)
    digest = fields.String(required=True)
    quiet_hours = fields.Nested(QuietHoursBody, required=True)
    chat = fields.String(required=True)
    address = fields.String(required=True, validate=validate.OneOf(["works", "bounces", "not_confirmed"]))
    bounced_at = fields.DateTime(required=True, allow_none=True)


class Bounce(Schema):
    """A member of the chapter whose mail server refused her address."""

    member = fields.String(required=True)
    bounced_at = fields.DateTime(required=True, allow_none=True)
    confirmed = fields.Boolean(required=True)


class BounceList(Schema):
    items = fields.List(fields.Nested(Bounce), required=True)
    next = fields.String(required=True, allow_none=True)


@BLP.route("/me/settings")
@open_to()
@BLP.response(200, SettingsShown)
def my_settings() -> Json:
    """How the signed-in member is told of things, and whether her address works."""
    return _shown(_asking())


@BLP.route("/me/settings", methods=["PATCH"])
@open_to()
@BLP.arguments(SettingsBody)
@BLP.response(200, SettingsShown)
def change_my_settings(asked: Json) -> Json:
    """Change how she is told. Switching a category off takes effect at once, also for what waits for a digest."""
    here, who = room(), asker()
    _asking()
    hidden = None
    if "chat" in asked:
        kind = chat.check_address(asked["chat"], here.settings) if asked["chat"] else ""
        hidden = (here.vault.hide(chat.vault_name(who.member), asked["chat"]) if kind else b"", kind)
    here.store.change(call(), lambda tx: wishes.set_preferences(tx, who.member, asked, hidden))
    return _shown(_asking())


@BLP.route("/me/export")
@open_to()
def my_export() -> Json:
    """All that notifications keeps about her: how to reach her, her settings, which mails she was sent. No mail's text is kept."""
    here, who = room(), asker()
    person = _asking()
    reader = here.store.reader(who.chapter)
    sent = reader.find(MAILS, {"recipient": who.member}, sort=[("order", -1)], limit=MAX_EXPORTED)
    shown = ("id", "template", "aggregate", "state", "reason")
    times = ("happened_at", "ended_at", "forget_at")
    return {
        "service": "notifications",
        "person": {
            **{
                name: getattr(person, name)
                for name in ("id", "chapter", "name", "mail", "locale", "time_zone")
            },
            "roles": list(person.roles),
        },
        "settings": SettingsShown().dump(_shown(person)),
        "chat_address": here.vault.show(person.preferences.chat) if person.preferences.chat else "",
        "mails": [
            {name: getattr(mail, name) for name in shown}
            | {name: when.isoformat() if (when := getattr(mail, name)) else None for name in times}
            for mail in sent
        ],
    }


@BLP.route("/bounces")
@open_to(COORDINATOR)
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, BounceList)
def bounces(query: Json) -> Json:
    """The chapter's members whose address bounces, by their ids: somebody should ask them for another one."""
    reader = room().store.reader(asker().chapter)
    where = {"bouncing_mail": {"$gt": ""}, "_id": {"$gt": query["after"]}}
    found = reader.find(PEOPLE, where, sort=[("_id", 1)], limit=query["limit"] + 1)
    return page(found, query["limit"], lambda person: person.id, _bounce)


def _bounce(person: Person) -> Json:
    confirmed = bool(person.mail) and person.mail == person.confirmed_mail
    return {"member": person.id, "bounced_at": person.bounced_at, "confirmed": confirmed}


def _asking() -> Person:
    """The asker as notifications knows her; 404 until it does, or when she was erased."""
    person = room().store.reader(asker().chapter).get(PEOPLE, asker().member)
    if person.erased:
        raise NotThere("person")
    return person


def _shown(person: Person) -> Json:
    wishes_now: Preferences = person.preferences
    quiet = wishes_now.quiet
    return {
        "categories": {one: wishes_now.channels.get(one, "mail") for one in OPTIONAL},
        "essential": sorted(ESSENTIAL),
        "digest": wishes_now.digest,
        "quiet_hours": {"from_hour": quiet.from_hour, "to_hour": quiet.to_hour, "of": quiet.of},
        "chat": wishes_now.chat_kind,
        "address": "bounces" if person.bouncing else "works" if person.confirmed else "not_confirmed",
        "bounced_at": person.bounced_at if person.bouncing else None,
    }
