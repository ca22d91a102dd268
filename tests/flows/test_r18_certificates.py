"""R18: a certificate comes from at least four sessions that took place, and anybody can verify it, and learn no more than it says."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from shared.events.profiles import MemberContactChanged
from tests.flows.sessions_people import AMatchedPair, APair, announce
from tests.stack import Stack


@pytest.fixture
def pair(stack: Stack) -> APair:
    made = APair(stack).start()
    made.hours(mentee=(), mentor=(), zones=("Asia/Shanghai", "Asia/Shanghai"))
    return made


def meet(pair: APair, times: int) -> None:
    for _ in range(times):
        pair.meet()


def test_three_sessions_make_no_certificate_and_four_do(pair: APair) -> None:
    meet(pair, 3)
    early = pair.ask("POST", f"pairs/{pair.id}/certificate", pair.as_mentor, {})
    assert (early.status_code, early.json["code"], early.json["held"]) == (409, "too_few_sessions", 3)
    meet(pair, 1)
    made = pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentor, {})
    assert (made["name"], made["role"], made["sessions_held"]) == ("Anna Łukasz 林", "mentor", 4)


def test_a_programme_says_how_many_sessions_it_takes_and_a_pair_keeps_that_number(stack: Stack) -> None:
    pair = AMatchedPair(stack, certificate_sessions=2)
    pair.programme_changes(certificate_sessions=3)
    meet(pair, 1)
    early = pair.ask("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {})
    assert (early.status_code, early.json["least"], early.json["held"]) == (409, 2, 1)
    meet(pair, 1)
    made = pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {})
    assert made["sessions_held"] == 2


def test_only_what_took_place_counts(pair: APair) -> None:
    meet(pair, 3)
    missed = pair.plan(mode="letters").json["id"]
    for by in (pair.as_mentee, pair.as_mentor):
        pair.says(missed, by, held=False)
    disputed = pair.plan(mode="letters").json["id"]
    pair.says(disputed, pair.as_mentee, held=True)
    pair.says(disputed, pair.as_mentor, held=False)
    pair.plan()
    refused = pair.ask("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {})
    assert (refused.status_code, refused.json["code"]) == (409, "too_few_sessions")


def test_the_same_sessions_give_the_same_certificate_and_one_event(pair: APair) -> None:
    meet(pair, 4)
    first, again = (pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {}) for _ in range(2))
    assert first == again
    assert pair.events("certificate.issued") == ["certificate.issued"]
    meet(pair, 1)
    assert pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {})["code"] != first["code"]


def test_anybody_verifies_the_code_and_learns_what_the_certificate_says_and_no_more(pair: APair) -> None:
    meet(pair, 3)
    pair.meet(reversed_roles=True)
    made = pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {})
    seen = pair.did("GET", f"certificates/{made['code'].lower()}", {})
    today = pair.stack.clock().date()
    assert seen == {
        "code": made["code"],
        "name": "Anna Łukasz 林",
        "role": "mentee",
        "chapter_name": "City",
        "sessions_held": 4,
        "turned_round": 1,
        "first_on": str(today),
        "last_on": str(today),
        "issued_on": str(today),
    }
    assert pair.ask("GET", "certificates/AAAA-BBBB-CCCC-DDDD", {}).status_code == 404


def test_the_pdf_says_the_same_in_any_script(pair: APair) -> None:
    meet(pair, 4)
    pair.stack.clock.advance(days=1)
    made = pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentor, {})
    answer = pair.ask("GET", f"me/certificates/{made['id']}.pdf", pair.as_mentor)
    assert answer.mimetype == "application/pdf"
    text = PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    for part in ("Anna", "ukasz", "林", "mentor in City", "4 sessions", made["code"], made["address"]):
        assert part in text
    day_before = pair.stack.clock().date() - timedelta(days=1)
    assert f"from {day_before} to {day_before}" in text
    for by in (pair.as_mentee, pair.as_stranger):
        assert pair.ask("GET", f"me/certificates/{made['id']}.pdf", by).status_code == 404


def text_of(pair: APair, id: str, query: str = "") -> str:
    answer = pair.ask("GET", f"me/certificates/{id}.pdf{query}", pair.as_mentee)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return "".join(PdfReader(io.BytesIO(answer.data)).pages[0].extract_text().split())


def test_the_pdf_comes_in_chinese_too_and_by_itself_for_whom_that_is_the_own_language(pair: APair) -> None:
    meet(pair, 3)
    pair.meet(reversed_roles=True)
    made = pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {})
    today = pair.stack.clock().date()
    day = f"{today.year}年{today.month}月{today.day}日"
    chinese = text_of(pair, made["id"], "?locale=zh-Hans")
    for part in (
        "导师计划证书",
        "兹证明Anna",
        "以学员身份参加City导师计划",
        "共进行4次会面",
        "其中1次互换角色",
        f"{day}至{day}",
        f"签发日期\uff1a{day}",
        made["code"],
        made["address"],
    ):
        assert part in chinese
    english = text_of(pair, made["id"])
    assert "tookpartasmenteeinCity" in english
    for locale, expected in (
        ("zh-Hans", chinese),
        ("zh-CN", chinese),
        ("zh", chinese),
        ("zh-Hant-HK", english),
        ("zh-TW", english),
        ("pt", english),
    ):
        speaks(pair, locale)
        assert text_of(pair, made["id"]) == expected, locale
    speaks(pair, "zh-Hans")
    assert text_of(pair, made["id"], "?locale=en") == english
    refused = pair.ask("GET", f"me/certificates/{made['id']}.pdf?locale=xx", pair.as_mentee)
    assert (refused.status_code, refused.json["errors"][0]["parameter"]) == (422, "locale")


def speaks(pair: APair, locale: str) -> None:
    """The mentee tells profiles her language."""
    sealed = pair.stack.running["profiles"].room.seal(
        pair.mentee, {"name": "Anna Łukasz 林", "mail": "a@x.org", "locale": locale}
    )
    announce(pair.stack, pair.chapter, pair.mentee, MemberContactChanged(sealed, "Asia/Shanghai"))
    pair.stack.quiet()


def test_everybody_finds_her_own_certificates_and_no_others(pair: APair) -> None:
    meet(pair, 4)
    mine = [pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {})]
    pair.stack.clock.advance(days=1)
    meet(pair, 1)
    mine.append(pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {}))
    his = pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentor, {})
    assert pair.did("GET", "me/certificates", pair.as_mentee)["items"] == mine[::-1]
    assert pair.did("GET", "me/certificates", pair.as_mentor)["items"] == [his]
    assert pair.did("GET", "me/certificates", pair.as_stranger)["items"] == []


def test_once_its_owner_is_erased_nobody_can_verify_it(pair: APair) -> None:
    meet(pair, 4)
    made = pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {})
    room = pair.stack.running["sessions"].room
    renamed = room.seal(pair.mentee, {"name": "Anna Meier", "mail": "a@x.org", "locale": "en"})
    announce(pair.stack, pair.chapter, pair.mentee, MemberContactChanged(renamed, "Asia/Shanghai"))
    pair.stack.quiet()
    assert pair.did("GET", f"certificates/{made['code']}", {})["name"] == "Anna Łukasz 林", (
        "the name at its issue"
    )
    room.people.erase(pair.mentee)
    assert pair.ask("GET", f"certificates/{made['code']}", {}).status_code == 404
