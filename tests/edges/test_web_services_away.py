"""Pages while a service is away: the rest of them still stands, what is lost is said, and nothing is sent twice."""

import io
from dataclasses import replace

from services.web.app import make_web
from tests.browser.site import Person, Site
from tests.edges.web import form, hidden, programme_fields, send, without
from tests.ports import free_port


def test_a_service_that_is_away_leaves_the_rest_of_the_page(
    site: Site, coordinator: Person, mentee: Person
) -> None:
    client = site.client(mentee, web=without(site, "matching"))
    page = client.get("/me")
    assert page.status_code == 200
    assert "Proposals and applications do not answer at the moment" in page.text
    assert client.get("/me/details").status_code == 200


def test_a_page_whose_service_is_away_says_what_still_works(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator, web=without(site, "matching"))
    page = client.get("/coordinator/programmes/prg_00000000000000000000000000")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "10")
    assert "You can still arrange meetings" in page.text


def test_a_form_whose_fate_is_unknown_is_sent_again_with_its_own_key(site: Site, coordinator: Person) -> None:
    here, gone = site.client(coordinator), site.client(coordinator, web=without(site, "matching"))
    fields = form(gone, "/coordinator/programmes/new") | programme_fields("Kept")
    page = gone.post("/coordinator/programmes/new", data=fields)
    assert page.status_code == 503
    assert hidden(page)["once"] == fields["once"]
    assert 'name="name" value="Kept"' in page.text
    assert here.get("/coordinator").status_code == 200


def test_with_profiles_away_who_is_signed_in_goes_on_for_a_while(site: Site, mentee: Person) -> None:
    web = make_web(site.settings, site.stack.clock)
    client = site.client(mentee, web=web)
    assert client.get("/me").status_code == 200
    apis = web.extensions["cairn.apis"]
    away = replace(apis, api_urls={"profiles": f"http://127.0.0.1:{free_port()}"})
    web.extensions["cairn.apis"] = away
    web.extensions["cairn.tokens"]._apis = away
    site.stack.clock.advance(minutes=5)
    page = client.get("/me")
    assert page.status_code == 200
    assert "Hello, Dana Weiss" in page.text
    site.stack.clock.advance(minutes=15)
    assert client.get("/me").status_code == 503


def test_services_in_the_same_process_are_asked_there(site: Site, coordinator: Person) -> None:
    inside = {name: running.app.wsgi_app for name, running in site.stack.running.items()}
    nowhere = replace(site.settings, gateway_url=f"http://127.0.0.1:{free_port()}")
    client = site.client(coordinator, web=make_web(nowhere, site.stack.clock, inside))
    assert client.get("/coordinator").status_code == 200
    file = io.BytesIO(b"mail,name,role\nmei@sheet.example,Mei,mentor\n")
    assert send(client, "/coordinator/import", file=(file, "people.csv")).status_code == 303
    assert client.get("/relationships/rel_00000000000000000000000000").status_code == 404
