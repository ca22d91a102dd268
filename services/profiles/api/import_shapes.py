"""The shapes of imports: what is asked of them, and what is answered."""

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate

from services.profiles.api import fields as ours
from services.profiles.api.bodies import MAX_PAGE
from shared.http import Body

MAX_TRUSTED = 500
MAX_QUESTIONS_CHARS = 100_000


class SheetFile(Schema):
    """An .xlsx or .csv file in the multipart field `file`."""

    file = Upload(required=True)


class SheetForm(Schema):
    """What may come beside the file: the questions of the programme that the sheet is for, as a JSON list."""

    questions = fields.String(load_default="", validate=validate.Length(max=MAX_QUESTIONS_CHARS))


class OptionBody(Body):
    """An answer that a question offers, and other spellings of it."""

    key = fields.String(required=True)
    labels = fields.List(fields.String())


class QuestionBody(Body):
    """A programme's own question: a choice, an ordered scale, or text. A sensitive one needs a consent column (R7)."""

    key = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["choice", "scale", "text"]))
    labels = fields.List(fields.String())
    options = fields.List(fields.Nested(OptionBody))
    several = fields.Boolean()
    sensitive = fields.Boolean()


class MappingBody(Body):
    """Which column feeds what. Without `mapping` one is guessed anew; without `questions` the ones given before stay."""

    mapping = fields.Dict(keys=fields.String(), allow_none=True, load_default=None)
    questions = fields.List(fields.Nested(QuestionBody), validate=validate.Length(max=60))
    trusted_mails = ours.different(
        ours.mail(), MAX_TRUSTED, metadata={"description": "Right although they look mistyped"}
    )


class Nothing(Body):
    """A request that says all by its address."""


class RunBody(Body):
    """Which rows are taken: the good ones, or all or none."""

    take = fields.String(load_default="good_rows", validate=validate.OneOf(["good_rows", "all_or_nothing"]))


class ProblemsPage(Schema):
    """Which problems: those after the one with this number."""

    after = fields.Integer(load_default=-1, validate=validate.Range(-1, 1_000_000))
    limit = fields.Integer(load_default=MAX_PAGE, validate=validate.Range(1, MAX_PAGE))


class ColumnShape(Schema):
    """A column of the file; mappings refer to `key`."""

    key = fields.String()
    letter = fields.String()
    heading = fields.String()
    sample = fields.List(fields.String())


class SheetShape(Schema):
    """A sheet of the file; mappings refer to `key`."""

    key = fields.String()
    name = fields.String()
    hidden = fields.Boolean()
    rows = fields.Integer()
    columns = fields.List(fields.Nested(ColumnShape))


class FieldShape(Schema):
    """Something that a column can feed; `needs` names what such a use must say besides (question, area, weekday)."""

    name = fields.String()
    label = fields.String()
    once = fields.Boolean()
    needs = fields.String()


class ProgressShape(Schema):
    """How many people of the sheet were taken, of how many."""

    done = fields.Integer()
    total = fields.Integer()


class CountsShape(Schema):
    """How many of those taken were new, and how many were members already."""

    new = fields.Integer()
    known = fields.Integer()


class CheckShape(Schema):
    """What the dry run found."""

    checked_at = fields.DateTime()
    rows_read = fields.Integer()
    rows_left_out = fields.Integer()
    sheets_left_out = fields.Integer()
    answers_withheld = fields.Integer()
    people = fields.Integer()
    new = fields.Integer()
    known = fields.Integer()
    problems_total = fields.Integer(attribute="problems")
    problems_listed = fields.Integer()


class ImportShape(Schema):
    """An import: mapped -> checked -> running -> done | failed."""

    id = fields.String()
    filename = fields.String()
    state = fields.String(metadata={"enum": ["mapped", "checked", "running", "done", "failed"]})
    by = fields.String()
    uploaded_at = fields.DateTime()
    ended_at = fields.DateTime(allow_none=True)
    sheets = fields.List(fields.Nested(SheetShape))
    mapping = fields.Dict()
    remembered = fields.Boolean(
        metadata={"description": "Whether the mapping began with columns as the chapter chose them last time"}
    )
    questions = fields.List(fields.Dict())
    trusted_mails = fields.List(fields.String(), attribute="trusted")
    fields_ = fields.List(fields.Nested(FieldShape), data_key="fields")
    check = fields.Nested(CheckShape, allow_none=True)
    take = fields.String()
    progress = fields.Nested(ProgressShape)
    counts = fields.Nested(CountsShape)
    failure = fields.String()


class ImportRow(Schema):
    """An import in the list."""

    id = fields.String()
    filename = fields.String()
    state = fields.String()
    uploaded_at = fields.DateTime()
    progress = fields.Nested(ProgressShape)
    counts = fields.Nested(CountsShape)


class Imports(Schema):
    """A page of the chapter's imports, newest first; `next` is None on the last one."""

    items = fields.List(fields.Nested(ImportRow))
    next = fields.String(allow_none=True)


class ProblemShape(Schema):
    """One thing to look at. `row` is the number that Excel shows; `value` is as typed, cut, and empty where it is sensitive.

    `severity`: sheet (nothing of the sheet is taken), row (the row is left out), cell (taken without it), note (all is taken).
    """

    id = fields.Integer()
    sheet = fields.String()
    row = fields.Integer()
    column = fields.String()
    value = fields.String()
    code = fields.String()
    severity = fields.String(metadata={"enum": ["sheet", "row", "cell", "note"]})
    message = fields.String()
    what_to_do = fields.String()
    suggestion = fields.String()


class Problems(Schema):
    """A page of problems; `next` is the number to go on after, None on the last page."""

    items = fields.List(fields.Nested(ProblemShape))
    next = fields.Integer(allow_none=True)
    total = fields.Integer()


class DryRun(CheckShape):
    """What the dry run found, with the first of its problems."""

    problems = fields.List(fields.Nested(ProblemShape), attribute="listed")
