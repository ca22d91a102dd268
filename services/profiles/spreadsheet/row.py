"""One row to a draft: every mapped cell read by the reader of its kind.

Order matters twice: the role comes first, because a column "areas" means offered for a mentor and wanted for a
mentee; consents come before answers, because a sensitive answer is read only after a yes (R7).
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from services.profiles.areas import Area
from services.profiles.spreadsheet import limits
from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.cells.areas import AreaReader
from services.profiles.spreadsheet.cells.dates import read_stamp
from services.profiles.spreadsheet.cells.hours import read_hours
from services.profiles.spreadsheet.cells.languages import read_languages
from services.profiles.spreadsheet.cells.mail import read_mail
from services.profiles.spreadsheet.cells.mail_domains import SeenDomains
from services.profiles.spreadsheet.cells.numbers import read_number
from services.profiles.spreadsheet.cells.options import OptionReader, read_text
from services.profiles.spreadsheet.cells.roles import BOTH, roles_in
from services.profiles.spreadsheet.cells.yes_no import yes_no
from services.profiles.spreadsheet.draft import Draft
from services.profiles.spreadsheet.mapping import Mapping
from services.profiles.spreadsheet.normal import is_blank, shown, tidy
from services.profiles.spreadsheet.plan import Plan, Read
from services.profiles.spreadsheet.values import Question, Role, Row, Spoiled

_Step = Callable[[Draft, Read, str], None]
_VITAL = frozenset(("mail", "name", "first_name", "last_name", "role", "terms"))
_CONFIDENTIAL = frozenset(("about", "question"))  # such a text is not repeated in a list of problems
_NAME_FIELDS = ("name", "first_name", "last_name")


class RowReader:
    """Reads the rows of all sheets of one import. Holds no state of a row."""

    def __init__(
        self,
        mapping: Mapping,
        *,
        areas: Sequence[Area],
        questions: Sequence[Question],
        domains: SeenDomains,
        trusted: frozenset[str],
    ) -> None:
        self._mapping = mapping
        self._areas = AreaReader(areas, mapping.area_separators)
        self._questions = {question.key: question for question in questions}
        self._options = {question.key: OptionReader(question) for question in questions}
        self._domains = domains
        self._trusted = trusted
        self._steps: dict[str, _Step] = {
            "mail": self._mail,
            "name": self._name,
            "first_name": self._name,
            "last_name": self._name,
            "role": self._role,
            "is_mentor": partial(self._is_role, role="mentor"),
            "is_mentee": partial(self._is_role, role="mentee"),
            "is_both": self._is_both,
            "areas": self._area_list,
            "areas_offered": self._area_list,
            "areas_wanted": self._area_list,
            "area_tick": self._area_tick,
            "area_years": self._area_years,
            "seniority_years": partial(self._number, at_most=limits.MAX_YEARS, of_range="lower"),
            "capacity": partial(self._number, at_most=limits.MAX_CAPACITY_PEOPLE, of_range="upper"),
            "pledge_hours_per_month": partial(
                self._number, at_most=limits.MAX_PLEDGE_HOURS_PER_MONTH, of_range="lower"
            ),
            "languages": self._languages,
            "hours": self._hours,
            "hours_on_day": self._hours,
            "hours_tick": self._hours_tick,
            "organisation": self._text,
            "unit": self._text,
            "reports_to": self._text,
            "about": self._about,
            "terms": self._terms,
            "consent": self._consent,
            "question": self._question,
            "submitted_at": self._submitted_at,
        }

    def read(self, plan: Plan, row: Row) -> Draft:
        """The draft with everything that the row says, and every problem of it."""
        draft = Draft(plan.sheet, row)
        typed_role = self._run(draft, plan.role_reads)
        self._settle_role(draft, plan, typed_role)
        self._run(draft, plan.consent_reads)
        self._run(draft, plan.other_reads)
        self._check_name(draft, plan)
        self._keep_within_limits(draft, plan)
        return draft

    def _run(self, draft: Draft, reads: Sequence[Read]) -> str:
        """Reads these cells; returns the last text that was not blank."""
        last = ""
        for read in reads:
            cell = draft.cell(read.column.index)
            if isinstance(cell, Spoiled):
                visible = replace(cell, shown="") if read.use.field in _CONFIDENTIAL else cell
                draft.spoiled(visible, read.column.heading, is_vital=read.use.field in _VITAL)
            elif read.use.field == "mail":
                self._mail(draft, read, cell)
            elif not is_blank(cell):
                self._steps[read.use.field](draft, read, cell)
                last = cell
        return last

    # who

    def _mail(self, draft: Draft, read: Read, text: str) -> None:
        found = read_mail(text, seen=self._domains, trusted=self._trusted)
        draft.mail = found.mail
        if found.trouble:
            draft.trouble(found.trouble, column=read.column.heading, value=text)

    def _name(self, draft: Draft, read: Read, text: str) -> None:
        name = unicodedata.normalize("NFC", tidy(text))
        if len(name) > limits.MAX_NAME_CHARS:
            allowed = f"{limits.MAX_NAME_CHARS} characters"
            draft.trouble(Trouble("name_too_long", allowed=allowed), column=read.column.heading, value=text)
        draft.names[read.use.field] = name

    def _check_name(self, draft: Draft, plan: Plan) -> None:
        columns = plan.columns(*_NAME_FIELDS)
        if draft.name or any(isinstance(draft.cell(read.column.index), Spoiled) for read in columns):
            return
        draft.trouble(Trouble("name_missing"), column=columns[0].column.heading if columns else "")

    # in which role

    def _role(self, draft: Draft, _read: Read, text: str) -> None:
        draft.roles.update(roles_in(text))

    def _is_role(self, draft: Draft, read: Read, text: str, *, role: Role) -> None:
        said, named = yes_no(text), roles_in(text)  # "Yes, both"
        if said is None and not named:
            draft.trouble(Trouble("yes_no_unclear"), column=read.column.heading, value=text)
        elif said is not False:
            draft.roles.update(named or (role,))

    def _is_both(self, draft: Draft, read: Read, text: str) -> None:
        said = yes_no(text)
        if said or roles_in(text) == BOTH:
            draft.roles.update(BOTH)
        elif said is None and not roles_in(text):
            draft.trouble(Trouble("yes_no_unclear"), column=read.column.heading, value=text)

    def _settle_role(self, draft: Draft, plan: Plan, typed: str) -> None:
        if self._mapping.role_from != "column" or not draft.roles:
            draft.roles.update(plan.role)
        if draft.roles:
            return
        heading = plan.role_reads[0].column.heading if plan.role_reads else ""
        if any(isinstance(draft.cell(read.column.index), Spoiled) for read in plan.role_reads):
            return
        code = "role_unclear" if typed else "role_missing"
        draft.trouble(Trouble(code, shown(typed)), column=heading, value=typed)

    # with whose consent

    def _terms(self, draft: Draft, read: Read, text: str) -> None:
        said = yes_no(text)
        if said is None:
            draft.trouble(Trouble("yes_no_unclear"), column=read.column.heading, value=text)
        elif not said:
            draft.trouble(Trouble("terms_declined"), column=read.column.heading, value=text)
        if said is not None:
            draft.consents["terms"] = said

    def _consent(self, draft: Draft, read: Read, text: str) -> None:
        said = yes_no(text)
        if said is None:
            draft.trouble(Trouble("consent_unclear"), column=read.column.heading, value=text)
            said = False
        asked = [key for key, question in self._questions.items() if question.sensitive]
        for key in asked if read.use.question is None else [read.use.question]:
            draft.consents[key] = said and draft.consents.get(key, True)

    def _question(self, draft: Draft, read: Read, text: str) -> None:
        question = self._questions[read.use.question or ""]
        if question.sensitive and not draft.consents.get(question.key, False):
            draft.withheld += 1
            return
        if question.kind == "text":
            draft.answers[question.key] = read_text(text)
            return
        answer, troubles = self._options[question.key].read(text)
        if answer is not None:
            draft.answers[question.key] = answer
        for trouble in troubles:
            visible = Trouble("not_an_option", allowed=trouble.allowed) if question.sensitive else trouble
            draft.trouble(visible, column=read.column.heading, value="" if question.sensitive else text)

    # about what

    def _area_list(self, draft: Draft, read: Read, text: str) -> None:
        found = self._areas.read(text)
        for trouble in found.troubles:
            draft.trouble(trouble, column=read.column.heading, value=text)
        for slug in found.slugs:
            self._take_area(draft, read.use.field, slug)
        draft.area_years.update(found.years)

    def _area_tick(self, draft: Draft, read: Read, text: str) -> None:
        said = yes_no(text)
        if said is None:
            draft.trouble(Trouble("yes_no_unclear"), column=read.column.heading, value=text)
        elif said:
            self._take_area(draft, "areas", read.use.area or "")

    def _area_years(self, draft: Draft, read: Read, text: str) -> None:
        found = read_number(text, at_most=limits.MAX_YEARS, of_range="lower")
        if isinstance(found, Trouble):
            draft.trouble(found, column=read.column.heading, value=text)
        elif found > 0:
            draft.area_years[read.use.area or ""] = found

    def _take_area(self, draft: Draft, field: str, slug: str) -> None:
        if field == "areas_offered" or (field == "areas" and "mentor" in draft.roles):
            draft.areas_offered.setdefault(slug)
        if field == "areas_wanted" or (field == "areas" and "mentee" in draft.roles):
            draft.areas_wanted.setdefault(slug)

    def _number(
        self, draft: Draft, read: Read, text: str, *, at_most: int, of_range: Literal["lower", "upper"]
    ) -> None:
        found = read_number(text, at_most=at_most, of_range=of_range)
        if isinstance(found, Trouble):
            draft.trouble(found, column=read.column.heading, value=text)
        else:
            draft.numbers[read.use.field] = found

    def _languages(self, draft: Draft, read: Read, text: str) -> None:
        found = read_languages(text)
        draft.languages.update(dict.fromkeys(found.tags))
        for trouble in found.troubles:
            draft.trouble(trouble, column=read.column.heading, value=text)

    # when

    def _hours(self, draft: Draft, read: Read, text: str) -> None:
        found = read_hours(text, read.use.weekday)
        if read.use.weekday is not None and yes_no(text) is False:
            return  # "no" under Monday: not free that day
        draft.hours.update(found.hours)
        for trouble in found.troubles:
            draft.trouble(trouble, column=read.column.heading, value=text)

    def _hours_tick(self, draft: Draft, read: Read, text: str) -> None:
        said = yes_no(text)
        if said is None:
            draft.trouble(Trouble("yes_no_unclear"), column=read.column.heading, value=text)
        elif said:
            draft.hours.update(read_hours(read.column.heading).hours)

    # and the rest

    def _text(self, draft: Draft, read: Read, text: str) -> None:
        draft.texts[read.use.field] = tidy(text)

    def _about(self, draft: Draft, _read: Read, text: str) -> None:
        draft.about.append(read_text(text))

    def _submitted_at(self, draft: Draft, read: Read, text: str) -> None:
        stamp = read_stamp(text, self._mapping.date_order)
        if stamp is None:
            draft.trouble(Trouble("date_unclear"), column=read.column.heading, value=text)
        else:
            draft.texts["submitted_at"] = stamp

    def _keep_within_limits(self, draft: Draft, plan: Plan) -> None:
        most_areas, most_languages = limits.MAX_AREAS_PER_PERSON, limits.MAX_LANGUAGES_PER_PERSON
        for slugs, field in ((draft.areas_offered, "areas_offered"), (draft.areas_wanted, "areas_wanted")):
            if len(slugs) > most_areas:
                columns = plan.columns(field, "areas")
                heading = columns[0].column.heading if columns else ""
                draft.trouble(Trouble("too_many_areas", allowed=str(most_areas)), column=heading)
                _keep_first(slugs, most_areas)
        if len(draft.languages) > most_languages:
            heading = plan.columns("languages")[0].column.heading
            draft.trouble(Trouble("too_many_languages", allowed=str(most_languages)), column=heading)
            _keep_first(draft.languages, most_languages)


def _keep_first(values: dict[str, None], count: int) -> None:
    for value in list(values)[count:]:
        del values[value]
