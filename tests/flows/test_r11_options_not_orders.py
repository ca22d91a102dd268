"""R11: a step can record the options that were weighed and the one that was chosen, private to the pair."""

import pytest

from tests.flows.sessions_people import APair
from tests.stack import Stack

WEIGHED = {"text": "Ask for the role", "options": ["option-one", "option-two", "option-three"], "chosen": 1}


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


def test_the_two_see_what_was_weighed_and_what_was_chosen(pair: APair) -> None:
    pair.did("POST", f"sessions/{pair.meet()}/steps", pair.as_mentee, WEIGHED)
    for by in (pair.as_mentee, pair.as_mentor):
        [step] = pair.did("GET", f"pairs/{pair.id}/steps", by)["items"]
        assert (step["options"], step["chosen"]) == (WEIGHED["options"], 1)


def test_nobody_else_does_and_neither_event_nor_store_holds_it_in_the_clear(pair: APair) -> None:
    pair.did("POST", f"sessions/{pair.meet()}/steps", pair.as_mentee, WEIGHED)
    assert pair.ask("GET", f"pairs/{pair.id}/steps", pair.as_staff).status_code == 403
    assert pair.ask("GET", f"pairs/{pair.id}/steps", pair.as_stranger).status_code == 404
    db = pair.stack.running["sessions"].room.store.db
    for collection in ("steps", "changes"):
        assert "option-two" not in str(list(db[collection].find({"chapter": pair.chapter})))


@pytest.mark.parametrize("chosen", [3, -1, "1"])
def test_only_an_option_that_was_weighed_can_have_been_chosen(pair: APair, chosen: object) -> None:
    refused = pair.ask("POST", f"sessions/{pair.meet()}/steps", pair.as_mentee, WEIGHED | {"chosen": chosen})
    assert refused.status_code == 422
    assert pair.seen()["agreed"] == 0


def test_a_step_needs_no_options(pair: APair) -> None:
    step = pair.did("POST", f"sessions/{pair.meet()}/steps", pair.as_mentee, {"text": "Write to Ana"})
    assert (step["options"], step["chosen"]) == ([], None)
