"""What a member does on her own pages, and what her coordinator is told, over the real services: each page acts, and shows no more."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest

from shared.events.matching import ApplicationNotMatched
from shared.ids import new_id
from tests.browser.site import Person, Site
from tests.edges.web import main, send, without
from tests.flows.sessions_people import APair, announce

M, S, P, N = (f"/api/{name}/v1" for name in ("matching", "sessions", "profiles", "notifications"))
MENTOR = {"want": "been_there", "stuck": "story", "long": "months", "lead": "me"}
COACH = {"want": "hold_me", "stuck": "asked", "long": "weeks", "lead": "method"}
WELL = {"promoted": True, "new_role": False, "satisfaction": 6, "gained": 5}


@pytest.fixture(scope="module")
def coordinator(site: Site) -> Person:
    return site.chapter()


@pytest.fixture
def pair(site: Site, coordinator: Person) -> tuple[str, Person, Person]:
    """A trial that has just begun: its id, the mentee, the mentor."""
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    rel = site.introduced(coordinator, mentee, mentor)
    site.begun(rel, mentee, mentor)
    return rel, mentee, mentor


def open_cycle(site: Site, coordinator: Person) -> str:
    programme = site.api("POST", f"{M}/programmes", {"name": "City", "rules": {}}, coordinator)["id"]
    today = site.stack.clock()
    asked = {
        "programme": programme,
        "name": "Spring",
        "opens_local": f"{today - timedelta(days=1):%Y-%m-%dT09:00}",
        "closes_local": f"{today + timedelta(days=20):%Y-%m-%dT23:59}",
    }
    return str(site.api("POST", f"{M}/cycles", asked, coordinator)["id"])


def test_a_pulse_waits_on_her_page_is_answered_once_and_stays_hers(
    site: Site, coordinator: Person, pair: tuple[str, Person, Person]
) -> None:
    _, mentee, mentor = pair
    client = site.client(mentee)
    page = client.get("/me").text
    assert "Three minutes for yourself" in page
    address = re.search(r"/me/pulses/pls_\w+|/me/pulses/[a-z]+_\w+", page)[0]  # type: ignore[index]
    assert site.client(mentor).get(address).status_code == 404
    missed = send(client, address, stress="3", resilience="8")
    assert missed.status_code == 422
    assert missed.text.count("Choose one from 1 to 7.") == 6
    answered = send(client, address, stress="3", resilience="6", purpose="5", accomplishment="4")
    assert answered.location == "/me/pulses"
    history = client.get("/me/pulses").text
    assert re.search(r'data-label="Resilience">.*●{6}○ *</span> 6', history.replace("</span>", " </span>"))
    assert "You have answered this one" in client.get(address).text
    assert "Three minutes for yourself" not in client.get("/me").text
    assert "None yet." in site.client(mentor).get("/me/pulses").text


def test_what_has_become_of_her_is_asked_and_answered(site: Site, pair: tuple[str, Person, Person]) -> None:
    client = site.client(pair[1])
    address = re.search(r"/me/outcomes/[a-z]+_\w+", client.get("/me").text)[0]  # type: ignore[index]
    assert send(client, address, promoted="perhaps", satisfaction="6").status_code == 422
    done = send(client, address, promoted="yes", new_role="no", satisfaction="6", gained="5")
    assert done.location == "/me"
    assert "what has become of you" not in client.get("/me").text
    kept = site.api("GET", f"{S}/me/outcomes", None, pair[1])["items"][0]["values"]
    assert kept == {"promoted": 1, "new_role": 0, "satisfaction": 6, "gained": 5}


def test_who_applies_without_the_pool_finds_the_compass_and_may_choose_all_the_same(
    site: Site, coordinator: Person
) -> None:
    cycle, mentee = open_cycle(site, coordinator), site.mentee(coordinator.chapter)
    client = site.client(mentee)
    assert "Apply as mentee" in client.get("/me").text
    assert send(client, "/applications", "/me", cycle=cycle, role="mentee").location == "/intake"
    assert send(client, "/intake", want="hold_me").status_code == 422
    assert send(client, "/intake", **COACH).location == "/intake"
    page = client.get("/intake").text
    assert "A coach" in page
    assert "Being asked every week how far I am" in page
    assert send(client, "/applications", "/me", cycle=cycle, role="mentee").location == "/intake"
    send(client, "/intake/choice", "/intake", chosen="mentor")
    assert "You have chosen another way: A mentor." in client.get("/intake").text
    assert send(client, "/applications", "/me", cycle=cycle, role="mentee").location == "/me"
    page = client.get("/me").text
    assert "Waiting for the next round" in page
    assert "A coach" in site.client(coordinator).get("/coordinator/demand").text
    application = site.api("GET", f"{M}/me/applications", None, mentee)["items"][0]["id"]
    send(client, f"/applications/{application}/withdrawal", "/me")
    assert "Waiting for the next round" not in client.get("/me").text


def test_she_reads_why_she_has_no_proposal_this_time(site: Site) -> None:
    coordinator = site.chapter()
    cycle, mentee = open_cycle(site, coordinator), site.mentee(coordinator.chapter)
    site.stack.quiet()
    site.api("POST", f"{M}/me/intake", {"answers": MENTOR}, mentee)
    site.api("POST", f"{M}/applications", {"cycle": cycle, "role": "mentee"}, mentee)
    drafted = site.api("POST", f"{M}/cycles/{cycle}/rounds", {"kind": "welfare", "seed": 1}, coordinator)
    site.api("POST", f"{M}/rounds/{drafted['id']}/publication", {}, coordinator)
    site.stack.quiet()
    page = site.client(mentee).get("/me").text
    assert "Not this time" in page
    assert "You wait on, where you stood." in page
    assert "nobody fitted" in site.client(coordinator).get("/coordinator/monday").text


def test_she_says_what_she_is_told_and_what_is_essential_stays(site: Site, coordinator: Person) -> None:
    mentee = site.mentee(coordinator.chapter)
    client = site.client(mentee)
    fields = {"tell-thanks": "off", "digest": "weekly", "of": "everything", "from_hour": "22", "to_hour": "7"}
    assert send(client, "/me/settings", **fields).location == "/me/settings"
    kept = site.api("GET", f"{N}/me/settings", None, mentee)
    assert (kept["categories"]["thanks"], kept["categories"]["steps"]) == ("off", "mail")
    assert kept["quiet_hours"] == {"from_hour": 22, "to_hour": 7, "of": "everything"}
    assert kept["digest"] == "weekly"
    assert 'name="tell-relationship"' not in client.get("/me/settings").text
    refused = send(client, "/me/settings", **fields, chat="ftp://somewhere.example")
    assert refused.status_code == 422
    assert '<a href="#chat">' in refused.text or 'role="alert"' in refused.text


def test_she_keeps_somebody_away_and_shows_her_coordinators_exactly_what_she_chooses(
    site: Site, coordinator: Person, pair: tuple[str, Person, Person]
) -> None:
    _, mentee, mentor = pair
    client, staff = site.client(mentee), site.client(coordinator)
    assert send(client, "/me/apart/conflicts", "/me/apart", kind="household").status_code == 422
    send(client, "/me/apart/conflicts", "/me/apart", other=mentor.id, kind="household")
    assert "We share a household" in client.get("/me/apart").text
    assert "Household" in staff.get(f"/coordinator/members/{mentor.id}?reason=asked").text
    filed = send(
        client,
        "/me/reports/new",
        about=mentor.id,
        text="Asked me for <b>money</b>.",
        **{"what-0": "A note", "words-0": "Bring 500.", "what-1": "Empty", "words-1": ""},
    )
    assert filed.location == "/me/apart"
    assert "not read yet" in client.get("/me/apart").text
    listed = staff.get("/coordinator/reports?state=open").text
    assert "Dana Weiss about Bo Chen" in listed
    assert "money" not in listed
    address = re.search(r"/coordinator/reports/rpt_\w+", listed)[0]  # type: ignore[index]
    read = staff.get(address).text
    assert "Asked me for &lt;b&gt;money&lt;/b&gt;." in read
    assert "Bring 500." in read
    assert "Empty" not in read
    send(staff, address, state="in_hand")
    assert "in hand" in client.get("/me/apart").text
    send(client, "/me/apart/blocks", "/me/apart", blocked=mentor.id)
    assert "Take the block back" in client.get("/me/apart").text
    site.stack.quiet()
    assert site.api("GET", f"{M}/relationships/{pair[0]}", None, mentor)["state"] == "ended"
    assert "Household" in staff.get(f"/coordinator/members/{mentor.id}?reason=asked").text
    assert "block" not in staff.get(f"/coordinator/members/{mentor.id}?reason=asked").text.lower()


def test_a_coordinator_sets_a_conflict_that_only_she_takes_back(site: Site, coordinator: Person) -> None:
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter, "Wang Fang")
    staff, path = site.client(coordinator), f"/coordinator/members/{mentee.id}"
    send(staff, f"{path}/conflicts", f"{path}?reason=told", other=mentor.id, kind="recruiter")
    assert "Wang Fang" in staff.get(f"{path}?reason=told").text
    hers = site.client(mentee).get("/me/apart").text
    assert "set by a coordinator" in hers
    assert "It is over" not in hers
    entry = site.api("GET", f"{P}/me/conflicts", None, mentee)["items"][0]["id"]
    send(staff, f"{path}/conflicts/{entry}/end", f"{path}?reason=told")
    assert site.api("GET", f"{P}/me/conflicts", None, mentee)["items"] == []


def test_an_export_holds_what_each_service_keeps_or_is_none_at_all(
    site: Site, pair: tuple[str, Person, Person]
) -> None:
    rel, mentee, _ = pair
    site.api("POST", f"{M}/relationships/{rel}/goals", {"text": "Lead a <i>team</i>."}, mentee)
    answer = site.client(mentee).get("/me/export.zip")
    assert answer.mimetype == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert sorted(archive.namelist()) == [
        "cairn.css", "index.html", "matching.json", "notifications.json", "profiles.json", "sessions.json",
    ]  # fmt: skip
    assert json.loads(archive.read("profiles.json"))["member"]["name"] == mentee.name
    assert "Lead a <i>team</i>." in archive.read("matching.json").decode()
    readable = archive.read("index.html").decode()
    assert "Lead a &lt;i&gt;team&lt;/i&gt;." in readable
    assert "Time zone" in readable
    gone = site.client(mentee, web=without(site, "sessions"))
    assert gone.get("/me/export.zip").status_code == 503


def test_erasure_takes_a_tick_and_then_all_of_her(site: Site, coordinator: Person) -> None:
    mentee = site.mentee(coordinator.chapter, "Rosa Blum")
    client = site.client(mentee)
    assert send(client, "/me/erasure").status_code == 422
    assert "Rosa Blum" in site.client(coordinator).get("/coordinator/members").text
    gone = send(client, "/me/erasure", confirm="yes")
    assert gone.location == "/"
    assert "You are erased." in client.get("/").text
    assert client.get("/me").location == "/sign-in"
    assert "Rosa Blum" not in site.client(coordinator).get("/coordinator/members").text


def test_the_only_coordinator_cannot_leave_the_chapter_alone(site: Site) -> None:
    refused = send(site.client(site.chapter()), "/me/erasure", confirm="yes")
    assert refused.status_code == 422
    assert "You are the only coordinator here." in refused.text


def test_a_mentors_year_and_lineage_are_for_her(site: Site, pair: tuple[str, Person, Person]) -> None:
    _, mentee, mentor = pair
    hers = site.client(mentor)
    this_year = site.stack.clock().year
    assert f"What grew in {this_year}" in hers.get("/me/year").text
    assert f"What grew in {this_year}" in hers.get(f"/me/year?year={this_year + 50}").text
    assert site.client(mentee).get("/me/year").status_code == 403
    assert "and do not name you" in hers.get("/me/lineage").text
    send(hers, "/me/lineage", named="yes")
    assert "may name you" in hers.get("/me/lineage").text


def test_a_report_gives_its_denominators_and_never_fewer_than_seven_people(site: Site) -> None:
    coordinator = site.chapter()
    staff = site.client(coordinator)
    assert "Nobody has been asked yet." in staff.get("/coordinator/outcomes").text
    pairs = [APair(site.stack, coordinator.chapter).start() for _ in range(8)]
    for number, one in enumerate(pairs):
        if number < 6:
            answer(one, one.as_mentee)
    announce(
        site.stack,
        coordinator.chapter,
        new_id("app"),
        ApplicationNotMatched("cyc_1", new_id("mem"), "mentee", "nobody_fits"),
    )
    site.stack.quiet()
    page = staff.get("/coordinator/outcomes").text
    assert "6 of 8: 75% (41% to 93%)" in page
    assert "6 of 6" not in page
    answer(pairs[6], pairs[6].as_mentee)
    page = staff.get("/coordinator/outcomes").text
    assert "7 of 7: 100% (65% to 100%)" in page
    assert "0 of 7: 0% (0% to 35%)" in page
    assert "6.0, of 7 people" in page
    assert "Mentee, Applied, not matched" in page
    assert "do not explain the differences" in page
    sheet = staff.get("/coordinator/outcomes.xlsx")
    assert sheet.data.startswith(b"PK")
    assert str(sheet.mimetype).endswith("spreadsheetml.sheet")


def answer(one: APair, by: dict[str, str]) -> None:
    newest = one.did("GET", "me/outcomes", by)["items"][0]["id"]
    one.did("POST", f"outcomes/{newest}/answer", by, WELL)


def test_a_coordinators_monday_names_pairs_and_dates_only(site: Site) -> None:
    coordinator = site.chapter()
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    rel = site.introduced(coordinator, mentee, mentor)
    site.answered(rel, mentee, mentor)
    site.met(rel, mentee, mentor)
    staff = site.client(coordinator)
    before = staff.get("/coordinator/monday").text
    assert "Votes under way (1)" in before
    assert "Dana Weiss and Bo Chen" in before
    assert "No pair is silent." in before
    site.api("POST", f"{M}/relationships/{rel}/vote", {"vote": "no"}, mentee)
    after = staff.get("/coordinator/monday").text
    assert main(after) == main(before)
    assert "What needs a look" in staff.get("/coordinator").text
