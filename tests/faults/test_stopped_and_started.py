"""A service that was stopped while others went on: what it missed, it does once it runs again, once and in order."""

from collections import Counter

import pytest

from tests.faults.checked import check, read_record
from tests.faults.processes import Site
from tests.faults.stories import PARTS, caught, mailed, some_couples, told_in_order
from tests.mail import Mailbox

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


def test_a_pair_that_came_about_without_notifications_is_told_everything_once_and_in_order(
    site: Site, mails: Mailbox
) -> None:
    others = site.worker("profiles", "matching", "sessions").ready()
    couples = some_couples(site, 2)
    for part in PARTS:
        for couple in couples:
            part(couple)
    assert mails.to(couples[0].addresses["mentee"]) == []

    site.worker("notifications").ready()
    site.settled(60)
    mailed(site, mails, couples)
    record = read_record(site, caught(mails, couples))
    check(record)
    assert Counter(record.mails.values()) == {1: len(record.mails)}, (
        "a mail came twice, and nothing had failed"
    )
    told_in_order(record, mails, couples)
    assert others.stop()[0] == 0
