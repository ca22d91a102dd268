"""Whatever the bytes and whatever the cells: refused as a whole, or read, and nothing in between."""

# ruff: noqa: RUF001 - wide punctuation is what people type

import io
import zipfile
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from services.profiles.areas import DEFAULT_AREAS
from services.profiles.spreadsheet import (
    FIELDS,
    ColumnUse,
    Mapping,
    Reading,
    Unreadable,
    check_mapping,
    guess_mapping,
    problems_to_xlsx,
    read_people,
    read_workbook,
)
from tests.rules.spreadsheet.makers import (
    ANNA,
    BEN,
    GENDER,
    GRADE,
    HEAD,
    TOPICS,
    WISH,
    a_csv,
    an_xlsx,
    text_cells,
    xlsx_parts,
)

QUESTIONS = (GRADE, GENDER, TOPICS, WISH)
SHEET = an_xlsx([HEAD, ANNA, BEN])
FEW = settings(max_examples=40, deadline=None)
SOME = settings(max_examples=80, deadline=None)

PIECES = st.sampled_from(
    [
        "mentor", "mentee", "both", "yes", "no", "Mon", "18-20", "周三晚上", "Leadership", "Law, Sales", "English", "5 years",
        "anna@example.org", "a@b", "@", "=1+1", "#N/A", "Grade 7", "2026-03-04", "，", "、", "；", ";", "/", "\n", "(", ")", "-", "{", "}",
    ]
)  # fmt: skip
CELLS = st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=4).map(" ".join), PIECES)
HEADINGS = st.one_of(
    st.sampled_from(
        [
            *HEAD,
            "Areas",
            "Hours",
            "Monday",
            "Law",
            "Languages",
            "Years",
            "Capacity",
            "Grade",
            "Gender",
            "Consent",
            "About",
            "Timestamp",
        ]
    ),
    CELLS,
)


STARTS = st.sampled_from(
    [b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"sep=", b'"', b"\xd0\xcf\x11\xe0"]
)
PARTS = st.sampled_from(
    [
        "[Content_Types].xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
    ]
)


def read_or_refused(raw: bytes, filename: str = "x") -> Reading | None:
    """The dry run, or None where the file is refused. Anything else that is raised fails the test."""
    try:
        workbook = read_workbook(raw, filename)
    except Unreadable as refused:
        assert refused.code  # noqa: PT017 - the one thing that may be raised
        return None
    mapping = guess_mapping(workbook, areas=DEFAULT_AREAS, questions=QUESTIONS)
    assert Mapping.from_dict(mapping.to_dict()) == mapping
    check_mapping(workbook, mapping, areas=DEFAULT_AREAS, questions=QUESTIONS)
    reading = read_people(workbook, mapping, areas=DEFAULT_AREAS, questions=QUESTIONS)
    problems_to_xlsx(reading.problems)
    return reading


@SOME
@given(st.binary(max_size=2_000), st.text(max_size=20))
def test_random_bytes_are_read_or_refused(raw: bytes, filename: str) -> None:
    read_or_refused(raw, filename)


@SOME
@given(
    st.sampled_from(
        [b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"sep=", b'"', b"\xd0\xcf\x11\xe0"]
    ),
    st.binary(max_size=400),
)
def test_random_bytes_after_a_known_beginning_are_read_or_refused(start: bytes, rest: bytes) -> None:
    read_or_refused(start + rest)


@SOME
@given(st.lists(st.tuples(st.integers(0, len(SHEET) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_workbook_with_damaged_bytes_is_read_or_refused(damage: list[tuple[int, int]]) -> None:
    raw = bytearray(SHEET)
    for at, value in damage:
        raw[at] = value
    read_or_refused(bytes(raw))


@FEW
@given(
    st.sampled_from(
        [
            "xl/workbook.xml",
            "xl/worksheets/sheet1.xml",
            "[Content_Types].xml",
            "xl/_rels/workbook.xml.rels",
            "xl/styles.xml",
        ]
    ),
    st.data(),
)
def test_a_workbook_with_damaged_parts_is_read_or_refused(name: str, data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(SHEET)) as given_parts:
        parts = {part: given_parts.read(part) for part in given_parts.namelist()}
    text = parts[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    parts[name] = (
        text[:start] + data.draw(st.sampled_from([b"", b"<x/>", b"999", b"&amp;", b'"'])) + text[end:]
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    read_or_refused(out.getvalue())


@SOME
@given(st.lists(HEADINGS, min_size=1, max_size=8), st.lists(st.lists(CELLS, max_size=8), max_size=6))
def test_random_cells_under_random_headings_are_read(headings: list[str], rows: list[list[str]]) -> None:
    reading = (
        read_or_refused(a_csv([headings, *rows], encoding="utf-8"), "x.csv")
        if _encodable([headings, *rows])
        else None
    )
    if reading is not None:
        mails = [person.mail for person in reading.people]
        assert len(set(mails)) == len(mails)
        assert all(person.name and person.roles and person.mail.isascii() for person in reading.people)
        assert all(0 <= hour < 168 for person in reading.people for hour in person.hours)


def _encodable(rows: list[list[str]]) -> bool:
    return not any("\ud800" <= c <= "\udfff" for row in rows for cell in row for c in cell)


@SOME
@given(
    st.lists(st.tuples(st.sampled_from(sorted(FIELDS)), CELLS, CELLS), min_size=1, max_size=10),
    st.sampled_from(["column", "sheet", "file", "fixed"]),
    st.sampled_from([None, "mentor", "mentee", "both"]),
    st.text(max_size=5),
)
def test_any_cell_can_be_mapped_to_any_field(
    columns: list[tuple[str, str, str]], source: str, fixed: str | None, separators: str
) -> None:
    """Every field meets every text, mapped by hand."""
    head = [f"h{n}" for n in range(len(columns))]
    rows = [["x", *head, "Name", "E-Mail"]]
    rows += [["x", *(cells[which] for cells in columns), *ANNA[:2]] for which in (1, 2)]
    if not _encodable(rows):
        return
    try:
        workbook = read_workbook(a_csv(rows), "x.csv")
    except Unreadable:
        return
    uses = [
        ColumnUse(key, field, question="topics", area="law", weekday=3)
        for key, (field, _, _) in zip(head, columns, strict=True)
    ]
    mapping = Mapping.from_dict(
        Mapping(columns=(*uses, ColumnUse("name", "name"), ColumnUse("e mail", "mail"))).to_dict()
        | {"role_from": source, "fixed_role": fixed, "area_separators": separators}
    )
    read_people(workbook, mapping, areas=DEFAULT_AREAS, questions=QUESTIONS)


@FEW
@given(
    st.lists(
        st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20),
        min_size=3,
        max_size=3,
    )
)
def test_what_is_written_by_hand_as_xml_reads_as_it_is_in_a_text_file(texts: list[str]) -> None:
    if any("_x" in text or c in text for text in texts for c in "\ufffe\uffff"):
        return
    raw = xlsx_parts(
        text_cells(1, HEAD) + text_cells(2, [escape(text) for text in texts]) + text_cells(3, ANNA)
    )
    as_text = a_csv([HEAD, texts, [*ANNA]])
    try:
        by_hand = read_workbook(raw, "x.xlsx").sheets[0]
        typed = read_workbook(as_text, "x.csv").sheets[0]
    except Unreadable:
        return
    if by_hand.header_row == typed.header_row == 1 and by_hand.rows[0].number == typed.rows[0].number == 2:
        assert by_hand.rows[0].cells == typed.rows[0].cells
