"""Mail addresses as people type them: taken, or refused with what is wrong and what was probably meant."""

import pytest

from services.profiles.spreadsheet.cells.mail import read_mail
from services.profiles.spreadsheet.cells.mail_domains import SeenDomains, meant_domain


def seen_domains(**times: int) -> SeenDomains:
    """Domains (with _ for a dot) as often as said."""
    return SeenDomains.of(
        f"x@{name.replace('_', '.')}" for name, count in times.items() for _ in range(count)
    )


SEEN = seen_domains(nordwind_example_org=12, example_org=20, example_com=9)


@pytest.mark.parametrize(
    ("typed", "mail"),
    [
        ("anna@example.org", "anna@example.org"),
        (" \u00a0Anna.Lindquarz@Example.ORG\u200b ", "anna.lindquarz@example.org"),
        ("mailto:anna@example.org", "anna@example.org"),
        ("Anna Lindquarz <anna@example.org>", "anna@example.org"),
        ("<anna@example.org>;", "anna@example.org"),
        ("anna+cairn@example.org", "anna+cairn@example.org"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@mail.com", "anna@mail.com"),
        ("anna@hotmail.de", "anna@hotmail.de"),
        ("anna@yahoo.co.uk", "anna@yahoo.co.uk"),
        ("anna@qq.com", "anna@qq.com"),
    ],
)
def test_what_cannot_change_the_meaning_is_mended_silently(typed: str, mail: str) -> None:
    found = read_mail(typed, seen=SEEN)
    assert (found.mail, found.trouble) == (mail, None)


@pytest.mark.parametrize(
    ("typed", "code", "suggestion"),
    [
        ("", "mail_missing", ""),
        ("n/a", "mail_missing", ""),
        ("anna@gmial.com", "mail_domain_typo", "anna@gmail.com"),
        ("anna@gmail.con", "mail_domain_typo", "anna@gmail.com"),
        ("anna@gmail.co", "mail_domain_typo", "anna@gmail.com"),
        ("anna@hotmial.com", "mail_domain_typo", "anna@hotmail.com"),
        ("anna@outlok.com", "mail_domain_typo", "anna@outlook.com"),
        ("anna@yaho.fr", "mail_domain_typo", "anna@yahoo.fr"),
        ("anna@example.ogr", "mail_domain_typo", "anna@example.org"),
        ("anna@nordwnid.example.org", "mail_domain_typo", "anna@nordwind.example.org"),
        ("anna.example.org", "mail_no_at", "anna@example.org"),
        ("annagmail.com", "mail_no_at", "anna@gmail.com"),
        ("anna(at)example.org", "mail_no_at", "anna@example.org"),
        ("anna at example.org", "mail_no_at", "anna@example.org"),
        ("anna#example.org", "mail_no_at", "anna@example.org"),
        ("see below", "mail_no_at", ""),
        ("anna@example.org.", "mail_trailing_dot", "anna@example.org"),
        ("anna.@example.org", "mail_trailing_dot", "anna@example.org"),
        ("anna @example.org", "mail_space", "anna@example.org"),
        ("an na@example.org", "mail_space", "anna@example.org"),
        ("ａｎｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ", "mail_wide_characters", "anna@example.org"),  # noqa: RUF001
        ("anna@example。org", "mail_wide_characters", "anna@example.org"),
        ("anna@example.org, anna@example.com", "mail_several", "anna@example.org"),
        ("änna@example.org", "mail_not_ascii", ""),
        ("anna@@example.org", "mail_invalid", "anna@example.org"),
        ("anna@example..org", "mail_invalid", "anna@example.org"),
        ("anna@example,org", "mail_invalid", "anna@example.org"),
        ("anna@gmail", "mail_invalid", "anna@gmail.com"),
        ("anna@localhost", "mail_invalid", ""),
        ("@", "mail_invalid", ""),
        ("a" * 300 + "@example.org", "mail_invalid", ""),
    ],
)
def test_what_is_wrong_is_said_with_what_was_probably_meant(typed: str, code: str, suggestion: str) -> None:
    found = read_mail(typed, seen=SEEN)
    assert found.mail == ""
    assert found.trouble is not None
    assert (found.trouble.code, found.trouble.suggestion) == (code, suggestion)


def test_an_address_that_somebody_has_confirmed_is_not_doubted() -> None:
    assert (
        read_mail("anna@gmial.com", seen=SEEN, trusted=frozenset({"anna@gmial.com"})).mail == "anna@gmial.com"
    )


@pytest.mark.parametrize(
    "domain",
    [
        "mail.com",
        "email.com",
        "ymail.com",
        "cloud.com",
        "ge.com",
        "me.com",
        "hmail.example",
        "example.net",
        "hotmail.co.jp",
    ],
)
def test_an_honest_domain_near_a_known_one_is_left_alone(domain: str) -> None:
    assert meant_domain(domain, SEEN) is None


def test_places_that_differ_by_a_digit_or_a_country_are_not_slips() -> None:
    seen = seen_domains(campus1_example_org=50, de_example_org=50, campus2_example_org=1, fe_example_org=1)
    assert meant_domain("campus2.example.org", seen) is None
    assert meant_domain("fe.example.org", seen) is None


def test_a_domain_that_several_people_have_is_not_a_slip() -> None:
    seen = seen_domains(nordwind_example_org=20, nordwand_example_org=4)
    assert meant_domain("nordwand.example.org", seen) is None
    assert meant_domain("nordwund.example.org", seen) == "nordwind.example.org"
