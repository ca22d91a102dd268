"""What a round that is under way says of itself, in words."""

from services.web.rounds_words import progress_in_words


def test_a_round_begun_anew_after_an_upgrade_says_so_as_long_as_it_is_computed() -> None:
    at = {"step": "scan 2", "done": 1, "of": 4}
    assert progress_in_words(at | {"upgraded": False}) == "Looking at all pairs: 1 of 4"
    assert progress_in_words(at | {"upgraded": True}) == (
        "Begun anew, because Cairn was upgraded meanwhile. Looking at all pairs: 1 of 4"
    )
    assert progress_in_words({"step": "waiting", "done": 0, "of": 0, "upgraded": True}) == (
        "Begun anew, because Cairn was upgraded meanwhile. It begins in a moment."
    )
