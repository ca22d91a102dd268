"""Names, addresses, locales and time zones: what is taken, what is mended, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profiles.domain import words
from shared.errors import Refused


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Mei Lin", "Mei Lin"),
        ("  Anna   Meier ", "Anna Meier"),
        ("Zoe\u0301", "Zoé"),
        ("张伟", "张伟"),
        ("O’Neill-Šimić", "O’Neill-Šimić"),  # noqa: RUF001 - as people write it
        ("Anna\u202eMeier\ufeff", "AnnaMeier"),
        ("نیم\u200cفاصله", "نیم\u200cفاصله"),  # noqa: RUF001 - a joiner that Persian needs
    ],
)
def test_a_name_is_kept_as_people_write_it(typed: str, kept: str) -> None:
    assert words.person_name(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "12345",
        "Anna\nBcc: all@example.org",
        "Anna\r\nSubject: win",
        "Anna\x00",
        "Anna\u2028Meier",
        "Anna\ud800",
        "Anna\x1b[31m",
        "x" * 121,
        "x" * 1_000_000,
        "Visit https://evil.example",
        "Visit WWW.evil.example",
        "anna@example.org",
    ],
)
def test_a_name_that_could_break_or_abuse_a_mail_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        words.person_name(typed)
    assert (refused.value.status, refused.value.code) == (422, "invalid")


@given(st.text(max_size=200))
def test_whatever_passes_as_a_name_is_one_printable_line_and_passes_again(typed: str) -> None:
    try:
        name = words.person_name(typed)
    except Refused:
        return
    assert 1 <= len(name) <= words.MAX_NAME_CHARS
    assert name.splitlines() == [name]
    assert all(char.isprintable() or char in "\u200c\u200d" for char in name.replace("\u3000", " "))
    assert words.person_name(name) == name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Mei@Example.ORG", "mei@example.org"),
        (" mei@example.org ", "mei@example.org"),
        ("mei.lin+cairn@example.org", "mei.lin+cairn@example.org"),
        ("ｍｅｉ＠ｅｘａｍｐｌｅ．ｏｒｇ", "mei@example.org"),  # noqa: RUF001 - wide letters are meant
        ("mei@Bücher.example.org", "mei@xn--bcher-kva.example.org"),
    ],
)
def test_an_address_has_one_form(typed: str, kept: str) -> None:
    assert words.address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "mei",
        "mei@",
        "mei@example",
        "mei@@example.org",
        "mei@example.org, anna@example.org",
        "mei@example.org\nBcc: all@example.org",
        "mei\x00@example.org",
        "Mei <mei@example.org>",
        "mеi@example.org",  # noqa: RUF001 - a Cyrillic letter
        "\ud800@example.org",
        "m" * 300 + "@example.org",
        '"mei lin"@example.org',
        "mei@[127.0.0.1]",
        "mei@localhost",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        words.address(typed)


@given(st.text(max_size=60))
def test_whatever_passes_as_an_address_is_lower_case_ascii_and_passes_again(typed: str) -> None:
    for text in (typed, f"{typed}@example.org"):
        try:
            mail = words.address(text)
        except Refused:
            continue
        assert mail.isascii()
        assert mail == mail.lower()
        assert mail.isprintable()
        assert words.address(mail) == mail


@pytest.mark.parametrize(
    ("typed", "kept"), [("EN", "en"), ("zh-hans", "zh-Hans"), ("de-ch", "de-CH"), ("es-419", "es-419")]
)
def test_a_locale_is_written_as_usual(typed: str, kept: str) -> None:
    assert words.locale(typed) == kept


@pytest.mark.parametrize("typed", ["", "e", "english", "../etc", "en_US", "en-", "x" * 100])
def test_what_is_no_locale_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        words.locale(typed)


@pytest.mark.parametrize(
    "typed", ["", "Asia/Nowhere", "../../etc/passwd", "asia/shanghai", "Factory", "GMT+8"]
)
def test_what_is_no_time_zone_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        words.time_zone(typed)
