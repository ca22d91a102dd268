"""Pages between the two of a pair over the real services: notes, thanks that both publish, what is older; and names in a lineage."""

from collections.abc import Iterable

import pytest

from services.matching.domain.lineage import Branch, Line
from services.matching.kinds import BRANCHES
from shared.call import Call
from shared.events.matching import RelationshipCompleted
from shared.ids import new_id
from shared.transaction import Tx
from tests.browser.site import Person, Site
from tests.edges.web import send
from tests.flows.sessions_people import announce

M, S = (f"/api/{name}/v1" for name in ("matching", "sessions"))


@pytest.fixture(scope="module")
def coordinator(site: Site) -> Person:
    return site.chapter()


@pytest.fixture(scope="module")
def pair(site: Site, coordinator: Person) -> tuple[str, Person, Person]:
    """A trial whose programme lets one word count after three days: its id, the mentee, the mentor."""
    rules = {"word_hours": 72, "outcome_months": [3, 9]}
    programme = site.api("POST", f"{M}/programmes", {"name": "City", "rules": rules}, coordinator)["id"]
    mentee, mentor = site.mentee(coordinator.chapter), site.mentor(coordinator.chapter)
    site.stack.quiet()
    asked = {
        "mentee": mentee.id,
        "mentor": mentor.id,
        "reason": "You two should talk.",
        "programme": programme,
    }
    rel = str(site.api("POST", f"{M}/introductions", asked, coordinator)["id"])
    site.stack.quiet()
    site.begun(rel, mentee, mentor)
    return rel, mentee, mentor


def test_a_note_is_hers_alone_unless_it_is_for_both(site: Site, pair: tuple[str, Person, Person]) -> None:
    rel, mentee, mentor = pair
    page = f"/relationships/{rel}/notes"
    hers, his = site.client(mentee), site.client(mentor)
    assert f'href="{page}"' in hers.get(f"/relationships/{rel}").text
    assert send(hers, page, text=" ").status_code == 422
    send(hers, page, text="Only for me")
    send(hers, page, text="For us two", shared="yes")
    assert all(text in hers.get(page).text for text in ("Only for me", "For us two", "yours alone"))
    seen = his.get(page).text
    assert "For us two" in seen
    assert "from Dana Weiss, for both of you" in seen
    assert "Only for me" not in seen
    assert "Remove this note" not in seen
    notes = site.api("GET", f"{S}/pairs/{rel}/notes", None, mentee)["items"]
    note = next(one["id"] for one in notes if one["text"] == "For us two")
    send(his, f"{page}/{note}/removal", page)
    assert "For us two" in hers.get(page).text
    send(hers, f"{page}/{note}/removal", page)
    assert "For us two" not in hers.get(page).text


def test_thanks_are_on_the_wall_only_while_both_publish_them(
    site: Site, pair: tuple[str, Person, Person]
) -> None:
    rel, mentee, mentor = pair
    pair_page = f"/relationships/{rel}"
    hers, his = site.client(mentee), site.client(mentor)
    site.api("POST", f"{S}/pairs/{rel}/kudos", {"text": "You listened"}, mentee)
    kudos = site.api("GET", f"{S}/pairs/{rel}/kudos", None, mentee)["items"][0]["id"]
    path = f"{pair_page}/thanks/{kudos}/publication"
    reader = site.client(site.mentee(mentee.chapter, "Rosa Blum"))
    elsewhere = site.client(site.mentee(site.chapter().chapter, "Lena Wolf"))
    send(hers, path, pair_page, publish="yes")
    assert "it takes both of you" in hers.get(pair_page).text
    assert "Dana Weiss would publish it" in his.get(pair_page).text
    assert "You listened" not in reader.get("/wall").text
    send(his, path, pair_page, publish="yes")
    wall = reader.get("/wall").text
    assert "You listened" in wall
    assert "Dana Weiss" not in wall
    assert "You listened" not in elsewhere.get("/wall").text
    send(his, path, pair_page, publish="no")
    assert "You listened" not in reader.get("/wall").text


def test_one_word_counts_after_as_long_as_the_pairs_own_rules_say(
    site: Site, pair: tuple[str, Person, Person]
) -> None:
    rel, mentee, _ = pair
    client = site.client(mentee)
    session = site.api("POST", f"{S}/pairs/{rel}/sessions", {"mode": "letters"}, mentee)["id"]
    send(client, f"/sessions/{session}/held", f"/relationships/{rel}", held="yes")
    page = client.get(f"/relationships/{rel}").text
    assert page.count("It counts once the other of you has said so too, or in 3 days.") == 2


def test_a_step_is_closed_on_the_page_of_its_own_pair_only(
    site: Site, pair: tuple[str, Person, Person]
) -> None:
    rel, mentee, mentor = pair
    session = site.met(rel, mentee, mentor)
    step = site.api("POST", f"{S}/sessions/{session}/steps", {"text": "Write to Ana"}, mentee)["id"]
    client = site.client(mentee)
    assert "Write to Ana" in client.get(f"/relationships/{rel}/steps/{step}/close").text
    assert client.get(f"/relationships/{new_id('rel')}/steps/{step}/close").status_code == 404
    stranger = site.client(site.mentee(mentee.chapter, "Rosa Blum"))
    assert stranger.get(f"/relationships/{rel}/steps/{step}/close").status_code == 404


def test_what_a_pairs_page_has_no_room_for_is_a_link_away(
    site: Site, pair: tuple[str, Person, Person]
) -> None:
    rel, mentee, mentor = pair
    session = site.met(rel, mentee, mentor)
    site.api("POST", f"{S}/sessions/{session}/steps", {"text": "The first of many"}, mentee)
    steps = site.stack.running["sessions"].room.store.db["steps"]
    one = steps.find_one({"relationship": rel}, sort=[("agreed_at", -1)])
    assert one is not None
    site.stack.clock.advance(hours=1)
    later = one | {"agreed_at": site.stack.clock()}
    steps.insert_many([later | {"_id": new_id("step")} for _ in range(200)])
    client = site.client(mentee)
    page = client.get(f"/relationships/{rel}").text
    link = page.split(f'href="/relationships/{rel}/older/steps?', 1)[1].split('"', 1)[0]
    older = client.get(f"/relationships/{rel}/older/steps?{link}".replace("&amp;", "&")).text
    assert older.count("The first of many") == 1
    assert client.get(f"/relationships/{rel}/older/votes").status_code == 404


def test_the_outcomes_page_names_the_months_of_the_chapters_programmes(
    site: Site, coordinator: Person
) -> None:
    alone = site.chapter()
    assert "have passed: 6, 12." in site.client(alone).get("/coordinator/outcomes").text
    rules = {"outcome_months": [3, 9]}
    site.api("POST", f"{M}/programmes", {"name": "City", "rules": rules}, alone)
    assert "have passed: 3, 9." in site.client(alone).get("/coordinator/outcomes").text


def keep(tx: Tx, branches: Iterable[Branch]) -> None:
    for branch in branches:
        tx.save(BRANCHES, branch)


def test_the_tree_names_her_mentees_mentee_only_while_she_agrees(site: Site, coordinator: Person) -> None:
    chapter = coordinator.chapter
    ana, bea, cleo = (site.member(chapter, name, "mentor") for name in ("Ana Roth", "Bea Stein", "Cleo Thal"))
    lines = [(new_id("rel"), ana.id, bea.id), (new_id("rel"), bea.id, cleo.id)]
    branches = (
        Branch(ana.id, chapter, guides=(Line(lines[0][0], bea.id),)),
        Branch(bea.id, chapter, False, (Line(lines[0][0], ana.id),), (Line(lines[1][0], cleo.id),)),
        Branch(cleo.id, chapter, guided_by=(Line(lines[1][0], bea.id),)),
    )
    call = Call(id=new_id("call"), at=site.stack.clock(), chapter=chapter, asker="operator")
    site.stack.running["matching"].room.store.change(call, lambda tx: keep(tx, branches))
    for rel, mentor, mentee in lines:
        announce(site.stack, chapter, rel, RelationshipCompleted(mentee, mentor, 1))
    site.stack.quiet()
    tree = site.client(ana)
    page = tree.get("/me/lineage").text
    assert "2 people, 2 steps far." in page
    assert page.count("somebody who is not named") == 2
    send(site.client(cleo), "/me/lineage", named="yes")
    site.stack.quiet()
    page = tree.get("/me/lineage").text
    assert "Cleo Thal" in page
    assert page.count("somebody who is not named") == 1
    send(site.client(cleo), "/me/lineage", named="no")
    assert "Cleo Thal" not in tree.get("/me/lineage").text
