"""What an operator types that makes no sense: what it is about is looked up before anything else is asked."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from operate.cli import cairn
from shared.ids import new_id
from tests.flows.operators import stand_before
from tests.flows.profiles_people import a_chapter
from tests.stack import Stack

Type = Callable[..., Result]


@pytest.fixture
def typed(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Type:
    """Run `cairn …` against the stack, on a clock of its own."""
    stand_before(stack, monkeypatch, CAIRN_CLOCK_FILE=str(tmp_path / "clock.json"))
    return lambda *words: CliRunner().invoke(cairn, list(words))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sandbox", "erase", "sandbox-nope"), "There is no such sandbox"),
        (("parked", "drop", "matching", "nope"), "nope is not parked at matching"),
        (("parked", "retry", "matching", "nope"), "nope is not parked at matching"),
        (("member", "erase", "nope", "x@example.org"), "there is no chapter nope"),
        (("clock", "advance", "0d"), "by 1 second at least, and 366 days at most"),
    ],
)
def test_what_is_not_there_is_said_before_anything_is_asked(
    typed: Type, words: tuple[str, ...], said: str
) -> None:
    done = typed(*words)
    assert done.exit_code == 1
    assert said in done.output
    assert "?" not in done.output


def test_how_far_the_clock_is_ahead_is_said_in_days_hours_and_minutes(typed: Type) -> None:
    assert typed("clock", "advance", "30m").output.endswith("Z for the stack, 30 minutes ahead.\n")
    assert typed("clock", "advance", "1d1h").output.endswith("1 day 1 hour 30 minutes ahead.\n")


def test_who_follows_a_chapter_that_is_not_there_is_told(stack: Stack, typed: Type) -> None:
    there, nope = a_chapter(stack), new_id("c").replace("_", "-")
    done = typed("events", "follow", "--seconds", "1", "--chapter", there, "--chapter", nope)
    assert done.exit_code == 0
    assert done.stderr == f"There is no chapter {nope} now; see `cairn chapter list`.\n"
