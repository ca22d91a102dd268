"""Before and after a session: the agenda, reflections, notes. Each is readable by the pair or by its author only (R14)."""

from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate

from services.sessions.api.lists import NewestQuery, newest
from services.sessions.api.reading import (
    MAX_LISTED,
    MAX_TEXT_CHARS,
    PREFIX,
    Json,
    all_of,
    listed,
    my_pair,
    my_session,
    reader,
    shown,
    text_field,
)  # fmt: skip
from services.sessions.commands import writings as commands
from services.sessions.domain import cohorts
from services.sessions.domain.cohorts import PEOPLE_A_BLOCK
from services.sessions.domain.writings import IDEAS, Note, Reflection, may_read
from services.sessions.kinds import COHORTS, NOTES, REFLECTIONS
from shared.auth import COORDINATOR, MENTEE, MENTOR
from shared.errors import NotThere
from shared.http import Body, asker, call, open_to, room

BLP = Blueprint("writings", __name__, url_prefix=PREFIX, description="Agenda, reflections, notes")

MAX_LINES = 2
MAX_LINES_CHARS = 400


def two_lines(text: str) -> None:
    """Two lines are enough to keep what mattered."""
    if len(text.strip().splitlines()) > MAX_LINES:
        raise ValidationError(f"Write at most {MAX_LINES} lines.")


class AgendaIn(Body):
    """What the one who learns wants to talk about."""

    text = text_field(required=True)


class AgendaOut(Schema):
    text = fields.String(allow_none=True, metadata={"description": "Empty where none is written yet."})


class ReflectionIn(Body):
    """Two lines on what mattered, what the writer gained herself, and whose idea the next step was (R10, R21)."""

    lines = fields.String(
        required=True,
        validate=[validate.Length(1, MAX_LINES_CHARS), validate.Regexp(r"(?s).*\S"), two_lines],
    )
    gained = fields.String(load_default="", validate=validate.Length(0, MAX_LINES_CHARS))
    step_idea = fields.String(required=True, validate=validate.OneOf(IDEAS))
    shared = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class ReflectionOut(Schema):
    id = fields.String()
    session = fields.String()
    author = fields.String()
    lines = fields.String(allow_none=True)
    gained = fields.String(allow_none=True)
    step_idea = fields.String()
    shared = fields.Boolean()
    written_at = fields.AwareDateTime(format="iso")


class NoteIn(Body):
    """A note, for its author alone or for the pair."""

    text = text_field(MAX_TEXT_CHARS, required=True)
    shared = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class NoteOut(Schema):
    id = fields.String()
    author = fields.String()
    text = fields.String(allow_none=True)
    shared = fields.Boolean()
    written_at = fields.AwareDateTime(format="iso")


class IdeasOut(Schema):
    """Whose idea the steps were, over all pairs of the chapter; nothing where fewer than seven people are behind it."""

    people = fields.Integer()
    least_people = fields.Integer()
    ideas = fields.Dict(keys=fields.String(), values=fields.Integer(), allow_none=True)


ReflectionsOut, NotesOut = listed(ReflectionOut), listed(NoteOut)


@BLP.route("/sessions/<id>/agenda", methods=["PUT"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(AgendaIn)
@BLP.response(200, AgendaOut)
def set_agenda(asked: Json, id: str) -> Json:
    """Write the agenda of a planned session: the mentee's to do, or the mentor's where the session is turned round."""
    session = my_session(id)
    text = room().vault.hide(session.relationship, asked["text"])
    room().store.change(call(), lambda tx: commands.set_agenda(tx, id, text=text))
    return asked


@BLP.route("/sessions/<id>/agenda", methods=["GET"])
@open_to(MENTEE, MENTOR)
@BLP.response(200, AgendaOut)
def agenda(id: str) -> Json:
    """The agenda, for both."""
    return {"text": shown(my_session(id).agenda)}


@BLP.route("/sessions/<id>/reflection", methods=["PUT"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(ReflectionIn)
@BLP.response(200, ReflectionOut)
def reflect(asked: Json, id: str) -> Json:
    """Look back on a session that was held, in two lines. Writing again replaces them."""
    session, vault = my_session(id), room().vault
    lines = vault.hide(session.relationship, asked["lines"])
    gained = vault.hide(session.relationship, asked["gained"]) if asked["gained"].strip() else b""
    answer = room().store.change(
        call(),
        lambda tx: commands.reflect(
            tx, id, lines=lines, gained=gained, step_idea=asked["step_idea"], shared=asked["shared"]
        ),
    )
    return show_reflection(reader().get(REFLECTIONS, answer["id"]))


@BLP.route("/sessions/<id>/reflections", methods=["GET"])
@open_to(MENTEE, MENTOR)
@BLP.response(200, ReflectionsOut)
def reflections(id: str) -> Json:
    """My reflection on a session, and the other's where she shares it."""
    my_session(id)
    found = reader().find(REFLECTIONS, {"session": id}, limit=MAX_LISTED)
    return all_of([show_reflection(one) for one in found if may_read(one, asker().member)])


@BLP.route("/pairs/<id>/notes", methods=["POST"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(NoteIn)
@BLP.response(201, NoteOut)
def write_note(asked: Json, id: str) -> Json:
    """Write a note."""
    my_pair(id)
    text = room().vault.hide(id, asked["text"])
    answer = room().store.change(
        call(), lambda tx: commands.write_note(tx, id, text=text, shared=asked["shared"])
    )
    return show_note(reader().get(NOTES, answer["id"]))


@BLP.route("/pairs/<id>/notes", methods=["GET"])
@open_to(MENTEE, MENTOR)
@BLP.arguments(NewestQuery, location="query")
@BLP.response(200, NotesOut)
def notes(query: Json, id: str) -> Json:
    """My notes, and those of the other that are for both; the newest first."""
    my_pair(id)
    where = {"relationship": id, "$or": [{"author": asker().member}, {"shared": True}]}
    return newest(reader(), NOTES, where, query, by="written_at", show=show_note)


@BLP.route("/notes/<id>", methods=["DELETE"])
@open_to(MENTEE, MENTOR)
@BLP.response(204)
def remove_note(id: str) -> None:
    """Remove a note of mine."""
    if not may_read(reader().get(NOTES, id), asker().member):
        raise NotThere("note")
    room().store.change(call(), lambda tx: commands.remove_note(tx, id))


@BLP.route("/step-ideas", methods=["GET"])
@open_to(COORDINATOR)
@BLP.response(200, IdeasOut)
def ideas() -> Json:
    """Whose idea the next steps were: sums over whole blocks of people, and nothing about a pair."""
    cohort = reader().load(COHORTS, cohorts.id_of(asker().chapter, "ideas"))
    people = cohort.people if cohort else 0
    sums = dict(zip(IDEAS, cohort.sums, strict=True)) if cohort and people else None
    return {"people": people, "least_people": PEOPLE_A_BLOCK, "ideas": sums}


def show_reflection(one: Reflection) -> Json:
    """A reflection as those who may read it see it."""
    return {
        "id": one.id,
        "session": one.session,
        "author": one.author,
        "lines": shown(one.lines),
        "gained": shown(one.gained),
        "step_idea": one.step_idea,
        "shared": one.shared,
        "written_at": one.written_at,
    }


def show_note(one: Note) -> Json:
    """A note as those who may read it see it."""
    return {
        "id": one.id,
        "author": one.author,
        "text": shown(one.text),
        "shared": one.shared,
        "written_at": one.written_at,
    }
