"""What is answered: the shapes of profiles' resources."""

from marshmallow import Schema, fields

ROLE = {"enum": ["mentee", "mentor", "coordinator"]}


class AreaShape(Schema):
    """An area of expertise; labels by language tag."""

    slug = fields.String()
    labels = fields.Dict(keys=fields.String(), values=fields.String())


class Areas(Schema):
    """The list that a new programme starts from."""

    items = fields.List(fields.Nested(AreaShape))


class ChapterShape(Schema):
    """A chapter: an IANA time zone, BCP 47 locales (the first is the default), the region that keeps its data."""

    id = fields.String()
    name = fields.String()
    time_zone = fields.String()
    locales = fields.List(fields.String())
    region = fields.String()


class Chapters(Schema):
    """A page of chapters; `next` is None on the last one."""

    items = fields.List(fields.Nested(ChapterShape))
    next = fields.String(allow_none=True)


class Sent(Schema):
    """The same whether the address is known or not."""

    status = fields.String()


class SignedIn(Schema):
    """A session: keep it like a password. Tokens are asked for with it (`POST /tokens`)."""

    status = fields.String()
    session = fields.String()
    member = fields.String()
    chapter = fields.String()
    roles = fields.List(fields.String(metadata=ROLE))


class Token(Schema):
    """A bearer token for all services."""

    access_token = fields.String()
    expires_in_s = fields.Integer()
    member = fields.String()
    chapter = fields.String()
    roles = fields.List(fields.String(metadata=ROLE))


class KeySetShape(Schema):
    """The keys that check bearer tokens (RFC 7517)."""

    keys = fields.List(fields.Dict())


class AreaOfferedShape(Schema):
    """An area and the years of work in it."""

    area = fields.String()
    years = fields.Integer()


class AreaWantedShape(Schema):
    """An area and how much it is wanted: 1 a little, 3 most."""

    area = fields.String()
    weight = fields.Integer()


class AnswerShape(Schema):
    """An answer to a programme's own question."""

    question = fields.String()
    values = fields.List(fields.String())
    sensitive = fields.Boolean()


class ConsentShape(Schema):
    """Whether the answer to a sensitive question may be used."""

    question = fields.String()
    given = fields.Boolean()


class MemberShape(Schema):
    """A member's whole record, for herself and, with a recorded look, for her coordinators (who do not see sensitive answers)."""

    id = fields.String()
    chapter = fields.String()
    name = fields.String()
    mail = fields.String()
    locale = fields.String()
    time_zone = fields.String()
    roles = fields.List(fields.String(metadata=ROLE))
    via = fields.String()
    joined_at = fields.DateTime()
    confirmed_at = fields.DateTime(allow_none=True)
    areas_offered = fields.List(fields.Nested(AreaOfferedShape))
    areas_wanted = fields.List(fields.Nested(AreaWantedShape))
    wants_to_learn = fields.List(fields.String())
    could_teach = fields.List(fields.String())
    languages = fields.List(fields.String())
    hours = fields.List(fields.Integer())
    capacity = fields.Integer()
    pledge_hours_per_month = fields.Integer(allow_none=True)
    seniority_years = fields.Integer(allow_none=True)
    organisation = fields.String()
    unit = fields.String()
    reports_to = fields.String()
    about = fields.String()
    answers = fields.List(fields.Nested(AnswerShape))
    consents = fields.List(fields.Nested(ConsentShape))


class Me(MemberShape):
    """The member's own record; `now` is the time on the clock that this service goes by."""

    now = fields.DateTime()


class Card(Schema):
    """What the other side of a pair sees."""

    id = fields.String()
    name = fields.String()
    areas_offered = fields.List(fields.Nested(AreaOfferedShape))
    languages = fields.List(fields.String())
    time_zone = fields.String()


class MemberView(MemberShape):
    """The whole record (`view` is `full`), or only the card's fields (`view` is `card`)."""

    view = fields.String(metadata={"enum": ["full", "card"]})


class Cards(Schema):
    """The cards that the asker may see, of those asked for."""

    items = fields.List(fields.Nested(Card))


class NameShape(Schema):
    """A person's name."""

    id = fields.String()
    name = fields.String()


class Names(Schema):
    """The names that the asker may see, of those asked for."""

    items = fields.List(fields.Nested(NameShape))


class MemberRow(Schema):
    """A member in a list: no address, so that seeing it is a look that is recorded."""

    id = fields.String()
    name = fields.String()
    roles = fields.List(fields.String(metadata=ROLE))
    confirmed = fields.Boolean()
    joined_at = fields.DateTime()
    via = fields.String()


class Members(Schema):
    """A page of members; `next` is None on the last one."""

    items = fields.List(fields.Nested(MemberRow))
    next = fields.String(allow_none=True)


class Counts(Schema):
    """How many members the chapter has, and how many were erased."""

    members = fields.Integer()
    confirmed = fields.Integer()
    unconfirmed = fields.Integer()
    mentees = fields.Integer()
    mentors = fields.Integer()
    erased = fields.Integer()


class LookShape(Schema):
    """A coordinator looked at the member's record, or at her conflicts."""

    id = fields.String()
    by = fields.String()
    by_name = fields.String()
    at = fields.DateTime()
    what = fields.String(metadata={"enum": ["record", "conflicts"]})
    reason = fields.String()


class Looks(Schema):
    """A page of looks, newest first; `next` is None on the last one."""

    items = fields.List(fields.Nested(LookShape))
    next = fields.String(allow_none=True)
