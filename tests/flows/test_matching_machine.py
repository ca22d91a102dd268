"""Random legal and illegal calls by random actors, through the real HTTP edge: what always holds, holds after every step."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.matching.domain.steps import CLOSED, STEPS
from services.matching.kinds import PLACES, RELATIONSHIPS
from shared.events.profiles import MemberKeptApart
from shared.events.sessions import ClockAsked, ClockRanOut, SessionHeld, SessionMissed
from shared.ids import new_id
from tests.flows.matching_people import City, Couple, a_city
from tests.stack import Stack

HOLDING = {line.after for line in STEPS if line.place in ("taken", "kept")}
SAID = {"answer": ("accept", "decline"), "vote": ("yes", "no"), "renewal": ("yes", "no")}
#: What may be asked of a relationship, each with its body.
ASKS: tuple[tuple[str, dict[str, Any]], ...] = (
    *((what, {what: word}) for what, words in SAID.items() for word in words for _ in (0, 1)),
    ("question", {"text": "Why?"}),
    ("question/answer", {"text": "So."}),
    ("goals", {"text": "Lead."}),
    ("pause", {"days": 5}),
    ("resume", {}),
    ("review", {}),
    ("ending", {}),
    ("ending", {"reason": "by_coordinator"}),
    ("again", {}),
    ("return", {}),
)
ACTORS = ("mentee", "mentor", "other mentee", "staff", "nobody")
OUTSIDE = (
    *("met", "met", "planned", "planned", "called off", "called off", "missed"),
    *("silent", "ran out", "blocked", "a day", "a week", "three months"),
)

step = st.one_of(
    st.tuples(st.sampled_from((0, 1, 2)), st.sampled_from(ASKS), st.sampled_from((*ACTORS, *ACTORS[:2] * 3))),
    st.tuples(st.sampled_from((0, 1, 2)), st.sampled_from(OUTSIDE), st.just("")),
)


@pytest.fixture(scope="module")
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


@dataclass
class Walk:
    """Two mentees and a mentor with one place, and another with two; three relationships between them."""

    city: City
    starts: tuple[str, str]

    def __post_init__(self) -> None:
        self.mentees = self.city.people("mentee", 2)
        self.mentors = [self.city.mentor(capacity=1), self.city.mentor(capacity=2)]
        pairs = ((0, 0), (1, 0), (1, 1))
        self.ids = [self.city.introduced(self.mentees[a], self.mentors[b]) for a, b in pairs]
        for (a, b), id, start in zip(
            (pairs[0], pairs[2]), (self.ids[0], self.ids[2]), self.starts, strict=True
        ):
            couple = Couple(self.city, self.mentees[a], self.mentors[b], id)
            {
                "proposed": lambda _: None,
                "introduction": Couple.until_introduction,
                "voting": Couple.until_voting,
                "trial": Couple.until_trial,
                "active": Couple.until_active,
            }[start](couple)

    def pair(self, number: int) -> Any:
        return self.city.stack.running["matching"].room.store.reader().get(RELATIONSHIPS, self.ids[number])

    def go(self, number: int, what: Any, actor: str) -> None:
        if actor == "":
            self.outside(number, what)
            return
        before, events = self.pair(number), len(self.city.events(self.ids[number]))
        other = self.seen_by_the_other(before, actor)
        path, body = what
        answer = self.city.post(f"/relationships/{before.id}/{path}", body, self.headers(before, actor))
        after = self.pair(number)
        assert answer.status < 500, answer.text
        if answer.status >= 400:
            assert after == before, "a refused call changed something"
        if len(self.city.events(before.id)) > events:
            assert after != before or path == "goals", "an event without a change"
        if path in SAID and after.state == before.state and after.term == before.term:
            assert self.seen_by_the_other(before, actor) == other, "a sealed word showed"
            assert len(self.city.events(before.id)) == events, "a sealed word was announced"

    def outside(self, number: int, what: str) -> None:
        pair, now = self.pair(number), self.city.stack.clock()
        names = (pair.id, pair.mentee, pair.mentor)
        if what == "met":
            purpose: Any = "introduction" if pair.state in ("introduction", "booked") else "regular"
            self.city.hear((new_id("ses"), SessionHeld(*names, purpose, "call", now)))
        elif what == "planned":
            self.city.planned(pair.id)
        elif what in ("called off", "missed"):
            for meeting in pair.booked[-1:] or [self.city.planned(pair.id)]:
                if what == "missed":
                    self.city.hear((meeting, SessionMissed(*names)))
                else:
                    self.city.called_off(pair.id, meeting)
        elif what == "blocked":
            self.city.hear((pair.mentee, MemberKeptApart((pair.mentor,), (pair.mentor,))))
        elif what == "silent":
            self.city.hear((new_id("clk"), ClockAsked(*names, now)))
        elif what == "ran out":
            self.city.hear((new_id("clk"), ClockRanOut(*names, now)))
        else:
            self.city.later(days={"a day": 1, "a week": 7, "three months": 91}[what])

    def headers(self, pair: Any, actor: str) -> dict[str, str]:
        if actor == "staff":
            return self.city.staff
        known = {"mentee": pair.mentee, "mentor": pair.mentor}
        stranger = self.mentees[0] if pair.mentee == self.mentees[1] else self.mentees[1]
        return self.city.headers(known.get(actor, stranger if actor == "other mentee" else "mem_nobody"))

    def seen_by_the_other(self, pair: Any, actor: str) -> Any:
        if actor not in ("mentee", "mentor"):
            return None
        other = pair.mentor if actor == "mentee" else pair.mentee
        return self.city.get(f"/relationships/{pair.id}", self.city.headers(other)).body

    def check(self) -> None:
        pairs = [self.pair(number) for number in range(3)]
        reader = self.city.stack.running["matching"].room.store.reader()
        for mentor, capacity in zip(self.mentors, (1, 2), strict=True):
            taken = set(reader.get(PLACES, mentor).taken)
            holding = {pair.id for pair in pairs if pair.mentor == mentor and pair.state in HOLDING}
            assert taken == holding, "places and states disagree"
            assert len(taken) <= capacity
        for pair in pairs:
            assert pair.open == (pair.state not in CLOSED)
            assert bool(pair.booked) == (pair.state == "booked") or pair.state in CLOSED
            assert not any(moment.reason == "kept_apart" for moment in pair.history)
            last = pair.history[-1]
            assert (last.state, last.at) == (pair.state, pair.since)
            due = reader.db["timers"].count_documents({"ref": pair.id})
            assert due == (0 if pair.deadline is None else 1), "each open state has one date"
            if pair.state in ("voting", *CLOSED):
                assert pair.state == "voting" or pair.sealed is None


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
    database=None,
)
@given(
    starts=st.tuples(*[st.sampled_from(("proposed", "introduction", "voting", "trial", "active"))] * 2),
    steps=st.lists(step, min_size=20, max_size=40),
)
def test_places_secrecy_and_history_hold_after_every_step(
    city: City, starts: tuple[str, str], steps: list[Any]
) -> None:
    walk = Walk(city, starts)
    for one in steps:
        walk.go(*one)
        walk.check()
    for _ in range(8):
        city.later(days=91)
    walk.check()
    assert not any(walk.pair(number).open for number in range(3)), "everything comes to its end by itself"
