"""R6: closing a step tells the mentor once, "you said, she did"; the pair sees how many of its steps were acted on."""

import pytest

from tests.flows.sessions_people import APair
from tests.stack import Stack


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


def a_step(pair: APair, text: str = "Write to Ana") -> str:
    step: str = pair.did("POST", f"sessions/{pair.meet()}/steps", pair.as_mentee, {"text": text})["id"]
    return step


def test_closing_a_step_is_told_once_however_often_it_is_sent(pair: APair) -> None:
    step = a_step(pair)
    once = pair.as_mentee | {"Idempotency-Key": "closing"}
    for _ in range(2):
        pair.did("POST", f"steps/{step}/closing", once, {"outcome": "done", "text": "She answered"})
    again = pair.ask("POST", f"steps/{step}/closing", pair.as_mentee, {"outcome": "let_go"})
    assert (again.status_code, again.json["code"]) == (409, "step_closed")
    pair.stack.quiet()
    assert pair.events("step.closed") == ["step.closed"]


def test_the_mentor_reads_what_she_did_and_no_event_does(pair: APair) -> None:
    step = a_step(pair)
    pair.did("POST", f"steps/{step}/closing", pair.as_mentee, {"outcome": "done", "text": "marker-8812"})
    [seen] = pair.did("GET", f"pairs/{pair.id}/steps", pair.as_mentor)["items"]
    assert (seen["state"], seen["came_of_it"]) == ("done", "marker-8812")
    assert "marker-8812" not in str(pair.stack.announced("sessions"))


def test_both_see_how_many_steps_were_acted_on(pair: APair) -> None:
    for outcome in ("done", "done", "let_go"):
        pair.did("POST", f"steps/{a_step(pair)}/closing", pair.as_mentee, {"outcome": outcome})
    a_step(pair)
    for by in (pair.as_mentee, pair.as_mentor):
        seen = pair.seen(by)
        assert (seen["agreed"], seen["acted_on"]) == (4, 2)


def test_the_mentor_cannot_close_what_is_hers(pair: APair) -> None:
    refused = pair.ask("POST", f"steps/{a_step(pair)}/closing", pair.as_mentor, {"outcome": "done"})
    assert (refused.status_code, refused.json["code"]) == (403, "mentee_only")
