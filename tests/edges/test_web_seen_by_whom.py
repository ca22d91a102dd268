"""What a page shows to whom, over the real services: to members, to coordinators, to anybody with a certificate's code."""

import re
from datetime import timedelta

from tests.browser.site import Person, Site
from tests.edges.web import main, send
from tests.flows.sessions_people import APair


def test_somebody_of_another_chapter_is_not_there_for_a_coordinator(site: Site, coordinator: Person) -> None:
    elsewhere, here = site.mentee(site.chapter().chapter), site.mentee(coordinator.chapter, "Noor Haddad")
    client = site.client(coordinator)
    assert client.get(f"/coordinator/members/{elsewhere.id}").status_code == 404
    assert "<h1>Noor Haddad</h1>" in client.get(f"/coordinator/members/{here.id}").text


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
    staff = site.client(coordinator)
    before = staff.get(f"/relationships/{pair}").text
    site.api("POST", f"/api/matching/v1/relationships/{pair}/answer", {"answer": "decline"}, mentee)
    page = staff.get(f"/relationships/{pair}").text
    assert main(page) == main(before)
    assert "Proposed" in page
    assert "no, thank you" not in page
    assert "You two should talk" not in page


def test_what_people_write_is_shown_as_they_wrote_it(site: Site, coordinator: Person) -> None:
    mentee, mentor = site.mentee(coordinator.chapter, "Fang <b>Li</b>"), site.mentor(coordinator.chapter)
    site.introduced(coordinator, mentee, mentor)
    page = site.client(mentor).get("/me").text
    assert "Fang &lt;b&gt;Li&lt;/b&gt;" in page
    assert "<b>Li" not in page


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
