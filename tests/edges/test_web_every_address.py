"""Every address of the pages, over the real services: whom it is open to, and what it says to an id that nobody has."""

from urllib.parse import urlsplit

import pytest

from services.web.pages import PAGE_OF_FORM
from shared.ids import new_id
from tests.browser.site import Person, Site
from tests.edges.web import without

OPEN_TO_ANYBODY = {
    "static", "doors.welcome", "doors.register", "doors.sent", "doors.confirm", "doors.sign_in", "doors.enter", "doors.sign_out",
    "doors.choose_language", "event_catalogue.events", "certificates.verify", "mailbox.inbox", "mailbox.letter",
    "mailbox.raw", "mailbox.attachment",
}  # fmt: skip


def addresses(site: Site) -> list[tuple[str, str, str]]:
    """Every page and form: endpoint, method, and an address with ids that nobody has."""
    adapter = site.web.url_map.bind("cairn.test")
    values: dict[str, object] = {
        "kind": "link",
        "among": "conflicts",
        "what": "pause",
        "word": "acceptance",
        "past": "steps",
        "token": "none",
        "mail": 1,
        "number": 0,
        "filename": "cairn.css",
    }
    found = []
    for rule in site.web.url_map.iter_rules():
        filled = {name: values.get(name, "rel_00000000000000000000000000") for name in rule.arguments}
        methods = sorted((rule.methods or set()) & {"GET", "POST"})
        found += [
            (rule.endpoint, method, adapter.build(rule.endpoint, filled, method=method)) for method in methods
        ]
    return found


@pytest.fixture
def forms_from_anywhere(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form needs no page of ours before it: what refuses it then is who sends it."""
    monkeypatch.setitem(site.web.config, "WTF_CSRF_ENABLED", False)


@pytest.mark.usefixtures("forms_from_anywhere")
def test_a_page_for_members_asks_everybody_else_to_sign_in(site: Site) -> None:
    for endpoint, method, address in addresses(site):
        if endpoint not in OPEN_TO_ANYBODY:
            answer = site.client().open(address, method=method)
            assert (answer.status_code, answer.location) == (303, "/sign-in"), (endpoint, method)


@pytest.mark.usefixtures("forms_from_anywhere")
def test_a_coordinators_page_is_closed_to_members(site: Site, mentee: Person) -> None:
    client = site.client(mentee)
    closed = [
        (method, address) for _, method, address in addresses(site) if address.startswith("/coordinator")
    ]
    assert len(closed) > 20
    assert [client.open(address, method=method).status_code for method, address in closed] == [403] * len(
        closed
    )


def test_an_unknown_id_is_a_kind_page_for_whoever_may_ask(
    site: Site, coordinator: Person, mentee: Person
) -> None:
    asked = [
        (endpoint, address)
        for endpoint, method, address in addresses(site)
        # who probes the link of an event or a group learns nothing of whom it is about
        if method == "GET" and "_0000" in address and endpoint != "touchpoints.ask"
    ]
    for person in (coordinator, mentee):
        hers = [one for one in asked if (person is coordinator) == one[1].startswith("/coordinator")]
        assert len(hers) > 10
        for endpoint, address in hers:
            reason = "?reason=test" if endpoint == "coordinator.member" else ""
            answer = site.client(person).get(address + reason)
            assert answer.status_code == 404, endpoint
            assert "There is nothing here" in answer.text


@pytest.mark.parametrize(
    "id",
    [
        "..",
        "%2e%2e",
        "rel_1",
        "rel_..%2f..%2fme",
        "REL_01JD3C5V8E6K9X2M4Q7R0S1T2V",
        "rel_01jd;x=1aaaaaaaaaaaaaaaa",
    ],
)
def test_an_address_that_is_no_id_reaches_no_service(site: Site, mentee: Person, id: str) -> None:
    client = site.client(mentee, web=without(site, "matching", "sessions"))
    assert client.get(f"/relationships/{id}").status_code == 404
    assert client.get(f"/relationships/{new_id('rel')}").status_code == 503, "which an id does reach"


def test_an_address_that_asks_for_what_cannot_be_is_said_to_lead_nowhere(
    site: Site, coordinator: Person
) -> None:
    asked = f"/coordinator/overrides?after={'9' * 5_000}"
    answer = site.client(coordinator).get(asked)
    assert (answer.status_code, "marked fields" in answer.text) == (404, False)
    assert "The address leads nowhere" in answer.text


def test_pairs_of_a_state_that_there_is_not_are_all_pairs(site: Site, coordinator: Person) -> None:
    answer = site.client(coordinator).get("/coordinator/pairs?state=zzz")
    assert (answer.status_code, "<strong>All</strong>" in answer.text) == (200, True)


def test_a_forms_own_address_leads_back_to_the_page_where_it_stands(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    forms = {endpoint: address for endpoint, _, address in addresses(site) if endpoint in PAGE_OF_FORM}
    assert forms.keys() == PAGE_OF_FORM.keys()
    pages = {address for endpoint, method, address in addresses(site) if method == "GET"}
    for address in forms.values():
        answer = client.get(address)
        assert (answer.status_code, urlsplit(answer.location).path in pages) == (303, True), address
    assert client.get("/sign-out").status_code == 405
