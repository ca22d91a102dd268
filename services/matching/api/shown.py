"""How a relationship is shown: to the two with their own words and reasons, to coordinators in states and dates."""

from dataclasses import asdict

from marshmallow import Schema, fields, validate

from services.matching.api.paging import Json
from services.matching.api.rounds_shown import ReasonShown
from services.matching.commands import sealing
from services.matching.domain.relationships import Relationship
from services.matching.domain.steps import RUNNING, STATES
from services.matching.kinds import RELATIONSHIPS, TOUCHPOINTS
from shared.auth import COORDINATOR
from shared.errors import NotThere
from shared.http import asker, room


class MomentShown(Schema):
    move = fields.String(required=True)
    state = fields.String(required=True)
    at = fields.DateTime(required=True)
    by = fields.String(
        required=True, metadata={"description": "both, one, session, clock, coordinator or platform."}
    )
    reason = fields.String(required=True)
    place = fields.String(required=True, metadata={"description": "The mentor's place."})
    queue = fields.String(required=True, metadata={"description": "The mentee's place in the queue."})


class RelationshipShown(Schema):
    """What a coordinator sees: who, states and dates."""

    id = fields.String(required=True)
    mentee = fields.String(required=True)
    mentor = fields.String(required=True)
    origin = fields.String(required=True, validate=validate.OneOf(["round", "coordinator", "touchpoint"]))
    programme = fields.String(required=True, allow_none=True)
    cycle = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    since = fields.DateTime(required=True, metadata={"description": "When the state began."})
    answer_by = fields.DateTime(required=True)
    meet_by = fields.DateTime(required=True, allow_none=True)
    vote_by = fields.DateTime(required=True, allow_none=True)
    started_at = fields.DateTime(required=True, allow_none=True)
    trial_ends_at = fields.DateTime(required=True, allow_none=True)
    term = fields.Integer(
        required=True, metadata={"description": "Which full term this is; 0 before the first."}
    )
    review_at = fields.DateTime(required=True, allow_none=True)
    review_ends_at = fields.DateTime(required=True, allow_none=True)
    term_ends_at = fields.DateTime(required=True, allow_none=True)
    resumes_at = fields.DateTime(required=True, allow_none=True)
    silent_since = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Set while the two are asked about it."}
    )
    kept_apart_at = fields.DateTime(
        allow_none=True,
        metadata={
            "description": "For coordinators only: since when one of the two wants no contact. The two see an end by choice, or silence."
        },
    )
    history = fields.List(
        fields.Nested(MomentShown),
        required=True,
        metadata={"description": "Every move, with who, why, when, and what became of place and queue."},
    )


class OwnRelationship(RelationshipShown):
    """What one of the two sees. `my_answer` and `my_vote` are her own, while they can still be changed."""

    side = fields.String(validate=validate.OneOf(["mentee", "mentor"]))
    other = fields.String()
    my_answer = fields.String(allow_none=True)
    my_vote = fields.String(allow_none=True)
    my_renewal = fields.String(allow_none=True)
    question = fields.String(allow_none=True, metadata={"description": "The mentor's one question."})
    reply = fields.String(allow_none=True, metadata={"description": "The mentee's answer to it."})
    touchpoint = fields.String(
        allow_none=True, metadata={"description": "What the two share: the touchpoint's name, or session."}
    )
    again = fields.Boolean(metadata={"description": "Whether you would be brought together again."})
    reasons = fields.List(fields.Nested(ReasonShown))
    introduced = fields.String(
        allow_none=True, metadata={"description": "What the coordinator wrote when she introduced the two."}
    )


def show(relationship: Relationship) -> Json:
    """States and dates: what anybody who may see the relationship sees of it."""
    return {
        "id": relationship.id,
        "mentee": relationship.mentee,
        "mentor": relationship.mentor,
        "origin": relationship.origin,
        "programme": relationship.programme or None,
        "cycle": relationship.cycle or None,
        "state": relationship.state,
        "since": relationship.since,
        "answer_by": relationship.answer_by,
        "meet_by": relationship.meet_by,
        "vote_by": relationship.vote_by,
        "started_at": relationship.started_at,
        "trial_ends_at": relationship.trial_ends_at,
        "term": relationship.term,
        "review_at": relationship.review_at,
        "review_ends_at": relationship.review_ends_at,
        "term_ends_at": relationship.term_ends_at,
        "resumes_at": relationship.resumes_at,
        "silent_since": relationship.silent_since,
        "history": [asdict(moment) for moment in relationship.history],
    }


def show_staff(relationship: Relationship) -> Json:
    """What a coordinator sees beyond that: what only looks like choice or silence to the two."""
    return {**show(relationship), "kept_apart_at": relationship.kept_apart_at}


def show_own(relationship: Relationship, member: str) -> Json:
    """What one of the two sees: her own reasons, and her own word while it is sealed."""
    side = relationship.side_of(member)
    word = sealing.own_word(room(), relationship, side) or None
    reasons = relationship.reasons_mentee if side == "mentee" else relationship.reasons_mentor
    return {
        **show(relationship),
        "side": side,
        "other": relationship.other(member),
        "my_answer": word if relationship.state == "proposed" else None,
        "my_vote": word if relationship.state == "voting" else None,
        "my_renewal": word if relationship.state in RUNNING else None,
        "question": _text(relationship.question),
        "reply": _text(relationship.reply),
        "touchpoint": _touchpoint(relationship),
        "again": member in relationship.again,
        "reasons": [asdict(reason) for reason in reasons],
        "introduced": _text(relationship.words),
    }


def seen(id: str) -> Json:
    """One relationship as the asker may see it: as one of the two, or as a coordinator of the chapter."""
    who = asker()
    relationship = room().store.reader(who.chapter).get(RELATIONSHIPS, id)
    if who.member in (relationship.mentee, relationship.mentor):
        return show_own(relationship, who.member)
    if COORDINATOR in who.roles:
        return show_staff(relationship)
    raise NotThere("relationship")


def _text(hidden: bytes | None) -> str | None:
    return None if hidden is None else room().vault.show(hidden)


def _touchpoint(relationship: Relationship) -> str | None:
    if not relationship.touchpoint:
        return None
    found = room().store.reader(relationship.chapter).load(TOUCHPOINTS, relationship.touchpoint)
    return found.name if found is not None else relationship.touchpoint
