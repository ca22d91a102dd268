"""The page of mentors who could be hers, over the real services: whom it is for, and what it says where there is nobody."""

import pytest

from services.matching.commands import waiting
from tests.browser.site import Person, Site
from tests.edges.web import M, entered, send, to_a_mentor

PAGE = "/me/mentors"


def test_it_is_for_mentees_who_are_signed_in(site: Site, coordinator: Person) -> None:
    mentor = site.mentor(coordinator.chapter)
    entered(site, coordinator)
    assert site.client().get(PAGE).location.endswith("/sign-in")
    for person in (mentor, coordinator):
        assert site.client(person).get(PAGE).status_code == 403
        assert PAGE not in site.client(person).get("/me").text


def test_who_has_not_applied_reads_so_and_who_took_it_back_too(site: Site, coordinator: Person) -> None:
    dana = site.mentee(coordinator.chapter)
    site.mentor(coordinator.chapter)
    site.stack.quiet()
    client = site.client(dana)
    assert "You have not applied as a mentee." in client.get(PAGE).text
    cycle = entered(site, coordinator)
    assert "Mentor 1" in client.get(PAGE).text
    application = site.api("GET", f"{M}/me/applications", person=dana)["items"][0]["id"]
    send(client, f"/applications/{application}/withdrawal", "/me")
    assert "You can apply again while the cycle takes applications." in client.get(PAGE).text
    to_a_mentor(site, dana)
    send(client, "/applications", "/me", cycle=cycle, role="mentee")
    assert "Mentor 1" in client.get(PAGE).text


def test_nobody_is_named_and_only_whom_she_has_met_has_an_address(site: Site, coordinator: Person) -> None:
    dana, bo, cy = (
        site.mentee(coordinator.chapter),
        site.mentor(coordinator.chapter),
        site.mentor(coordinator.chapter, "Cy Baum"),
    )
    entered(site, coordinator)
    event = {"kind": "event", "name": "Open evening", "members": [dana.id, bo.id]}
    site.api("POST", f"{M}/touchpoints", event, coordinator)
    page = site.client(dana).get(PAGE).text
    assert page.count('">you have met<') == 1
    assert f"/ask/{bo.id}" in page
    assert not any(told in page for told in (cy.id, bo.name, cy.name))


def test_a_market_too_large_is_said_in_a_sentence(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    dana = site.mentee(coordinator.chapter)
    site.mentor(coordinator.chapter)
    entered(site, coordinator)
    monkeypatch.setattr(waiting, "MENTORS_MOST", 0)
    page = site.client(dana).get(PAGE)
    assert page.status_code == 200
    assert "There are too many people in this round to look through for one of them." in page.text


def test_a_coordinator_reads_the_names_and_introduces_two_from_there(site: Site, coordinator: Person) -> None:
    dana, bo = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator)
    client = site.client(coordinator)
    page = f"/coordinator/cycles/{cycle}/mentors"
    assert page in client.get(f"/coordinator/cycles/{cycle}").text
    assert bo.name not in client.get(page).text
    found = client.get(page, query_string={"mentee": dana.id}).text
    assert bo.name in found
    for head in (
        "Score",
        "Worth to others",
        "For the mentee",
    ):  # on a narrow page each stands beside its value
        assert f'data-label="{head}"' in found
    assert '<table class="stack">' in found
    link = f"/coordinator/introductions/new?mentee={dana.id}&mentor={bo.id}"
    assert link.replace("&", "&amp;") in found
    form = client.get(link).text
    assert all(f'<option value="{one.id}" selected>' in form for one in (dana, bo))


def test_a_coordinator_reads_where_nobody_can_be_her_mentor(site: Site, coordinator: Person) -> None:
    dana = site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    found = site.client(coordinator).get(f"/coordinator/cycles/{cycle}/mentors?mentee={dana.id}").text
    assert "Nobody who waits in this cycle can be her mentor at the moment." in found
    stranger = site.mentee(site.chapter().chapter, "Eva Fern")
    shown = site.client(coordinator).get(f"/coordinator/cycles/{cycle}/mentors?mentee={stranger.id}").text
    assert "Somebody whom you ask about has not applied to this cycle" in shown
    assert (stranger.name in shown, "can be her mentor" in shown) == (False, False)
