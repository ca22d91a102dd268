"""The API is killed after it committed and before it replied; the client asks again with its key: one effect."""

import json
import threading
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

import pytest

from shared.ids import new_id
from tests.faults.checked import check, read_record
from tests.faults.held_back import HELD_BACK
from tests.faults.processes import Site
from tests.faults.stories import MATCHING, some_couples
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

REPLY_WITHIN_S = 60.0


def test_a_request_repeated_after_the_api_was_killed_before_its_reply_has_one_effect(short_way: Site) -> None:
    worker = short_way.worker("profiles", "matching").ready()
    (couple,) = some_couples(short_way, 1)
    matching = short_way.store("matching")
    wait_for(
        lambda: matching["members"].count_documents({"confirmed": True}) == 2, 60, "matching knowing both"
    )
    body = {"mentee": couple.ids["mentee"], "mentor": couple.ids["mentor"], "reason": "They should meet."}
    keyed = couple.staff | {"Idempotency-Key": new_id("key")}

    api, address = short_way.api("tests.faults.held_back:application()")
    api.ready()
    replies: list[Any] = []
    asked = threading.Thread(
        target=lambda: replies.append(
            _post(f"{address}{MATCHING}/introductions", body, keyed | {HELD_BACK: "1"})
        )
    )
    asked.start()
    wait_for(lambda: matching["relationships"].count_documents({}) == 1, REPLY_WITHIN_S, "the commit")
    api.kill()
    asked.join(REPLY_WITHIN_S)
    assert replies == [None], "the client got a reply"

    _, address = short_way.api()
    short_way.programs[-1].ready()
    first, again = (_post(f"{address}{MATCHING}/introductions", body, keyed) for _ in range(2))
    assert first == again
    assert first["state"] == "proposed"
    assert [row["_id"] for row in matching["relationships"].find()] == [first["id"]]
    short_way.settled(60)
    record = read_record(short_way)
    check(record)
    assert [event.seq for event in record.committed if event.aggregate == first["id"]] == [1]
    assert worker.stop()[0] == 0


def _post(url: str, body: Any, headers: dict[str, str]) -> Any:
    """The JSON that came back; None where the connection broke."""
    request = urllib.request.Request(  # noqa: S310 - our own address
        url, json.dumps(body).encode(), headers | {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=REPLY_WITHIN_S) as answer:  # noqa: S310 - our own address
            return json.load(answer)
    except (urllib.error.URLError, HTTPException, ConnectionError):
        return None
