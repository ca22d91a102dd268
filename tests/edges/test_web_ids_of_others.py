"""Addresses with ids of another chapter, of another kind or of other people's pairs: each is a page that there is nothing here."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from tests.browser.site import Person, Site, running_site
from tests.edges.web import M, S, drafted, entered
from tests.parts import PartsAddresses

#: Who probes the link of an event or a group learns nothing of whom it is about.
SAYS_NOTHING = "touchpoints.ask"


class City(NamedTuple):
    """A chapter with a pair that is getting to know each other, and the ids of what it has, by their names in addresses."""

    coordinator: Person
    mentee: Person
    ids: dict[str, str]


@pytest.fixture(scope="module")
def site(parts: PartsAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(parts, tmp_path_factory.mktemp("site")) as running:
        yield running


def a_city(site: Site) -> City:
    coordinator = site.chapter()
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    cycle = entered(site, coordinator)
    rel = site.introduced(coordinator, mentee, mentor)
    site.answered(rel, mentee, mentor)
    event = {"kind": "event", "name": "Evening", "members": [mentee.id]}
    ids = {
        "cycle": cycle,
        "programme": site.api("GET", f"{M}/cycles/{cycle}", person=coordinator)["programme"],
        "made": drafted(site, coordinator, cycle)["id"],
        "rel": rel,
        "session": site.api("POST", f"{S}/pairs/{rel}/sessions", {"mode": "letters"}, mentee)["id"],
        "member": mentee.id,
        "touchpoint": site.api("POST", f"{M}/touchpoints", event, coordinator)["id"],
    }
    return City(coordinator, mentee, ids)


@pytest.fixture(scope="module")
def here(site: Site) -> City:
    return a_city(site)


@pytest.fixture(scope="module")
def elsewhere(site: Site) -> City:
    return a_city(site)


def pages(site: Site, ids: dict[str, str], other: str) -> Iterator[tuple[str, str]]:
    """Every page with ids in its address: its endpoint, and the address with these ids, and the `other` one where there is none."""
    adapter = site.web.url_map.bind("cairn.test")
    for rule in site.web.url_map.iter_rules():
        named = {name for name, kind in rule._converters.items() if type(kind).__name__ == "IdConverter"}
        if named and "GET" in (rule.methods or ()) and rule.endpoint != SAYS_NOTHING:
            values = {name: ids.get(name, other) for name in named} | {"past": "steps"}
            address = adapter.build(rule.endpoint, values, method="GET", append_unknown=False)
            yield rule.endpoint, address + ("?reason=test" if rule.endpoint == "coordinator.member" else "")


def hers(site: Site, city: City, address: str) -> FlaskClient:
    return site.client(city.coordinator if address.startswith("/coordinator") else city.mentee)


def test_what_another_chapter_has_is_not_here(site: Site, here: City, elsewhere: City) -> None:
    found = list(pages(site, elsewhere.ids, here.ids["rel"]))
    assert len(found) > 35
    for endpoint, address in found:
        answer = hers(site, here, address).get(address)
        assert (answer.status_code, "There is nothing here" in answer.text) == (404, True), endpoint


def test_an_id_of_another_kind_names_nothing(site: Site, here: City) -> None:
    for endpoint, address in pages(site, {"rel": here.ids["rel"]}, here.ids["cycle"]):
        wrong = address.count("_") > address.count(here.ids["rel"])
        if wrong and "cycles/" not in address:
            answer = hers(site, here, address).get(address)
            assert (answer.status_code, "There is nothing here" in answer.text) == (404, True), endpoint


@pytest.mark.parametrize("page", ["end", "goals/new", "sessions/new", "thanks", "notes"])
def test_what_the_two_write_has_no_page_for_their_coordinator(site: Site, here: City, page: str) -> None:
    address = f"/relationships/{here.ids['rel']}/{page}"
    assert site.client(here.mentee).get(address).status_code == 200
    answer = site.client(here.coordinator).get(address)
    assert answer.status_code == (403 if page == "notes" else 404)
    assert "There is nothing here" in answer.text or "This is not yours to do" in answer.text


def test_a_session_has_its_page_below_its_own_pair_only(site: Site, here: City) -> None:
    client, session = site.client(here.mentee), here.ids["session"]
    for rel, status in ((here.ids["rel"], 200), ("rel_00000000000000000000000000", 404)):
        assert client.get(f"/relationships/{rel}/sessions/{session}/lines").status_code == status
