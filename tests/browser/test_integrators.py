"""An integrator's first minutes in a real browser: a coordinator lets a system in, and it follows; on a phone, in the dark, in Chinese."""

import json

import pytest
import urllib3
from standardwebhooks.webhooks import Webhook as Stock

from shared.ids import new_id
from tests.browser.site import Site
from tests.browser.test_for_everybody import Open
from tests.flows.notifications_scene import a_receiver
from tests.flows.test_integrator_examples import N, a_life

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("phone", "scripts"), [(False, True), (True, False)])
def test_a_coordinator_lets_a_system_in_and_its_key_is_shown_once(
    site: Site, window: Open, phone: bool, scripts: bool
) -> None:
    coordinator, rel = site.chapter(), new_id("rel")
    a_life(site, coordinator.chapter, rel)
    mei = window(coordinator, phone=phone, scripts=scripts)
    mei.go("/coordinator")
    mei.press("Integrations")
    mei.page.get_by_label("Whose system it is").fill("City dashboard")
    mei.press("Make it and show its key")
    account, key = (mei.page.locator("pre.copy").nth(place).inner_text() for place in (0, 1))
    mei.page.locator("pre.copy").nth(1).click()
    assert mei.page.evaluate("getSelection().toString()").strip() == key, "one click takes the whole key"
    if scripts:
        mei.check()

    headers = urllib3.make_headers(basic_auth=f"{account}:{key}")
    form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    asked = urllib3.request(
        "POST", f"{site.url}{N}/oauth/token", body="grant_type=client_credentials", headers=form
    )
    token = {"Authorization": f"Bearer {asked.json()['access_token']}"}
    feed = urllib3.request("GET", f"{site.url}{N}/relationship-events", headers=token).json()
    assert [event["id"] for event in feed["items"]] == [f"{rel}:{number}" for number in range(1, 5)]

    mei.press("To the account")
    assert mei.shows("GET /api/notifications/v1/relationship-events")
    assert not mei.shows(key)
    if scripts:
        mei.check()


def test_a_test_event_reaches_a_real_receiver_and_history_follows(site: Site, window: Open) -> None:
    coordinator, rel = site.chapter(), new_id("rel")
    a_life(site, coordinator.chapter, rel)
    mei = window(coordinator)
    with a_receiver() as receiver:
        mei.go("/coordinator/integrations")
        mei.page.get_by_text("Make a webhook", exact=True).click()
        mei.page.get_by_label("Its address").fill(receiver.url)
        mei.press("Make it and show its secret")
        secret = mei.page.locator("pre.copy").inner_text()
        mei.check()
        mei.press("Send a test event")
        mei.page.get_by_label("Test event").select_option("cairn.relationship.completed.v1")
        mei.press("Send a test event")
        (posted,) = receiver.posted
        event = Stock(secret).verify(posted.body, posted.headers)
        assert (event["type"], event["test"][:5]) == ("cairn.relationship.completed.v1", "test_")
        mei.page.reload()
        assert mei.shows("delivered")
        mei.check()

        mei.page.get_by_text("Send history again", exact=True).click()
        mei.press("Begin the replay")
        mei.page.get_by_text("done", exact=True).wait_for()
        assert mei.shows("100 of 100 per cent")
        mei.check()
    assert [json.loads(one.body)["id"] for one in receiver.posted[1:]] == [f"{rel}:{n}" for n in range(1, 5)]


@pytest.mark.parametrize("phone", [False, True])
def test_a_webhook_is_changed_gets_a_part_of_history_and_the_whole_of_it_is_a_file(
    site: Site, window: Open, phone: bool
) -> None:
    coordinator, rel = site.chapter(), new_id("rel")
    a_life(site, coordinator.chapter, rel)
    hook = {"url": "http://127.0.0.1:9/", "types": ["cairn.relationship.started.v1"]}
    webhook = site.api("POST", f"{N}/webhooks", hook, coordinator)["id"]
    mei = window(coordinator, phone=phone)
    with a_receiver() as receiver:
        mei.go(f"/coordinator/integrations/webhooks/{webhook}")
        mei.page.get_by_text("Change its address, events or order", exact=True).click()
        mei.page.get_by_label("Its address").fill(receiver.url)
        mei.page.get_by_label("relationship.started").uncheck()
        mei.check()
        mei.press("Save")
        assert mei.shows(receiver.url)

        mei.page.get_by_text("Send history again", exact=True).click()
        mei.page.get_by_label("One relationship, from one of its events on").check()
        mei.page.get_by_label("The relationship, if only one").fill(rel)
        mei.page.get_by_label("From which of its events on").fill("2")
        mei.check()
        mei.press("Begin the replay")
        mei.page.get_by_text("done", exact=True).wait_for()
    assert [json.loads(one.body)["id"] for one in receiver.posted] == [f"{rel}:{n}" for n in range(2, 5)]

    mei.go("/coordinator/integrations")
    with mei.page.expect_download() as downloading:
        mei.page.get_by_role("link", name="Download all events").click()
    lines = downloading.value.path().read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [f"{rel}:{n}" for n in range(1, 5)]


@pytest.mark.parametrize(("phone", "dark"), [(True, True), (False, False)])
def test_the_pages_for_integrations_are_open_to_everybody(
    site: Site, window: Open, phone: bool, dark: bool
) -> None:
    coordinator = site.chapter()
    with a_receiver(410) as receiver:
        hook = site.api("POST", f"{N}/webhooks", {"url": receiver.url}, coordinator)["id"]
        a_life(site, coordinator.chapter, new_id("rel"))
    asked = {"name": "Registry", "scopes": ["events:read"]}
    account = site.api("POST", f"{N}/service-accounts", asked, coordinator)["id"]
    visitor = window(phone=phone, dark=dark)
    visitor.go("/events")
    visitor.check()
    mei = window(coordinator, phone=phone, dark=dark)
    for path in ("", f"/accounts/{account}", f"/webhooks/{hook}"):
        mei.go(f"/coordinator/integrations{path}")
        for closed in mei.page.locator("details:not([open]) > summary").all()[::-1]:
            closed.click()
        mei.check()
    mei.page.get_by_role("button", name="简体中文").click()
    for path in ("/events", "/coordinator/integrations", f"/coordinator/integrations/webhooks/{hook}"):
        mei.go(path)
        assert mei.page.locator("html").get_attribute("lang") == "zh-Hans"
        mei.check()
