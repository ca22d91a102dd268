"""The counts of a chapter, rebuilt from the feed alone, equal the services' own: now, at every past moment, and after an erasure."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner

from operate import rebuild_report
from operate.rebuild_report import report_of
from services.notifications import commands
from services.notifications.domain.people import Chapter
from shared.call import Call
from shared.events.profiles import MemberErased
from shared.events.sessions import SessionHeld
from shared.ids import new_id
from tests.flows.matching_people import City, Couple, a_city, a_couple
from tests.stack import Stack

#: The feed does not say that an introduction is booked.
AS_TOLD = {"booked": "introduction"}


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def own_numbers(city: City) -> dict[str, int]:
    """What matching itself says now."""
    counts: dict[str, int] = {}
    for state, count in city.get("/coordinator/counts").body["by_state"].items():
        told = AS_TOLD.get(state, state)
        counts[told] = counts.get(told, 0) + count
    return counts


def rebuilt(city: City, until: datetime) -> dict[str, Any]:
    city.stack.quiet(timers=False)
    return report_of(city.stack.running["notifications"].room, city.chapter, until)


def meets(couple: Couple) -> None:
    """Sessions says that the two have met again."""
    held = SessionHeld(couple.id, couple.mentee, couple.mentor, "regular", "call", couple.city.stack.clock())
    couple.city.hear((new_id("ses"), held))


def test_the_rebuilt_counts_equal_the_services_own_at_every_moment(city: City) -> None:
    moments: list[tuple[datetime, dict[str, int]]] = []

    def remember() -> None:
        city.later(minutes=1)
        moments.append((city.stack.clock(), own_numbers(city)))
        city.later(minutes=1)

    declined, booked, silent, lasting = (a_couple(city) for _ in range(4))
    remember()
    city.answer(declined.id, declined.mentor, "decline")
    booked.until_introduction()
    city.planned(booked.id)
    silent.until_voting()
    lasting.until_active()
    remember()
    meets(lasting)
    lasting.ask("pause", {"days": 10}, lasting.mentor)
    remember()
    lasting.ask("resume", {}, lasting.mentee)
    remember()
    city.later(days=8)  # the vote of the silent pair is over
    remember()
    city.later(days=22)  # the booked introduction is not held in time
    remember()
    lasting.ask("ending", {"reason": "for_cause"})
    remember()

    assert len({json.dumps(own, sort_keys=True) for _, own in moments}) >= 6
    for moment, own in moments:
        report = rebuilt(city, moment)
        assert report["by_state"] == own, moment
        assert report["relationships"] == sum(own.values())
    last = rebuilt(city, city.stack.clock())
    assert (last["started"], last["sessions_held"], last["ended_by"]) == (1, 1, {"for_cause": 1})


def test_an_erasure_changes_no_count_of_what_was_before(city: City) -> None:
    couple = a_couple(city).until_trial()
    a_couple(city)
    city.later(minutes=1)
    before = city.stack.clock()
    own = own_numbers(city)
    city.later(minutes=1)
    city.hear((couple.mentee, MemberErased()))
    while city.stack.running["matching"].timers.step():
        pass
    city.later(minutes=1)

    assert rebuilt(city, before)["by_state"] == own == {"proposed": 1, "trial": 1}
    now = rebuilt(city, city.stack.clock())
    assert (now["by_state"], now["erased"]) == (own_numbers(city), 1)


@pytest.fixture
def typed(city: City, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What `cairn rebuild-report` answers in this stack."""
    monkeypatch.setattr(rebuild_report, "settings_here", lambda: city.stack.settings)
    room = city.stack.running["notifications"].room
    call = Call(id=new_id("call"), at=city.stack.clock(), chapter=city.chapter, asker="event")
    here = Chapter(city.chapter, city.chapter, "City", city.time_zone, ("en",))
    room.store.change(call, lambda tx: commands.open_chapter(tx, here))
    rooms = {"notifications": room}
    monkeypatch.setattr(rebuild_report, "open_rooms", lambda *_: rooms)
    return lambda *words: CliRunner().invoke(rebuild_report.rebuild_report, words)


def test_the_command_counts_to_the_end_of_the_day_on_the_chapters_clock(city: City, typed: Any) -> None:
    while city.stack.clock().hour != 15:  # 23 o'clock in Shanghai
        city.later(hours=1)
    day = city.stack.clock().date().isoformat()
    a_couple(city)
    city.later(hours=2)
    a_couple(city)
    city.stack.quiet(timers=False)

    answer = typed("--as-of", day, "--chapter", city.chapter, "--json")
    assert json.loads(answer.stdout)["by_state"] == {"proposed": 1}
    shown = typed("--as-of", day, "--chapter", city.chapter)
    assert "proposed" in shown.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--as-of", "yesterday"], "write the day like 2026-06-30"),
        (["--as-of", "2026-06-30", "--chapter", "nowhere"], "there is no chapter nowhere"),
        ([], "--as-of"),
    ],
)
def test_what_the_command_cannot_read_it_says_in_a_line(typed: Any, words: list[str], said: str) -> None:
    answer = typed(*words)
    assert answer.exit_code != 0
    assert said in answer.output
