"""Asking for a round on its form, over the real services: its options, the pairs that stay, and what is said where it cannot be."""

import re
from typing import Any

import pytest

from services.web.pages import round_new
from services.web.rounds_words import ENGINE_REFUSALS
from services.web.words import catalogue
from shared.ids import new_id
from tests.browser.site import Person, Site
from tests.edges.web import NOTHING_ASKED, M, drafted, entered, send

#: The numbers of a form, with what they hold.
FIELDS = re.compile(r'name="(\w+)" type="number" value="(\d+)"')


def options(site: Site, coordinator: Person, made: str) -> dict[str, Any]:
    found = site.api("GET", f"{M}/rounds/{made}", person=coordinator)
    return {"kind": found["kind"], "seed": found["seed"], **found["options"]}


def test_the_short_form_drafts_the_usual_round_and_the_long_one_what_it_asks_for(
    site: Site, coordinator: Person
) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    client, page = site.client(coordinator), f"/coordinator/cycles/{cycle}"
    usual = send(client, f"{page}/rounds", page)
    assert (
        options(site, coordinator, usual.location.rsplit("/", 1)[1])
        == {"kind": "welfare", "seed": 0} | NOTHING_ASKED
    )
    assert "1 proposal" in client.get(page).text
    asked = {"kind": "welfare", "seed": "7", "floor": "3"}
    made = send(client, f"{page}/rounds", f"{page}/rounds/new", **asked)
    assert options(site, coordinator, made.location.rsplit("/", 1)[1]) == NOTHING_ASKED | {
        "kind": "welfare",
        "seed": 7,
        "floor": 3,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("seed", "-1"), ("floor", "many"), ("calm", "1001"), ("seed", "9" * 5_000), ("tolerance_ppm", "10001")],
    ids=["below", "word", "above", "thousands of digits", "tolerance"],
)
def test_a_number_that_is_none_is_marked_beside_its_field(
    site: Site, coordinator: Person, field: str, value: str
) -> None:
    cycle = entered(site, coordinator)
    page = f"/coordinator/cycles/{cycle}"
    answer = send(site.client(coordinator), f"{page}/rounds", f"{page}/rounds/new", **{field: value})
    assert answer.status_code == 422
    assert f'<a href="#{field}">Give a whole number from 0 to ' in answer.text
    assert f'id="{field}-error"' in answer.text


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_what_the_engine_refuses_is_said_on_the_form_in_our_words(
    site: Site, coordinator: Person, language: str
) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    made = drafted(site, coordinator, entered(site, coordinator))["id"]
    client, form = site.client(coordinator, language=language), f"/coordinator/rounds/{made}/again"
    for code, field, option, asked in (
        ("option_without_effect", "stay", "stay", {"kind": "stable", "stay": "3"}),
        (
            "option_without_effect",
            "tolerance_ppm",
            "tolerance_ppm",
            {"kind": "stable", "tolerance_ppm": "3"},
        ),
        (
            "option_without_effect",
            "",
            "bonus",
            {"kind": "stable", "group": f"chapter/{coordinator.chapter}", "bonus-0": "3"},
        ),
        ("unknown_group", "", "", {"group": "chapter/nowhere", "bonus-0": "3"}),
    ):
        answer = send(client, f"/coordinator/rounds/{made}/next", form, **asked)
        words = catalogue(language).gettext(ENGINE_REFUSALS.get(f"{code}/{option}", ENGINE_REFUSALS[code]))
        told = f'<li><a href="#{field}">{words}</a></li>' if field else f"<li>{words}</li>"
        assert (answer.status_code, told in answer.text) == (422, True), asked
        labels = re.findall("“(.+?)”", words)
        assert [f">{label}</" in answer.text for label in labels] == [True] * bool(option), asked
    other = send(client, f"/coordinator/rounds/{made}/next", form, kind="best")
    assert f'<a href="#kind">{catalogue(language).gettext("Choose one.")}</a>' in other.text


def test_a_ticked_pair_stays_in_the_next_draft_and_the_rest_of_the_draft_can_be_worth_more(
    site: Site, coordinator: Person
) -> None:
    mentees = [site.mentee(coordinator.chapter, name) for name in ("Ada", "Bea")]
    site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator)
    first = drafted(site, coordinator, cycle)
    (taken,) = first["proposals"]
    (other,) = [one.id for one in mentees if one.id != taken["mentee"]]
    again = f"/coordinator/rounds/{first['id']}/again"
    client, look = site.client(coordinator), f"/coordinator/rounds/{first['id']}"
    both = f"{other} {taken['mentor']}"
    asked = send(client, again, look, keep=both, shown=f"{taken['mentee']} {taken['mentor']}")
    assert f'value="{both}" checked' in asked.text
    start = f"/coordinator/rounds/{first['id']}/next"
    made = send(client, start, again, keep=both, stay="40").location.rsplit("/", 1)[1]
    found = options(site, coordinator, made)
    assert found["locked"] == [{"mentee": other, "mentor": taken["mentor"]}]
    assert (found["before"], found["stay"]) == (first["id"], 40)
    (proposal,) = site.api("GET", f"{M}/rounds/{made}", person=coordinator)["proposals"]
    assert proposal["mentee"] == other
    page = client.get(f"/coordinator/rounds/{made}").text
    assert re.search(rf'name="keep" value="{both}"[^>]* checked', page)
    unticked = send(client, f"/coordinator/rounds/{made}/again", f"/coordinator/rounds/{made}", shown=both)
    assert both not in unticked.text


def test_more_points_for_a_group_go_along_with_the_round(site: Site, coordinator: Person) -> None:
    site.mentee(coordinator.chapter)
    cycle = entered(site, coordinator)
    made = drafted(site, coordinator, cycle, bonus={f"chapter/{coordinator.chapter}": 12})["id"]
    client, again = site.client(coordinator), f"/coordinator/rounds/{made}/again"
    page = client.get(again).text
    assert f'name="group" value="chapter/{coordinator.chapter}"' in page
    assert 'name="bonus-0" value="12"' in page
    start = f"/coordinator/rounds/{made}/next"
    fields = {"group": f"chapter/{coordinator.chapter}", "bonus-0": "30"}
    more = send(client, start, again, **fields).location.rsplit("/", 1)[1]
    assert options(site, coordinator, more)["bonus"] == {f"chapter/{coordinator.chapter}": 30}
    for none in ("x", "9" * 5_000):
        assert send(client, start, again, **fields | {"bonus-0": none}).status_code == 422
    marked = send(client, start, again, stay="1.5")
    assert (marked.status_code, 'id="stay-error"' in marked.text) == (422, True)


def test_a_draft_is_asked_for_again_as_it_was_asked_for(site: Site, coordinator: Person) -> None:
    site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    asked = {"kind": "calm", "seed": 3, "floor": 2, "calm": 0, "tolerance_ppm": 500}
    made = drafted(site, coordinator, entered(site, coordinator), **asked)["id"]
    client, again = site.client(coordinator), f"/coordinator/rounds/{made}/again"
    given = dict(FIELDS.findall(client.get(again).text))
    sent = send(client, f"/coordinator/rounds/{made}/next", again, **given, kind="calm")
    assert options(site, coordinator, sent.location.rsplit("/", 1)[1]) == NOTHING_ASKED | asked


def test_the_form_keeps_what_is_ticked_and_typed_where_another_language_is_chosen(
    site: Site, coordinator: Person
) -> None:
    mentor, mentee = site.mentor(coordinator.chapter), site.mentee(coordinator.chapter)
    made = drafted(site, coordinator, entered(site, coordinator))["id"]
    client, again = site.client(coordinator), f"/coordinator/rounds/{made}/again"
    both = f"{mentee.id} {mentor.id}"
    buttons = re.findall(r'<button[^>]* name="language"[^>]*>', client.get(again).text)
    assert all(f'form="half-filled" formaction="{again}" formnovalidate' in one for one in buttons)
    switched = send(client, again, language="zh-Hans", kind="calm", seed="7", keep=both)
    assert '<html lang="zh-Hans">' in switched.text
    for filled in (f'value="{both}" checked', 'value="calm" aria-describedby="kind-calm-promise" checked'):
        assert filled in switched.text
    assert dict(FIELDS.findall(switched.text))["seed"] == "7"
    assert '<html lang="zh-Hans">' in client.get("/coordinator").text


def test_more_pairs_than_a_form_holds_are_refused_and_none_is_left_out(
    site: Site, coordinator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [(site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)) for _ in range(2)]
    cycle = entered(site, coordinator)
    locked = [{"mentee": mentee.id, "mentor": mentor.id} for mentee, mentor in pairs]
    made = drafted(site, coordinator, cycle, locked=locked)["id"]
    monkeypatch.setattr(round_new, "MAX_KEPT", 1)
    client, page = site.client(coordinator), f"/coordinator/rounds/{made}"
    words = "2 pairs are to stay together, and this form takes 1 at most."
    assert client.get(f"{page}/again").location == page
    assert words in client.get(page).text
    start, form = f"/coordinator/cycles/{cycle}/rounds", f"/coordinator/cycles/{cycle}/rounds/new"
    refused = send(client, start, form, keep=[f"{mentee.id} {mentor.id}" for mentee, mentor in pairs])
    assert (refused.status_code, words in refused.text) == (422, True)


def test_a_pair_that_cannot_stay_is_refused_without_saying_what_stands_between_the_two(
    site: Site, coordinator: Person
) -> None:
    mentor = site.mentor(coordinator.chapter)
    mentee = site.mentee(coordinator.chapter, "Dana", languages=["fr"])
    cycle = entered(site, coordinator)
    client, page = site.client(coordinator), f"/coordinator/cycles/{cycle}"
    answer = send(client, f"{page}/rounds", f"{page}/rounds/new", keep=f"{mentee.id} {mentor.id}")
    assert answer.status_code == 422
    assert "Dana and Bo Chen: A rule stands between two people who are to stay together." in answer.text
    assert "language stands" not in answer.text


def test_a_pair_one_of_whom_is_not_there_any_more_cannot_stay(site: Site, coordinator: Person) -> None:
    mentor = site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator)
    client, page = site.client(coordinator), f"/coordinator/cycles/{cycle}"
    answer = send(client, f"{page}/rounds", f"{page}/rounds/new", keep=f"{new_id('mem')} {mentor.id}")
    assert answer.status_code == 422
    assert "does not wait in this cycle any more." in answer.text


def test_a_pair_that_was_not_proposed_can_be_kept_from_its_own_page(site: Site, coordinator: Person) -> None:
    ada, bea = (site.mentee(coordinator.chapter, name) for name in ("Ada", "Bea"))
    mentor = site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator)
    draft = drafted(site, coordinator, cycle)
    (taken,) = draft["proposals"]
    (other,) = {ada.id, bea.id} - {taken["mentee"]}
    client, page = site.client(coordinator), f"/coordinator/rounds/{draft['id']}"
    both = f"{other} {mentor.id}"
    why_not = f"{page}/pair?mentee={other}&mentor={mentor.id}"
    assert f'name="keep" value="{both}">Keep these two together, and draft again' in client.get(why_not).text
    form = send(client, f"{page}/again", why_not, keep=both)
    assert f'value="{both}" checked' in form.text
    assert 'name="keep"' not in client.get(f"{page}/pair?mentee={taken['mentee']}&mentor={mentor.id}").text
    send(client, f"{page}/publication")
    assert 'name="keep"' not in client.get(why_not).text
