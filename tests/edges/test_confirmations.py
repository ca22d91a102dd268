"""`cairn confirm-all`: it follows everybody's link, however many mails there are, and says who is left."""

import pytest

from operate.confirmations import follow, unconfirmed
from operate.demo import platform
from operate.demo.platform import Platform
from tests.browser.site import Site


def test_everybodys_link_is_followed_beyond_what_the_catcher_lists_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "MAX_LISTED", 2)
    here = Platform(site.url, site.settings.mailbox_url, "", [])
    reader = site.stack.running["profiles"].room.store.reader()
    chapter = site.chapter().chapter
    assert follow(here) == 0
    before = unconfirmed(reader)
    for number in range(5):
        asked = {
            "chapter": chapter,
            "name": "Anna",
            "mail": f"p{number}@{chapter}.example",
            "roles": ["mentee"],
        }
        site.api("POST", "/api/profiles/v1/members", asked)
    site.stack.quiet()

    assert unconfirmed(reader) == before + 5
    assert follow(here) == 5
    assert follow(here) == 0
    assert unconfirmed(reader) == before


def test_a_mail_that_made_room_for_newer_ones_is_passed_over(site: Site) -> None:
    here = Platform(site.url, site.settings.mailbox_url, "", [])
    site.mails.keep(b"Subject: Old\r\n\r\nHello.\r\n", sender="", recipients=["a@b.c"], at=site.stack.clock())
    gone = here.all_mails()[-1]
    assert here.mail(gone) is not None
    site.mails.forget_all()
    assert here.mail(gone) is None
    assert here.all_mails() == []
