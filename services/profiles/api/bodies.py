"""What is asked: the bodies and parameters of profiles' requests, each with its limits."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from services.profiles.api import fields as ours
from services.profiles.domain.looks import MAX_REASON_CHARS
from services.profiles.domain.profile import (
    HOURS_OF_A_WEEK,
    MAX_ANSWERS,
    MAX_AREAS,
    MAX_CAPACITY,
    MAX_LANGUAGES,
    MAX_PLEDGE_HOURS_PER_MONTH,
    MAX_YEARS,
    Consent,
)
from shared.events.profiles import AreaOffered, AreaWanted
from shared.http import Body

MAX_PAGE = 100
MAX_CARDS = 100
MAX_QUESTION_CHARS = 100

OWN_ROLES = ("mentee", "mentor")


def _roles(**kwargs: Any) -> fields.List[Any]:
    return ours.different(fields.String(validate=validate.OneOf(OWN_ROLES)), len(OWN_ROLES), **kwargs)


class Page(Schema):
    """Which page of a list: what comes after an id, at most so many."""

    after = fields.String(load_default="", validate=validate.Length(max=ours.MAX_ID_CHARS))
    limit = fields.Integer(load_default=MAX_PAGE, validate=validate.Range(1, MAX_PAGE))


class MembersPage(Page):
    """Which members: all, or only the confirmed or unconfirmed ones."""

    confirmed = fields.Boolean(load_default=None, allow_none=True)


class Registration(Body):
    """Somebody registers herself."""

    chapter = ours.chapter(required=True)
    name = ours.name(required=True)
    mail = ours.mail(required=True)
    roles = _roles(required=True, least=1)
    locale = ours.locale()
    time_zone = ours.time_zone()


class LinkSecret(Body):
    """The secret from a link in a mail."""

    token = ours.secret(required=True)


class ConfirmationLink(Body):
    """Whose confirmation is to be sent anew."""

    chapter = ours.chapter(required=True)
    mail = ours.mail(required=True)


class SignInLink(Body):
    """Who wants to sign in; without a chapter, to each where the address is confirmed."""

    chapter = ours.chapter()
    mail = ours.mail(required=True)


class SessionSecret(Body):
    """A session, as it was given when it began."""

    session = ours.secret(required=True)


class AreaOfferedBody(Body):
    """An area and the years of work in it."""

    area = ours.area(required=True)
    years = fields.Integer(required=True, strict=True, validate=validate.Range(0, MAX_YEARS))

    @post_load
    def _value(self, given: dict[str, Any], **_kwargs: Any) -> AreaOffered:
        return AreaOffered(**given)


class AreaWantedBody(Body):
    """An area and how much it is wanted."""

    area = ours.area(required=True)
    weight = fields.Integer(required=True, strict=True, validate=validate.Range(1, 3))

    @post_load
    def _value(self, given: dict[str, Any], **_kwargs: Any) -> AreaWanted:
        return AreaWanted(**given)


class ConsentBody(Body):
    """Yes or no to the use of the answer to one sensitive question."""

    question = ours.line(MAX_QUESTION_CHARS, required=True)
    given = fields.Boolean(required=True)

    @post_load
    def _value(self, given: dict[str, Any], **_kwargs: Any) -> Consent:
        return Consent(**given)


class Edit(Body):
    """What a member says about herself from now on; what is left out stays as it is."""

    name = ours.name()
    locale = ours.locale()
    time_zone = ours.time_zone()
    roles = _roles()
    areas_offered = ours.different(fields.Nested(AreaOfferedBody), MAX_AREAS)
    areas_wanted = ours.different(fields.Nested(AreaWantedBody), MAX_AREAS)
    wants_to_learn = ours.different(ours.area(), MAX_AREAS)
    could_teach = ours.different(ours.area(), MAX_AREAS)
    languages = ours.different(ours.language(), MAX_LANGUAGES)
    hours = ours.different(
        fields.Integer(strict=True, validate=validate.Range(0, HOURS_OF_A_WEEK - 1)), HOURS_OF_A_WEEK
    )
    capacity = fields.Integer(strict=True, validate=validate.Range(0, MAX_CAPACITY))
    pledge_hours_per_month = fields.Integer(
        strict=True, allow_none=True, validate=validate.Range(0, MAX_PLEDGE_HOURS_PER_MONTH)
    )
    consents = ours.different(fields.Nested(ConsentBody), MAX_ANSWERS)


class LookAt(Schema):
    """Why staff look at a member's record."""

    reason = ours.line(MAX_REASON_CHARS, load_default="")


class CardsAsked(Schema):
    """Whose cards: ids between commas."""

    ids = fields.String(required=True, validate=validate.Length(1, MAX_CARDS * (ours.MAX_ID_CHARS + 1)))
