"""The form and the page of a cycle, over the real services: what it lacks, who is matched, and its older rounds."""

import re

import pytest

from services.web.pages import applications
from services.web.words import catalogue
from tests.browser.site import Person, Site
from tests.edges.web import M, a_cycle, drafted, entered, send


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_what_a_cycle_lacks_is_said_at_its_fields_in_the_pages_language(
    site: Site, coordinator: Person, language: str
) -> None:
    client, page = site.client(coordinator, language=language), "/coordinator/cycles/new"
    said = catalogue(language).gettext
    answer = send(client, page)
    assert answer.status_code == 422
    for field, words in (
        ("programme", said("Choose one.")),
        ("name", said("Give a name of at most %(num)d characters.") % {"num": 120}),
        ("opens_local", said("Give a date and a time, for example 2026-11-05 18:30.")),
        ("closes_local", said("Give a date and a time, for example 2026-11-05 18:30.")),
    ):
        assert f'<a href="#{field}">{words}</a>' in answer.text
    programme = site.api("POST", f"{M}/programmes", {"name": "P", "rules": {}}, coordinator)["id"]
    backwards = {"opens_local": "2030-02-01T09:00", "closes_local": "2030-01-01T09:00"}
    refused = send(client, page, programme=programme, name="C", **backwards)
    assert f'<a href="#closes_local">{said("The window closes before it opens.")}</a>' in refused.text


def test_who_has_a_proposal_or_is_matched_is_said_to_among_the_applicants(
    site: Site, coordinator: Person
) -> None:
    mentor, mentee = site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)["id"]
    client, page_of_cycle = site.client(coordinator), f"/coordinator/cycles/{cycle}"
    assert client.get(page_of_cycle).text.count("<td>waiting</td>") == 2
    site.api("POST", f"{M}/rounds/{made}/publication", {}, coordinator)
    assert client.get(page_of_cycle).text.count("<td>has a proposal</td>") == 2
    (proposal,) = site.api("GET", f"{M}/rounds/{made}", person=coordinator)["proposals"]
    site.stack.quiet()
    site.begun(proposal["relationship"], mentee, mentor)
    page = client.get(page_of_cycle).text
    assert ("<td>matched</td>" in page, "<td>withdrawn</td>" in page) == (True, False)


def test_an_older_round_of_a_cycle_is_on_a_further_page(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = a_cycle(site, coordinator)
    made = [drafted(site, coordinator, cycle, seed=seed)["id"] for seed in range(3)]
    monkeypatch.setattr(applications, "ROUNDS_LISTED", 2)
    client, page = site.client(coordinator), f"/coordinator/cycles/{cycle}"
    shown = client.get(page).text
    listed = [one for one in made if one in shown.replace("rounds_after=", " ")]
    (link,) = re.findall(r"rounds_after=(\w+)", shown)
    older, _, _ = client.get(f"{page}?rounds_after={link}").text.partition("</main>")
    assert len(listed) == 2
    assert [one for one in made if one in older] == [one for one in made if one not in listed]
    assert "rounds_after" not in older
