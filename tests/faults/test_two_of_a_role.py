"""Two processes of the same role at once, for every service: the same end as with one."""

from collections import Counter

import pytest

from shared.settings import SERVICES
from tests.faults.checked import check, read_record
from tests.faults.processes import Site
from tests.faults.stories import PARTS, caught, mailed, some_couples, told_in_order
from tests.mail import Mailbox
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

PROPOSED = "cairn.relationship.proposed.v1"
DECLINED = "cairn.relationship.declined.v1"


def test_two_workers_of_every_service_do_what_one_would(site: Site, mails: Mailbox) -> None:
    workers = [site.worker(*SERVICES, name=f"worker-{number}") for number in (1, 2)]
    for worker in workers:
        worker.ready()
    couples = some_couples(site, 3)
    waiting = some_couples(site, 5)
    for part in PARTS:
        for couple in couples:
            part(couple)
    for couple in waiting:
        couple.introduced()
    mailed(site, mails, couples)
    lapsed = {couple.relationship for couple in waiting}
    site.later(days=7, minutes=1)
    wait_for(lambda: _stands(site, lapsed) == {"lapsed": len(lapsed)}, 60, "every proposal lapsing")
    site.settled(60)
    wait_for(lambda: site.store("notifications")["mails"].count_documents({"state": "waiting"}) == 0, 60)

    record = read_record(site, caught(mails, [*couples, *waiting]))
    check(record)
    told_in_order(record, mails, couples)
    assert Counter(record.mails.values()) == {1: len(record.mails)}, (
        "a mail came twice, and nothing had failed"
    )
    declined = Counter(event.aggregate for event in record.committed if event.type == DECLINED)
    assert declined == dict.fromkeys(lapsed, 1)
    told_in_order(record, mails, waiting, dict.fromkeys(("mentee", "mentor"), (PROPOSED, DECLINED)))
    assert [worker.stop()[0] for worker in workers] == [0, 0]


def _stands(site: Site, relationships: set[str]) -> dict[str, int]:
    rows = site.store("matching")["relationships"].find({"_id": {"$in": list(relationships)}})
    return Counter(row["state"] for row in rows)
