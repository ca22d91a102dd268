"""A mentee looks for mentors who could be hers, in a real browser: reasons, ways to meet, and asking whom she has met."""

from datetime import timedelta

import pytest

from tests.browser.site import Person, Site
from tests.browser.test_for_everybody import Open
from tests.edges.web import M, entered

pytestmark = pytest.mark.browser


def event(site: Site, coordinator: Person, name: str, *people: Person, days: int = 0) -> None:
    at = (site.stack.clock() + timedelta(days=days)).isoformat()
    asked = {"kind": "event", "name": name, "at": at, "members": [one.id for one in people]}
    site.api("POST", f"{M}/touchpoints", asked, coordinator)


@pytest.mark.parametrize(("phone", "dark"), [(False, False), (True, True)], ids=["desk", "dark phone"])
def test_she_reads_why_and_how_to_meet_and_asks_whom_she_has_met(
    site: Site, window: Open, phone: bool, dark: bool
) -> None:
    coordinator = site.chapter()
    mentee = site.mentee(coordinator.chapter)
    met = site.mentor(coordinator.chapter, "Bo Chen")
    for name in ("Cy Baum", "Mo Adler"):
        site.mentor(coordinator.chapter, name)
    entered(site, coordinator)
    event(site, coordinator, "Autumn evening", mentee, met)
    event(site, coordinator, "Winter lunch", days=20)
    me = window(mentee, phone=phone, dark=dark)
    me.go("/me")
    me.check()
    me.press("Mentors who could be mine")
    assert me.page.get_by_role("heading", level=3).count() == 3
    assert me.shows("You are looking for leadership: this mentor has worked in it 8 years longer than you.")
    assert me.shows("Meet at Winter lunch")
    assert not any(me.shows(name) for name in ("Bo Chen", "Cy Baum", "Mo Adler"))
    me.check()
    me.page.get_by_role("link", name="Ask").click()
    me.press("Ask")
    assert me.shows("Asked. It is a proposal now")
    me.go("/me/mentors")
    assert me.shows("You have as many proposals and pairs as this programme allows.")
    me.check()


@pytest.mark.parametrize(("phone", "dark"), [(False, False), (True, True)], ids=["desk", "dark phone"])
def test_a_coordinator_looks_for_her_and_introduces_the_two(
    site: Site, window: Open, phone: bool, dark: bool
) -> None:
    coordinator = site.chapter()
    site.mentee(coordinator.chapter, "Dana Weiss")
    for name in ("Bo Chen", "Cy Baum"):
        site.mentor(coordinator.chapter, name)
    cycle = entered(site, coordinator)
    me = window(coordinator, phone=phone, dark=dark)
    me.go(f"/coordinator/cycles/{cycle}")
    me.press("Look for mentors for one mentee")
    me.press("Look")
    assert me.shows("Mentors for Dana Weiss")
    me.check()
    me.page.get_by_role("link", name="Introduce (Dana Weiss, Bo Chen)").click()
    me.page.get_by_label("Why these two should meet").fill("Both have led a move abroad.")
    me.press("Introduce them")
    assert me.shows("Both get your words and can answer.")


def test_the_page_speaks_chinese_and_says_what_would_help(site: Site, window: Open) -> None:
    coordinator = site.chapter()
    for name in ("Bo Chen", "Cy Baum", "Mo Adler"):
        site.mentor(coordinator.chapter, name)
    wants = [{"area": "leadership", "weight": 3}]
    mentee = site.member(coordinator.chapter, "Dana Weiss", "mentee", languages=["fr"], areas_wanted=wants)
    entered(site, coordinator)
    me = window(mentee)
    me.go("/me/mentors")
    assert me.shows("Nobody who waits in this cycle fits what you look for at the moment.")
    assert me.shows("Speaking English as well: makes 3 more people possible")
    me.check()
    me.page.get_by_role("button", name="简体中文").click()
    assert me.shows("可能适合我的导师")
    assert me.shows("没有人符合您的期望")
    me.check()
