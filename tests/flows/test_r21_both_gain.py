"""R21: check-ins ask both sides what they gained; the mentor's year is on a page of her own; reports show both halves side by side."""

import pytest

from tests.flows.sessions_people import APair
from tests.stack import Stack

GAINED = {"lines": "A good talk.", "step_idea": "mentee", "gained": "I listen longer now."}


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack).start()


def test_a_mentor_reads_what_grew_in_her_year(pair: APair) -> None:
    sessions = [pair.meet(), pair.meet(reversed_roles=True)]
    for by in (pair.as_mentee, pair.as_mentor):
        pair.did("PUT", f"sessions/{sessions[0]}/reflection", by, GAINED)
    step = pair.did("POST", f"sessions/{sessions[0]}/steps", pair.as_mentee, {"text": "Write to Ana"})["id"]
    pair.did("POST", f"steps/{step}/closing", pair.as_mentee, {"outcome": "done"})
    pair.did("POST", f"pairs/{pair.id}/kudos", pair.as_mentee, {"text": "For your patience"})
    pair.did("POST", f"pairs/{pair.id}/kudos", pair.as_mentor, {"text": "For your courage"})
    pulse = pair.did("GET", "me/pulses", pair.as_mentor)["items"][0]["id"]
    said = {"stress": 2, "resilience": 6, "purpose": 5, "accomplishment": 4}
    pair.did("POST", f"pulses/{pulse}/answer", pair.as_mentor, said)
    year = pair.stack.clock().year
    assert pair.did("GET", f"me/year?year={year}", pair.as_mentor) == {
        "year": year,
        "mentees": 1,
        "sessions_held": 2,
        "turned_round": 1,
        "minutes": 0,
        "acted_on": 1,
        "thanks": ["For your patience"],
        "gained": ["I listen longer now."],
        "pulses": [{"moment": "start", **said}],
    }
    assert pair.did("GET", "me/year", pair.as_mentor)["year"] == year
    assert pair.did("GET", f"me/year?year={year - 1}", pair.as_mentor)["sessions_held"] == 0


def test_the_page_is_hers_alone(pair: APair) -> None:
    pair.meet()
    year = pair.stack.clock().year
    assert pair.ask("GET", f"me/year?year={year}", pair.as_staff).status_code == 403
    other = pair.did("GET", f"me/year?year={year}", pair.as_stranger)
    assert (other["sessions_held"], other["thanks"]) == (0, [])


def test_both_sides_are_asked_what_they_gained_and_stand_side_by_side(pair: APair) -> None:
    said = {"promoted": False, "new_role": False, "satisfaction": 6, "gained": 7}
    for by in (pair.as_mentee, pair.as_mentor):
        asked = pair.did("GET", "me/outcomes", by)["items"][0]["id"]
        pair.did("POST", f"outcomes/{asked}/answer", by, said)
    for row in pair.did("GET", "outcome-report", pair.as_staff)["items"]:
        assert set(row["mentee"]) == set(row["mentor"]) >= {"asked", "answered", "gained"}
