"""What people type into one cell, kind by kind."""

import pytest

from services.profiles.areas import DEFAULT_AREAS
from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.cells.areas import AreaReader
from services.profiles.spreadsheet.cells.dates import guess_date_order, read_stamp
from services.profiles.spreadsheet.cells.hours import read_hours
from services.profiles.spreadsheet.cells.languages import read_languages
from services.profiles.spreadsheet.cells.numbers import read_number
from services.profiles.spreadsheet.cells.options import OptionReader
from services.profiles.spreadsheet.cells.roles import roles_in, roles_of_name
from services.profiles.spreadsheet.cells.yes_no import yes_no
from services.profiles.spreadsheet.mapping import DEFAULT_AREA_SEPARATORS
from tests.rules.spreadsheet.makers import GRADE, TOPICS

AREAS = AreaReader(DEFAULT_AREAS, DEFAULT_AREA_SEPARATORS)
MON, TUE, WED, THU, FRI, SAT, SUN = (day * 24 for day in range(7))


@pytest.mark.parametrize(
    "typed",
    [
        "Yes",
        "y",
        "YES!",
        "ja, gerne",
        "Ja",
        "oui",
        "Oui bien sûr",
        "是",
        "是的",
        "同意",
        "x",
        "X",
        "✓",
        "☑",
        "1",
        "1.0",
        "TRUE",
        "wahr",
        "vrai",
        "sí",
        "yes, I agree",
    ],
)
def test_yes_is_understood(typed: str) -> None:
    assert yes_no(typed) is True


@pytest.mark.parametrize(
    "typed",
    [
        "No",
        "n",
        "NEIN",
        "nein danke",
        "non",
        "否",
        "不同意",
        "没有",
        "✗",
        "☐",
        "0",
        "0.0",
        "FALSE",
        "falsch",
        "faux",
        "No, thanks",
        "never",
    ],
)
def test_no_is_understood(typed: str) -> None:
    assert yes_no(typed) is False


@pytest.mark.parametrize("typed", ["", "maybe", "Yes / No", "ja oder nein", "?", "2", "mentor", "yesterday"])
def test_what_is_neither_yes_nor_no_stays_open(typed: str) -> None:
    assert yes_no(typed) is None


@pytest.mark.parametrize(
    ("typed", "roles"),
    [
        ("Mentor", ("mentor",)),
        ("Mentorin", ("mentor",)),
        ("导师", ("mentor",)),
        ("mentee", ("mentee",)),
        ("Mentorée", ("mentee",)),
        ("学员", ("mentee",)),
        ("I'm looking for a mentor", ("mentee",)),
        ("Being mentored", ("mentee",)),
        ("both mentor and mentee", ("mentee", "mentor")),
        ("Mentor / Mentee", ("mentee", "mentor")),
        ("beides", ("mentee", "mentor")),
        ("两者", ("mentee", "mentor")),
        ("mentoring", ()),
        ("", ()),
    ],
)
def test_roles_are_understood(typed: str, roles: tuple[str, ...]) -> None:
    assert roles_in(typed) == roles


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("mentors.csv", ("mentor",)),
        ("Mentees_2026 (final).xlsx", ("mentee",)),
        ("导师名单.xlsx", ("mentor",)),
        ("mentors and mentees.xlsx", ()),
        ("mentoring.csv", ()),
        ("people.csv", ()),
    ],
)
def test_a_file_or_sheet_that_speaks_of_one_role_gives_it(name: str, roles: tuple[str, ...]) -> None:
    assert roles_of_name(name) == roles


@pytest.mark.parametrize(
    ("typed", "slugs"),
    [
        ("Leadership", ("leadership",)),
        ("Leadership, Marketing", ("leadership", "marketing")),
        ("Leadership; Marketing", ("leadership", "marketing")),
        ("Leadership / Marketing", ("leadership", "marketing")),
        ("Leadership\nMarketing", ("leadership", "marketing")),
        ("领导力、市场营销，法律", ("leadership", "marketing", "law")),  # noqa: RUF001
        ("- Leadership\n- Marketing", ("leadership", "marketing")),
        ("Führung und Recht", ("leadership", "law")),
        ("Finance and Accounting", ("finance", "accounting")),
        ("会计和财务", ("accounting", "finance")),
        ("Law, compliance, Sales", ("law", "sales")),
        ("UX / UI design / Law", ("user-experience", "law")),
        ("Health and medicine", ("health",)),
        ("leadership, LEADERSHIP, Führung", ("leadership",)),
        ("Leadeship", ("leadership",)),
        ("n/a", ()),
        ("", ()),
    ],
)
def test_several_areas_in_one_cell_are_told_apart(typed: str, slugs: tuple[str, ...]) -> None:
    found = AREAS.read(typed)
    assert (found.slugs, found.troubles) == (slugs, ())


def test_years_beside_an_area_are_kept() -> None:
    assert AREAS.read("Data science (5 years), Leadership: 10, Law").years == {
        "data-science": 5,
        "leadership": 10,
    }


def test_an_unknown_area_is_named_and_the_others_are_taken() -> None:
    found = AREAS.read("Falconry, Law; Mrkting")
    assert found.slugs == ("law",)
    assert found.troubles == (
        Trouble("unknown_area", "Falconry"),
        Trouble("unknown_area", "Mrkting", "Marketing"),
    )


def test_separators_can_be_narrowed_to_what_the_chapter_uses() -> None:
    assert AreaReader(DEFAULT_AREAS, ";").read("Law; UX / UI design").slugs == ("law", "user-experience")


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("English, German", ("en", "de")),
        ("Deutsch / Französisch", ("de", "fr")),
        ("中文、英语", ("zh", "en")),
        ("Mandarin; Cantonese", ("zh", "yue")),
        ("zh-CN, en-GB, de_CH", ("zh", "en", "de")),
        ("EN DE FR", ("en", "de", "fr")),
        ("English (fluent), German C1", ("en", "de")),
        ("Chinese (Mandarin)", ("zh",)),
        ("français et anglais", ("fr", "en")),
        ("Englsh", ("en",)),
        ("日本語", ("ja",)),
        ("", ()),
    ],
)
def test_languages_are_understood_in_many_languages(typed: str, tags: tuple[str, ...]) -> None:
    found = read_languages(typed)
    assert (found.tags, found.troubles) == (tags, ())


def test_a_language_known_a_little_or_not_at_all_is_left_out_and_named() -> None:
    found = read_languages("English, German (A2), Elvish")
    assert found.tags == ("en",)
    assert [(t.code, t.part) for t in found.troubles] == [
        ("language_basic", "German (A2)"),
        ("unknown_language", "Elvish"),
    ]


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("Mon 18-20", (18, 19)),
        ("Monday 6pm-8pm", (18, 19)),
        ("Mo 18:00–20:00 Uhr", (18, 19)),  # noqa: RUF001
        ("lundi 18h-20h", (18, 19)),
        ("周一 18:00-20:00", (18, 19)),
        ("Mon 1800-2000", (18, 19)),
        ("18-20 on Mon", (18, 19)),
        ("between 6 and 8 pm on Mondays", (18, 19)),
        ("Mon 18:30-20:00", (19,)),
        ("Tue evening", (TUE + 18, TUE + 19, TUE + 20)),
        ("周三晚上", (WED + 18, WED + 19, WED + 20)),
        ("周三晚上7点到9点", (WED + 19, WED + 20)),
        ("mardi midi", (TUE + 12, TUE + 13)),
        ("Wed, Thu 7-9pm", (WED + 19, WED + 20, THU + 19, THU + 20)),
        ("Mo+Mi 8-9", (8, WED + 8)),
        ("Mon-Wed 12-13", (12, TUE + 12, WED + 12)),
        ("周一三五 12:00-13:00", (12, WED + 12, FRI + 12)),
        ("Mon 18-19, Tue 12-13; Sat 10-11", (18, TUE + 12, SAT + 10)),
        ("Mon 18-19 Tue 19-20", (18, TUE + 19)),
        ("Fri 22-2", (FRI + 22, FRI + 23, SAT, SAT + 1)),
        ("Sun 23-1", (0, SUN + 23)),
        ("weekends 10-11", (SAT + 10, SUN + 10)),
        ("Fr ab 19 Uhr", (FRI + 19, FRI + 20)),
        ("Mon 9-5", tuple(range(9, 17))),
        ("n/a", ()),
    ],
)
def test_free_hours_are_understood_in_many_spellings(typed: str, hours: tuple[int, ...]) -> None:
    found = read_hours(typed)
    assert (found.hours, found.troubles) == (hours, ())


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("18-20", "hours_without_day"),
        ("evenings", "hours_without_day"),
        ("Mon, Wed", "hours_without_time"),
        ("it depends", "hours_unclear"),
        ("Mon 18:30-19:15", "hours_unclear"),
        ("not on Fridays", "hours_unclear"),
        ("Mon 18-20 except in May", "hours_unclear"),
        ("2026-05-03", "looks_like_date"),
    ],
)
def test_unclear_hours_are_not_guessed(typed: str, code: str) -> None:
    found = read_hours(typed)
    assert found.hours == ()
    assert code in [trouble.code for trouble in found.troubles]


def test_a_column_of_one_day_needs_no_day_in_its_cells() -> None:
    assert read_hours("18-20", weekday=2).hours == (WED + 18, WED + 19)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("5", 5),
        ("5+", 5),
        ("5 years", 5),
        ("5-7", 5),
        ("5 – 7 Jahre", 5),  # noqa: RUF001
        ("3,5", 3),
        ("five", 5),
        ("十年", 10),
        ("ten years", 10),
        ("more than 10", 10),
        ("<1", 0),
    ],
)
def test_numbers_are_understood_in_many_spellings(typed: str, number: int) -> None:
    assert read_number(typed, at_most=70, of_range="lower") == number


def test_the_upper_end_of_a_range_counts_where_it_is_a_limit() -> None:
    assert read_number("1-2", at_most=20, of_range="upper") == 2


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("many", "number_unclear"),
        ("1 of 3 of 5", "number_unclear"),
        ("71", "out_of_range"),
        ("-3", "out_of_range"),
        ("2026-05-03", "looks_like_date"),
        ("3-May", "looks_like_date"),
        ("03.05.2026", "looks_like_date"),
    ],
)
def test_an_unclear_number_is_not_guessed(typed: str, code: str) -> None:
    found = read_number(typed, at_most=70, of_range="lower")
    assert isinstance(found, Trouble)
    assert found.code == code


@pytest.mark.parametrize(
    ("typed", "key"),
    [("Grade 7", "g7"), ("g7", "g7"), ("7", "g7"), ("7.0", "g7"), ("GRADE  7 ", "g7"), ("Garde 7", "g7")],
)
def test_a_place_on_a_scale_is_found(typed: str, key: str) -> None:
    assert OptionReader(GRADE).read(typed) == (key, ())


@pytest.mark.parametrize("typed", ["Grade 42", "9", "senior", "Grade"])
def test_what_is_no_option_lists_the_options(typed: str) -> None:
    answer, troubles = OptionReader(GRADE).read(typed)
    assert answer is None
    assert (troubles[0].code, troubles[0].allowed) == ("not_an_option", "Grade 5, Grade 6, Grade 7, Grade 8")


def test_several_options_may_hold_commas_themselves() -> None:
    assert OptionReader(TOPICS).read("Art, craft, Cooking") == (("a", "c"), ())


@pytest.mark.parametrize(
    ("typed", "order", "stamp"),
    [
        ("2026-03-31T18:20:05", "ymd", "2026-03-31T18:20:05"),
        ("2026/3/31 下午6:20:05", "ymd", "2026-03-31T18:20:05"),
        ("2026年3月31日", "ymd", "2026-03-31T00:00:00"),
        ("3/31/2026 6:20:05 PM", "mdy", "2026-03-31T18:20:05"),
        ("31.03.2026 18:20", "dmy", "2026-03-31T18:20:00"),
        ("3/4/2026", "ymd", None),
        ("31/31/2026", "dmy", None),
        ("soon", "dmy", None),
    ],
)
def test_time_stamps_are_read_in_the_order_of_the_sheet(typed: str, order: str, stamp: str | None) -> None:
    assert read_stamp(typed, order) == stamp


def test_the_order_of_day_and_month_follows_from_the_clear_values() -> None:
    assert guess_date_order(["3/4/2026", "3/14/2026"]) == "mdy"
    assert guess_date_order(["3/4/2026", "14/3/2026"]) == "dmy"
    assert guess_date_order(["3.4.2026"]) == "dmy"
    assert guess_date_order(["3/4/2026", "2026-03-04"]) == "ymd"
