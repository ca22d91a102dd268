"""R28: a cycle's window stands on the chapter's own clock, changes of the clocks included."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.flows.matching_people import City, a_city, made
from tests.stack import Stack


def apply(city: City, cycle: str) -> Any:
    ana = city.mentee()
    city.compass(ana)
    return city.post("/applications", {"cycle": cycle, "role": "mentee"}, city.headers(ana, "mentee"))


@pytest.mark.parametrize(
    ("zone", "closes", "midnight"),
    [
        ("Asia/Shanghai", "2150-05-31T23:59", datetime(2150, 5, 31, 16, 0, tzinfo=UTC)),
        ("America/New_York", "2150-05-31T23:59", datetime(2150, 6, 1, 4, 0, tzinfo=UTC)),
        # the night in which clocks are put back: 02:59 comes twice, and the window closes after the second
        ("Europe/Berlin", "2150-10-25T02:59", datetime(2150, 10, 25, 2, 0, tzinfo=UTC)),
        # the night in which they are put forward: 02:30 never comes, and stands for the moment of the jump
        ("Europe/Berlin", "2150-03-29T02:30", datetime(2150, 3, 29, 1, 0, tzinfo=UTC)),
    ],
)
def test_what_closes_at_a_minute_on_the_chapters_clock_refuses_from_the_next_one_on(
    stack: Stack, zone: str, closes: str, midnight: datetime
) -> None:
    city = City(stack, time_zone=zone)
    body = {
        "programme": city.programme(),
        "name": "Spring",
        "opens_local": closes[:8] + "01T09:00",
        "closes_local": closes,
    }
    cycle = city.post("/cycles", body)
    assert cycle.status == 201
    assert datetime.fromisoformat(cycle.body["closes_at"]) == midnight


def test_at_midnight_in_shanghai_it_is_too_late_there_and_not_in_zurich(stack: Stack) -> None:
    with a_city(stack) as east:
        west = City(stack, time_zone="Europe/Zurich")
        at = stack.clock
        day = f"{at() + timedelta(days=2):%Y-%m-%d}"
        cycles = {}
        for city in (east, west):
            body = {
                "programme": city.programme(),
                "name": "One day",
                "opens_local": f"{day}T00:01",
                "closes_local": f"{day}T23:59",
            }
            cycles[city.time_zone] = made(city.post("/cycles", body))
        at.now = datetime.fromisoformat(f"{day}T16:00:00+00:00")
        refused = apply(east, cycles["Asia/Shanghai"])
        assert (refused.status, refused.body["code"]) == (409, "cycle_closed")
        assert apply(west, cycles["Europe/Zurich"]).status == 201
