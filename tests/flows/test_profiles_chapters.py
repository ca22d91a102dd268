"""What an operator types to open a chapter, as a command in the environment of a stack."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from operate.chapters import chapter as command
from shared.clock import system_clock
from shared.ids import new_id
from tests.flows.operators import stand_before
from tests.flows.profiles_people import V1, announced_about, get, member_document, post, secrets_mailed
from tests.stack import Stack

Type = Callable[..., Result]


@pytest.fixture
def typed(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Type:
    """Run `cairn chapter …` against the stack, on the stack's clock, wherever other tests have moved it."""
    clock = tmp_path / "clock.json"
    clock.write_text(json.dumps({"offset_s": (stack.clock() - system_clock()).total_seconds()}))
    stand_before(stack, monkeypatch, CAIRN_CLOCK_FILE=str(clock))
    return lambda *words: CliRunner().invoke(command, list(words))


def _zurich(slug: str, *more: str) -> tuple[str, ...]:
    return ("create", slug, "--name", "Zürich", "--time-zone", "Europe/Zurich", "--locale", "de-CH", *more)


def _slug() -> str:
    return new_id("c").replace("_", "-")


def test_an_operator_opens_a_chapter_and_its_coordinator_gets_a_link_that_signs_her_in(
    stack: Stack, typed: Type
) -> None:
    slug = _slug()

    done = typed(*_zurich(slug, "--coordinator", "Lea Frei <lea@example.org>"))

    assert done.exit_code == 0
    assert done.output.splitlines() == [
        f"{slug}: opened",
        f"{slug}: Lea Frei is a coordinator; a mail with a link to sign in goes to lea@example.org",
    ]
    assert get(stack, f"{V1}/chapters/{slug}").json["time_zone"] == "Europe/Zurich"
    opened = [
        event
        for event in stack.announced("profiles", "cairn.chapter.opened.v1")
        if event["aggregate"] == slug
    ]
    assert len(opened) == 1
    member = member_document(stack, slug, "lea@example.org")
    assert (member["roles"], member["locale"], member["time_zone"]) == (
        ["coordinator"],
        "de-CH",
        "Europe/Zurich",
    )
    [secret] = secrets_mailed(stack, slug, "lea@example.org")
    assert post(stack, f"{V1}/confirmations", {"token": secret}).json["roles"] == ["coordinator"]


def test_typing_it_again_changes_nothing(stack: Stack, typed: Type) -> None:
    slug = _slug()
    words = _zurich(slug, "--coordinator", "Lea Frei <lea@example.org>")
    typed(*words)
    before = announced_about(stack, slug, "lea@example.org")

    again = typed(*words)

    assert again.exit_code == 0
    assert again.output.splitlines() == [
        f"{slug}: already there",
        f"{slug}: lea@example.org is a coordinator already",
    ]
    assert announced_about(stack, slug, "lea@example.org") == before


def test_a_second_coordinator_can_be_named_later(stack: Stack, typed: Type) -> None:
    slug = _slug()
    typed(*_zurich(slug))

    done = typed(*_zurich(slug, "--coordinator", "Noa Roth <noa@example.org>"))

    assert "Noa Roth is a coordinator" in done.output
    assert member_document(stack, slug, "noa@example.org")["via"] == "operator"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "Zürich", "--name", "Z", "--time-zone", "Europe/Zurich"), "lower-case letters"),
        (("create", "z1", "--name", "Zürich", "--time-zone", "Europe/Bern"), "no such time zone"),
        (
            ("create", "z1", "--name", "Zürich", "--time-zone", "UTC", "--locale", "swiss german"),
            "language tag",
        ),
        (
            ("create", "z1", "--name", "Zürich", "--time-zone", "UTC", "--locale", "xx"),
            "Cairn has words for en and zh-Hans",
        ),
        (("create", "z" * 500, "--name", "Zürich", "--time-zone", "UTC"), "at most 40 lower-case letters"),
        (
            ("create", "z1", "--name", "Zürich", "--time-zone", "UTC", "--coordinator", "lea"),
            "Mei Lin <mei@example.org>",
        ),
    ],
)
def test_what_cannot_be_is_one_plain_line(typed: Type, words: tuple[str, ...], said: str) -> None:
    done = typed(*words)

    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output


def test_the_same_chapter_otherwise_described_is_refused_and_stays(stack: Stack, typed: Type) -> None:
    slug = _slug()
    typed(*_zurich(slug))

    done = typed("create", slug, "--name", "Zürich", "--time-zone", "Asia/Shanghai")

    assert done.exit_code == 1
    assert "with another description" in done.output
    assert get(stack, f"{V1}/chapters/{slug}").json["time_zone"] == "Europe/Zurich"


def test_a_coordinator_who_cannot_be_reached_stops_the_opening(stack: Stack, typed: Type) -> None:
    slug = _slug()

    done = typed(*_zurich(slug, "--coordinator", "Lea Frei <lea@nowhere>"))

    assert done.exit_code == 1
    assert "not a mail address" in done.output
    assert get(stack, f"{V1}/chapters/{slug}").status_code == 404


def test_the_list_shows_every_chapter(typed: Type) -> None:
    slug = _slug()
    typed(*_zurich(slug))

    assert f"{slug}\tZürich\tEurope/Zurich\tde-CH\tlocal" in typed("list").output.splitlines()
