"""An import: one spreadsheet of a chapter, from its upload over the dry run to the last row taken.

mapped -> checked (dry run) -> running -> done | failed; a new mapping leads back to mapped; a failed run goes on where it stopped.

Invariants:
1. A run takes exactly the people that the dry run found; each chunk of them is taken once, in order (`chunks_taken`).
2. `all_or_nothing` is decided before the first row: what the dry run accepted, the run does not refuse.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.errors import Refused

PEOPLE_IN_CHUNK = 100
PROBLEMS_ON_PAGE = 100
#: The sheet, and what was read from it, are forgotten after this long; a finished import forgets people at once.
KEPT_FOR = timedelta(days=7)
MAX_IMPORTS_OPEN = 10

State = Literal["mapped", "checked", "running", "done", "failed"]
Take = Literal["good_rows", "all_or_nothing"]


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """A column as the mapping page shows it. Mappings refer to `key`."""

    key: str
    letter: str
    heading: str
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """A sheet of the file: how many rows with people it has, and under which headings. Mappings refer to `key`."""

    key: str
    name: str
    hidden: bool
    rows: int
    columns: tuple[ColumnSeen, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What the dry run found: people who would be taken, how many of them new and known; rows left out; problems, all and listed."""

    checked_at: datetime
    rows_read: int
    rows_left_out: int
    answers_withheld: int
    sheets_left_out: int
    people: int
    new: int
    known: int
    problems: int
    problems_listed: int

    @property
    def complete(self) -> bool:
        """Whether everything in the file can be taken."""
        return not self.rows_left_out and not self.sheets_left_out


@dataclass(frozen=True, slots=True)
class Import:
    """`mapping` and `questions` are JSON texts as `services.profiles.sheets` writes them; `revision` counts the choices made.

    `trusted` are addresses that look mistyped, and that the coordinator has confirmed as right.
    """

    id: str
    chapter: str
    by: str
    filename: str
    uploaded_at: datetime
    sheets: tuple[SheetSeen, ...]
    mapping: str
    questions: str
    trusted: tuple[str, ...] = ()
    remembered: bool = False
    state: State = "mapped"
    revision: int = 0
    check: Check | None = None
    take: Take = "good_rows"
    chunks_taken: int = 0
    taken_new: int = 0
    taken_known: int = 0
    failure: str = ""
    ended_at: datetime | None = None
    forgotten: bool = False

    @property
    def chunks(self) -> int:
        """How many chunks of people the dry run left to take."""
        return chunks_of(self.check.people) if self.check else 0

    @property
    def pages(self) -> int:
        """How many pages of listed problems there are."""
        return -(-self.check.problems_listed // PROBLEMS_ON_PAGE) if self.check else 0


@dataclass(frozen=True, slots=True)
class Upload:
    """The bytes of the file, until the import is done or forgotten."""

    id: str
    chapter: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """One page of the dry run's problems, packed; its id says which page of which import."""

    id: str
    chapter: str
    packed: bytes


@dataclass(frozen=True, slots=True)
class PeopleChunk:
    """Some of the people whom the dry run found, packed; its id says which chunk of which import."""

    id: str
    chapter: str
    packed: bytes


@dataclass(frozen=True, slots=True)
class SheetMemory:
    """The mapping that a chapter made last, for its next sheet. Its id is the chapter's."""

    id: str
    chapter: str
    mapping: str
    questions: str
    kept_at: datetime


def chunks_of(people: int) -> int:
    """How many chunks hold so many people."""
    return -(-people // PEOPLE_IN_CHUNK)


def part_id(import_id: str, number: int) -> str:
    """The id of the numbered page or chunk of an import."""
    return f"{import_id}:{number}"


def remap(sheet: Import, mapping: str, questions: str, trusted: tuple[str, ...]) -> Import:
    """The import with another mapping; what an earlier dry run found no longer counts."""
    if sheet.state not in ("mapped", "checked"):
        raise _wrong_state(sheet)
    return replace(
        sheet,
        mapping=mapping,
        questions=questions,
        trusted=trusted,
        state="mapped",
        check=None,
        revision=sheet.revision + 1,
    )


def record_check(sheet: Import, check: Check, revision: int) -> Import:
    """The import with what a dry run under its `revision`-th mapping found."""
    if sheet.state not in ("mapped", "checked"):
        raise _wrong_state(sheet)
    if sheet.revision != revision:
        raise Refused("mapping_changed", "The mapping was changed meanwhile. Do the dry run again.")
    return replace(sheet, state="checked", check=check)


def start_run(sheet: Import, take: Take) -> Import:
    """The run begins, or goes on after a failure. `Refused`: not_checked, problem_rows, nobody_to_take, and wrong states."""
    if sheet.state == "failed":
        return replace(sheet, state="running", failure="", ended_at=None)
    if sheet.state == "mapped" or sheet.check is None:
        raise Refused("not_checked", "Do the dry run first, so that you know what will be taken.")
    if sheet.state != "checked":
        raise _wrong_state(sheet)
    if take == "all_or_nothing" and not sheet.check.complete:
        raise Refused(
            "problem_rows",
            "Some rows or sheets cannot be taken as they are, so nothing was. "
            "Mend them in the file and upload it again, or take only the good rows.",
            rows_left_out=sheet.check.rows_left_out,
            sheets_left_out=sheet.check.sheets_left_out,
        )
    if sheet.check.people == 0:
        raise Refused("nobody_to_take", "The dry run found nobody to take. Look at its problems first.")
    return replace(sheet, state="running", take=take)


def refuse_other_chunk(sheet: Import, number: int) -> None:
    """`Refused` chunk_not_due, so that nothing is remembered of a chunk that was asked for too late or too early."""
    if sheet.state != "running" or sheet.chunks_taken != number:
        raise Refused("chunk_not_due", f"Chunk {number} is not the next one of a running import.")


def take_chunk(sheet: Import, number: int, *, new: int, known: int, now: datetime) -> Import:
    """The import after the people of its chunk `number` (from 0) were taken."""
    refuse_other_chunk(sheet, number)
    taken = replace(
        sheet,
        chunks_taken=number + 1,
        taken_new=sheet.taken_new + new,
        taken_known=sheet.taken_known + known,
    )
    return replace(taken, state="done", ended_at=now) if taken.chunks_taken == taken.chunks else taken


def fail(sheet: Import, code: str, now: datetime) -> Import:
    """The run stopped; what it has taken stays taken."""
    return replace(sheet, state="failed", failure=code, ended_at=now) if sheet.state == "running" else sheet


def refuse_while_running(sheet: Import) -> None:
    """`Refused` import_running."""
    if sheet.state == "running":
        raise _wrong_state(sheet)


def _wrong_state(sheet: Import) -> Refused:
    said = {
        "running": "The import is running. Wait until it is done.",
        "done": "The import is done. Upload the next sheet.",
        "failed": "The import stopped. Run it again to go on, or delete it.",
    }
    return Refused(f"import_{sheet.state}", said.get(sheet.state, "Do the dry run first."))
