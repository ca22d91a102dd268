"""Files made by hand for the tests of the spreadsheet reader, small and with exactly one peculiarity."""

import csv
import io
import zipfile
from collections.abc import Mapping as Dict
from collections.abc import Sequence

from openpyxl import Workbook as OutWorkbook

from services.profiles.areas import DEFAULT_AREAS
from services.profiles.spreadsheet import (
    Mapping,
    Option,
    Question,
    Reading,
    Unreadable,
    Workbook,
    guess_mapping,
    read_people,
    read_workbook,
)

Rows = Sequence[Sequence[object]]

HEAD = ("Name", "E-Mail", "Role")
ANNA = ("Anna Lindquarz", "anna@example.org", "mentor")
BEN = ("Ben Fernwhistle", "ben@example.org", "mentee")

GRADE = Question(
    "grade", "scale", ("Grade",), tuple(Option(f"g{n}", (f"Grade {n}", f"G{n}")) for n in range(5, 9))
)
GENDER = Question(
    "gender",
    "choice",
    ("Gender",),
    (Option("female", ("f",)), Option("male", ("m",)), Option("other")),
    sensitive=True,
)
TOPICS = Question(
    "topics",
    "choice",
    ("Topics",),
    (Option("a", ("Art, craft",)), Option("b", ("Books",)), Option("c", ("Cooking",))),
    several=True,
)
WISH = Question("wish", "text", ("Your wish",))


def a_csv(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Delimited text with minimal quoting."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def an_xlsx(sheets: Dict[str, Rows] | Rows) -> bytes:
    """A workbook written by openpyxl; rows alone make one sheet."""
    book = OutWorkbook()
    for spare in book.worksheets:
        book.remove(spare)
    for name, rows in sheets.items() if isinstance(sheets, Dict) else [("People", sheets)]:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f"<workbook {_NAMESPACE} "
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/styles.xml": f"<styleSheet {_NAMESPACE}/>",
    "xl/sharedStrings.xml": f"<sst {_NAMESPACE}><si><t>unused</t></si></sst>",
}


def xlsx_parts(sheet_rows: str = "", **more: str | bytes) -> bytes:
    """A workbook part by part: `sheet_rows` is the inside of sheetData; `more` replaces or adds parts (name=text).

    Names are given with `__` for `/` and `_dot_` for a dot.
    """
    parts: dict[str, str | bytes] = dict(_PARTS)
    parts["xl/worksheets/sheet1.xml"] = (
        f"<worksheet {_NAMESPACE}><sheetData>{sheet_rows}</sheetData></worksheet>"
    )
    for name, text in more.items():
        parts[name.replace("__", "/").replace("_dot_", ".")] = text
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def text_cells(number: int, texts: Sequence[str]) -> str:
    """A row of inline strings."""
    cells = "".join(
        f'<c r="{chr(65 + i)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for i, text in enumerate(texts)
    )
    return f'<row r="{number}">{cells}</row>'


def opened(rows: Rows, filename: str = "people.csv") -> Workbook:
    """These rows as a CSV file, read."""
    return read_workbook(a_csv(rows), filename)


def dry_run(
    workbook: Workbook | Rows,
    *,
    questions: Sequence[Question] = (),
    mapping: Mapping | None = None,
    known: Sequence[str] = (),
    trusted: Sequence[str] = (),
) -> Reading:
    """Read with the mapping that is offered."""
    book = workbook if isinstance(workbook, Workbook) else opened(workbook)
    chosen = mapping or guess_mapping(book, areas=DEFAULT_AREAS, questions=questions)
    return read_people(
        book,
        chosen,
        areas=DEFAULT_AREAS,
        questions=questions,
        known_mails=frozenset(known),
        trusted_mails=frozenset(trusted),
    )


def fields_of(workbook: Workbook, questions: Sequence[Question] = ()) -> dict[str, str]:
    """Heading to guessed field."""
    mapping = guess_mapping(workbook, areas=DEFAULT_AREAS, questions=questions)
    return {use.heading: use.field for use in mapping.columns}


def codes(reading: Reading) -> list[tuple[int, str]]:
    """(row, code) of every problem."""
    return [(found.row, found.code) for found in reading.problems]


def refusal(raw: bytes, filename: str = "people.xlsx") -> str:
    """The code with which the file is refused; empty where it is read."""
    try:
        read_workbook(raw, filename)
    except Unreadable as refused:
        return refused.code if refused.message and "\n" not in refused.message else "no plain line"
    return ""
