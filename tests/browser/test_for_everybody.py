"""Pages that everybody can use: by keyboard, by screen reader, on a phone, in the dark, in Chinese."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.browser.conftest import PHONE, Window
from tests.browser.site import Site
from tests.edges.web import entered

pytestmark = pytest.mark.browser

Open = Callable[..., Window]


def test_somebody_with_a_keyboard_only_can_join(site: Site, window: Open) -> None:
    coordinator = site.chapter()
    me = window()
    me.go("/register?chapter=" + coordinator.chapter)
    keys = me.page.keyboard
    keys.press("Tab")
    assert me.page.locator(":focus").inner_text() == "Skip to the content"
    assert me.page.locator(":focus").bounding_box()["y"] >= 0  # type: ignore[index]
    keys.press("Enter")
    assert me.page.evaluate("document.activeElement.id") == "content"
    for typed in ("", "Kai Brandt", "kai@keyboard.example"):
        keys.press("Tab")
        keys.type(typed)
    keys.press("Tab")
    keys.press("Space")
    keys.press("Tab")
    keys.press("Tab")
    ring = me.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert (me.page.evaluate("document.activeElement.innerText"), ring) == ("Send me the mail", "solid")
    keys.press("Enter")
    me.page.get_by_role("heading", name="Look into your mail").wait_for()
    assert "/confirm/" in site.link_to("kai@keyboard.example", "confirm")


def test_after_a_mistake_the_focus_is_on_what_was_wrong(site: Site, window: Open) -> None:
    coordinator = site.chapter()
    me = window()
    me.go("/register?chapter=" + coordinator.chapter)
    me.page.get_by_label("Name").fill("Kai Brandt")
    me.page.get_by_label("Mail address").fill("kai@keyboard.example")
    me.press("Send me the mail")
    assert me.page.title().startswith("Problem: ")
    assert me.page.evaluate("document.activeElement.id") == "errors"
    me.complaints.clear()  # the browser notes the 422
    me.check()


@pytest.mark.parametrize(("phone", "dark"), [(True, True), (False, False)])
def test_no_page_has_a_grave_barrier_or_scrolls_sideways(
    site: Site, window: Open, phone: bool, dark: bool
) -> None:
    coordinator = site.chapter()
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    pair = site.introduced(coordinator, mentee, mentor)
    visitor = window(phone=phone, dark=dark)
    for path in ("/", "/register", "/sign-in", "/sent/link", "/confirm/none", "/mailbox", "/events"):
        visitor.go(path)
        visitor.check()
    hers = window(mentee, phone=phone, dark=dark)
    for path in ("/me", "/me/details", "/me/looks", f"/proposals/{pair}"):
        hers.go(path)
        hers.check()
    site.answered(pair, mentee, mentor)
    start = (site.stack.clock() + timedelta(hours=2)).isoformat()
    asked = {"starts_at": start, "minutes": 30}
    session = site.api("POST", f"/api/sessions/v1/pairs/{pair}/sessions", asked, mentor)["id"]
    for path in (f"/relationships/{pair}", f"/sessions/{session}/move", f"/sessions/{session}/cancel"):
        hers.go(path)
        hers.check()
    site.stack.clock.advance(hours=3)
    for person in (mentee, mentor):
        site.api("POST", f"/api/sessions/v1/sessions/{session}/attendance", {"held": True}, person)
    site.stack.quiet()
    hers.go(f"/relationships/{pair}")
    assert hers.shows("Your vote is encrypted.")
    hers.check()
    for path in ("/me/contacts", "/me/certificates", f"/ask/{mentor.id}"):
        hers.go(path)
        hers.check()
    staff = window(coordinator, phone=phone, dark=dark)
    for path in (
        "/coordinator", "/coordinator/members", f"/coordinator/members/{mentee.id}?reason=test", "/coordinator/pairs",
        f"/relationships/{pair}", "/coordinator/introductions/new", "/coordinator/programmes/new", "/coordinator/cycles/new",
        "/coordinator/import", "/coordinator/touchpoints", "/coordinator/crossings", "/coordinator/overrides",
        "/coordinator/integrations",
    ):  # fmt: skip
        staff.go(path)
        staff.check()


def test_the_pages_speak_chinese_to_whoever_wants_it(site: Site, window: Open) -> None:
    coordinator = site.chapter()
    me = window(site.mentee(coordinator.chapter))
    me.go("/me")
    me.page.get_by_role("button", name="简体中文").click()
    assert me.page.locator("html").get_attribute("lang") == "zh-Hans"
    assert me.shows("等您处理")
    me.check()


@pytest.mark.parametrize(
    ("member", "path", "last"),
    [
        (True, "/me/details", "Evening"),
        (False, "/coordinator/members", "Joined"),
        (False, "/coordinator", "Closes"),
    ],
    ids=["week", "members", "cycles"],
)
def test_on_a_phone_a_table_is_no_wider_than_its_card(
    site: Site, window: Open, member: bool, path: str, last: str
) -> None:
    coordinator = site.chapter()
    mentee = site.mentee(coordinator.chapter)
    entered(site, coordinator)
    me = window(mentee if member else coordinator, phone=True)
    me.go(path)
    wide, card = me.page.locator(".scroll").last.evaluate("card => [card.scrollWidth, card.clientWidth]")
    assert wide <= card
    cell = me.page.locator(f'td[data-label^="{last}"]').first.bounding_box()
    assert cell
    assert cell["x"] + cell["width"] <= PHONE["width"]
    me.check()
