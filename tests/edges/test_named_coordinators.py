"""Each chapter has a coordinator who is named (R16): her members read who it is where they look for people, and nobody else does."""

from collections.abc import Iterator

import pytest

from services.profiles.commands import chapters
from shared.call import Call
from shared.ids import new_id
from tests.browser.site import Person, Site, running_site
from tests.edges.web import send
from tests.parts import PartsAddresses

PATH, PAGE = "/api/profiles/v1/me/coordinators", "/me/mentors"


@pytest.fixture(scope="module")
def site(parts: PartsAddresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(parts, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def coordinator(site: Site) -> Person:
    return site.chapter()


def appointed(site: Site, chapter: str, name: str) -> None:
    """A second coordinator, who has not confirmed her address."""
    room, mail = site.stack.running["profiles"].room, f"{new_id('c')}@people.example"
    call = Call(new_id("call"), site.stack.clock(), chapter, "operator")
    room.store.change(call, lambda tx: chapters.appoint_coordinator(tx, room, chapter, name, mail))


def test_members_read_the_confirmed_coordinators_of_their_own_chapter(
    site: Site, coordinator: Person
) -> None:
    elsewhere, dana = site.chapter(), site.mentee(coordinator.chapter)
    appointed(site, coordinator.chapter, "Ann Lee")

    named = {person.id: site.api("GET", PATH, person=person)["items"] for person in (dana, elsewhere)}

    assert named == {
        dana.id: [{"id": coordinator.id, "name": coordinator.name}],
        elsewhere.id: [{"id": elsewhere.id, "name": elsewhere.name}],
    }
    assert site.stack.get(PATH).status_code == 401


def test_whoever_looks_for_mentors_reads_whom_she_can_ask(site: Site, coordinator: Person) -> None:
    client = site.client(site.mentee(coordinator.chapter))
    assert "Mei Lin coordinates your chapter: ask her to introduce you" in client.get(PAGE).text
    send(client, "/language", PAGE, language="zh-Hans", back=PAGE)
    assert "您所在分会的协调员：Mei Lin。" in client.get(PAGE).text  # noqa: RUF001 - Chinese has punctuation of its own


def test_whoever_asked_a_stranger_reads_who_could_introduce_them(site: Site, coordinator: Person) -> None:
    dana, bo = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    site.stack.quiet()
    answer = send(site.client(dana), f"/ask/{bo.id}")
    assert "Ask a coordinator of your chapter to introduce you. Mei Lin" in answer.text


def test_a_coordinator_who_looks_for_a_mentor_is_not_sent_to_herself(site: Site, coordinator: Person) -> None:
    roles = {"roles": ["mentee"], "areas_wanted": [{"area": "leadership", "weight": 3}]}
    site.api("PATCH", "/api/profiles/v1/me", roles, coordinator)
    site.stack.clock.advance(minutes=2)  # a token is trusted for a minute
    page = site.client(coordinator).get(PAGE)
    assert (page.status_code, "coordinates your chapter" in page.text) == (200, False)
