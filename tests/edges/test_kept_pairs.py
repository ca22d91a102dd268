"""Pairs that are to stay together in a round, as many as can be sent: what form and API take, and what they say of more."""

import json

import pytest

from services.matching.api.rounds import LOCKED_MOST
from services.web.app import MAX_FORM_BYTES
from shared.http import MAX_BODY_BYTES
from shared.ids import new_id
from tests.browser.site import Person, Site
from tests.edges.web import M, drafted, entered, form

URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def cycle(site: Site, coordinator: Person) -> str:
    site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    return entered(site, coordinator)


def pairs(many: int) -> list[str]:
    return [f"{new_id('mem')} {new_id('mem')}" for _ in range(many)]


def test_a_thousand_ticked_pairs_are_told_how_many_the_form_takes(
    site: Site, coordinator: Person, cycle: str
) -> None:
    page = f"/coordinator/rounds/{drafted(site, coordinator, cycle)['id']}"
    client, ticked = site.client(coordinator), pairs(1_000)
    fields = form(client, page) | {"keep": ticked, "shown": ticked}
    answer = client.post(f"{page}/again", data=fields, content_type=URLENCODED)
    said = "1000 pairs are to stay together, and this form takes 300 at most. Take some ticks off, or ask through the API."
    assert (answer.status_code, answer.location) == (303, page)
    assert said in client.get(page).text
    start = f"/coordinator/cycles/{cycle}/rounds"
    asked = form(client, f"{start}/new") | {"kind": "welfare", "keep": ticked}
    refused = client.post(start, data=asked, content_type=URLENCODED)
    assert (refused.status_code, said in refused.text) == (422, True)


def test_more_than_a_form_may_weigh_is_told_so(site: Site, coordinator: Person, cycle: str) -> None:
    client, start = site.client(coordinator), f"/coordinator/cycles/{cycle}/rounds"
    ticked = pairs(MAX_FORM_BYTES // 60)
    asked = form(client, f"{start}/new") | {"kind": "welfare", "keep": ticked}
    answer = client.post(start, data=asked, content_type=URLENCODED)
    assert (answer.status_code, "Go back and send less." in answer.text) == (413, True)


def test_the_api_reads_as_many_as_it_names_and_says_of_more_what_a_body_may_weigh(
    site: Site, coordinator: Person, cycle: str
) -> None:
    token = site.api("POST", "/api/profiles/v1/tokens", {"session": coordinator.session})["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    locked = [dict(zip(("mentee", "mentor"), pair.split(), strict=True)) for pair in pairs(LOCKED_MOST)]
    path = f"{M}/cycles/{cycle}/rounds"

    close = json.dumps({"locked": locked}, separators=(",", ":"))
    read = site.stack.ask("POST", path, headers, data=close)
    heavy = site.stack.ask("POST", path, headers, data=close + " " * MAX_BODY_BYTES)

    assert (read.status_code, read.get_json()["errors"][0]["pointer"]) == (422, "/locked/0/mentee")
    assert (heavy.status_code, heavy.get_json()["code"]) == (413, "too_large")
    assert heavy.get_json()["detail"] == "The body is larger than the 262,144 bytes that can be taken here."
