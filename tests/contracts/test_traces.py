"""A trace goes on, from a request to what comes of it in other services."""

import re

import pytest

from shared.telemetry import span

CAME = f"00-{'ab' * 16}-{'cd' * 8}-00"


def test_a_span_goes_on_with_the_trace_that_came_and_has_an_id_of_its_own() -> None:
    with span("react", CAME) as first, span("react", CAME) as second:
        assert first[:36] == second[:36] == CAME[:36]
        assert len({first[36:52], second[36:52], CAME[36:52]}) == 3
        assert first[52:] == "-00"


@pytest.mark.parametrize("came", ["", "junk", CAME.upper(), f"00-{'0' * 32}-{'cd' * 8}-01", f"{CAME}\n"])
def test_what_is_no_trace_begins_one(came: str) -> None:
    with span("react", came) as mine:
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", mine)
        assert came[3:35] not in mine or not came
