"""The mailbox of a local stack: its pages, and what they say of mails that they do not list."""

import re

import pytest

from services.web.pages import mailbox
from tests.browser.site import Site
from tests.edges.web import main

TO = "mei@mailbox.example"


def test_older_mails_are_on_further_pages_and_the_last_says_what_is_not_listed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        raw = f"Subject: Mail {number}\r\n\r\nHello.\r\n".encode()
        site.mails.keep(raw, sender="cairn@cairn.example", recipients=[TO], at=site.stack.clock())
    monkeypatch.setattr(mailbox, "PAGE", 2)
    monkeypatch.setattr(mailbox, "MAX_LISTED", 5)
    client, seen = site.client(), list[list[str]]()
    for asked, filtered in (("", False), (f"?to={TO}", True)):
        link, seen = f"/mailbox{asked}", []
        while link:
            page = main(client.get(link).text)
            seen.append(re.findall(r"Mail \d", page))
            more = re.search(r'href="([^"]*before=\d+)"', page)
            link = more[1].replace("&amp;", "&") if more else ""
            assert ("Only the newest 5 are listed here." in page) != bool(more)
        assert seen == [["Mail 6", "Mail 5"], ["Mail 4", "Mail 3"], ["Mail 2"]]
        assert ("can be looked up by the address" in page) != filtered
    assert "the oldest make room for new ones" in page


def test_an_address_past_the_last_mail_leads_back_to_the_first(site: Site) -> None:
    page = main(site.client().get("/mailbox?before=0").text)
    assert "No older mail here." in page
    assert 'href="/mailbox">To the beginning</a>' in page
