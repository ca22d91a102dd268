"""Certificates: earned by sessions that took place, verified by anybody who has the code (R18)."""

import base64

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from services.sessions.api.certificate_pdf import LOCALES, certificate_pdf
from services.sessions.api.lists import NewestQuery, newest
from services.sessions.api.reading import PREFIX, Json, listed, my_pair, reader
from services.sessions.commands import certificates as commands
from services.sessions.domain.certificates import Certificate
from services.sessions.kinds import CERTIFICATES, PEOPLE
from shared.auth import MENTEE, MENTOR
from shared.errors import NotThere
from shared.http import Body, asker, call, open_to, open_to_anybody, room

BLP = Blueprint("certificates", __name__, url_prefix=PREFIX, description="What held sessions have earned")

#: 80 bits, written in base32: nobody finds one by trying.
CODE_BYTES = 10
GROUP = 4


#: Regions and the script in which Chinese is not written as in `zh-Hans`.
OTHER_CHINESE = {"hant", "tw", "hk", "mo"}


class PdfQuery(Body):
    locale = fields.String(
        load_default=None,
        validate=validate.OneOf(LOCALES),
        metadata={"description": "Her own language where none is named, or English where we do not have it."},
    )


class VerifiedOut(Schema):
    """What a certificate says, and nothing more: not with whom, not about what."""

    code = fields.String()
    name = fields.String()
    role = fields.String()
    chapter_name = fields.String()
    sessions_held = fields.Integer()
    turned_round = fields.Integer()
    first_on = fields.Date()
    last_on = fields.Date()
    issued_on = fields.Date()


class CertificateOut(VerifiedOut):
    """One of one's own; `address` is where anybody verifies it."""

    id = fields.String()
    relationship = fields.String()
    address = fields.String()


CertificatesOut = listed(CertificateOut)


@BLP.route("/pairs/<id>/certificate", methods=["POST"])
@open_to(MENTEE, MENTOR)
@BLP.response(201, CertificateOut)
def issue(id: str) -> Json:
    """Issue my certificate over all sessions with this pair that took place, at least as many as its programme asks for (4 by default).

    The same sessions give the same one.
    """
    my_pair(id)
    made = commands.id_for(reader(), id, asker().member)
    code = _code(made)
    room().store.change(call(), lambda tx: commands.issue(tx, id, id=made, code=code))
    return _own(reader().get(CERTIFICATES, made))


@BLP.route("/me/certificates", methods=["GET"])
@open_to()
@BLP.arguments(NewestQuery, location="query")
@BLP.response(200, CertificatesOut)
def mine(query: Json) -> Json:
    """My certificates, the newest first."""
    where = {"member": asker().member}
    found = newest(reader(), CERTIFICATES, where, query, by="issued_at", show=_own_or_none)
    return found | {"items": [one for one in found["items"] if one is not None]}


@BLP.route("/me/certificates/<id>.pdf", methods=["GET"])
@open_to()
@BLP.arguments(PdfQuery, location="query")
@BLP.response(200, content_type="application/pdf")
def pdf(query: Json, id: str) -> Response:
    """One of my certificates as a PDF, in English or Simplified Chinese."""
    certificate = reader().get(CERTIFICATES, id)
    if certificate.member != asker().member:
        raise NotThere("certificate")
    said = show_certificate(certificate)
    return Response(
        certificate_pdf(said, _address(certificate), locale=query["locale"] or _my_locale()),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="certificate-{certificate.code}.pdf"'},
    )


@BLP.route("/certificates/<code>", methods=["GET"])
@open_to_anybody
@BLP.response(200, VerifiedOut)
def verify(code: str) -> Json:
    """What the certificate with this code says. An unknown code, and one whose owner was erased, read the same."""
    found = room().store.reader().first(CERTIFICATES, {"code": code.strip().upper()})
    if found is None:
        raise NotThere("certificate")
    return show_certificate(found)


def show_certificate(one: Certificate) -> Json:
    """What the certificate says; `NotThere` once the name's key was erased."""
    contact = room().unseal(one.sealed_contact)
    if contact is None:
        raise NotThere("certificate")
    return {
        "code": one.code,
        "name": contact["name"],
        "role": one.role,
        "chapter_name": one.chapter_name,
        "sessions_held": one.sessions_held,
        "turned_round": one.turned_round,
        "first_on": one.first_at.date(),
        "last_on": one.last_at.date(),
        "issued_on": one.issued_at.date(),
    }


def shown_or_none(one: Certificate) -> Json | None:
    """The same, for a list: None once the name's key was erased."""
    try:
        return show_certificate(one)
    except NotThere:
        return None


def _my_locale() -> str:
    """The language of `LOCALES` that is the asker's own, or English."""
    person = reader().load(PEOPLE, asker().member)
    contact = room().unseal(person.sealed_contact) if person and person.sealed_contact else None
    language, *more = str((contact or {}).get("locale", "")).lower().split("-")
    return "zh-Hans" if language == "zh" and OTHER_CHINESE.isdisjoint(more) else "en"


def _own(one: Certificate) -> Json:
    return {
        **show_certificate(one), "id": one.id, "relationship": one.relationship, "address": _address(one)
    }  # fmt: skip


def _own_or_none(one: Certificate) -> Json | None:
    return None if shown_or_none(one) is None else _own(one)


def _address(one: Certificate) -> str:
    return f"{room().settings.public_url}/certificates/{one.code}"


def _code(id: str) -> str:
    letters = base64.b32encode(room().keys.derive("certificate", id)[:CODE_BYTES]).decode()
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))
