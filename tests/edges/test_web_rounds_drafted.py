"""The page of a round until it goes out, over the real services: how far it is, what came of it, what a draft says, and to whom."""

from dataclasses import replace
from typing import Any

import pytest

from services.matching.commands.consent import forget_answers
from services.matching.kinds import MEMBERS
from services.web.pages import rounds as pages
from shared.call import Call
from shared.events.profiles import Answer
from shared.ids import new_id
from shared.transaction import Tx
from tests.browser.site import Person, Site
from tests.edges.web import a_cycle, asked_later, computed, drafted, entered, send

#: Rules of a programme that asks its people for their industry.
ASKED = {"questions": [{"key": "industry", "match": "same", "mentee": 4, "mentor": 4}]}


def taken_back(site: Site, member: Person) -> None:
    """Matching hears that the member took back what she had said of her industry."""
    room = site.stack.running["matching"].room
    call = Call(new_id("call"), room.now(member.chapter), member.chapter, "test")

    def forget(tx: Tx) -> dict[str, Any]:
        now = tx.get(MEMBERS, member.id)
        forget_answers(tx, replace(now, answers=(Answer("industry", "energy"),)), now)
        return {}

    room.store.change(call, forget)


def test_a_round_says_how_far_it_is_and_can_be_cancelled_and_thrown_away(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = asked_later(site, coordinator, cycle)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    waiting = client.get(page).text
    for words in ("It begins in a moment.", 'content="3"', "Cancel the round", "<progress"):
        assert words in waiting
    assert client.get(f"{page}/progress").json == {
        "state": "running", "done": 0, "total": 0, "words": "It begins in a moment.", "badge": "Waiting",
    }  # fmt: skip
    assert "Cancel this round?" in client.get(f"{page}/cancellation").text
    assert send(client, f"{page}/cancellation").location == page
    cancelled = client.get(page).text
    assert "This round was cancelled." in cancelled
    assert "http-equiv" not in cancelled
    assert client.get(f"{page}/progress").json == {"state": "cancelled"}
    assert client.get(f"{page}/cancellation").location == page
    assert "Cancelled" in client.get(f"/coordinator/cycles/{cycle}").text
    assert send(client, f"{page}/discard", page).location == f"/coordinator/cycles/{cycle}"
    assert client.get(page).status_code == 404


def test_a_round_that_is_computed_becomes_a_draft_on_its_own_page(site: Site, coordinator: Person) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    made = asked_later(site, coordinator, entered(site, coordinator))
    computed(site)
    client = site.client(coordinator)
    assert client.get(f"/coordinator/rounds/{made}/progress").json == {"state": "draft"}
    assert "Round with 1 proposal" in client.get(f"/coordinator/rounds/{made}").text


def test_a_round_that_failed_says_why_in_a_sentence_and_what_to_do(site: Site, coordinator: Person) -> None:
    mentor = site.mentor(coordinator.chapter)
    mentee = site.mentee(coordinator.chapter, "Dana", languages=["fr"])
    cycle = entered(site, coordinator)
    made = asked_later(site, coordinator, cycle, locked=[{"mentee": mentee.id, "mentor": mentor.id}])
    computed(site)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    failed = client.get(page).text
    for words in (
        "Came to nothing",
        "A rule stands between two people",
        "Nothing of this round is kept",
        "Ask again",
    ):
        assert words in failed
    assert "language stands" not in failed
    assert f'value="{mentee.id} {mentor.id}" checked' in client.get(f"{page}/again").text
    assert send(client, f"{page}/discard", page).location == f"/coordinator/cycles/{cycle}"


def test_a_draft_draws_its_report_and_each_number_stands_beside_its_bar(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter, "Mo")
    for name in ("Ada", "Bea", "Cora"):
        site.mentee(coordinator.chapter, name)
    weights = {"mentee": {"wants": 1_000}, "mentor": {"asked": 1_000}}
    cycle = entered(site, coordinator, matching={"weights": weights})
    page = site.client(coordinator).get(f"/coordinator/rounds/{drafted(site, coordinator, cycle)['id']}").text
    for words in (
        "What mentees get", "What mentors get", "Both together", "Who has a proposal: All, 1 of 3: 33%; All, 1 of 1: 100%",
        "pairs were possible; others were chosen, 2 people", "Where one more place would help most: Mo, +",
        "What stops pairs: possible, 3: 100%", "Each pair counts once", "is possible</dt><dd>3,0",
    ):  # fmt: skip
        assert words in page, words


def test_where_sensitive_answers_count_the_mentors_whose_places_help_most_are_named_without_points(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter, "Mo")
    for name in ("Ada", "Bea", "Cora"):
        site.mentee(coordinator.chapter, name)
    faith = {"key": "faith", "match": "same", "mentee": 4, "mentor": 4, "sensitive": True}
    cycle = entered(site, coordinator, matching={"questions": [faith]})
    page = site.client(coordinator).get(f"/coordinator/rounds/{drafted(site, coordinator, cycle)['id']}").text
    assert "One more place would help most with these, in this order: Mo." in page
    assert "Mo, +" not in page


def test_a_stable_round_says_that_it_has_no_prices_of_places(site: Site, coordinator: Person) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    client, words = site.client(coordinator), "has no prices of places"
    for kind, says in (("stable", True), ("calm", True), ("welfare", False)):
        made = drafted(site, coordinator, cycle, kind=kind)["id"]
        assert (words in client.get(f"/coordinator/rounds/{made}").text) is says, kind


def test_a_round_of_nobody_says_that_nobody_waits(site: Site, coordinator: Person) -> None:
    cycle = a_cycle(site, coordinator)
    page = site.client(coordinator).get(f"/coordinator/rounds/{drafted(site, coordinator, cycle)['id']}").text
    assert "Nobody waits in this cycle. Enter people on its page, then draft again." in page
    assert ("Who has a proposal" in page, "The list below" in page) == (False, False)


def test_a_draft_that_used_an_answer_taken_back_offers_only_to_be_drafted_again(
    site: Site, coordinator: Person
) -> None:
    ada, _ = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator, matching=ASKED)
    made = drafted(site, coordinator, cycle)["id"]
    taken_back(site, ada)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    shown = client.get(page).text
    for words in ("Somebody has taken back an answer", "It cannot be published any more.", "Draft again"):
        assert words in shown, words
    for words in ("Nobody waits", "No pair is possible", "Publish", "until you publish"):
        assert words not in shown, words
    assert client.get(f"{page}/publication").location == page
    assert "Make a draft" in client.get(f"{page}/again").text


def test_a_long_round_is_looked_at_part_by_part(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("Ada", "Bea", "Cora")
    for name in names:
        site.mentee(coordinator.chapter, name)
    made = drafted(site, coordinator, entered(site, coordinator))["id"]
    monkeypatch.setattr(pages, "PAGE", 2)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    assert f"{page}?after=0&amp;left_after=2" in client.get(page).text
    rest = client.get(f"{page}?left_after=2").text
    assert (sum(name in rest for name in names), "left_after=4" in rest) == (1, False)


def test_a_member_sees_none_of_it(site: Site, coordinator: Person) -> None:
    mentor, mentee = site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle)["id"]
    base, pair = f"/coordinator/rounds/{made}", f"mentee={mentee.id}&mentor={mentor.id}"
    for path in (
        "",
        "/progress",
        "/again",
        "/cancellation",
        "/publication",
        f"/pair?{pair}",
        f"/help?member={mentee.id}&side=mentee",
        f"/comparison?with={made}",
    ):
        for person in (mentee, mentor):
            assert site.client(person).get(base + path).status_code == 403, path
