"""A stranger's file: what is read, what is refused, and that refusing costs neither time nor memory."""

import datetime
import io
import random
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import pytest

from services.profiles.spreadsheet import Spoiled, Unreadable, limits, read_workbook
from services.profiles.spreadsheet.limits import MAX_FILE_BYTES, MAX_UNZIPPED_BYTES
from tests.rules.spreadsheet.makers import ANNA, BEN, HEAD, a_csv, an_xlsx, refusal, text_cells, xlsx_parts

REFUSED_WITHIN_S = 8.0  # of processor time, while memory is being watched, which slows it down several times
REFUSED_WITHIN_BYTES = 32 * 1024 * 1024


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def refused_cheaply(raw: bytes) -> str:
    """The code, after checking that time and memory stayed within bounds."""
    tracemalloc.start()
    started = time.process_time()
    try:
        code = refusal(raw)
        seconds = time.process_time() - started
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seconds < REFUSED_WITHIN_S, f"{seconds:.1f} s"
    assert peak < REFUSED_WITHIN_BYTES, f"{peak:,} bytes"
    return code


@pytest.fixture(scope="module")
def a_gigabyte_of_zeros() -> bytes:
    """A deflated entry of 1 GB: about 1 MB outside. The same packed megabyte over and over, so that making it is quick."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1024 * 1024)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = block * 1024 + packer.flush()
    sizes = struct.pack("<LLL", 0, len(packed), 1024 * 1024 * 1024)
    name = b"xl/worksheets/sheet1.xml"
    entry = (
        struct.pack("<HHHHH", 20, 0, zipfile.ZIP_DEFLATED, 0, 33) + sizes + struct.pack("<HH", len(name), 0)
    )
    with zipfile.ZipFile(out := io.BytesIO(), "w") as archive:
        # Its date is 1980, not the clock's, whose bytes could look like the size that is looked for below.
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types/>")
    small = out.getvalue()
    at = small.index(b"PK\x01\x02")
    small_entry = small[at : small.index(b"PK\x05\x06")]
    contents = small[:at] + b"PK\x03\x04" + entry + name + packed
    directory = small_entry + b"PK\x01\x02\x14\x00" + entry + bytes(10) + struct.pack("<L", at) + name
    end = struct.pack("<HHHHLLH", 0, 0, 2, 2, len(directory), len(contents), 0)
    return contents + directory + b"PK\x05\x06" + end


def test_a_small_zip_that_unfolds_to_a_gigabyte_is_refused_without_unfolding_it(
    a_gigabyte_of_zeros: bytes,
) -> None:
    assert len(a_gigabyte_of_zeros) < MAX_FILE_BYTES
    assert refused_cheaply(a_gigabyte_of_zeros) == "zip_bomb"


def test_a_zip_that_lies_about_its_sizes_is_refused(a_gigabyte_of_zeros: bytes) -> None:
    """The directory says 1,000 bytes; what is inflated past them is never kept."""
    size = (1024 * 1024 * 1024).to_bytes(4, "little")
    assert a_gigabyte_of_zeros.count(size) == 2
    assert refused_cheaply(a_gigabyte_of_zeros.replace(size, (1_000).to_bytes(4, "little"))) == "broken_file"


def test_many_parts_that_are_each_small_enough_are_refused_together() -> None:
    noise = random.Random(1).randbytes(20_000)
    part = noise + bytes(900_000)
    parts = {"[Content_Types].xml": b"<Types/>"} | {
        f"xl/media/{n}.png": part for n in range(MAX_UNZIPPED_BYTES // len(part) + 1)
    }
    assert refused_cheaply(zipped(parts)) == "zip_bomb"


def test_a_part_that_is_packed_far_too_well_is_refused_though_it_is_not_large() -> None:
    parts = {"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": bytes(20 * 1024 * 1024)}
    assert refused_cheaply(zipped(parts)) == "zip_bomb"


def test_thousands_of_parts_are_refused() -> None:
    assert (
        refused_cheaply(zipped({f"xl/{n}.xml": b"" for n in range(1_001)} | {"[Content_Types].xml": b""}))
        == "zip_bomb"
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_excel_does_not_use_is_refused_before_it_is_unpacked(method: int) -> None:
    parts = {"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": bytes(1_000)}
    assert refused_cheaply(zipped(parts, method)) == "not_a_spreadsheet"


def test_a_part_that_is_read_as_a_whole_must_be_small() -> None:
    noise = random.Random(1).randbytes(30_000).hex() * 80
    assert (
        refused_cheaply(xlsx_parts(xl__styles_dot_xml=f"<styleSheet><!--{noise}--></styleSheet>"))
        == "zip_bomb"
    )


def test_a_million_rows_are_refused_quickly() -> None:
    filled = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 100_001))
    sheet = b"<worksheet><sheetData>" + filled + b"</sheetData></worksheet>"
    assert refused_cheaply(xlsx_parts(xl__worksheets__sheet1_dot_xml=sheet)) == "too_many_rows"
    assert refused_cheaply(b"a,b\n" * 1_000_000) == "too_many_rows"


def test_a_row_number_in_the_billions_is_refused_quickly() -> None:
    rows = text_cells(1, HEAD) + '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'
    assert refused_cheaply(xlsx_parts(rows)) == "broken_file"
    assert refused_cheaply(xlsx_parts(text_cells(1, HEAD) + '<row r="9999999"/>')) == "broken_file"


def test_thousands_of_formatted_empty_rows_below_the_people_are_no_hindrance() -> None:
    empty = "".join(f'<row r="{n}" s="1"/>' for n in range(4, 60_000))
    workbook = read_workbook(xlsx_parts(text_cells(1, HEAD) + text_cells(3, ANNA) + empty), "x.xlsx")
    assert [row.number for row in workbook.sheets[0].rows] == [3]


def test_one_row_with_a_million_cells_is_refused() -> None:
    cells = "".join(f'<c r="A1"><v>{n % 7}</v></c>' for n in range(20_000))
    assert refused_cheaply(xlsx_parts(f'<row r="1">{cells}</row>')) == "too_many_columns"


def test_a_value_past_the_last_column_is_refused_not_dropped() -> None:
    assert (
        refusal(xlsx_parts(text_cells(1, HEAD) + '<row r="2"><c r="GS2"><v>1</v></c></row>'))
        == "too_many_columns"
    )
    assert refusal(xlsx_parts(text_cells(1, HEAD) + '<row r="2"><c r="GR2"><v>1</v></c></row>')) == ""
    assert refusal(a_csv([["x"] * 201])) == "too_many_columns"


def test_elements_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_XML_ELEMENTS", 100_000)
    assert (
        refusal(
            xlsx_parts(xl__worksheets__sheet1_dot_xml=b"<worksheet>" + b"<x/>" * 100_000 + b"</worksheet>")
        )
        == "too_large"
    )


def test_elements_nested_without_end_are_refused() -> None:
    deep = "<x>" * 5_000 + "</x>" * 5_000
    assert refused_cheaply(xlsx_parts(xl__worksheets__sheet1_dot_xml=deep)) == "too_large"


def test_more_than_twenty_sheets_are_refused() -> None:
    assert refusal(an_xlsx({f"Sheet {n}": [HEAD, ANNA] for n in range(21)})) == "too_many_sheets"
    assert refusal(an_xlsx({f"Sheet {n}": [HEAD, ANNA] for n in range(20)})) == ""


def test_a_file_over_five_megabytes_is_refused() -> None:
    assert refusal(b"a,b\n" + b"x" * MAX_FILE_BYTES) == "too_large"


BILLION_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><worksheet>&a;</worksheet>'


@pytest.mark.parametrize("sheet", [BILLION_LAUGHS, OUTSIDE, "<!DOCTYPE worksheet><worksheet/>"])
@pytest.mark.parametrize(
    "part", ["xl__worksheets__sheet1_dot_xml", "xl__workbook_dot_xml", "docProps__core_dot_xml"]
)
def test_entities_and_outside_references_are_refused_in_any_part(sheet: str, part: str) -> None:
    assert refused_cheaply(xlsx_parts(**{part: sheet})) == "unsafe_xml"


def _compound(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + stream.encode("utf-16-le") + bytes(600)


def _encrypted_entry() -> bytes:
    raw = bytearray(an_xlsx([HEAD, ANNA]))
    at = raw.index(b"PK\x01\x02")
    while at >= 0:
        raw[at + 8] |= 1
        at = raw.find(b"PK\x01\x02", at + 1)
    return bytes(raw)


def _pointing(target: str) -> bytes:
    """A workbook whose sheet is a part that the survey has not seen."""
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        f'Target="{target}"/></Relationships>'
    )
    sheet = f"<worksheet><sheetData>{text_cells(1, HEAD)}{text_cells(2, ANNA)}</sheetData></worksheet>"
    parts = {"xl__" + target.replace("/", "__").replace(".", "_dot_"): sheet}
    return xlsx_parts(xl___rels__workbook_dot_xml_dot_rels=relations, **parts)


def _workbook_under_another_name() -> bytes:
    """A name that the survey passes over: what openpyxl finds there has not been counted."""
    with zipfile.ZipFile(io.BytesIO(xlsx_parts(text_cells(1, HEAD) + text_cells(2, ANNA)))) as given:
        parts = {name: given.read(name) for name in given.namelist()}
    parts["xl/book.dat"] = parts.pop("xl/workbook.xml")
    parts["xl/_rels/book.dat.rels"] = parts.pop("xl/_rels/workbook.xml.rels")
    types = parts["[Content_Types].xml"].replace(b"/xl/workbook.xml", b"/xl/book.dat")
    return zipped(parts | {"[Content_Types].xml": types})


def _worksheet_as_workbook() -> bytes:
    """openpyxl would read it into memory as a whole, since it takes it for a small part."""
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    )
    with zipfile.ZipFile(io.BytesIO(xlsx_parts())) as given:
        parts = {name: given.read(name) for name in given.namelist()}
    return zipped(parts | {"[Content_Types].xml": types.encode()})


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "empty"),
        (lambda: b" \r\n\r\n ", "empty"),
        (lambda: a_csv([HEAD]), "empty"),
        (lambda: an_xlsx([HEAD]), "empty"),
        (lambda: an_xlsx([]), "empty"),
        (lambda: b"%PDF-1.7 ...", "not_a_spreadsheet"),
        (lambda: b"<html><table><tr><td>Name</td></tr></table>", "not_a_spreadsheet"),
        (lambda: bytes(range(256)) * 40, "not_a_spreadsheet"),
        (lambda: zipped({"readme.txt": b"hello"}), "not_a_spreadsheet"),
        (lambda: zipped({"mimetype": b"x", "content.xml": b"<x/>"}), "other_format"),
        (lambda: zipped({"Index/Document.iwa": b"x"}), "other_format"),
        (lambda: zipped({"[Content_Types].xml": b"", "xl/workbook.bin": b""}), "old_format"),
        (lambda: _compound("Workbook"), "old_format"),
        (lambda: _compound("EncryptedPackage"), "encrypted"),
        (_encrypted_entry, "encrypted"),
        (lambda: xlsx_parts(xl__vbaProject_dot_bin=b"x"), "macros"),
        (lambda: an_xlsx([HEAD, ANNA])[:1_500], "broken_file"),
        (lambda: b"PK\x03\x04 and no more", "broken_file"),
        (lambda: xlsx_parts("<row><c t='s'><v>999</v></c></row>"), "broken_file"),
        (lambda: xlsx_parts("<row"), "broken_file"),
        (lambda: xlsx_parts(xl__workbook_dot_xml="<x/>"), "empty"),
        (lambda: xlsx_parts(xl__workbook_dot_xml="<x"), "broken_file"),
        (lambda: _pointing("worksheets/sheet1.bin"), "broken_file"),
        (lambda: _pointing("media/sheet1.xml"), "broken_file"),
        (_worksheet_as_workbook, "broken_file"),
        (_workbook_under_another_name, "broken_file"),
        (lambda: xlsx_parts('<row r="5"/><row r="3"/>'), "broken_file"),
        (lambda: b'Name,Mail\n"Anna,anna@example.org\nBen,ben@example.org\n', "unclosed_quote"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_code(make: Callable[[], bytes], code: str) -> None:
    assert refusal(make()) == code


def test_a_quotation_mark_left_open_is_named_with_its_row() -> None:
    with pytest.raises(Unreadable, match="row 3"):
        read_workbook(
            b'Name,Mail\nBen,ben@example.org\n"Anna,anna@example.org\nCleo,cleo@example.org\n', "x.csv"
        )


def test_the_contents_decide_not_the_name() -> None:
    assert read_workbook(an_xlsx([HEAD, ANNA]), "people.csv").format == "xlsx"
    assert read_workbook(a_csv([HEAD, ANNA]), "people.xlsx").format == "csv"


TEXT = "Name;E-Mail;Ort\nJürgen Großpfad;j@example.org;Zürich\nHélène;h@example.org;Genève\n"
CHINESE = "姓名;邮箱;城市\n山问渠;shan@example.org;上海\n林野听雨;lin@example.org;苏州\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (TEXT, "utf-8"),
        (TEXT, "utf-8-sig"),
        (TEXT, "utf-16"),
        (TEXT, "utf-16-le"),
        (TEXT, "utf-16-be"),
        (TEXT, "cp1252"),
        (TEXT, "mac_roman"),
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "utf-16"),
        (CHINESE, "gb18030"),
        (CHINESE.replace("邮", "郵").replace("问", "問").replace("苏", "蘇").replace("听", "聽"), "big5"),
    ],
)
def test_any_encoding_is_read(text: str, encoding: str) -> None:
    sheet = read_workbook(text.encode(encoding), "x.csv").sheets[0]
    expected = [tuple(line.split(";")) for line in text.splitlines()]
    assert [tuple(column.heading for column in sheet.columns), *(row.cells for row in sheet.rows)] == expected


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", "\x1f"])
def test_any_delimiter_is_read_though_cells_hold_others(delimiter: str) -> None:
    rows = [
        ("Name", "E-Mail", "Areas"),
        ("Lindquarz, Anna", "anna@example.org", "Law, Sales; Design / Law | HR"),
    ] * 3
    sheet = read_workbook(a_csv(rows, delimiter), "x.csv").sheets[0]
    assert sheet.rows[0].cells == rows[1]


def test_the_delimiter_that_the_file_states_is_taken_and_its_line_is_no_row() -> None:
    workbook = read_workbook(b"sep=;\r\nName;E-Mail\r\nAnna;anna@example.org\r\n", "x.csv")
    assert (workbook.delimiter, workbook.sheets[0].header_row) == (";", 1)


def test_rows_are_numbered_as_excel_shows_them() -> None:
    raw = b'Name,E-Mail\r\n\r\n"Anna\nLindquarz",anna@example.org\r\n\r\nBen,ben@example.org\r\n'
    assert [row.number for row in read_workbook(raw, "x.csv").sheets[0].rows] == [3, 5]
    rows = [HEAD, [None], ANNA, [], BEN]
    assert [row.number for row in read_workbook(an_xlsx(rows), "x.xlsx").sheets[0].rows] == [3, 5]


def test_lines_that_end_as_on_an_old_mac_are_rows() -> None:
    assert (
        len(read_workbook(b"Name,E-Mail\rAnna,anna@example.org\rBen,ben@example.org", "x.csv").sheets[0].rows)
        == 2
    )


def test_quotes_against_the_rules_are_read_as_they_come() -> None:
    sheet = read_workbook(b'Name,E-Mail\n"Anna" Lindquarz,anna@example.org\n', "x.csv").sheets[0]
    assert sheet.rows[0].cells == ("Anna Lindquarz", "anna@example.org")


def test_a_formula_is_read_as_its_stored_result_and_never_kept() -> None:
    cell = '<c r="C2" t="str"><f>CONCAT("men","tor")</f><v>mentor</v></c>'
    rows = text_cells(1, HEAD) + f'<row r="2"><c r="A2" t="inlineStr"><is><t>Anna</t></is></c>{cell}</row>'
    assert read_workbook(xlsx_parts(rows), "x.xlsx").sheets[0].rows[0].cells == ("Anna", "", "mentor")


@pytest.mark.parametrize("stored", ["", "<v/>", "<v></v>"])
def test_a_formula_without_a_stored_result_is_a_spoiled_cell(stored: str) -> None:
    rows = text_cells(1, HEAD) + text_cells(2, ANNA) + f'<row r="3"><c r="B3"><f>1+1</f>{stored}</c></row>'
    assert read_workbook(xlsx_parts(rows), "x.xlsx").sheets[0].rows[1].cells == (
        "",
        Spoiled("formula", "(formula)"),
    )


@pytest.mark.parametrize(
    "typed", ["=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://example.org")', "= SUM(A1)"]
)
def test_a_formula_in_a_text_file_is_a_spoiled_cell(typed: str) -> None:
    cells = read_workbook(a_csv([HEAD, (typed, *ANNA[1:])]), "x.csv").sheets[0].rows[0].cells
    assert isinstance(cells[0], Spoiled)
    assert cells[0].code == "formula"


def test_text_that_a_program_wrapped_to_keep_its_zeros_is_text() -> None:
    assert read_workbook(a_csv([HEAD, ('="007"', *ANNA[1:])]), "x.csv").sheets[0].rows[0].cells[0] == "007"


@pytest.mark.parametrize("shown", ["#N/A", "#REF!", "#NV", "#DIV/0!"])
def test_an_error_of_the_spreadsheet_is_a_spoiled_cell(shown: str) -> None:
    assert read_workbook(a_csv([HEAD, (shown, *ANNA[1:])]), "x.csv").sheets[0].rows[0].cells[0] == Spoiled(
        "error_value", shown
    )


def test_a_cell_that_is_too_long_is_spoiled_not_cut() -> None:
    for raw in (a_csv([HEAD, ANNA, ("x" * 2_001, "", "")]), an_xlsx([HEAD, ANNA, ("x" * 2_001, "", "")])):
        cell = read_workbook(raw, "x").sheets[0].rows[1].cells[0]
        assert isinstance(cell, Spoiled)
        assert (cell.code, len(cell.shown)) == ("too_long", 80)
    assert (
        read_workbook(a_csv([HEAD, ("x" * 2_000, *ANNA[1:])]), "x").sheets[0].rows[0].cells[0] == "x" * 2_000
    )


def test_numbers_dates_and_truth_values_read_as_people_see_them() -> None:
    typed = (
        5,
        5.0,
        2.5,
        True,
        datetime.date(2026, 3, 31),
        datetime.datetime(2026, 3, 31, 18, 20),  # noqa: DTZ001 - cells have no zone
        datetime.time(18, 30),
        13_800_000_000,
    )
    raw = an_xlsx([tuple("ABCDEFGH"), typed])
    cells = read_workbook(raw, "x.xlsx").sheets[0].rows[-1].cells
    assert cells == ("5", "5", "2.5", "TRUE", "2026-03-31", "2026-03-31T18:20:00", "18:30", "13800000000")


def test_a_workbook_with_shared_strings_is_read() -> None:
    head = "".join(f'<c r="{c}1" t="s"><v>{n}</v></c>' for n, c in enumerate("ABC"))
    anna = "".join(f'<c r="{c}2" t="s"><v>{n + 3}</v></c>' for n, c in enumerate("ABC"))
    strings = "".join(f"<si><t>{text}</t></si>" for text in (*HEAD, *ANNA))
    raw = xlsx_parts(
        f'<row r="1">{head}</row><row r="2">{anna}</row>',
        xl__sharedStrings_dot_xml=f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>',
    )
    assert read_workbook(raw, "x.xlsx").sheets[0].rows[0].cells == ANNA
