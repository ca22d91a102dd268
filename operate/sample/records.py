"""One record a person: what stands in her row, by column, before anybody decides on an order of the columns."""

# ruff: noqa: RUF001 - wide punctuation is what people type

import random
from datetime import datetime

from operate.sample import spelling
from operate.sample.people import Invented
from services.profiles.spreadsheet import Option, Question

Value = str | int | datetime
Record = dict[str, Value]

HEADINGS: dict[str, tuple[str, ...]] = {
    "stamp": ("Timestamp", "Zeitstempel", "提交时间"),
    "name": ("Name", "Full name", "Vor- und Nachname", "姓名"),
    "mail": ("E-Mail", "Email Address", "Mailadresse", "邮箱"),
    "role": ("Role", "Rolle", "I want to be ...", "角色"),
    "is_mentor": (
        "Do you want to sign up as a mentor?",
        "Möchten Sie Mentor*in werden?",
        "是否愿意担任导师？",
    ),
    "is_mentee": ("Do you want to sign up as a mentee?", "Möchten Sie Mentee werden?", "是否愿意成为学员？"),
    "offered": ("Areas offered", "In which areas could you help?", "Areas you can teach", "擅长领域"),
    "wanted": (
        "Areas wanted",
        "Areas you would like to develop",
        "Which topics do you want to learn?",
        "想学习的领域",
    ),
    "languages": ("Languages", "Spoken languages", "Sprachen", "语言"),
    "years": (
        "Years of experience",
        "Berufserfahrung (Jahre)",
        "Years of professional experience",
        "工作年限",
    ),
    "hours": ("Free hours", "When are you available?", "Verfügbarkeit", "可用时间"),
    "capacity": ("Max mentees", "How many mentees can you take?", "Anzahl Mentees", "可带人数"),
    "pledge": ("Hours a month", "Stunden pro Monat", "Hours per month", "每月小时数"),
    "organisation": ("Organisation", "Company", "Arbeitgeber", "工作单位"),
    "unit": ("Department", "Abteilung", "Unit", "部门"),
    "reports_to": ("Reports to", "Line manager", "Vorgesetzte", "直属上级"),
    "grade": ("Grade",),
    "gender": ("Gender",),
    "gender_ok": ("May we use your gender for matching?",),
    "terms": ("I agree to the terms", "Consent", "Einverstanden mit den Bedingungen", "同意"),
    "about": ("About me", "Motivation", "Über mich", "自我介绍"),
}
"""The tidy heading first, then others that mean the same."""

SAMPLE_QUESTIONS: tuple[Question, ...] = (
    Question(
        "grade", "scale", ("Grade",), tuple(Option(f"g{n}", (f"Grade {n}", f"G{n}")) for n in range(3, 10))
    ),
    Question(
        "gender",
        "choice",
        ("Gender",),
        (
            Option("female", ("female", "f")),
            Option("male", ("male", "m")),
            Option("other", ("other", "diverse")),
        ),
        sensitive=True,
    ),
)
"""What a programme asks whose sheets these are: with them, every column of a sample sheet is recognised."""


def tidy_record(person: Invented) -> Record:
    """As a careful coordinator would type it."""
    return {
        "name": person.name,
        "mail": person.mail,
        "role": "both mentor and mentee" if len(person.roles) == 2 else person.roles[0],
        "offered": spelling.areas(person.areas_offered),
        "wanted": spelling.areas(person.areas_wanted),
        "languages": spelling.languages(person.languages),
        "years": person.years,
        "hours": spelling.slots(person.slots),
        "capacity": person.capacity or "",
        "pledge": person.pledge_hours,
        "organisation": person.organisation,
        "unit": person.unit,
        "reports_to": person.reports_to,
        "grade": f"Grade {person.grade}",
        "gender": person.gender,
        "gender_ok": "yes" if person.may_use_gender else "no",
        "terms": "yes",
        "about": person.about,
    }


def untidy_record(person: Invented, chance: random.Random, number: int) -> Record:
    """The same person as she filled in the form herself, in her language and her way."""
    home = person.home
    record = tidy_record(person)
    record |= {
        "stamp": datetime(2026, 3, 14 + number % 14, 8 + number % 12, number % 60),  # noqa: DTZ001 - as forms write it
        "is_mentor": spelling.yes_no("mentor" in person.roles, home, chance),
        "is_mentee": spelling.yes_no("mentee" in person.roles, home, chance),
        "offered": spelling.areas_anyhow(person.areas_offered, home, chance),
        "wanted": spelling.areas_anyhow(person.areas_wanted, home, chance),
        "languages": spelling.languages_anyhow(person.languages, home, chance),
        "years": spelling.years_anyhow(person.years, chance),
        "hours": spelling.slots_anyhow(person.slots, home, chance),
        "grade": chance.choice((f"Grade {person.grade}", f"G{person.grade}", f"{person.grade}")),
        "gender": chance.choice((person.gender, person.gender.upper())),
        "gender_ok": spelling.yes_no(person.may_use_gender, home, chance),
        "terms": spelling.yes_no(True, home, chance),
    }
    return record
