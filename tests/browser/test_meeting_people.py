"""People who meet, and chapters that help each other, as they do it in a browser: an event and a question after it, a mentor lent."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import Window
from tests.browser.site import Person, Site

MINUTE = "%Y-%m-%dT%H:%M"


def record(me: Window, name: str, *people: Person, days: int = 0) -> None:
    """The coordinator records an event of some days from now, where these people are."""
    me.go("/coordinator")
    me.press("Events and groups")
    me.page.get_by_label("What it is").select_option("event")
    me.page.get_by_label("Name").fill(name)
    if days:
        at = me.site.stack.clock.now.replace(hour=12)
        me.page.get_by_label("When").fill(at.replace(year=at.year + 1).strftime(MINUTE))
    if people:
        me.page.get_by_text("Who was there", exact=True).click()
    for person in people:
        me.page.get_by_label(person.name).check()
    me.check()
    me.press("Record it")
    assert me.shows(name)


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_who_met_at_an_event_asks_and_a_stranger_is_shown_the_bridge(
    site: Site, window: Callable[..., Window], phone: bool
) -> None:
    coordinator = site.chapter()
    mentor = site.mentor(coordinator.chapter)
    met, stranger = (site.mentee(coordinator.chapter, name) for name in ("Dana Weiss", "Eva Stein"))
    site.stack.quiet()
    staff = window(coordinator, phone=phone)
    record(staff, "Autumn evening", mentor, met)
    assert staff.shows("Bo Chen")
    staff.check()
    record(staff, "Winter lunch", days=365)

    hers = window(mentor, phone=phone)
    hers.go("/me")
    hers.press("Meeting people")
    assert hers.shows("Autumn evening")
    assert hers.shows("Winter lunch")
    hers.check()
    link = urlsplit(hers.page.locator(".code a").inner_text()).path

    asking = window(met, phone=phone)
    asking.go(link)
    asking.check()
    asking.press("Ask")
    assert asking.shows("Asked. It is a proposal now")
    asking.page.reload()  # her name comes with the news of the proposal
    assert asking.shows("Bo Chen")

    cold = window(stranger, phone=phone)
    cold.go(link)
    cold.press("Ask")
    cold.complaints.clear()  # the refusal's status is an error to the browser
    assert cold.shows("A pair starts from a proposal")
    assert cold.shows("Meet at Winter lunch")
    assert cold.shows("Ask a coordinator of your chapter to introduce you.")
    assert not cold.shows("Bo Chen")
    cold.check()


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_mentor_is_lent_to_another_chapter_and_proposed_there(
    site: Site, window: Callable[..., Window], phone: bool
) -> None:
    here, there = site.chapter(), site.chapter()
    site.mentor(here.chapter, "Lin Ye")
    mentee = site.mentee(there.chapter)
    site.stack.quiet()
    lending = window(here, phone=phone)
    lending.go("/coordinator")
    lending.press("Mentors across chapters")
    assert lending.shows("Nobody is offered to you.")
    lending.check()
    lending.page.get_by_label("Mentor", exact=True).select_option(label="Lin Ye")
    lending.page.get_by_label("To which chapter").select_option(value=there.chapter)
    lending.press("Offer her")
    assert lending.shows("waits for an answer")

    taking = window(there, phone=phone)
    taking.go("/coordinator/crossings")
    assert not taking.shows("Lin Ye"), "nothing crosses before this chapter agrees"
    taking.check()
    taking.press("Agree")
    assert taking.shows("She is a guest here now")
    assert taking.shows("Lin Ye")
    taking.check()

    taking.go("/coordinator/introductions/new")
    taking.page.get_by_label("Mentee", exact=True).select_option(value=mentee.id)
    taking.page.get_by_label("Mentor", exact=True).select_option(label="Lin Ye")
    taking.page.get_by_label("Why these two should meet").fill("You two should talk.")
    taking.press("Introduce them")
    assert taking.shows("Both get your words and can answer.")
    lending.go("/coordinator/crossings")
    assert lending.shows("agreed")
