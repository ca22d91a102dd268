"""Members' own records, the cards of a pair, and the looks of staff."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from shared.call import Call
from shared.events.matching import (
    RelationshipDeclined,
    RelationshipEnded,
    RelationshipNotStarted,
    RelationshipProposed,
)
from shared.ids import new_id
from shared.kinds import Kind
from shared.log import Publisher
from shared.outbox import Relay
from tests.flows.profiles_people import (
    V1,
    a_chapter,
    a_coordinator,
    a_member,
    announced_about,
    ask,
    get,
    member_document,
    register,
)
from tests.stack import Stack


@dataclass(frozen=True, slots=True)
class Pair:
    """A relationship as matching would announce it."""

    id: str
    chapter: str


PAIRS = Kind("relationship", "test_pairs", Pair)


class Matching:
    """Announces what matching would, on its own topic."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._room = stack.room("matching")
        self._publisher = Publisher(stack.parts.kafka_bootstrap, stack.namespace, "matching")
        self._relay = Relay(self._room.store, self._publisher, "matching", holder=new_id("relay"))

    def announce(self, chapter: str, relationship: str, fact: Any) -> None:
        """Announce the fact, and let everybody hear it."""
        call = Call(id=new_id("call"), at=self._stack.clock(), chapter=chapter, asker="timer")
        self._room.store.change(call, lambda tx: tx.save(PAIRS, Pair(relationship, chapter), fact))
        self._relay.step()
        self._stack.quiet(timers=False, chores=False)

    def propose(self, chapter: str, mentee: str, mentor: str) -> str:
        """A round proposed this pair."""
        relationship = new_id("rel")
        fact = RelationshipProposed(mentee, mentor, "round", self._stack.clock())
        self.announce(chapter, relationship, fact)
        return relationship

    def close(self) -> None:
        """Stop."""
        self._relay.close()
        self._publisher.close()


@pytest.fixture(scope="module")
def matching(stack: Stack) -> Iterator[Matching]:
    made = Matching(stack)
    yield made
    made.close()


def test_a_member_says_who_she_is_and_matching_hears_what_it_may_know(stack: Stack) -> None:
    chapter = a_chapter(stack)
    _, anna = a_member(stack, chapter, "anna@example.org")
    said = {
        "roles": ["mentee", "mentor"],
        "areas_offered": [{"area": "finance", "years": 12}],
        "areas_wanted": [{"area": "leadership", "weight": 3}],
        "wants_to_learn": ["design"],
        "could_teach": ["data-analysis"],
        "languages": ["en", "de"],
        "hours": [18, 42],
        "capacity": 2,
    }

    answer = ask(stack, "PATCH", f"{V1}/me", anna, json=said)

    assert answer.status_code == 200
    assert {name: answer.json[name] for name in said} == said
    assert announced_about(stack, chapter, "anna@example.org")[-1] == "profile_changed"
    heard = stack.announced("profiles", "cairn.member.profile_changed.v1")[-1]["data"]
    assert '"areas_offered":[{"area":"finance","years":12}]' in heard
    assert "Anna" not in heard


def test_an_edit_that_changes_nothing_announces_nothing(stack: Stack) -> None:
    chapter = a_chapter(stack)
    _, anna = a_member(stack, chapter, "anna@example.org")
    before = announced_about(stack, chapter, "anna@example.org")

    for body in ({}, {"name": "Anna Meier"}, {"capacity": 0}, {"roles": ["mentee"]}):
        assert ask(stack, "PATCH", f"{V1}/me", anna, json=body).status_code == 200

    assert announced_about(stack, chapter, "anna@example.org") == before


def test_a_new_name_travels_sealed(stack: Stack) -> None:
    chapter = a_chapter(stack)
    _, anna = a_member(stack, chapter, "anna@example.org")

    ask(stack, "PATCH", f"{V1}/me", anna, json={"name": "Anna Brändli", "time_zone": "Europe/Zurich"})

    contact = stack.announced("profiles", "cairn.member.contact_changed.v1")[-1]["data"]
    assert "Brändli" not in contact
    assert '"time_zone":"Europe/Zurich"' in contact


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"mail": "other@example.org"}, "/mail"),
        ({"id": "mem_x"}, "/id"),
        ({"roles": ["coordinator"]}, "/roles/0"),
        ({"name": "Anna\nBcc: x@example.org"}, "/name"),
        ({"name": "\ud800"}, "/name"),
        ({"capacity": 21}, "/capacity"),
        ({"capacity": "2"}, "/capacity"),
        ({"hours": [168]}, "/hours/0"),
        ({"hours": [1, 1]}, "/hours"),
        ({"areas_offered": [{"area": "$where", "years": 1}]}, "/areas_offered/0/area"),
        ({"areas_offered": [{"area": "law", "years": 1, "$gt": 1}]}, "/areas_offered/0/$gt"),
        ({"areas_wanted": [{"area": f"a{n}", "weight": 1} for n in range(21)]}, "/areas_wanted"),
        ({"languages": ["english"]}, "/languages/0"),
        ({"locale": "../../etc"}, "/locale"),
        ({"time_zone": "Asia/Nowhere"}, "/time_zone"),
    ],
)
def test_what_cannot_be_is_refused_with_a_pointer(stack: Stack, body: dict[str, Any], pointer: str) -> None:
    chapter = a_chapter(stack)
    _, anna = a_member(stack, chapter, "anna@example.org")
    before = member_document(stack, chapter, "anna@example.org")

    refused = ask(stack, "PATCH", f"{V1}/me", anna, json=body)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert member_document(stack, chapter, "anna@example.org") == before


def test_a_member_cannot_make_herself_a_coordinator_nor_a_coordinator_stop_being_one(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)

    answer = ask(stack, "PATCH", f"{V1}/me", mei, json={"roles": ["mentor"]})

    assert answer.json["roles"] == ["mentor", "coordinator"]
    assert ask(stack, "PATCH", f"{V1}/me", mei, json={"roles": []}).json["roles"] == ["coordinator"]


def test_every_look_of_staff_stands_on_the_members_own_page(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    _, bea = a_member(stack, chapter, "bea@example.org")

    first = get(stack, f"{V1}/members/{anna_id}?reason=called+back", mei)
    stack.clock.advance(minutes=5)
    get(stack, f"{V1}/members/{anna_id}", mei)

    assert (first.json["view"], first.json["mail"]) == ("full", "anna@example.org")
    looks = get(stack, f"{V1}/me/looks", anna).json["items"]
    assert [(look["by_name"], look["reason"]) for look in looks] == [
        ("Mei Lin", ""),
        ("Mei Lin", "called back"),
    ]
    assert looks[0]["at"] > looks[1]["at"]
    assert get(stack, f"{V1}/me/looks", bea).json == {"items": [], "next": None}


def test_a_list_of_members_shows_no_address_and_records_no_look(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    register(stack, chapter, "bea@example.org", name="Bea Frei")

    everyone = get(stack, f"{V1}/members", mei).json
    waiting = get(stack, f"{V1}/members?confirmed=false", mei).json
    confirmed = get(stack, f"{V1}/members?confirmed=true", mei).json
    counts = get(stack, f"{V1}/counts", mei).json

    assert [row["name"] for row in everyone["items"]] == ["Mei Lin", "Anna Meier", "Bea Frei"]
    assert [row["name"] for row in waiting["items"]] == ["Mei Lin", "Bea Frei"]
    assert [row["id"] for row in confirmed["items"]] == [anna_id]
    assert "example.org" not in str(everyone)
    assert counts == {"members": 3, "confirmed": 1, "unconfirmed": 2, "mentees": 2, "mentors": 0, "erased": 0}
    assert get(stack, f"{V1}/me/looks", anna).json["items"] == []


def test_lists_come_in_pages(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    for number in range(4):
        register(stack, chapter, f"m{number}@example.org", name=f"Member {chr(65 + number)}")
    names: list[str] = []
    after: str | None = ""

    for _ in range(3):
        page = get(stack, f"{V1}/members?limit=2&after={after}", mei).json
        names += [row["name"] for row in page["items"]]
        after = page["next"]

    assert names == ["Mei Lin", "Member A", "Member B", "Member C", "Member D"]
    assert after is None
    assert get(stack, f"{V1}/members?limit=101", mei).status_code == 422


def test_members_of_other_chapters_and_unknown_ones_read_the_same(stack: Stack) -> None:
    here, there = a_chapter(stack), a_chapter(stack)
    mei = a_coordinator(stack, here)
    anna_id, anna = a_member(stack, here, "anna@example.org")
    bea_id, _ = a_member(stack, here, "bea@example.org")
    foreign_id, _ = a_member(stack, there, "carla@example.org")

    for headers, id in (
        (mei, foreign_id),
        (mei, "mem_nobody"),
        (anna, bea_id),
        (anna, foreign_id),
        (anna, "$ne"),
    ):
        refused = get(stack, f"{V1}/members/{id}", headers)
        assert (refused.status_code, refused.json["code"]) == (404, "not_found")
    assert get(stack, f"{V1}/members/{anna_id}", anna).json["view"] == "full"
    assert get(stack, f"{V1}/members", anna).status_code == 403
    assert get(stack, f"{V1}/members").status_code == 401
    cards = get(stack, f"{V1}/cards?ids={anna_id},{bea_id},{foreign_id},mem_x", anna).json["items"]
    assert [card["id"] for card in cards] == [anna_id]
    cards = get(stack, f"{V1}/cards?ids={foreign_id},{bea_id},{anna_id}", mei).json["items"]
    assert [card["id"] for card in cards] == [bea_id, anna_id]


def test_the_two_of_a_pair_see_each_others_card_until_it_ends(stack: Stack, matching: Matching) -> None:
    chapter = a_chapter(stack)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    bea_id, bea = a_member(stack, chapter, "bea@example.org", name="Bea Frei", roles=["mentor"])
    endings = (
        RelationshipDeclined(anna_id, bea_id, "lapsed"),
        RelationshipNotStarted(anna_id, bea_id),
        RelationshipEnded(anna_id, bea_id, "trial_not_renewed"),
    )

    for ending in endings:
        relationship = matching.propose(chapter, anna_id, bea_id)
        card = get(stack, f"{V1}/members/{bea_id}", anna)
        assert card.json == {
            "view": "card",
            "id": bea_id,
            "name": "Bea Frei",
            "areas_offered": [],
            "languages": [],
            "time_zone": "Asia/Shanghai",
        }
        assert get(stack, f"{V1}/members/{anna_id}", bea).json["view"] == "card"
        assert len(get(stack, f"{V1}/cards?ids={bea_id}", anna).json["items"]) == 1

        matching.announce(chapter, relationship, ending)
        assert get(stack, f"{V1}/members/{bea_id}", anna).status_code == 404
        assert get(stack, f"{V1}/cards?ids={bea_id}", anna).json["items"] == []


def test_one_pair_that_ends_leaves_the_other_open(stack: Stack, matching: Matching) -> None:
    chapter = a_chapter(stack)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    bea_id, _ = a_member(stack, chapter, "bea@example.org", roles=["mentor"])
    first = matching.propose(chapter, anna_id, bea_id)
    matching.propose(chapter, anna_id, bea_id)

    matching.announce(chapter, first, RelationshipDeclined(anna_id, bea_id, "declined"))

    assert get(stack, f"{V1}/members/{bea_id}", anna).status_code == 200


def test_areas_and_chapters_are_for_everybody(stack: Stack) -> None:
    chapter = a_chapter(stack)

    areas = get(stack, f"{V1}/areas").json["items"]
    shown = get(stack, f"{V1}/chapters/{chapter}").json
    listed = get(stack, f"{V1}/chapters?limit=1&after={chapter[:-1]}").json

    assert "leadership" in [area["slug"] for area in areas]
    assert shown == {
        "id": chapter,
        "name": "Shanghai",
        "time_zone": "Asia/Shanghai",
        "locales": ["zh-Hans", "en"],
        "region": "cn",
    }
    assert listed["items"] == [shown]
    assert get(stack, f"{V1}/chapters/nowhere").status_code == 404
    assert register(stack, "nowhere", "anna@example.org").status_code == 404
