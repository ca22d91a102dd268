"""A member's own pages and her coordinator's, in a real browser: answered without scripts, fitting a phone, open to everybody."""

import re
from datetime import timedelta

import pytest

from services.web.codes import SCALES
from shared.events.matching import ApplicationNotMatched
from shared.ids import new_id
from tests.browser.site import Person, Site
from tests.browser.test_a_pair_lasts import M, S
from tests.browser.test_for_everybody import Open
from tests.flows.sessions_people import APair, announce

pytestmark = pytest.mark.browser

P = "/api/profiles/v1"
WELL = {"promoted": True, "new_role": False, "satisfaction": 6, "gained": 5}


def a_trial(site: Site, coordinator: Person) -> tuple[str, Person, Person]:
    """A trial that has just begun: its id, the mentee, the mentor."""
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    rel = site.introduced(coordinator, mentee, mentor)
    site.begun(rel, mentee, mentor)
    return rel, mentee, mentor


def open_cycle(site: Site, coordinator: Person) -> str:
    """A cycle that takes applications now."""
    programme = site.api("POST", f"{M}/programmes", {"name": "City", "rules": {}}, coordinator)["id"]
    today = site.stack.clock()
    window = {
        "opens_local": f"{today - timedelta(days=1):%Y-%m-%dT09:00}",
        "closes_local": f"{today + timedelta(days=20):%Y-%m-%dT23:59}",
    }
    asked = {"programme": programme, "name": "Spring"} | window
    return str(site.api("POST", f"{M}/cycles", asked, coordinator)["id"])


def test_a_member_answers_for_herself_on_her_phone_without_scripts(site: Site, window: Open) -> None:
    coordinator = site.chapter()
    open_cycle(site, coordinator)
    _, mentee, _ = a_trial(site, coordinator)
    me = window(mentee, phone=True, scripts=False)
    me.go("/me")
    me.page.get_by_role("link", name="Answer", exact=True).first.click()
    for question in me.page.get_by_role("group").all():
        question.get_by_label("5", exact=True).check()
    me.press("Keep my answers")
    assert me.shows("Your answers are yours")
    me.press("← My page")
    me.press("Answer")
    me.page.get_by_role("group", name="Were you promoted in the last half year?").get_by_label("Yes").check()
    me.page.get_by_role("group", name=re.compile("new role")).get_by_label("No").check()
    for asked in ("How satisfied are you", "How much have you yourself gained"):
        me.page.get_by_role("group", name=re.compile(asked)).get_by_label("6", exact=True).check()
    me.press("Send my answers")
    assert me.shows("It counts together with others' answers.")

    me.press("Apply as mentee")
    for answer in (
        "A trained person who holds me",
        "Being asked every week",
        "Some weeks",
        "The other one, with a",
    ):
        me.page.get_by_label(re.compile(answer)).check()
    me.press("See where it leads")
    assert me.shows("A coach")
    me.page.get_by_text("I would rather go another way").click()
    me.press("A mentor")
    me.press("To the open cycles")
    me.press("Apply as mentee")
    assert me.shows("You have applied as mentee.")

    me.go("/me/details")
    me.press("What I am told")
    me.page.get_by_label("Thanks and certificates").select_option("off")
    me.page.get_by_label("Once a week, on Monday at 8").check()
    me.press("Save")
    assert me.page.get_by_label("Thanks and certificates").input_value() == "off"
    me.go("/me/export")
    with me.page.expect_download() as download:
        me.page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".zip")
    me.go("/me/erasure")
    me.page.get_by_label("Yes, delete everything about me").check()
    me.press("Delete everything")
    assert me.shows("You are erased.")
    assert me.complaints == []


@pytest.mark.parametrize(("phone", "dark"), [(True, True), (False, False)])
def test_no_own_page_and_no_report_has_a_barrier(site: Site, window: Open, phone: bool, dark: bool) -> None:
    coordinator, addresses = a_full_chapter(site)
    for person, paths in addresses:
        hers = window(person, phone=phone, dark=dark)
        for path in paths:
            hers.go(path)
            hers.check()
    hers = window(coordinator, phone=phone, dark=dark)
    hers.go("/coordinator/outcomes")
    hers.page.get_by_role("button", name="简体中文").click()
    assert hers.shows("大家后来怎么样")
    hers.check()


def a_full_chapter(site: Site) -> tuple[Person, list[tuple[Person, tuple[str, ...]]]]:
    """A chapter in which every page has something to show: its coordinator, and whose pages are where."""
    coordinator = site.chapter()
    open_cycle(site, coordinator)
    rel, mentee, mentor = a_trial(site, coordinator)
    waiting = site.introduced(coordinator, site.mentee(coordinator.chapter, "Emil Novak"), mentor)
    assert waiting
    pulses, outcomes = (
        site.api("GET", f"{S}/me/{kind}", None, mentee)["items"] for kind in ("pulses", "outcomes")
    )
    for person in (mentee, mentor):
        hers = site.api("GET", f"{S}/me/pulses", None, person)["items"][0]["id"]
        if person is mentor:
            values = dict.fromkeys(SCALES, 5)
            site.api("POST", f"{S}/pulses/{hers}/answer", values, person)
    site.api("POST", f"{S}/pairs/{rel}/kudos", {"text": "Thank you for your patience."}, mentee)
    answers = {"want": "hold_me", "stuck": "asked", "long": "weeks", "lead": "method"}
    site.api("POST", f"{M}/me/intake", {"answers": answers}, mentee)
    site.api("POST", f"{P}/me/conflicts", {"member": mentor.id, "kind": "household"}, mentee)
    report = {"about": mentor.id, "text": "Late.", "shown": [{"what": "A note", "text": "Late again."}]}
    filed = site.api("POST", f"{P}/me/reports", report, mentee)["id"]
    pairs = [APair(site.stack, coordinator.chapter).start() for _ in range(8)]
    for one in pairs[:7]:
        newest = one.did("GET", "me/outcomes", one.as_mentee)["items"][0]["id"]
        one.did("POST", f"outcomes/{newest}/answer", one.as_mentee, WELL)
        newest = one.did("GET", "me/pulses", one.as_mentee)["items"][0]["id"]
        one.did("POST", f"pulses/{newest}/answer", one.as_mentee, dict.fromkeys(SCALES, 4))
    for _ in range(3):
        fact = ApplicationNotMatched("cyc_1", new_id("mem"), "mentee", "nobody_fits")
        announce(site.stack, coordinator.chapter, new_id("app"), fact)
    site.stack.quiet()
    return coordinator, [
        (
            mentee,
            ("/me", f"/me/pulses/{pulses[0]['id']}", f"/me/outcomes/{outcomes[0]['id']}", "/intake", "/intake?again=1",
             "/me/details", "/me/settings", "/me/apart", f"/me/reports/new?about={mentor.id}", "/me/export", "/me/erasure",
             "/me/lineage"),
        ),
        (mentor, ("/me/pulses", "/me/year", "/me/lineage")),
        (
            coordinator,
            ("/coordinator", "/coordinator/monday", "/coordinator/demand", "/coordinator/outcomes", "/coordinator/reports",
             f"/coordinator/reports/{filed}", f"/coordinator/members/{mentee.id}?reason=test"),
        ),
    ]  # fmt: skip
