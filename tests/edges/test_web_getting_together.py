"""Pages on getting together, over the real services: what stands in an applicant's way, a booked introduction, places offered on."""

from tests.browser.site import Person, Site
from tests.edges.web import M, S, a_cycle, send, to_a_mentor


def test_a_refused_applicant_reads_which_condition_and_who_was_entered_reads_it_on_her_page(
    site: Site, coordinator: Person
) -> None:
    conditions = {"languages_any": ["fr", "de"], "areas_any": ["cooking"]}
    cycle = a_cycle(site, coordinator, eligibility={"mentee": conditions})
    dana = site.mentee(coordinator.chapter)
    site.stack.quiet()
    to_a_mentor(site, dana)
    client = site.client(dana)
    asked = {"cycle": cycle, "role": "mentee"}
    answer = client.get(send(client, "/applications", "/me", **asked).location)
    for words in (
        "It works in one of these languages: French, German.",
        "It is about: cooking. Add one of these areas to what you look for.",
    ):
        assert words in answer.text
    entered = {"members": [{"member": dana.id, "role": "mentee"}]}
    site.api("POST", f"{M}/cycles/{cycle}/applications", entered, coordinator)
    page = client.get("/me").text
    assert "As things are, the next round cannot take you:" in page
    assert "It works in one of these languages: French, German." in page


def test_a_booked_introduction_still_says_until_when_and_is_on_the_coordinators_list(
    site: Site, coordinator: Person
) -> None:
    dana, bo = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    rel = site.introduced(coordinator, dana, bo)
    site.answered(rel, dana, bo)
    site.stack.quiet()
    starts_at = site.stack.clock().replace(microsecond=0)
    body = {"mode": "call", "starts_at": starts_at.replace(day=starts_at.day + 1).isoformat()}
    site.api("POST", f"{S}/pairs/{rel}/sessions", body, dana)
    site.stack.quiet()
    assert site.api("GET", f"{M}/relationships/{rel}", person=dana)["state"] == "booked"
    page = site.client(dana).get(f"/relationships/{rel}").text
    assert "You both said yes to meeting." in page
    assert "Arrange the introduction" not in page
    listed = site.client(coordinator).get("/coordinator/pairs?state=booked").text
    assert "Introduction arranged" in listed
    assert dana.name in listed
    home = site.client(bo).get("/me").text
    assert dana.name in home
    assert "<summary>Earlier" not in home, "it is under way"


def test_the_coordinator_sees_in_the_cycle_what_was_offered_on(site: Site, coordinator: Person) -> None:
    site.mentee(coordinator.chapter)
    site.mentee(coordinator.chapter, "Eva Braun")
    site.mentor(coordinator.chapter)
    site.stack.quiet()
    cycle = a_cycle(site, coordinator)
    site.api("POST", f"{M}/cycles/{cycle}/applications", {"everyone": True}, coordinator)
    made = site.api("POST", f"{M}/cycles/{cycle}/rounds", {}, coordinator)["id"]
    site.api("POST", f"{M}/rounds/{made}/publication", {}, coordinator)
    client = site.client(coordinator)
    assert "offered_on" not in client.get(f"/coordinator/cycles/{cycle}").text
    site.stack.clock.advance(days=7)
    site.stack.quiet()
    staff = site.client(coordinator)
    link = f"/coordinator/cycles/{cycle}?offered_on=true"
    hers, others = staff.get(f"/coordinator/cycles/{cycle}").text, staff.get(link).text
    assert (link in hers, "offered on</span>" in hers, made in hers) == (True, False, True)
    assert ("offered on</span>" in others, made in others) == (True, False)
    rounds = site.api("GET", f"{M}/cycles/{cycle}/rounds", person=coordinator)["items"]
    (offered,) = [one for one in rounds if one["offered_on"]]
    page = staff.get(f"/coordinator/rounds/{offered['id']}")
    assert page.status_code == 200
    assert offered["id"] in others
    assert "A proposal came to nothing, and its places were offered on by themselves." in page.text
    assert "total score" not in page.text
