"""R15: until its link is followed, the confirmation is the only mail; the link works once, repeats harmlessly, expires, is hers alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from shared.ids import new_id
from tests.browser.site import Person, Site, running_site
from tests.edges.web import form
from tests.parts import PartsAddresses

P1 = "/api/profiles/v1"
CONFIRM = "Please confirm your address"


@pytest.fixture(scope="module")
def site(parts: PartsAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(parts, tmp_path_factory.mktemp("site")) as running:
        yield running


@dataclass(frozen=True)
class Newcomer:
    """Somebody who has registered, and has not followed the link yet."""

    site: Site
    staff: Person
    mail: str

    @property
    def token(self) -> str:
        return self.site.link_to(self.mail, "confirm").rsplit("/", 1)[1]

    @property
    def id(self) -> str:
        unconfirmed = self.site.api("GET", f"{P1}/members?confirmed=false", person=self.staff)["items"]
        return str(unconfirmed[0]["id"])

    def subjects(self) -> list[str]:
        """What was sent to her, the oldest first."""
        self.site.stack.quiet()
        return [caught.subject for caught in reversed(self.site.mails.listed(to=self.mail))]

    def follow(self, token: str = "", headers: dict[str, str] | None = None) -> Any:
        """She presses the button of the page that the link leads to."""
        return self.site.stack.post(f"{P1}/confirmations", {"token": token or self.token}, headers)

    def is_confirmed(self) -> bool:
        answer = self.site.api("GET", f"{P1}/members?confirmed=false", person=self.staff)
        return not answer["items"]

    def confirmations_announced(self, member: str) -> int:
        told = self.site.stack.announced("profiles", "cairn.member.confirmed.v1")
        return sum(event["aggregate"] == member for event in told)


@pytest.fixture
def newcomer(site: Site) -> Newcomer:
    staff = site.chapter()
    mail = f"{new_id('p')}@people.example"
    asked = {
        "chapter": staff.chapter,
        "name": "Dana Weiss",
        "mail": mail,
        "roles": ["mentee"],
        "locale": "en",
    }
    site.api("POST", f"{P1}/members", asked)
    return Newcomer(site, staff, mail)


def test_until_she_follows_the_link_she_gets_the_confirmation_and_nothing_else(
    site: Site, newcomer: Newcomer
) -> None:
    mentor = site.mentor(newcomer.staff.chapter)
    assert newcomer.subjects() == [CONFIRM]
    site.api("POST", f"{P1}/sign-in-links", {"mail": newcomer.mail, "chapter": newcomer.staff.chapter})
    asked = {"mentee": newcomer.id, "mentor": mentor.id, "reason": "They should talk."}
    refused = site.api("POST", "/api/matching/v1/introductions", asked, newcomer.staff, status=409)
    assert refused["code"] == "not_confirmed"
    site.stack.clock.advance(days=1)
    assert set(newcomer.subjects()) == {CONFIRM}

    assert newcomer.follow().status_code == 200
    site.stack.quiet()
    site.api("POST", f"{P1}/sign-in-links", {"mail": newcomer.mail, "chapter": newcomer.staff.chapter})
    assert newcomer.subjects()[-1] == "Your link to sign in"


def test_the_link_confirms_once_and_repeats_harmlessly(newcomer: Newcomer) -> None:
    token, member = newcomer.token, newcomer.id
    first, second, third = (newcomer.follow(token) for _ in range(3))
    assert (first.status_code, first.json["status"]) == (200, "confirmed")
    assert first.json["session"]
    assert second.json == third.json == {"status": "already_confirmed"}
    assert newcomer.confirmations_announced(member) == 1
    newcomer.site.stack.quiet()
    assert newcomer.confirmations_announced(member) == 1


def test_a_scanner_or_preview_that_opens_the_link_does_not_use_it_up(site: Site, newcomer: Newcomer) -> None:
    token = newcomer.token
    scanner = site.client()
    for _ in range(3):
        assert scanner.get(f"/confirm/{token}").status_code == 200
        assert scanner.head(f"/confirm/{token}").status_code == 200
    assert site.stack.get(f"{P1}/confirmations", query_string={"token": token}).status_code == 405
    site.stack.quiet()
    assert not newcomer.is_confirmed()

    her_browser = site.client()
    page = f"/confirm/{token}"
    her_browser.post(page, data=form(her_browser, page))
    site.stack.quiet()
    assert newcomer.is_confirmed()


def test_an_expired_link_confirms_nothing_and_a_new_one_does(site: Site, newcomer: Newcomer) -> None:
    old = newcomer.token
    site.stack.clock.advance(days=7, seconds=1)
    expired = newcomer.follow(old)
    assert (expired.status_code, expired.json["code"]) == (409, "link_expired")
    assert not newcomer.is_confirmed()

    site.api("POST", f"{P1}/confirmation-links", {"mail": newcomer.mail, "chapter": newcomer.staff.chapter})
    assert newcomer.token != old
    assert newcomer.follow().json["status"] == "confirmed"
    assert newcomer.subjects() == [CONFIRM, CONFIRM]


def test_the_link_fails_for_another_account_and_stays_good_for_its_own(
    site: Site, newcomer: Newcomer
) -> None:
    other = site.mentor(newcomer.staff.chapter)
    hers = site.stack.sign_in(other.id, other.chapter, "mentor")
    refused = newcomer.follow(headers=hers)
    assert (refused.status_code, refused.json["code"]) == (403, "link_of_another_account")
    assert not newcomer.is_confirmed()
    assert newcomer.follow(f"{newcomer.token}x").status_code == 404
    assert newcomer.follow().json["status"] == "confirmed"
