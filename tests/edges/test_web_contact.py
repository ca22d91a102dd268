"""Pages on which chapters lend, people meet and certificates are taken, over the real services: reached by links, kind to nonsense."""

import re

import pytest

from services.matching.domain.programmes import BOUNDS, Terms
from services.web.programme_numbers import KNOWN, USUAL_MONTHS, asked, faults, groups
from tests.browser.site import Person, Site
from tests.edges.web import send

M, S, P = (f"/api/{name}/v1" for name in ("matching", "sessions", "profiles"))
NOBODY = "mem_00000000000000000000000000"


@pytest.fixture
def mentor(site: Site, coordinator: Person, mentee: Person) -> Person:
    made = site.mentor(coordinator.chapter)
    site.stack.quiet()
    return made


def started(site: Site, coordinator: Person, mentee: Person, mentor: Person) -> str:
    """A trial that has just begun."""
    rel = site.introduced(coordinator, mentee, mentor)
    site.begun(rel, mentee, mentor)
    return rel


def test_every_new_page_is_reached_by_a_link_from_where_people_are(
    site: Site, coordinator: Person, mentee: Person, mentor: Person
) -> None:
    chapter, hers = site.client(coordinator).get("/coordinator").text, site.client(mentee).get("/me").text
    for address in ("/coordinator/touchpoints", "/coordinator/crossings", "/coordinator/overrides"):
        assert f'href="{address}"' in chapter
    for address in ("/me/contacts", "/me/certificates"):
        assert f'href="{address}"' in hers
    rel = started(site, coordinator, mentee, mentor)
    assert (
        f'action="/relationships/{rel}/certificate"' in site.client(mentee).get(f"/relationships/{rel}").text
    )


def test_what_is_empty_says_what_comes_next(site: Site, coordinator: Person, mentee: Person) -> None:
    staff, client = site.client(coordinator), site.client(mentee)
    assert "Begin with the next evening of your chapter" in staff.get("/coordinator/touchpoints").text
    assert "When another chapter lends you a mentor" in staff.get("/coordinator/crossings").text
    assert "an introduction asks for a reason" in staff.get("/coordinator/overrides").text
    assert "take your certificate on the page of the two of you" in client.get("/me/certificates").text
    assert "a coordinator notes who was there" in client.get("/me/contacts").text


def test_who_only_coordinates_has_no_link_of_her_own_and_asks_nobody(
    site: Site, coordinator: Person, mentor: Person
) -> None:
    client = site.client(coordinator)
    assert "My own link" not in client.get("/me/contacts").text
    assert client.get(f"/ask/{mentor.id}").status_code == 403


def test_her_own_link_is_hers_and_a_link_to_nobody_says_no_more_than_one_to_somebody(
    site: Site, mentee: Person, mentor: Person
) -> None:
    client = site.client(mentee)
    link = re.search(r'href="https?://[^/]+(/ask/[^"]+)"', client.get("/me/contacts").text)
    assert link is not None
    assert link[1] == f"/ask/{mentee.id}"
    assert "This is your own link" in client.get(link[1]).text
    unknown, known = (client.get(f"/ask/{id}").text.replace(id, "") for id in (NOBODY, mentor.id))
    hidden = re.compile(r'value="[^"]+"')
    assert hidden.sub("", unknown) == hidden.sub("", known)
    assert send(client, f"/ask/{NOBODY}").status_code == 404


def test_a_stranger_is_refused_with_the_routes_that_exist(site: Site, mentee: Person, mentor: Person) -> None:
    answer = send(site.client(mentee), f"/ask/{mentor.id}")
    assert answer.status_code == 403
    assert "A pair starts from a proposal" in answer.text
    assert "Ask a coordinator of your chapter to introduce you." in answer.text
    assert mentor.name not in answer.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "", "name": "Evening"}, "Choose one."),
        ({"kind": "party", "name": "Evening"}, "Choose one."),
        ({"kind": "event", "name": " "}, "Give it a name"),
        ({"kind": "event", "name": "Evening", "at": "soon"}, "Give a date and a time"),
        ({"kind": "event", "name": "Evening", "at": "2099-01-01T10:00"}, "at most 732 days ahead"),
        ({"kind": "event", "name": "Evening", "members": NOBODY}, "no such member in your chapter"),
    ],
)
def test_a_touchpoint_that_makes_no_sense_is_answered_beside_its_field(
    site: Site, coordinator: Person, fields: dict[str, str], said: str
) -> None:
    answer = send(site.client(coordinator), "/coordinator/touchpoints", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert site.api("GET", f"{M}/touchpoints", None, coordinator)["items"] == []


def test_who_was_there_is_added_and_the_list_stays_with_coordinators(
    site: Site, coordinator: Person, mentee: Person, mentor: Person
) -> None:
    staff = site.client(coordinator)
    made = send(staff, "/coordinator/touchpoints", kind="event", name="Evening").location
    assert "Tick at least one person." in send(staff, made).text
    assert send(staff, made, members=mentee.id).status_code == 303
    assert mentee.name in staff.get(made).text
    assert site.client(mentee).get(made).status_code == 403
    page = site.client(mentee).get("/me/contacts").text
    assert "Evening" in page
    assert "you are noted" in page
    assert mentor.name not in page
    assert "Evening" not in site.client(mentor).get("/me/contacts").text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"member": ""}, "Choose a person."),
        ({"to": ""}, "Choose a chapter."),
        ({"seats": "0"}, "Give a whole number from 1 to 20."),
        ({"seats": "many"}, "Give a whole number from 1 to 20."),
        ({"seats": "²"}, "Give a whole number from 1 to 20."),
        ({"to": "nowhere-at-all"}, "There is nothing here, or it is not yours to see."),
    ],
)
def test_an_offer_that_makes_no_sense_is_answered_kindly(
    site: Site, coordinator: Person, mentor: Person, changed: dict[str, str], said: str
) -> None:
    asked = {"member": mentor.id, "to": site.chapter().chapter, "seats": "1"} | changed
    answer = send(site.client(coordinator), "/coordinator/crossings", **asked)
    assert answer.status_code == 422
    assert said in answer.text


def test_an_offer_is_taken_back_or_refused_and_a_third_chapter_does_neither(
    site: Site, coordinator: Person, mentor: Person
) -> None:
    other, third = site.chapter(), site.chapter()
    for by, word in ((coordinator, "withdrawal"), (other, "refusal")):
        offer = {"member": mentor.id, "to": other.chapter, "seats": "2"}
        assert send(site.client(coordinator), "/coordinator/crossings", **offer).status_code == 303
        made = site.api("GET", f"{P}/crossings", None, coordinator)["items"][-1]["id"]
        address = f"/coordinator/crossings/{made}/{word}"
        stranger = site.client(third)
        send(stranger, address, "/coordinator/crossings")
        assert "There is nothing here" in stranger.get("/coordinator/crossings").text
        assert send(site.client(by), address, "/coordinator/crossings").status_code == 303
    states = [one["state"] for one in site.api("GET", f"{P}/crossings", None, coordinator)["items"]]
    assert states == ["withdrawn", "refused"]


def test_a_conflict_stops_an_introduction_until_a_reason_is_given_and_kept(
    site: Site, coordinator: Person, mentee: Person, mentor: Person
) -> None:
    set_it = {"member": mentor.id, "kind": "competitor"}
    site.api("POST", f"{P}/members/{mentee.id}/conflicts", set_it, coordinator)
    site.stack.quiet()
    client, page = site.client(coordinator), "/coordinator/introductions/new"
    asked = {"mentee": mentee.id, "mentor": mentor.id, "reason": "You two."}
    assert "Why you introduce them all the same" not in client.get(page).text
    refused = send(client, page, **asked)
    assert refused.status_code == 422
    assert "Why you introduce them all the same" in refused.text
    done = send(client, page, **asked, override="Both asked me for it")
    assert done.status_code == 303
    kept = client.get("/coordinator/overrides").text
    assert "Both asked me for it" in kept
    assert mentee.name in kept
    assert site.client(mentee).get("/coordinator/overrides").status_code == 403


def test_a_coordinator_is_told_where_the_mentee_whom_she_introduces_had_a_proposal_already(
    site: Site, coordinator: Person, mentee: Person, mentor: Person
) -> None:
    other = site.mentor(coordinator.chapter, "Nia")
    site.stack.quiet()
    client, page = site.client(coordinator), "/coordinator/introductions/new"
    told = "With this one the mentee has 2 proposals to answer."
    for number, one in enumerate((mentor, other)):
        sent = send(client, page, mentee=mentee.id, mentor=one.id, reason="You two.")
        shown = client.get(sent.location).text
        assert ("Both get your words and can answer." in shown, told in shown) == (True, number == 1)


def test_a_certificate_is_taken_once_enough_took_place_and_is_ones_own(
    site: Site, coordinator: Person, mentee: Person, mentor: Person
) -> None:
    rel, client = started(site, coordinator, mentee, mentor), site.client(mentee)
    take = f"/relationships/{rel}/certificate"
    send(client, take, f"/relationships/{rel}")
    assert "needs 4 sessions that took place; so far there were 0" in client.get(f"/relationships/{rel}").text
    for _ in range(4):
        site.met(rel, mentee, mentor)
    assert send(client, take, f"/relationships/{rel}").location == "/me/certificates"
    page = client.get("/me/certificates").text
    pdf = re.search(r'href="(/me/certificates/[^"]+\.pdf\?locale=en)"', page)
    proof = re.search(r'href="(/certificates/[^"]+)"', page)
    assert pdf is not None
    assert proof is not None
    answer = client.get(pdf[1])
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    chinese = client.get(pdf[1].replace("locale=en", "locale=zh-Hans"))
    assert (chinese.status_code, b"/Lang (zh-Hans)" in chinese.data) == (200, True)
    assert pdf[1].replace("locale=en", "locale=zh-Hans") in page
    assert client.get(pdf[1].replace("locale=en", "locale=tlh")).data == answer.data
    assert "This certificate is genuine" in site.client().get(proof[1]).text
    assert site.client(mentor).get(pdf[1]).status_code == 404
    assert "None yet." in site.client(mentor).get("/me/certificates").text


def test_the_forms_numbers_are_those_of_the_rules() -> None:
    assert {one.name: (one.least, one.most) for one in KNOWN} == BOUNDS
    assert {one.name: one.usual for one in KNOWN} == {name: getattr(Terms(), name) for name in BOUNDS}
    assert Terms().outcome_months == USUAL_MONTHS


def test_a_number_that_has_no_words_yet_is_asked_for_by_its_name() -> None:
    rules = {"word_hours": 48, "later_days": 5, "offer_on": True}
    assert list(groups(rules))[-1][1][0].text == "later days"
    assert asked({"later_days": "6"}, rules) == {"later_days": 6}
    assert set(faults({"later_days": "six"}, rules)) == {"later_days"}


def test_a_programme_shows_every_number_that_is_a_rule_and_keeps_what_is_written(
    site: Site, coordinator: Person
) -> None:
    made = site.api("POST", f"{M}/programmes", {"name": "City", "rules": {}}, coordinator)
    address, client = f"/coordinator/programmes/{made['id']}", site.client(coordinator)
    page = client.get(address).text
    values = dict(re.findall(r'name="([^"]+)"[^>]*? value="([^"]*)"', page))
    for name, value in made["rules"].items():
        if isinstance(value, int) and not isinstance(value, bool):
            assert values[name] == str(value), f"{name} is not on the page"
    form = {
        name: value
        for name, value in values.items()
        if name not in ("csrf_token", "once", "rules", "switched", "back", "language")
    }
    wrong = send(client, address, **form | {"word_hours": "1", "outcome_months": "soon"})
    assert wrong.status_code == 422
    assert "Give a whole number from 12 to 336." in wrong.text
    assert "Give one to four whole numbers" in wrong.text
    right = send(client, address, **form | {"word_hours": "24", "outcome_months": "3, 9"})
    assert right.status_code == 303, right.text
    kept = site.api("GET", f"{M}/programmes/{made['id']}", None, coordinator)["rules"]
    assert (kept["word_hours"], kept["outcome_months"]) == (24, [3, 9])
    assert kept["trial_days"] == made["rules"]["trial_days"]
