"""What people do, in a real browser: a pair from the first click to a closed step, a coordinator from her sheet to a published round."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.browser.conftest import Window
from tests.browser.site import Person, Site

pytestmark = pytest.mark.browser

Open = Callable[..., Window]

SHEET = """Autumn mentoring,,,,,
,,,,,
Your e-mail,What do you want to do?,Full name,Topics,Languages,When are you free?
{people}
dora@people.exmaple,Mentee,Dora Falk,Leadership,English,Mon 18-20
,Mentee,Nobody Known,Leadership,English,Mon 18-20
"""


def test_a_member_goes_from_the_first_click_to_a_closed_step(site: Site, window: Open) -> None:
    coordinator = site.chapter()
    mentor = site.mentor(coordinator.chapter, "Bo Chen")
    me = window(phone=True, scripts=False)
    me.go("/")
    me.press("Join")
    me.page.get_by_label("Chapter").select_option(coordinator.chapter)
    me.page.get_by_label("Name").fill("Dana Weiss")
    me.page.get_by_label("Mail address").fill("dana@journey.example")
    me.page.get_by_label("be mentored").check()
    me.press("Send me the mail")
    me.go(site.link_to("dana@journey.example", "confirm"))
    me.press("Confirm")
    assert me.shows("Hello, Dana Weiss")

    me.press("Fill in my details")
    me.page.get_by_text("What I look for (0)").click()
    me.page.get_by_label("Leadership", exact=True).first.select_option("3")
    me.page.get_by_label("Monday, Evening").check()
    me.page.get_by_label("English").check()
    me.press("Save")
    assert me.shows("Saved.")
    assert me.page.get_by_label("Monday, Evening").is_checked()

    mine = site.api("GET", "/api/profiles/v1/members?limit=100", person=coordinator)["items"]
    dana = next(one["id"] for one in mine if one["name"] == "Dana Weiss")
    asked = {"mentee": dana, "mentor": mentor.id, "reason": "You both build teams."}
    pair = site.api("POST", "/api/matching/v1/introductions", asked, coordinator)["id"]
    me.go(site.link_to("dana@journey.example", "proposals"))
    assert me.shows("You both build teams.")
    me.press("Yes, let us meet")
    assert me.shows("You said: yes, let us meet.")
    site.answered(pair, mentor)

    me.go("/me")
    me.press("Arrange the introduction")
    start = site.stack.clock() + timedelta(days=2)
    me.page.get_by_label("Date and time").fill(f"{start:%Y-%m-%d}T18:30")
    me.press("Arrange")
    assert me.shows("18:30 (Zurich time)")
    me.press("Move")
    me.page.get_by_label("Date and time").fill(f"{start:%Y-%m-%d}T19:15")
    me.press("Move")
    assert me.shows("19:15 (Zurich time)")
    site.stack.clock.advance(days=3)
    me.go(f"/relationships/{pair}")
    me.press("We met")
    assert me.shows("You said: we met.")
    _says_so_too(site, pair, mentor)
    me.go(f"/relationships/{pair}")
    me.press("Yes, I would like to")
    assert me.shows("Your sealed vote: yes.")
    site.api("POST", f"/api/matching/v1/relationships/{pair}/vote", {"vote": "yes"}, mentor)
    site.stack.quiet()

    me.go(f"/relationships/{pair}")
    me.press("Arrange a session")
    me.page.get_by_label("In letters").check()
    me.press("Arrange")
    me.press("We met")
    _says_so_too(site, pair, mentor)
    me.go(f"/relationships/{pair}")
    me.page.get_by_role("link", name=re.compile("Write down a step")).click()
    me.page.get_by_label("What was agreed").fill("Ask three people <b>how</b> they began.")
    me.press("Write it down")
    assert me.shows("Ask three people <b>how</b> they began.")
    me.press("Close this step")
    me.page.get_by_label("I did it").check()
    me.page.get_by_label("What came of it").fill("Two of them answered.")
    me.press("Close this step")
    assert me.shows("Your mentor hears once")
    assert me.complaints == []


def _says_so_too(site: Site, pair: str, other: Person) -> None:
    for session in site.api("GET", f"/api/sessions/v1/pairs/{pair}/sessions", None, other)["items"]:
        if session["state"] == "planned":
            site.api("POST", f"/api/sessions/v1/sessions/{session['id']}/attendance", {"held": True}, other)
    site.stack.quiet()


def test_a_coordinator_goes_from_her_sheet_to_a_published_round(
    site: Site, window: Open, tmp_path: Path
) -> None:
    coordinator = site.chapter()
    mentor = site.mentor(coordinator.chapter)
    mentee = site.mentee(coordinator.chapter, "Emil Novak")
    people = "\n".join(
        f"person{number}@people.example,{'Mentor' if number % 3 == 0 else 'Mentee'},Person {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number]} Berg,"
        "Leadership; Strategy,English / German,Mon 18-20"
        for number in range(24)
    )
    file = tmp_path / "people.csv"
    file.write_text(SHEET.format(people=people))
    me = window(coordinator)
    me.go("/coordinator")
    me.check()
    me.press("Import a sheet")
    me.page.get_by_label("File").set_input_files(file)
    me.press("Read the sheet")
    assert me.page.get_by_label("What “Your e-mail” holds").input_value() == "mail"
    me.check()
    me.press("Do the dry run")
    assert me.shows("The part after the @ looks mistyped.")
    assert me.shows("The mail address is missing.")
    me.check()
    me.press("Import 24 people")
    me.page.get_by_role("heading", name="The import is done").wait_for()
    assert me.page.locator("dd").first.inner_text() == "24"

    me.press("To the chapter")
    me.press("New programme")
    me.page.get_by_label("Name of the programme").fill("City mentoring")
    me.press("Make the programme")
    me.page.get_by_label("Name of the cycle").fill("Spring")
    today = site.stack.clock()
    me.page.get_by_label("Applications from").fill(f"{today - timedelta(days=1):%Y-%m-%dT09:00}")
    me.page.get_by_label("Applications until").fill(f"{today + timedelta(days=30):%Y-%m-%dT23:59}")
    me.press("Plan the cycle")
    me.press("Enter everybody in the chapter")
    me.check()
    me.press("Make a draft")
    assert me.shows("Only coordinators see this.")
    assert me.page.get_by_role("row", name=re.compile("Emil Novak Bo Chen")).is_visible()
    assert me.shows("has not confirmed the mail address yet")
    me.check()
    me.press("Publish")
    assert me.shows("1 proposal goes out: the mentee and the mentor get a mail.")
    me.check()
    me.press("Publish")
    assert me.shows("1 proposal went out")

    theirs = window(mentee)
    theirs.go("/me")
    theirs.press("Read and answer")
    assert theirs.shows("Bo Chen has worked in it 8 years longer than you.")
    hers = window(mentor, phone=True, dark=True)
    hers.go("/me")
    assert hers.shows("A proposal: meet Emil Novak")


def test_a_mailed_link_and_an_invitation_can_be_followed_in_the_mailbox(site: Site, window: Open) -> None:
    coordinator = site.chapter()
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    pair = site.introduced(coordinator, mentee, mentor)
    site.answered(pair, mentee, mentor)
    start = (site.stack.clock() + timedelta(days=2)).isoformat()
    site.api("POST", f"/api/sessions/v1/pairs/{pair}/sessions", {"starts_at": start, "minutes": 30}, mentor)
    site.stack.quiet()
    me = window(mentee)
    me.go("/mailbox")
    me.page.get_by_label("Mails to").fill(mentee.mail)
    me.press("Show")
    me.check()
    me.page.locator(".mails a").first.click()
    me.check()
    with me.page.expect_download() as download:
        me.page.get_by_role("link", name=re.compile(r"\.ics")).first.click()
    assert "BEGIN:VEVENT" in download.value.path().read_text()
    me.page.locator(".letter a").first.click()
    assert me.page.url.startswith(site.url)
    assert me.shows("You and Bo Chen")
