"""Questions about a round, over the real services: why these two, why not those, what would help, two drafts side by side."""

import re
import threading
from typing import Any

import pytest

from services.matching.commands import discovering, explaining, waiting
from services.web.pages import round_answers
from shared.errors import Refused
from tests.browser.site import Person, Site
from tests.edges.web import M, drafted, entered, main

#: Words that a page must not say of two people where one of them keeps the other away.
TOLD_BY_NOBODY = ("blocked", "Blocked", "conflict")


def test_a_coordinator_reads_why_these_two_and_why_not_those(site: Site, coordinator: Person) -> None:
    mo, nia = site.mentor(coordinator.chapter, "Mo"), site.mentor(coordinator.chapter, "Nia")
    ada, bea, cora = (site.mentee(coordinator.chapter, name) for name in ("Ada", "Bea", "Cora"))
    dana = site.mentee(coordinator.chapter, "Dana", languages=["fr"])
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)
    pairs = {one["mentee"]: one["mentor"] for one in made["proposals"]}
    (left,) = {ada.id, bea.id, cora.id} - pairs.keys()
    client, base = site.client(coordinator), f"/coordinator/rounds/{made['id']}/pair"
    empty = client.get(base).text
    assert "Why these two?" in empty
    assert f'<option value="{dana.id}"' in empty

    def told(mentee: str, mentor: str) -> str:
        return client.get(f"{base}?mentee={mentee}&mentor={mentor}").text

    mentee, mentor = next(iter(pairs.items()))
    chosen = told(mentee, mentor)
    for words in (
        "in this draft",
        "Together they are worth",
        "Leadership is wanted",
        "Leadership is asked for",
        "8 years ahead in leadership",
        "What counts",
    ):
        assert words in chosen, words
    for mentor in (mo.id, nia.id):
        unmet = told(left, mentor)
        assert "possible, not proposed" in unmet
        assert "Their two places bring" in unmet
        assert "They have no common language." in told(dana.id, mentor)


def test_two_who_were_drafted_are_said_to_be_proposed_only_where_their_proposal_went_out(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter, "Mo"), site.mentee(coordinator.chapter, "Ada")
    cycle = entered(site, coordinator)
    one, same = (drafted(site, coordinator, cycle) for _ in range(2))
    (pair,) = one["proposals"]
    client = site.client(coordinator)

    def badges(made: str) -> list[str]:
        page = client.get(f"/coordinator/rounds/{made}/pair?mentee={pair['mentee']}&mentor={pair['mentor']}")
        return re.findall(r'<span class="badge[^>]*>([^<]+)<', main(page.text))

    assert badges(one["id"]) == ["in this draft"]
    for made in (one["id"], same["id"]):
        site.api("POST", f"{M}/rounds/{made}/publication", {}, coordinator)
    assert badges(one["id"]) == ["went out"]
    assert badges(same["id"]) == ["did not go out: paired before"]
    listed = main(client.get(f"/coordinator/cycles/{cycle}").text)
    assert [f"1 proposal, {out} went out" in listed for out in (0, 1, 2)] == [True, True, False]


def test_why_not_says_of_an_exclusion_only_that_there_is_one(site: Site, coordinator: Person) -> None:
    mentor, mentee = site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    rel = site.introduced(coordinator, mentee, mentor)
    site.api("POST", "/api/profiles/v1/me/blocks", {"member": mentor.id}, mentee)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)["id"]
    page = (
        site.client(coordinator)
        .get(f"/coordinator/rounds/{made}/pair?mentee={mentee.id}&mentor={mentor.id}")
        .text
    )
    assert "One of the two would rather not meet the other." in page
    assert not any(word in page for word in TOLD_BY_NOBODY)
    assert rel not in page


def test_somebody_left_over_has_a_page_of_what_would_help(site: Site, coordinator: Person) -> None:
    for name in ("Mo", "Nia", "Oli"):
        site.mentor(coordinator.chapter, name)
    dana = site.mentee(coordinator.chapter, "Dana", languages=["fr"])
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)["id"]
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    link = f"{page}/help?member={dana.id}&amp;side=mentee"
    assert link in client.get(page).text
    helped = client.get(link.replace("&amp;", "&")).text
    for words in (
        "What would help Dana",
        "Speaking English as well",
        "makes 3 more people possible",
        "3 of them with a place left",
    ):
        assert words in helped, words
    assert client.get(f"{page}/help?member={dana.id}&side=both").status_code == 404


def test_of_mentees_whom_a_mentor_could_meet_it_is_said_who_can_take_a_proposal_and_not_who_has_a_place(
    site: Site, coordinator: Person
) -> None:
    for name in ("Ada", "Bea", "Cora"):
        site.mentee(coordinator.chapter, name)
    offered = [{"area": "leadership", "years": 8}]
    mo = site.member(coordinator.chapter, "Mo", "mentor", capacity=1, areas_offered=offered, languages=["fr"])
    site.mentor(coordinator.chapter, "Nia")  # whom one of the three is proposed to
    made = drafted(site, coordinator, entered(site, coordinator))["id"]
    page = f"/coordinator/rounds/{made}/help?member={mo.id}&side=mentor"
    helped = main(site.client(coordinator).get(page).text)
    assert "makes 3 more people possible, 2 of them can still take a proposal" in helped
    assert "place left" not in helped


def test_prices_of_a_round_that_tolerated_a_gap_are_told_as_about_so_many_points(
    site: Site, coordinator: Person
) -> None:
    mo = site.mentor(coordinator.chapter, "Mo")
    for name in ("Ada", "Bea"):
        site.mentee(coordinator.chapter, name)
    made = drafted(site, coordinator, entered(site, coordinator))
    (left,) = [one["member"] for one in made["left_over"]]
    client, page = site.client(coordinator), f"/coordinator/rounds/{made['id']}"
    pair, helped = f"{page}/pair?mentee={left}&mentor={mo.id}", f"{page}/help?member={left}&side=mentee"
    assert not any(" about " in client.get(one).text for one in (pair, helped))
    stored = site.stack.running["matching"].room.store.db["rounds"]
    stored.update_one({"_id": made["id"]}, {"$set": {"report.gap": 3}})
    assert "They would do about as well as those who were chosen." in client.get(pair).text
    assert "one more place there adds about " in client.get(helped).text
    assert "About so many points would one more place" in client.get(page).text


def test_who_has_withdrawn_since_is_said_to_have_on_every_page_that_asks_about_her(
    site: Site, coordinator: Person
) -> None:
    ada, mentor = site.mentee(coordinator.chapter, "Ada"), site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle, floor=5_000)["id"]
    (hers,) = site.api("GET", f"{M}/me/applications", person=ada)["items"]
    site.api("DELETE", f"{M}/applications/{hers['id']}", person=ada)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    words = "Somebody whom you ask about has not applied to this cycle, or has withdrawn."
    pair = client.get(f"{page}/pair?mentee={ada.id}&mentor={mentor.id}")
    assert (pair.status_code, words in pair.text) == (200, True)
    assert client.get(f"{page}/help?member={ada.id}&side=mentee").location == page
    assert words in client.get(page).text
    found = client.get(f"/coordinator/cycles/{cycle}/mentors?mentee={ada.id}")
    assert (found.status_code, words in found.text) == (200, True)


def test_a_round_too_large_to_look_through_sends_back_to_it_and_says_so(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.mentor(coordinator.chapter)
    ada = site.mentee(coordinator.chapter, "Ada")
    made = drafted(site, coordinator, entered(site, coordinator), floor=5_000)["id"]
    monkeypatch.setattr(waiting, "MENTORS_MOST", 0)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    sent = client.get(f"{page}/help?member={ada.id}&side=mentee")
    assert (sent.status_code, sent.location) == (303, page)
    assert "There are too many people in this round to look through for one of them." in client.get(page).text


def test_a_look_that_has_to_wait_for_what_is_read_comes_back_to_the_round(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _ = site.mentee(coordinator.chapter, "Ada"), site.mentor(coordinator.chapter)
    made = drafted(site, coordinator, entered(site, coordinator), floor=5_000)["id"]
    monkeypatch.setattr(discovering, "MENTORS_AT_ONCE", 0)
    monkeypatch.setattr(waiting, "WAIT_S", 0.0)
    mentors, over = waiting.Kept[Any](), threading.Event()
    monkeypatch.setattr(waiting, "_MENTORS", mentors)
    with pytest.raises(Refused):
        mentors.get("another cycle", 0, lambda: over.wait(60))
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    assert client.get(f"{page}/help?member={ada.id}&side=mentee").location == page
    assert "Look again in a moment." in client.get(page).text
    over.set()


def test_a_list_to_choose_from_reads_some_pages_and_says_that_there_are_more(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    mentors = [site.mentor(coordinator.chapter, name) for name in ("Mo", "Nia", "Oli")]
    ada = site.mentee(coordinator.chapter, "Ada")
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)["id"]
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}/pair"
    more = "Not everybody is listed here"
    whole = client.get(page).text
    assert more not in whole
    assert all(f'<option value="{one.id}">' in whole for one in mentors)
    monkeypatch.setattr(round_answers, "PAGE", 1)
    monkeypatch.setattr(round_answers, "CHOICE_PAGES", 2)
    cut = client.get(page).text
    assert more in cut
    assert sum(f'<option value="{one.id}">' in cut for one in mentors) == 2
    assert f'<option value="{ada.id}">' in cut, "mentors take no mentee's place in the list"
    assert more not in client.get(f"/coordinator/cycles/{cycle}/mentors").text


def test_two_drafts_stand_side_by_side(site: Site, coordinator: Person) -> None:
    site.mentor(coordinator.chapter, "Mo"), site.mentee(coordinator.chapter, "Ada")
    cycle = entered(site, coordinator)
    one, other, same = (
        drafted(site, coordinator, cycle, **asked)["id"] for asked in ({}, {"floor": 5_000}, {"seed": 3})
    )
    client, page = site.client(coordinator), f"/coordinator/rounds/{one}"
    assert f'<option value="{other}">' in client.get(page).text
    compared = client.get(f"{page}/comparison?with={other}").text
    for words in (
        "Two drafts side by side",
        "1 of 1: 100%",
        "0 of 1: 0%",
        "Who is proposed to somebody else",
        "Ada",
        "Mo (",
    ):
        assert words in compared, words
    alike = client.get(f"{page}/comparison?with={same}").text
    assert "Both drafts propose the same pairs." in alike
    best = "Of the best total with its own options, at least"
    assert (best in alike, best in compared) == (True, False)  # the second's best is below its own floor
    assert client.get(f"{page}/comparison").status_code == 404


def test_rounds_too_large_to_compare_say_so_on_the_page_of_the_first(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    cycle = entered(site, coordinator)
    one, other = (drafted(site, coordinator, cycle)["id"] for _ in range(2))
    monkeypatch.setattr(explaining, "COMPARED_MOST", -1)
    client, page = site.client(coordinator), f"/coordinator/rounds/{one}"
    assert client.get(f"{page}/comparison?with={other}").location == page
    assert "These two rounds have too many proposals to be set side by side." in client.get(page).text
