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
