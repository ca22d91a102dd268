"""R23: any session can be turned round, the mentee teaching; it counts under swapped roles."""

import json

import pytest

from tests.flows.sessions_people import APair
from tests.stack import Stack


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


def test_a_session_turned_round_is_counted_as_such(pair: APair) -> None:
    pair.meet()
    pair.meet(reversed_roles=True)
    seen = pair.seen(pair.as_mentor)
    assert (seen["held"], seen["reversed_held"]) == (2, 1)
    held = [
        json.loads(event["data"])
        for event in pair.stack.announced("sessions", "cairn.session.held.v1")
        if pair.id in event["data"]
    ]
    assert [one["reversed_roles"] for one in held] == [False, True]
    assert {(one["mentee"], one["mentor"]) for one in held} == {(pair.mentee, pair.mentor)}


def test_who_learns_in_it_writes_its_agenda(pair: APair) -> None:
    session = pair.plan(reversed_roles=True).json["id"]
    agenda = {"text": "Show me how you edit video"}
    assert pair.ask("PUT", f"sessions/{session}/agenda", pair.as_mentee, agenda).status_code == 403
    assert pair.ask("PUT", f"sessions/{session}/agenda", pair.as_mentor, agenda).status_code == 200


def test_either_side_may_plan_one_but_no_introduction_is_turned_round(stack: Stack) -> None:
    pair = APair(stack)
    refused = pair.plan(reversed_roles=True)
    assert (refused.status_code, refused.json["code"]) == (409, "introduction_only")
    pair.start()
    body = {"mode": "letters", "reversed_roles": True}
    planned = pair.did("POST", f"pairs/{pair.id}/sessions", pair.as_mentor, body)
    assert planned["reversed_roles"]
