"""What members can ask about their own mail: what was sent to them, and when. Never what it said."""

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.notifications.domain.catalogue import TEMPLATES
from services.notifications.domain.mails import Mail
from services.notifications.kinds import MAILS
from services.notifications.paging import Json, PageQuery, page
from shared.http import asker, open_to, room

PREFIX = "/api/notifications/v1"

BLP = Blueprint("mails", __name__, url_prefix=PREFIX, description="Mail: what members were told")

#: As far as its recipient is concerned, a mail waits when it is held, or gathered for her next digest.
_STATES = {"held": "waiting", "gathered": "waiting"}
SHOWN_STATES = ("waiting", "digested", "sent", "failed", "withheld")


class MailShown(Schema):
    """One mail: which template, about what, and what became of it. What is `digested` is told in a mail of the template `digest`."""

    id = fields.String(required=True)
    template = fields.String(required=True, validate=validate.OneOf(TEMPLATES))
    about = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(SHOWN_STATES))
    reason = fields.String(required=True)
    happened_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(required=True, allow_none=True)


class MailList(Schema):
    items = fields.List(fields.Nested(MailShown), required=True)
    next = fields.String(required=True, allow_none=True)


@BLP.route("/me/mails")
@open_to()
@BLP.arguments(PageQuery, location="query")
@BLP.response(200, MailList)
def my_mails(query: Json) -> Json:
    """The mails of the signed-in member, the latest first."""
    who = asker()
    reader = room().store.reader(who.chapter)
    where: Json = {"recipient": who.member}
    if query["after"]:
        last = reader.first(MAILS, {"_id": query["after"], **where})
        where["order"] = {"$lt": last.order if last else ""}
    found = reader.find(MAILS, where, sort=[("order", -1)], limit=query["limit"] + 1)
    return page(found, query["limit"], lambda mail: mail.id, _show)


def _show(mail: Mail) -> Json:
    return {
        "id": mail.id,
        "template": mail.template,
        "about": mail.aggregate,
        "state": _STATES.get(mail.state, mail.state),
        "reason": mail.reason,
        "happened_at": mail.happened_at,
        "ended_at": mail.ended_at,
    }
