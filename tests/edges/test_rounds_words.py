"""What a round that is under way says of itself, in words."""

from typing import Any

import pytest

from services.web.pages.applications import _entered
from services.web.rounds_words import asked_in_words, fault_in_words, progress_in_words


@pytest.mark.parametrize("code", ["invalid", "not_found"])
def test_a_round_that_failed_says_what_is_wrong_and_marks_no_fields(code: str) -> None:
    detail = "give the id of a round of this cycle that has been drafted"
    assert fault_in_words({"code": code, "detail": detail}) == detail
    assert fault_in_words({"code": "market_too_large", "detail": detail}) != detail


def test_a_round_begun_anew_after_an_upgrade_says_so_as_long_as_it_is_computed() -> None:
    at = {"step": "scan 2", "done": 1, "of": 4}
    assert progress_in_words(at | {"upgraded": False}) == "Looking at all pairs: 1 of 4"
    assert progress_in_words(at | {"upgraded": True}) == (
        "Begun anew, because Cairn was upgraded meanwhile. Looking at all pairs: 1 of 4"
    )
    assert progress_in_words({"step": "waiting", "done": 0, "of": 0, "upgraded": True}) == (
        "Begun anew, because Cairn was upgraded meanwhile. It begins in a moment."
    )


def test_numbers_that_were_asked_for_have_marks_between_thousands() -> None:
    options: dict[str, Any] = {
        "calm": None,
        "floor": 10**9,
        "tolerance_ppm": 5_000,
        "locked": [],
        "stay": 0,
        "bonus": {},
    }
    asked = asked_in_words({"kind": "welfare", "seed": 0, "options": options})
    assert asked == "Best total · from 1,000,000,000 points on · to within 5,000 millionths"


def test_how_many_were_entered_has_marks_between_thousands() -> None:
    assert _entered(1_668, 2_001) == "1,668 applications entered. 2,001 were there before."
    assert _entered(1, 1) == "1 application entered. 1 was there before."
