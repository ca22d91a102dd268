"""R20: any one service may be down without losing a decision; when it returns, each effect happens once, in order.

Each service in turn is stopped for the whole journey of a pair, but for the moments in which somebody asks that very service for
something. What comes of it, events and mails, is compared with the same journey without any stop.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from shared.settings import SERVICES
from tests.browser.site import Person, Site, running_site
from tests.parts import PartsAddresses

P1, M1, S1 = "/api/profiles/v1", "/api/matching/v1", "/api/sessions/v1"
#: Made at one moment for several reasons: once each, in whichever order.
SURVEYS = {"Three minutes for yourself", "What has become of it?"}


@pytest.fixture(scope="module")
def site(parts: PartsAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(parts, tmp_path_factory.mktemp("site")) as running:
        yield running


@dataclass
class Journey:
    """A pair from its proposal to its first closed step, while `away` is stopped whenever nobody asks it for anything."""

    site: Site
    away: str
    staff: Person
    dana: Person
    bo: Person
    relationship: str = ""

    def post(self, path: str, body: Any, person: Person, *roles: str) -> Any:
        """She asks a service, with the sign-in that she has: nobody else is needed for that."""
        headers = self.site.stack.sign_in(person.id, person.chapter, *(roles or ("mentee", "mentor")))
        answer = self.site.stack.post(path, body, headers)
        assert answer.status_code < 300, f"{path}: {answer.text}"
        self.site.stack.clock.advance(minutes=1)
        return answer.get_json(silent=True)

    @contextmanager
    def asking(self, name: str) -> Iterator[None]:
        """Whatever else is stopped, this service answers; afterwards everything that runs comes to rest."""
        stack = self.site.stack
        if name == self.away:
            self.back()
            stack.quiet()
        elif self.away in stack.running:
            stack.stop(self.away)
        yield
        stack.quiet()
        if name == self.away:
            stack.stop(name)

    def go(self) -> None:
        if self.away:
            self.site.stack.stop(self.away)
        with self.asking("matching"):
            asked = {"mentee": self.dana.id, "mentor": self.bo.id, "reason": "You two should talk."}
            self.relationship = self.post(f"{M1}/introductions", asked, self.staff, "coordinator")["id"]
        with self.asking("matching"):
            self.both(f"{M1}/relationships/{self.relationship}/answer", {"answer": "accept"})
        with self.asking("sessions"):
            self.meet()
        with self.asking("matching"):
            self.both(f"{M1}/relationships/{self.relationship}/vote", {"vote": "yes"})
        with self.asking("sessions"):
            session = self.meet()
        with self.asking("sessions"):
            step = self.post(f"{S1}/sessions/{session}/steps", {"text": "Write to Ana"}, self.dana)["id"]
            self.post(f"{S1}/steps/{step}/closing", {"outcome": "done"}, self.dana)
        if self.away and self.away not in self.site.stack.running:
            self.back()
        self.site.stack.quiet()

    def back(self) -> None:
        """It runs again, and repeats all that it ever announced: as if it had died before it could note that it had."""
        back = self.site.stack.open(self.away)
        back.room.store.db["changes"].update_many({"events": {"$exists": True}}, {"$set": {"pending": True}})

    def meet(self) -> str:
        planned = self.post(f"{S1}/pairs/{self.relationship}/sessions", {"mode": "letters"}, self.dana)
        self.both(f"{S1}/sessions/{planned['id']}/attendance", {"held": True})
        return str(planned["id"])

    def both(self, path: str, body: Any) -> None:
        for person in (self.dana, self.bo):
            self.post(path, body, person)

    # -- what came of it ----------------------------------------------------------------------------------------------

    def told(self, person: Person) -> tuple[list[str], Counter[str]]:
        """The subjects of her mails in order, without their days; and what was asked of her, without order."""
        listed = self.site.mails.listed(to=person.mail)[::-1]
        assert {caught.times_received for caught in listed} == {1}, "each of them came once"
        subjects = [re.sub(r": \w+day, .*", "", caught.subject) for caught in listed]
        ordered = [subject for subject in subjects if subject not in SURVEYS]
        return ordered, Counter(subject for subject in subjects if subject in SURVEYS)

    def announced(self) -> list[tuple[int, str]]:
        """The relationship's events, numbered."""
        told = self.site.stack.announced("matching")
        return [(event["seq"], event["type"]) for event in told if event["aggregate"] == self.relationship]

    def outcome(self) -> Any:
        """Everything that a stop could have lost, doubled or put out of order."""
        headers = self.site.stack.sign_in(self.dana.id, self.dana.chapter, "mentee")
        shown = self.site.stack.get(f"{M1}/relationships/{self.relationship}", headers).get_json()
        sessions = self.site.stack.get(f"{S1}/pairs/{self.relationship}/sessions", headers).get_json()[
            "items"
        ]
        card = self.site.stack.get(f"{P1}/members/{self.bo.id}", headers)
        return {
            "dana": self.told(self.dana),
            "bo": self.told(self.bo),
            "events": self.announced(),
            "state": shown["state"],
            "sessions": sorted(one["state"] for one in sessions),
            "acquainted": card.status_code,
            "parked": [
                running.room.store.db["parked"].count_documents({})
                for running in self.site.stack.running.values()
            ],
        }


def a_journey(site: Site, away: str) -> Journey:
    """A pair whose members are confirmed and known everywhere before anything is stopped."""
    staff = site.chapter()
    dana, bo = site.mentee(staff.chapter), site.mentor(staff.chapter)
    site.stack.quiet()
    return Journey(site, away, staff, dana, bo)


@pytest.fixture(scope="module")
def undisturbed(site: Site) -> Any:
    journey = a_journey(site, "")
    journey.go()
    return journey.outcome()


def test_the_undisturbed_journey_tells_the_whole_story(undisturbed: Any) -> None:
    assert [type for _, type in undisturbed["events"]] == [
        "cairn.relationship.proposed.v1",
        "cairn.relationship.introduction_agreed.v1",
        "cairn.relationship.introduction_held.v1",
        "cairn.relationship.started.v1",
        "cairn.relationship.session_held.v1",
    ]
    assert undisturbed["dana"][0] == [
        "Please confirm your address",
        "A mentor for you: would you like to meet?",
        "You would both like to meet: plan your introduction",
        "Introduction with Bo Chen",
        "You have met: would you like to go on?",
        "You both said yes: your trial term begins",
        "Session with Bo Chen",
        "You have agreed on a step",
    ]
    assert undisturbed["bo"][0][-2:] == ["Session with Dana Weiss", "You said, Dana Weiss did"]
    assert (undisturbed["state"], undisturbed["acquainted"]) == ("trial", 200)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_was_away_loses_nothing_and_does_everything_once_in_order(
    site: Site, undisturbed: Any, name: str
) -> None:
    journey = a_journey(site, name)
    journey.go()
    assert journey.outcome() == undisturbed
    assert set(site.stack.running) == set(SERVICES)


def test_with_profiles_away_those_who_are_signed_in_go_on_and_nobody_new_can_come(site: Site) -> None:
    journey = a_journey(site, "")
    site.stack.stop("profiles")
    asked = {"mentee": journey.dana.id, "mentor": journey.bo.id, "reason": "You two should talk."}
    journey.post(f"{M1}/introductions", asked, journey.staff, "coordinator")
    site.stack.quiet()
    assert journey.told(journey.dana)[0][-1] == "A mentor for you: would you like to meet?"
    site.stack.open("profiles")
    assert site.mentee(journey.staff.chapter, "Eva Lang").id
