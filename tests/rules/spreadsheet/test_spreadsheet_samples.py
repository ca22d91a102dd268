"""The generator of sample sheets against the reader: every planted trouble is found, and nothing else is."""

import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from operate.sample.making import Format, RoleFrom, Sample, make_sample, make_samples
from operate.sample.people import invent
from operate.sample.planting import (
    DIFFERS,
    DOMAIN_SLIP,
    ROLE_MISSING,
    ROLE_UNCLEAR,
    SAME_TWICE,
    SECOND_ROLE,
    SENT_AGAIN,
    SHARED,
    SINGLE_CELLS,
    TOTALS,
)
from operate.sample.records import SAMPLE_QUESTIONS
from operate.sample_sheet import sample_sheet
from services.profiles.areas import DEFAULT_AREAS
from services.profiles.spreadsheet import (
    Mapping,
    PersonRow,
    Reading,
    guess_mapping,
    read_people,
    read_workbook,
)

RESERVED = (".example.org", ".example.com", "example.net")


def tried(sample: Sample) -> tuple[Mapping, Reading]:
    workbook = read_workbook(sample.raw, sample.filename)
    mapping = guess_mapping(workbook, areas=DEFAULT_AREAS, questions=SAMPLE_QUESTIONS)
    return mapping, read_people(workbook, mapping, areas=DEFAULT_AREAS, questions=SAMPLE_QUESTIONS)


SHAPES: list[tuple[Format, RoleFrom]] = [
    ("xlsx", "column"),
    ("xlsx", "sheet"),
    ("xlsx", "file"),
    ("csv", "column"),
    ("csv", "file"),
]


# Each of these seeds has another encoding and another delimiter.
SEEDED: list[tuple[int, Format, RoleFrom]] = [(seed, "csv", "column") for seed in (8, 9, 10)]


@pytest.mark.parametrize(("seed", "file_format", "role_from"), [(7, *shape) for shape in SHAPES] + SEEDED)
def test_every_planted_trouble_is_found_and_no_other(
    seed: int, file_format: Format, role_from: RoleFrom
) -> None:
    for sample in make_samples(140, seed, dirty=True, file_format=file_format, role_from=role_from):
        mapping, reading = tried(sample)
        assert [use.heading for use in mapping.columns if use.field == "ignore"] == []
        found = {(p.sheet, p.row, p.code) for p in reading.problems}
        planted = {(p.sheet, p.row, p.code) for p in sample.planted if p.code}
        assert planted <= found
        assert {place[:2] for place in found} == {place[:2] for place in planted}


def test_a_dirty_sheet_has_every_kind_of_trouble_from_sixty_people_on() -> None:
    kinds = {found.what for found in make_sample(60, 7, dirty=True).planted}
    repeated = (SAME_TWICE, DIFFERS, SHARED, SENT_AGAIN, SECOND_ROLE, ROLE_UNCLEAR, ROLE_MISSING, TOTALS)
    assert kinds == {kind.what for kind in (*SINGLE_CELLS, *repeated)} | {DOMAIN_SLIP}


@pytest.mark.parametrize(("file_format", "role_from"), SHAPES)
def test_a_tidy_sheet_has_no_problems_and_gives_everybody_back(
    file_format: Format, role_from: RoleFrom
) -> None:
    people: dict[str, PersonRow] = {}
    for sample in make_samples(120, 7, file_format=file_format, role_from=role_from):
        _, reading = tried(sample)
        assert (reading.problems, sample.planted) == ((), ())
        people |= {person.mail: person for person in reading.people}
    invented = {person.mail: person for person in make_sample(120, 7).people}
    assert people.keys() == invented.keys()
    for mail, person in people.items():
        made = invented[mail]
        assert (person.name, person.areas_offered, person.areas_wanted) == (
            made.name,
            made.areas_offered,
            made.areas_wanted,
        )
        assert (person.languages, person.seniority_years) == (made.languages, made.years)
        assert person.hours == tuple(
            sorted(day * 24 + hour for day, start, end in made.slots for hour in range(start, end))
        )
        assert ("gender" in person.answers) == made.may_use_gender


def test_an_untidy_row_says_the_same_as_the_tidy_one() -> None:
    untroubled = make_sample(140, 7, dirty=True)
    troubled = {(found.sheet, found.row) for found in untroubled.planted}
    _, reading = tried(untroubled)
    made = {person.mail: person for person in untroubled.people}
    checked = 0
    for person in reading.people:
        if {(person.sheet, person.row), *person.also_rows} & troubled or person.also_rows:
            continue
        who = made[person.mail]
        checked += 1
        assert (person.areas_offered, person.areas_wanted, person.languages) == (
            who.areas_offered,
            who.areas_wanted,
            who.languages,
        )
        assert (person.roles, person.seniority_years, person.answers["grade"]) == (
            who.roles,
            who.years,
            f"g{who.grade}",
        )
        assert person.hours == tuple(
            sorted(day * 24 + hour for day, start, end in who.slots for hour in range(start, end))
        )
    assert checked > 80


@pytest.mark.parametrize("dirty", [False, True])
@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_the_same_seed_gives_the_same_bytes(dirty: bool, file_format: Format) -> None:
    first, again, other = (
        make_sample(80, seed, dirty=dirty, file_format=file_format).raw for seed in (7, 7, 8)
    )
    assert first == again
    if file_format == "xlsx":
        with zipfile.ZipFile(io.BytesIO(first)) as archive:
            assert archive.read("docProps/core.xml").count(b"2026-01-01T00:00:00Z") == 2
    assert first != other


def test_invented_people_can_be_matched() -> None:
    people = invent(200, 7)
    mentors = [person for person in people if "mentor" in person.roles]
    mentees = [person for person in people if "mentee" in person.roles]
    assert abs(len(mentors) - len(mentees)) < 30
    served = sum(
        any(
            mentor is not mentee
            and set(mentor.languages) & set(mentee.languages)
            and set(mentor.slots) & set(mentee.slots)
            and set(mentor.areas_offered) & set(mentee.areas_wanted)
            and mentor.years > mentee.years
            for mentor in mentors
        )
        for mentee in mentees
    )
    assert served > 0.95 * len(mentees)


def test_no_address_can_reach_anybody() -> None:
    assert all(person.mail.endswith(RESERVED) for person in invent(2_000, 7))
    _, reading = tried(make_sample(300, 7, dirty=True))
    assert all(person.mail.endswith(RESERVED) for person in reading.people)
    assert len({person.mail for person in invent(2_000, 7)}) == 2_000


def test_a_small_sheet_is_dirty_too_and_keeps_most_of_its_people() -> None:
    for people in (1, 2, 12, 24):
        sample = make_sample(people, 7, dirty=True)
        assert sample.planted
        _, reading = tried(sample)
        assert len(reading.people) >= people // 2
        assert len(sample.planted) <= people // 3 + 1


def test_the_command_writes_the_file_and_tells_what_it_planted(tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    done = CliRunner().invoke(sample_sheet, ["--people", "80", "--seed", "7", "--dirty", "--out", str(out)])
    assert done.exit_code == 0
    sample = make_sample(80, 7, dirty=True, file_format="csv")
    assert out.read_bytes() == sample.raw
    assert len(done.output.splitlines()) == len(sample.planted) + 1
    assert "[mail_trailing_dot]" in done.output


def test_the_command_writes_one_file_for_each_role(tmp_path: Path) -> None:
    out = tmp_path / "any.csv"
    done = CliRunner().invoke(sample_sheet, ["--people", "40", "--role-from", "file", "--out", str(out)])
    assert done.exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mentees.csv", "mentors.csv"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--people", "0"], "choose from 1 to 20,000 people"),
        (["--format", "csv", "--role-from", "sheet"], "a csv file has no sheets"),
        (["--out", "no/such/folder/x.xlsx"], "cannot write"),
    ],
)
def test_the_command_refuses_with_one_plain_line(arguments: list[str], word: str) -> None:
    done = CliRunner().invoke(sample_sheet, arguments)
    assert done.exit_code != 0
    assert word in done.output
    assert "Traceback" not in done.output
