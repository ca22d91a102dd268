"""Publishing a round on its page, over the real services: what is asked before, how far it is, and what is said afterwards."""

import pytest

from services.matching.commands import rounds
from tests.browser.site import Person, Site
from tests.edges.web import M, a_cycle, drafted, entered, send


def test_before_a_round_goes_out_it_is_asked_whether_it_should_with_whom_it_reaches(
    site: Site, coordinator: Person
) -> None:
    (
        site.mentor(coordinator.chapter),
        site.mentee(coordinator.chapter),
        site.mentee(coordinator.chapter, "Ada"),
    )
    cycle = entered(site, coordinator)
    made, same = (drafted(site, coordinator, cycle)["id"] for _ in range(2))
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    look = client.get(page).text
    assert f'href="{page}/publication">Publish</a>' in look
    assert f'action="{page}/publication"' not in look
    asked = client.get(f"{page}/publication").text
    for words in (
        "Publish this round?",
        "1 proposal goes out: the mentee and the mentor get a mail.",
        "1 person is left over: who waits for a proposal is told that there is none this time.",
        "What has gone out cannot be taken back.",
    ):
        assert words in asked, words
    assert site.api("GET", f"{M}/rounds/{made}", person=coordinator)["state"] == "draft"
    assert send(client, f"{page}/publication").location == page
    assert "Published. 1 proposal went out; both get a mail." in client.get(page).text
    assert client.get(f"{page}/publication").location == page
    send(client, f"/coordinator/rounds/{same}/publication")
    none = client.get(f"/coordinator/rounds/{same}").text
    assert "Published, but none of its proposals could go out any more." in none


def test_a_draft_says_that_another_round_of_its_cycle_has_gone_out_since(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    older, newer = (drafted(site, coordinator, cycle)["id"] for _ in range(2))
    client, page = site.client(coordinator), f"/coordinator/rounds/{older}"
    warned = "A round went out since this draft was made: who has a proposal from it gets none from this."
    assert warned not in client.get(page).text + client.get(f"{page}/publication").text
    site.stack.clock.advance(minutes=1)
    send(client, f"/coordinator/rounds/{newer}/publication")
    out = client.get(f"/coordinator/rounds/{newer}").text
    assert ("Round with 1 proposal" in out, "drafted" in out, warned in out) == (True, False, False)
    look, asked = client.get(page).text, client.get(f"{page}/publication").text
    again = f'<a class="button" href="{page}/again">Draft again</a>'
    assert [(warned in text, again in text) for text in (look, asked)] == [(True, True)] * 2
    assert f'href="/coordinator/rounds/{newer}">The round that went out</a>' in look
    assert f'<a class="button quiet" href="{page}/publication">Publish</a>' in look
    assert "At most 1 proposal goes out" in asked
    listed = client.get(f"/coordinator/cycles/{cycle}").text
    since = '<span class="badge">a round went out since</span>'
    assert (f">Draft</span> {since}" in listed, listed.count(since)) == (True, 1)
    send(client, f"{page}/publication")
    none = client.get(page).text
    for words in (
        "Round with 1 drafted proposal",
        "mentees with a drafted proposal, of 1",
        "0 proposals went out",
    ):
        assert words in none, words
    assert warned not in none
    newest = drafted(site, coordinator, cycle)
    assert newest["overtaken_by"] is None
    assert "weakest tenth" in out
    assert "weakest tenth" not in client.get(f"/coordinator/rounds/{newest['id']}").text


def test_a_round_that_goes_out_says_how_far_it_is_until_those_left_over_are_told(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    (
        site.mentor(coordinator.chapter),
        site.mentee(coordinator.chapter),
        site.mentee(coordinator.chapter, "Ada"),
    )
    made = drafted(site, coordinator, entered(site, coordinator))["id"]
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    monkeypatch.setattr(rounds, "PAGES_AT_ONCE", 0)
    send(client, f"{page}/publication")
    steps = [("0 of 1 proposals are out.", 0), ("Those left over are being told: 0 of 1.", 0)]
    for words, done in steps:
        shown = client.get(page).text
        for part in (words, f'data-watch="{page}/progress"', 'content="3"'):
            assert part in shown, part
        at = client.get(f"{page}/progress").get_json()
        assert words in at.pop("words")
        assert at == {"state": "running", "done": done, "total": 1}
        assert rounds.carry_on(site.stack.running["matching"].room) == 1
    assert client.get(f"{page}/progress").json == {"state": "published"}
    assert "data-watch" not in client.get(page).text


def test_a_draft_without_a_proposal_can_be_published_to_tell_those_left_over(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle, floor=5_000)["id"]
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    assert f'href="{page}/publication">Tell those left over</a>' in client.get(page).text
    asked = client.get(f"{page}/publication").text
    assert ("2 people are left over" in asked, "goes out:" in asked) == (True, False)
    send(client, f"{page}/publication")
    assert "Published. Those left over are told." in client.get(page).text
    empty = a_cycle(site, coordinator)
    nobody = f"/coordinator/rounds/{drafted(site, coordinator, empty)['id']}"
    assert "/publication" not in client.get(nobody).text
    assert client.get(f"{nobody}/publication").location == nobody


def test_a_published_round_still_says_what_was_asked_for(site: Site, coordinator: Person) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    made = drafted(site, coordinator, entered(site, coordinator), kind="calm", calm=3)["id"]
    site.api("POST", f"{M}/rounds/{made}/publication", {}, coordinator)
    page = site.client(coordinator).get(f"/coordinator/rounds/{made}").text
    assert "1 proposal went out" in page
    assert "Calm · at most 3 points" in page
