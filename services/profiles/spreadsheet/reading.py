"""The dry run: a workbook and a mapping to people and problems. Writes nothing, asks nothing, repeats exactly."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from services.profiles.areas import Area
from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.cells.mail_domains import SeenDomains
from services.profiles.spreadsheet.limits import MAX_PROBLEMS
from services.profiles.spreadsheet.mapping import Mapping
from services.profiles.spreadsheet.merging import merge
from services.profiles.spreadsheet.plan import Plan, make_plans
from services.profiles.spreadsheet.row import RowReader
from services.profiles.spreadsheet.troubles import problem
from services.profiles.spreadsheet.values import PersonRow, Problem, Question, Reading, Workbook

Progress = Callable[[int, int], None]
_PROGRESS_EVERY_ROWS = 250


def read_people(
    workbook: Workbook,
    mapping: Mapping,
    *,
    areas: Sequence[Area],
    questions: Sequence[Question] = (),
    known_mails: frozenset[str] = frozenset(),
    trusted_mails: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> Reading:
    """All people of the workbook, each once, and every problem, in the order of the file.

    known_mails: addresses (lower-case) of the chapter's members; such people are taken, marked `known` and noted.
    trusted_mails: addresses that the coordinator has confirmed as right although they look mistyped.
    progress: called with (rows done, rows in all) every few hundred rows, and at the end.
    Raises nothing for any workbook and mapping: a mapping that does not fit gives problems of severity `sheet`.
    """
    plans = make_plans(workbook, mapping, areas=areas, questions=questions)
    reader = RowReader(
        mapping,
        areas=areas,
        questions=questions,
        domains=SeenDomains.of(text for plan in plans for text in _mails(plan)),
        trusted=trusted_mails | known_mails,
    )
    count = _Count(sum(len(plan.sheet.rows) for plan in plans if plan.is_readable), progress)
    found = _Found(known_mails)
    for plan in plans:
        found.note_down(plan.problems)
        for row in plan.sheet.rows if plan.is_readable else ():
            draft = reader.read(plan, row)
            found.note_down(draft.problems)
            found.withheld += draft.withheld
            if draft.is_left_out:
                found.rows_left_out += 1
            else:
                found.take(draft.person(known_mails), plan)
            count.one_more()
    count.finish()
    return found.reading(count.done, [plan.sheet.name for plan in plans])


def _mails(plan: Plan) -> list[str]:
    indexes = [read.column.index for read in plan.columns("mail")]
    return [
        cell
        for row in plan.sheet.rows
        for index in indexes
        if index < len(row.cells) and isinstance(cell := row.cells[index], str)
    ]


class _Count:
    def __init__(self, total: int, progress: Progress | None) -> None:
        self.done = 0
        self._total = total
        self._progress = progress

    def one_more(self) -> None:
        self.done += 1
        if self._progress and self.done % _PROGRESS_EVERY_ROWS == 0 and self.done < self._total:
            self._progress(self.done, self._total)

    def finish(self) -> None:
        if self._progress:
            self._progress(self.done, self._total)


class _Found:
    """People by mail, so that a second row of the same person meets the first."""

    def __init__(self, known_mails: frozenset[str]) -> None:
        self.people: dict[str, PersonRow] = {}
        self.problems: list[Problem] = []
        self.problems_not_listed = 0
        self.rows_left_out = 0
        self.withheld = 0
        self._known_mails = known_mails

    def note_down(self, problems: Sequence[Problem]) -> None:
        """Keeps problems up to the limit of the list, and counts the others."""
        room = max(0, MAX_PROBLEMS - len(self.problems))
        self.problems.extend(problems[:room])
        self.problems_not_listed += len(problems) - len(problems[:room])

    def take(self, person: PersonRow, plan: Plan) -> None:
        first = self.people.get(person.mail)
        if first is None:
            self.people[person.mail] = person
            if person.known:
                self._note("already_known", person, plan)
            return
        merged = merge(first, person)
        if merged.person is None:
            self.rows_left_out += 1
            where = str(first.row) if first.sheet == person.sheet else f'{first.row} of "{first.sheet}"'
            self._note(merged.code, person, plan, other=where)
            return
        if merged.replaced:
            self._note("later_answer_taken", person, plan)
        self.people[person.mail] = replace(merged.person, known=first.known)

    def _note(self, code: str, person: PersonRow, plan: Plan, other: str = "") -> None:
        heading = plan.columns("mail")[0].column.heading
        self.problems.append(
            problem(
                Trouble(code),
                sheet=person.sheet,
                row=person.row,
                column=heading,
                value=person.mail,
                other=other,
            )
        )

    def reading(self, rows_read: int, sheets: list[str]) -> Reading:
        order = {name: index for index, name in enumerate(sheets)}
        listed = sorted(self.problems, key=lambda found: (order[found.sheet], found.row))
        return Reading(
            people=tuple(self.people.values()),
            problems=tuple(listed),
            rows_read=rows_read,
            rows_left_out=self.rows_left_out,
            problems_not_listed=self.problems_not_listed,
            answers_withheld=self.withheld,
        )
