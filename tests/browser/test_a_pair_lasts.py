"""A pair after its two yeses, in the browser of one of them: a goal, a renewal, a pause, lines, thanks, the quiet question, and an end."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from tests.browser.site import Person, Site
from tests.browser.test_for_everybody import Open

pytestmark = pytest.mark.browser

M, S = "/api/matching/v1", "/api/sessions/v1"


@pytest.fixture
def pair(site: Site) -> tuple[str, Person, Person]:
    """A trial that has just begun: its id, the mentee, the mentor."""
    coordinator = site.chapter()
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    rel = site.introduced(coordinator, mentee, mentor)
    site.begun(rel, mentee, mentor)
    return rel, mentee, mentor


def signed_in_again(site: Site, person: Person) -> Person:
    """The same person with a new sign-in: an old one ends after two weeks."""
    asked = {"mail": person.mail, "chapter": person.chapter}
    site.api("POST", "/api/profiles/v1/sign-in-links", asked)
    token = urlsplit(site.link_to(person.mail, "sign-in")).path.rsplit("/", 1)[1]
    return replace(person, session=site.api("POST", "/api/profiles/v1/sign-ins", {"token": token})["session"])


def test_a_mentee_keeps_a_pair_going_from_her_phone(
    site: Site, window: Open, pair: tuple[str, Person, Person]
) -> None:
    rel, mentee, mentor = pair
    me = window(mentee, phone=True, scripts=False)
    me.go(f"/relationships/{rel}")
    me.press("Yes, let us go on")
    assert me.shows("A full term needs a goal of the mentee's. Write one first.")
    me.press("A goal of my own")
    me.page.get_by_label("My goal").fill("Lead a <b>team</b> of my own.")
    me.press("Save")
    assert me.shows("Lead a <b>team</b> of my own.")
    me.press("Yes, let us go on")
    assert me.shows("Your sealed word: yes.")
    site.api("POST", f"{M}/relationships/{rel}/renewal", {"renewal": "yes"}, mentor)
    site.stack.quiet()
    me.go(f"/relationships/{rel}")
    assert me.shows("Your full term")

    site.met(rel, mentee, mentor)
    me.go(f"/relationships/{rel}")
    me.page.get_by_role("link", name=re.compile("My two lines")).first.click()
    me.page.get_by_label("What mattered").fill("To ask before I answer.")
    me.page.get_by_label("The mentee's").check()
    me.press("Save")
    assert me.shows("Your lines are written down.")
    me.press("Say thank you")
    me.page.get_by_label("What you are thankful for").fill("For the honest question.")
    me.press("Save")
    assert me.shows("For the honest question.")

    me.press("Pause")
    assert me.shows("Paused. Every date waits")
    me.press("Go on")
    assert me.shows("Good to have you back.")
    assert me.complaints == []


def test_a_silent_pair_is_asked_and_one_of_them_ends_it_without_a_word_about_who(
    site: Site, window: Open, pair: tuple[str, Person, Person]
) -> None:
    rel, mentee, mentor = pair
    site.stack.clock.advance(days=29)
    site.stack.quiet()
    me, other = window(signed_in_again(site, mentee)), window(signed_in_again(site, mentor))
    me.go("/me")
    assert me.shows("You and Bo Chen: go on, pause, or end?")
    me.press("Say how to go on")
    me.press("Go on")
    assert me.shows("Meeting is what keeps it going")
    me.press("End it")
    assert me.shows("without giving a reason")
    me.press("End it")
    assert me.shows("It has ended, without fault on either side.")
    other.go(f"/relationships/{rel}")
    assert other.shows("It has come to its end, without fault on either side.")
    assert not other.shows(mentee.id)
    me.press("I would be brought together with Bo Chen again")
    assert me.shows("You would be brought together again.")
    assert me.complaints + other.complaints == []


def test_pages_of_a_lasting_pair_are_for_everybody(
    site: Site, window: Open, pair: tuple[str, Person, Person]
) -> None:
    rel, mentee, mentor = pair
    goal = site.api("POST", f"{M}/relationships/{rel}/goals", {"text": "Lead a team."}, mentee)["id"]
    session = site.met(rel, mentee, mentor)
    later = site.stack.clock() + timedelta(days=3)
    slot = {"mode": "call", "starts_at": later.isoformat(), "minutes": 60}
    coming = site.api("POST", f"{S}/pairs/{rel}/sessions", slot, mentee)["id"]
    me = window(mentee, phone=True)
    base = f"/relationships/{rel}"
    for page in (
        base,
        f"{base}/end",
        f"{base}/thanks",
        f"{base}/goals/new",
        f"{base}/goals/{goal}",
        f"{base}/goals/{goal}/comment",
        f"{base}/sessions/{coming}/agenda",
        f"{base}/sessions/{session}/lines",
    ):
        me.go(page)
        me.check()
