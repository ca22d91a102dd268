"""What operators' commands read of the mail catcher: all that is there, however much it is."""

import pytest

from operate.confirmations import follow, unconfirmed
from operate.demo import platform
from operate.demo.platform import Platform
from operate.verify.local import LocalSystem
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


def test_every_mail_to_others_is_searched_beyond_what_the_catcher_lists_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "MAX_LISTED", 2)

    def keep(subject: str, to: str) -> None:
        raw = f"Subject: {subject}\r\n\r\nHello.\r\n".encode()
        site.mails.keep(raw, sender="", recipients=[to], at=site.stack.clock())

    keep("Before", "other@example.org")
    environment = {"CAIRN_SECRETS_DIR": str(site.settings.secrets_dir)}
    system = LocalSystem(Platform(site.url, site.settings.mailbox_url, "", []), environment)
    for number in range(5):
        keep(f"Mail {number}", f"p{number}@example.org")
    letters = system.mails_to_others(frozenset({"p0@example.org", "p1@example.org"}))
    found = [(name.partition(" to ")[2], b"Hello." in raw) for name, raw in letters]
    assert found == [(f"p{number}@example.org", True) for number in (2, 3, 4)]
