"""The pages' edges over the real services: who may see what, forms that act once, services that are away, input that is no input."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.web.app import make_web
from services.web.pages import PAGE_OF_FORM
from services.web.pages.doors import own_address
from shared.ids import new_id
from tests.browser.site import Person, Site, running_site
from tests.flows.sessions_people import APair
from tests.parts import PartsAddresses
from tests.ports import free_port

OPEN_TO_ANYBODY = {
    "static", "doors.welcome", "doors.register", "doors.sent", "doors.confirm", "doors.sign_in", "doors.enter", "doors.sign_out",
    "doors.choose_language", "event_catalogue.events", "certificates.verify", "mailbox.inbox", "mailbox.letter",
    "mailbox.raw", "mailbox.attachment",
}  # fmt: skip
FIELD = re.compile(r'name="(csrf_token|once)" value="([^"]+)"')


@pytest.fixture(scope="module")
def site(parts: PartsAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(parts, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def coordinator(site: Site) -> Person:
    return site.chapter()


@pytest.fixture(scope="module")
def mentee(site: Site, coordinator: Person) -> Person:
    return site.mentee(coordinator.chapter)


def form(client: FlaskClient, page: str) -> dict[str, str]:
    """The hidden fields of the (last) form on a page."""
    return dict(FIELD.findall(client.get(page).text))


def send(client: FlaskClient, path: str, page: str = "", **fields: object) -> TestResponse:
    """Send a form as a browser would, with the hidden fields of the page where it stands."""
    return client.post(path, data=form(client, page or path) | fields, content_type="multipart/form-data")


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


def test_a_page_for_members_asks_everybody_else_to_sign_in(site: Site) -> None:
    site.web.config["WTF_CSRF_ENABLED"] = False
    try:
        for endpoint, method, address in addresses(site):
            if endpoint not in OPEN_TO_ANYBODY:
                answer = site.client().open(address, method=method)
                assert (answer.status_code, answer.location) == (303, "/sign-in"), (endpoint, method)
    finally:
        site.web.config["WTF_CSRF_ENABLED"] = True


def test_a_coordinators_page_is_closed_to_members(site: Site, mentee: Person) -> None:
    client = site.client(mentee)
    site.web.config["WTF_CSRF_ENABLED"] = False
    try:
        closed = [
            (method, address) for _, method, address in addresses(site) if address.startswith("/coordinator")
        ]
        assert len(closed) > 20
        assert [client.open(address, method=method).status_code for method, address in closed] == [403] * len(
            closed
        )
    finally:
        site.web.config["WTF_CSRF_ENABLED"] = True


def test_an_unknown_id_is_a_kind_page_for_whoever_may_ask(
    site: Site, coordinator: Person, mentee: Person
) -> None:
    for person in (coordinator, mentee):
        client = site.client(person)
        for endpoint, method, address in addresses(site):
            if (
                method == "GET"
                and "_0000" in address
                and (person is coordinator) == address.startswith("/coordinator")
            ):
                if endpoint == "touchpoints.ask":  # who probes a link learns nothing of whom it is about
                    continue
                if endpoint == "coordinator.member":
                    address += "?reason=test"
                answer = client.get(address)
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
    assert site.client(mentee).get(f"/relationships/{id}").status_code == 404


def test_every_page_forbids_what_is_not_ours(site: Site) -> None:
    for path in ("/", "/register", "/nowhere", "/static/cairn.css"):
        headers = site.client().get(path, buffered=True).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "same-origin")


def test_no_template_styles_or_scripts_inline(site: Site) -> None:
    for template in site.web.jinja_env.list_templates():
        source = site.web.jinja_env.loader.get_source(site.web.jinja_env, template)[0]  # type: ignore[union-attr]
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe", source), template
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source)), template


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    set_cookie = site.client().get("/register").headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie


def test_behind_https_the_cookie_never_leaves_it(site: Site) -> None:
    web = make_web(
        replace(site.settings, mode="container", public_url="https://cairn.test", mailbox_url=""),
        site.stack.clock,
    )
    answer = web.test_client().get("/register", base_url="https://cairn.test")
    assert answer.headers["Set-Cookie"].startswith("__Host-cairn=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize("mode", ["container", "production"])
def test_the_mailbox_exists_in_local_mode_only(site: Site, mode: str) -> None:
    assert site.client().get("/mailbox").status_code == 200
    elsewhere = make_web(replace(site.settings, mode=mode), site.stack.clock)  # type: ignore[arg-type]
    assert elsewhere.test_client().get("/mailbox").status_code == 404


def test_a_form_of_another_site_is_refused(site: Site, mentee: Person) -> None:
    client = site.client(mentee)
    forged = client.post("/me/details", data={"name": "Somebody else", "csrf_token": "forged"})
    assert forged.status_code == 400
    assert "Go back, reload the page" in forged.text
    assert site.api("GET", "/api/profiles/v1/me", person=mentee)["name"] == mentee.name


def test_a_double_click_acts_once(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    fields = form(client, "/coordinator/programmes/new") | _programme("Twice")
    first, second = (client.post("/coordinator/programmes/new", data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    named = [
        one["name"] for one in site.api("GET", "/api/matching/v1/programmes", person=coordinator)["items"]
    ]
    assert named.count("Twice") == 1


def test_looking_at_a_link_does_not_use_it(site: Site, mentee: Person) -> None:
    client = site.client()
    send(client, "/sign-in", mail=mentee.mail)
    path = site.link_to(mentee.mail, "sign-in").removeprefix(site.url)
    for _ in range(3):
        assert client.get(path).status_code == 200
    assert send(client, path).status_code == 303
    assert "Dana Weiss" in client.get("/me").text
    again = send(site.client(), path)
    assert again.status_code == 409
    assert "used before" in again.text


@pytest.mark.parametrize("door", ["sign-in", "confirm"])
def test_a_link_that_nobody_was_sent_is_said_to_be_invalid_and_a_new_one_is_offered(
    site: Site, door: str
) -> None:
    for token in ("garbage", "x" * 600):
        client = site.client()
        assert client.get(f"/{door}/{token}").status_code == 200
        said = send(client, f"/{door}/{token}").text
        assert "This link is not valid" in said
        assert 'href="/sign-in">Ask for a new link' in said


def test_pairs_of_a_state_that_there_is_not_are_all_pairs(site: Site, coordinator: Person) -> None:
    answer = site.client(coordinator).get("/coordinator/pairs?state=zzz")
    assert (answer.status_code, "<strong>All</strong>" in answer.text) == (200, True)


def test_after_signing_in_the_page_that_was_wanted_is_shown(site: Site, mentee: Person) -> None:
    client = site.client()
    assert client.get("/me/looks?after=").location == "/sign-in"
    send(client, "/sign-in", mail=mentee.mail)
    path = site.link_to(mentee.mail, "sign-in").removeprefix(site.url)
    assert send(client, path).location == "/me/looks?after="


def test_a_session_that_is_over_leads_to_the_door(site: Site, coordinator: Person) -> None:
    member = site.mentee(coordinator.chapter, "Emil Novak")
    client = site.client(member)
    assert client.get("/me").status_code == 200
    site.api("POST", "/api/profiles/v1/sign-outs", {"session": member.session})
    site.stack.clock.advance(minutes=2)  # a token is trusted for a minute
    assert client.get("/me").location == "/sign-in"
    assert "Sign in" in client.get("/").text


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "\n/x", "", "evil"]
)
def test_no_form_leads_to_another_site(site: Site, back: str) -> None:
    with site.web.test_request_context():
        assert own_address(back) == "/"
        assert own_address("/me") == "/me"


def test_another_language_keeps_what_the_page_was_asked(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    asked = "/coordinator/pairs?state=trial&after=x%20y"
    chosen = send(client, "/language", asked, language="zh-Hans", back=back_of(client.get(asked)))
    assert (chosen.status_code, chosen.location) == (303, asked)
    assert 'lang="zh-Hans"' in client.get(asked).text


def test_an_address_too_long_to_be_kept_is_led_back_to_without_what_it_was_asked(
    site: Site, coordinator: Person
) -> None:
    client = site.client(coordinator)
    assert back_of(client.get(f"/coordinator/pairs?state={'9' * 5_000}")) == "/coordinator/pairs"
    with site.web.test_request_context():
        assert own_address("/" + "x" * 500) == "/"


def test_bytes_that_are_no_text_in_an_address_break_neither_the_switch_nor_the_way_to_the_door(
    site: Site,
) -> None:
    for page, status in (("/sign-in", 200), ("/coordinator/pairs", 303)):
        answer = site.client().get(page, environ_overrides={"QUERY_STRING": "state=\xff"})
        assert answer.status_code == status


def back_of(answer: TestResponse) -> str:
    """Where the form for another language leads back to."""
    (found,) = re.findall(r'name="back" value="([^"]*)"', answer.text)
    return unescape(found)


def test_a_forms_own_address_leads_back_to_the_page_where_it_stands(site: Site, coordinator: Person) -> None:
    client = site.client(coordinator)
    forms = {endpoint: address for endpoint, _, address in addresses(site) if endpoint in PAGE_OF_FORM}
    assert forms.keys() == PAGE_OF_FORM.keys()
    pages = {address for endpoint, method, address in addresses(site) if method == "GET"}
    for address in forms.values():
        answer = client.get(address)
        assert (answer.status_code, urlsplit(answer.location).path in pages) == (303, True), address
    assert client.get("/sign-out").status_code == 405


def test_an_address_that_asks_for_what_cannot_be_is_said_to_lead_nowhere(
    site: Site, coordinator: Person
) -> None:
    asked = f"/coordinator/overrides?after={'9' * 5_000}"
    answer = site.client(coordinator).get(asked)
    assert (answer.status_code, "marked fields" in answer.text) == (404, False)
    assert "The address leads nowhere" in answer.text


def test_somebody_of_another_chapter_is_not_there_for_a_coordinator(site: Site, coordinator: Person) -> None:
    elsewhere, here = site.mentee(site.chapter().chapter), site.mentee(coordinator.chapter, "Noor Haddad")
    client = site.client(coordinator)
    assert client.get(f"/coordinator/members/{elsewhere.id}").status_code == 404
    assert "<h1>Noor Haddad</h1>" in client.get(f"/coordinator/members/{here.id}").text


def test_what_is_wrong_stands_at_its_field_and_on_top(site: Site, coordinator: Person) -> None:
    page = send(
        site.client(),
        "/register",
        chapter=coordinator.chapter,
        name="www.cheap.example",
        mail="x@y.example",
        roles="mentee",
    )
    assert page.status_code == 422
    assert page.text.count("The name holds a link or an address") == 2
    assert re.search(
        r'<input id="name"[^>]*value="www.cheap.example"[^>]*aria-describedby="name-hint name-error" aria-invalid="true"',
        page.text,
    )
    assert '<a href="#name">' in page.text


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("/me/details", {"whole": "1", "name": "Mei Lin", "capacity": ""}),
        ("/me/details", {"whole": "1", "name": "Mei Lin", "offers-leadership": ""}),
        ("/coordinator/programmes/new", {"name": "Mentoring", "answer_days": ""}),
        ("/coordinator/programmes/new", {"name": "Mentoring", "outcome_months": ""}),
        ("/coordinator/crossings", {"seats": ""}),
    ],
)
def test_a_number_of_thousands_of_digits_is_refused_beside_its_field(
    site: Site, coordinator: Person, page: str, fields: dict[str, str]
) -> None:
    (empty,) = [name for name, value in fields.items() if not value]
    for start in ("", "000001"):
        answer = send(site.client(coordinator), page, **fields | {empty: start + "9" * 5_000})
        assert (answer.status_code, f'href="#{empty}"' in answer.text) == (422, True)


def test_what_people_write_is_shown_as_they_wrote_it(site: Site, coordinator: Person) -> None:
    mentee, mentor = site.mentee(coordinator.chapter, "Fang <b>Li</b>"), site.mentor(coordinator.chapter)
    site.introduced(coordinator, mentee, mentor)
    page = site.client(mentor).get("/me").text
    assert "Fang &lt;b&gt;Li&lt;/b&gt;" in page
    assert "<b>Li" not in page


@pytest.mark.parametrize(
    ("path", "limit_bytes"), [("/coordinator/import", 5 * 1024 * 1024), ("/register", 512 * 1024)]
)
def test_what_is_too_large_is_refused_in_plain_words(
    site: Site, coordinator: Person, path: str, limit_bytes: int
) -> None:
    answer = site.client(coordinator).post(
        path,
        input_stream=io.BytesIO(b"x"),
        environ_overrides={"CONTENT_LENGTH": str(limit_bytes + 128 * 1024)},
        content_type="multipart/form-data; boundary=b",
    )
    assert answer.status_code == 413
    assert "That is too large" in answer.text
    assert ("at most 5 MB" in answer.text) == (path == "/coordinator/import")


def test_a_file_that_is_no_sheet_is_refused_at_its_field(site: Site, coordinator: Person) -> None:
    answer = send(
        site.client(coordinator),
        "/coordinator/import",
        file=(io.BytesIO(b"\x00\x01\x02" * 100), "people.xlsx"),
    )
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_dry_run_says_what_became_of_every_row(site: Site, coordinator: Person) -> None:
    rows = [
        "Name,Mail,Role",
        "Ann Lee,ann@example.org,mentor",
        "Ann Lee,ann@example.org,mentee",
        "Bo Ek,,mentee",
    ]
    client, start = site.client(coordinator), "/coordinator/import"
    made = send(client, start, file=(io.BytesIO("\n".join(rows).encode()), "people.csv"))
    mapped = client.get(made.location).text
    assert "We have made guesses." in mapped
    fixed = {"role_from": "column"}
    assert send(client, f"{made.location}/mapping", made.location, **fixed).location == made.location
    figures = re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", client.get(made.location).text)
    assert figures == [
        ("people would be taken, of 3 rows", "1"),
        ("of them new: each gets one mail", "1"),
        ("in the chapter already", "0"),
        ("rows are put together with an earlier one of the same person", "1"),
        ("rows would be left out", "1"),
    ]


def test_a_member_sees_the_looks_of_staff_and_staff_give_a_reason_first(
    site: Site, coordinator: Person
) -> None:
    member = site.mentee(coordinator.chapter, "Rosa Blum")
    staff = site.client(coordinator)
    assert member.mail not in staff.get(f"/coordinator/members/{member.id}").text
    assert "Nobody has looked" in site.client(member).get("/me/looks").text
    assert member.mail in staff.get(f"/coordinator/members/{member.id}?reason=asked+for+help").text
    assert "asked for help" in site.client(member).get("/me/looks").text


def test_a_coordinator_sees_states_and_dates_but_no_answers(site: Site, coordinator: Person) -> None:
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    pair = site.introduced(coordinator, mentee, mentor)
    site.api("POST", f"/api/matching/v1/relationships/{pair}/answer", {"answer": "decline"}, mentee)
    page = site.client(coordinator).get(f"/relationships/{pair}").text
    assert "Proposed" in page
    assert "no, thank you" not in page
    assert "You two should talk" not in page


def test_the_same_moment_is_shown_on_each_ones_own_clock(site: Site, coordinator: Person) -> None:
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter, "Wang Fang")
    site.api("PATCH", "/api/profiles/v1/me", {"time_zone": "Asia/Shanghai", "locale": "zh-Hans"}, mentor)
    pair = site.introduced(coordinator, mentee, mentor)
    site.answered(pair, mentee, mentor)
    day = (site.stack.clock() + timedelta(days=2)).date()
    sent = send(
        site.client(mentee),
        f"/relationships/{pair}/sessions/new",
        mode="call",
        starts_at=f"{day}T18:30",
        minutes="30",
    )
    assert sent.status_code == 303
    assert "18:30 (Zurich time)" in site.client(mentee).get(f"/relationships/{pair}").text
    theirs = site.client(mentor)
    theirs.get("/me")  # from here on her language is known
    shown = theirs.get(f"/relationships/{pair}").text
    assert re.search(r"0[01]:30.上海时间.", shown)
    assert 'lang="zh-Hans"' in shown


def test_a_service_that_is_away_leaves_the_rest_of_the_page(
    site: Site, coordinator: Person, mentee: Person
) -> None:
    partly = make_web(
        replace(site.settings, api_urls={"matching": f"http://127.0.0.1:{free_port()}"}), site.stack.clock
    )
    client = partly.test_client()
    with client.session_transaction() as cookie:
        cookie["session"] = mentee.session
    page = client.get("/me")
    assert page.status_code == 200
    assert "Proposals and applications do not answer at the moment" in page.text
    assert client.get("/me/details").status_code == 200


def test_services_in_the_same_process_are_asked_there(site: Site, coordinator: Person) -> None:
    inside = {name: running.app.wsgi_app for name, running in site.stack.running.items()}
    nowhere = replace(site.settings, gateway_url=f"http://127.0.0.1:{free_port()}")
    client = make_web(nowhere, site.stack.clock, inside).test_client()
    with client.session_transaction() as cookie:
        cookie["session"] = coordinator.session
    assert client.get("/coordinator").status_code == 200
    file = io.BytesIO(b"mail,name,role\nmei@sheet.example,Mei,mentor\n")
    assert send(client, "/coordinator/import", file=(file, "people.csv")).status_code == 303
    assert client.get("/relationships/rel_00000000000000000000000000").status_code == 404


def test_a_page_whose_service_is_away_says_what_still_works(site: Site, coordinator: Person) -> None:
    gone = make_web(
        replace(site.settings, api_urls={"matching": f"http://127.0.0.1:{free_port()}"}), site.stack.clock
    )
    client = gone.test_client()
    with client.session_transaction() as cookie:
        cookie["session"] = coordinator.session
    page = client.get("/coordinator/programmes/prg_00000000000000000000000000")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "10")
    assert "You can still arrange meetings" in page.text


def test_a_form_whose_fate_is_unknown_is_sent_again_with_its_own_key(site: Site, coordinator: Person) -> None:
    here, there = (
        site.client(coordinator),
        replace(site.settings, api_urls={"matching": f"http://127.0.0.1:{free_port()}"}),
    )
    gone = make_web(there, site.stack.clock).test_client()
    with gone.session_transaction() as cookie:
        cookie["session"] = coordinator.session
    fields = form(gone, "/coordinator/programmes/new") | _programme("Kept")
    page = gone.post("/coordinator/programmes/new", data=fields)
    assert page.status_code == 503
    assert dict(FIELD.findall(page.text))["once"] == fields["once"]
    assert 'name="name" value="Kept"' in page.text
    assert here.get("/coordinator").status_code == 200


def test_with_profiles_away_who_is_signed_in_goes_on_for_a_while(site: Site, mentee: Person) -> None:
    web = make_web(site.settings, site.stack.clock)
    client = web.test_client()
    with client.session_transaction() as cookie:
        cookie["session"] = mentee.session
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


def _programme(name: str) -> dict[str, str]:
    days = {"answer_days": "7", "meet_days": "21", "vote_days": "7", "trial_days": "42"}
    numbers = {"min_common_hours": "1", "min_gap_years": "1", "proposals_per_mentee": "1"}
    mentees = {f"mentee-{one}": "1" for one in ("wants", "gap", "learns", "hours", "languages")}
    mentors = {f"mentor-{one}": "1" for one in ("asked", "likes", "learns", "hours", "languages")}
    return {"name": name, "rules": "language"} | days | numbers | mentees | mentors


def test_anybody_verifies_a_certificate_and_an_unknown_one_is_not_there(site: Site) -> None:
    pair = APair(site.stack).start()
    pair.hours(mentee=(), mentor=(), zones=("Asia/Shanghai", "Asia/Shanghai"))
    for _ in range(4):
        pair.meet()
    made = pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentor, {})
    visitor = site.client()
    page = visitor.get(made["address"].removeprefix(site.stack.settings.public_url))
    assert page.status_code == 200
    for part in ("Anna Łukasz 林", "Mentor", "City", made["code"]):
        assert part in page.get_data(as_text=True)
    for code in ("AAAA-BBBB-CCCC-DDDD", "none", "AAAA-BBBB-CCCC-DDDD%2F.."):
        assert visitor.get(f"/certificates/{code}").status_code == 404


def test_who_confirms_her_address_is_welcomed_in_the_language_of_her_pages(
    site: Site, coordinator: Person
) -> None:
    mail = f"{new_id('p')}@people.example"
    asked = {"name": "Dana Weiss", "mail": mail, "roles": ["mentee"], "locale": "en"}
    site.api("POST", "/api/profiles/v1/members", asked | {"chapter": coordinator.chapter})
    client, chinese = site.client(), {"Accept-Language": "zh-CN"}
    page = urlsplit(site.link_to(mail, "confirm")).path
    hidden = dict(FIELD.findall(client.get(page, headers=chinese).text))
    welcomed = client.post(page, data=hidden, headers=chinese, follow_redirects=True)
    assert "Welcome. Your address is confirmed, and you are signed in." in welcomed.text
