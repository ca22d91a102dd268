"""R16: staff see their own chapter only, every look is listed for its member, and a pair across chapters needs both chapters' consent."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from operate.sandbox.people import Sandbox, invent
from shared.ids import new_id
from tests.flows.profiles_people import V1, a_chapter, a_coordinator, a_member, ask, get, post
from tests.stack import Stack


def two_chapters(stack: Stack) -> tuple[str, str]:
    """Zurich, which lends, and Shanghai, which borrows."""
    return a_chapter(stack, name="Zurich", time_zone="Europe/Zurich"), a_chapter(stack)


def a_mentor(stack: Stack, chapter: str, mail: str = "bea@example.org") -> str:
    """A confirmed mentor with three places, free on Monday from ten to eleven."""
    id, bea = a_member(stack, chapter, mail, name="Bea Frei", roles=["mentor"])
    said = {
        "capacity": 3,
        "hours": [10],
        "areas_offered": [{"area": "finance", "years": 12}],
        "languages": ["de", "en"],
    }
    assert ask(stack, "PATCH", f"{V1}/me", bea, json=said).status_code == 200
    return id


def told_of(stack: Stack, member: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (event["type"].removeprefix("cairn.member.").removesuffix(".v1"), json.loads(event["data"]))
        for event in stack.announced("profiles")
        if event["aggregate"] == member
    ]


def test_every_look_at_a_record_is_listed_with_who_when_what_for(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")

    get(stack, f"{V1}/members/{anna_id}?reason=asked+for+help", mei)
    get(stack, f"{V1}/members/{anna_id}/conflicts?reason=before+pairing", mei)

    looks = get(stack, f"{V1}/me/looks", anna).json["items"]
    assert [(look["by_name"], look["what"], look["reason"]) for look in looks] == [
        ("Mei Lin", "conflicts", "before pairing"),
        ("Mei Lin", "record", "asked for help"),
    ]
    assert all(look["at"] for look in looks)


def test_staff_of_one_chapter_find_nothing_of_another(stack: Stack) -> None:
    here, there = two_chapters(stack)
    mei = a_coordinator(stack, here)
    foreign_id, foreign = a_member(stack, there, "carla@example.org")

    for path in (f"/members/{foreign_id}", f"/members/{foreign_id}/conflicts"):
        assert get(stack, V1 + path, mei).status_code == 404
    assert foreign_id not in get(stack, f"{V1}/members", mei).get_data(as_text=True)
    assert get(stack, f"{V1}/me/looks", foreign).json["items"] == []


def test_a_mentor_crosses_to_another_chapter_when_both_coordinators_agreed(stack: Stack) -> None:
    zurich, shanghai = two_chapters(stack)
    lender, borrower = a_coordinator(stack, zurich), a_coordinator(stack, shanghai)
    bea = a_mentor(stack, zurich)

    lent = post(stack, f"{V1}/crossings", {"member": bea, "to": shanghai, "seats": 2}, lender)

    assert (lent.status_code, lent.json["state"]) == (201, "offered")
    assert "Bea" not in get(stack, f"{V1}/members", borrower).get_data(as_text=True), "nothing crosses yet"
    offered = get(stack, f"{V1}/crossings?side=offered", borrower)
    assert [each["id"] for each in offered.json["items"]] == [lent.json["id"]]
    assert "Bea" not in offered.get_data(as_text=True)

    accepted = post(stack, f"{V1}/crossings/{lent.json['id']}/acceptance", {}, borrower)

    assert (accepted.status_code, accepted.json["state"]) == (200, "accepted")
    recorded = get(stack, f"{V1}/crossings", lender).json["items"][0]
    assert (recorded["lent_by"], recorded["accepted_by"]) == (
        get(stack, f"{V1}/me", lender).json["id"],
        get(stack, f"{V1}/me", borrower).json["id"],
    )
    guest = accepted.json["guest"]
    told = told_of(stack, guest)
    assert [name for name, _ in told] == ["joined", "contact_changed", "profile_changed", "confirmed"]
    assert told[0][1] == {"roles": ["mentor"], "via": "crossing"}
    profile = told[2][1]
    assert profile["capacity"] == 2
    ten = stack.clock().astimezone(ZoneInfo("Europe/Zurich")).replace(hour=10)
    assert profile["hours"] == [ten.astimezone(ZoneInfo("Asia/Shanghai")).hour], (
        "her ten o'clock, on their clock"
    )
    assert profile["areas_offered"] == [{"area": "finance", "years": 12}]
    assert get(stack, f"{V1}/members/{guest}", borrower).json["name"] == "Bea Frei"
    assert get(stack, f"{V1}/members/{guest}", lender).status_code == 404


def test_a_guest_signs_in_to_each_chapter_by_the_same_address(stack: Stack) -> None:
    zurich, shanghai = two_chapters(stack)
    bea = a_mentor(stack, zurich)
    lent = post(stack, f"{V1}/crossings", {"member": bea, "to": shanghai}, a_coordinator(stack, zurich)).json
    borrower = a_coordinator(stack, shanghai)
    guest = post(stack, f"{V1}/crossings/{lent['id']}/acceptance", {}, borrower).json["guest"]

    post(stack, f"{V1}/sign-in-links", {"mail": "bea@example.org"})

    assert [told_of(stack, id)[-1][0] for id in (bea, guest)] == ["sign_in_requested"] * 2


def test_only_the_chapter_that_it_is_offered_to_accepts_and_only_once(stack: Stack) -> None:
    zurich, shanghai = two_chapters(stack)
    lender, borrower = a_coordinator(stack, zurich), a_coordinator(stack, shanghai)
    stranger = a_coordinator(stack, a_chapter(stack))
    bea = a_mentor(stack, zurich)
    crossing = post(stack, f"{V1}/crossings", {"member": bea, "to": shanghai}, lender).json["id"]
    path = f"{V1}/crossings/{crossing}"

    for by in (lender, stranger):
        for what in ("acceptance", "refusal"):
            assert post(stack, f"{path}/{what}", {}, by).status_code == 404
    for by in (borrower, stranger):
        assert ask(stack, "DELETE", path, by).status_code == 404
    assert post(stack, f"{path}/acceptance", {}, borrower).status_code == 200
    for answer in (
        post(stack, f"{path}/acceptance", {}, borrower),
        post(stack, f"{path}/refusal", {}, borrower),
        ask(stack, "DELETE", path, lender),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "crossing_settled")
    assert len(get(stack, f"{V1}/members", borrower).json["items"]) == 2


def test_an_offer_can_be_refused_or_taken_back_and_nothing_crosses(stack: Stack) -> None:
    zurich, shanghai = two_chapters(stack)
    lender, borrower = a_coordinator(stack, zurich), a_coordinator(stack, shanghai)
    bea = a_mentor(stack, zurich)
    first = post(stack, f"{V1}/crossings", {"member": bea, "to": shanghai}, lender).json["id"]
    twice = post(stack, f"{V1}/crossings", {"member": bea, "to": shanghai}, lender)

    assert (twice.status_code, twice.json["code"]) == (409, "already_offered")
    assert post(stack, f"{V1}/crossings/{first}/refusal", {}, borrower).json["state"] == "refused"
    second = post(stack, f"{V1}/crossings", {"member": bea, "to": shanghai}, lender).json["id"]
    assert ask(stack, "DELETE", f"{V1}/crossings/{second}", lender).status_code == 204
    assert post(stack, f"{V1}/crossings/{second}/acceptance", {}, borrower).status_code == 409
    assert len(get(stack, f"{V1}/members", borrower).json["items"]) == 1


def test_who_cannot_be_lent(stack: Stack) -> None:
    zurich, shanghai = two_chapters(stack)
    lender, borrower = a_coordinator(stack, zurich), a_coordinator(stack, shanghai)
    anna, _ = a_member(stack, zurich, "anna@example.org")
    bea = a_mentor(stack, zurich)
    foreign, _ = a_member(stack, shanghai, "carla@example.org", roles=["mentor"])
    a_member(stack, shanghai, "bea@example.org")

    def lend(member: str, to: str = shanghai, by: Any = lender) -> tuple[int, str]:
        answer = post(stack, f"{V1}/crossings", {"member": member, "to": to}, by)
        return answer.status_code, answer.json.get("code", answer.json.get("id"))

    assert lend(anna) == (409, "not_a_mentor")
    assert lend(bea, zurich) == (409, "same_chapter")
    assert lend(foreign) == (404, "not_found")
    assert lend(bea, "nowhere") == (404, "not_found")
    _, crossing = lend(bea)
    there_already = post(stack, f"{V1}/crossings/{crossing}/acceptance", {}, borrower)
    assert (there_already.status_code, there_already.json["code"]) == (409, "already_a_member")


def test_a_guest_is_introduced_like_anybody_of_the_chapter_that_borrowed_her(stack: Stack) -> None:
    zurich, shanghai = two_chapters(stack)
    borrower = a_coordinator(stack, shanghai)
    bea = a_mentor(stack, zurich)
    lent = post(stack, f"{V1}/crossings", {"member": bea, "to": shanghai}, a_coordinator(stack, zurich)).json
    guest = post(stack, f"{V1}/crossings/{lent['id']}/acceptance", {}, borrower).json["guest"]
    anna, _ = a_member(stack, shanghai, "anna@example.org")
    stack.quiet()

    def introduced(mentor: str) -> Any:
        body = {"mentee": anna, "mentor": mentor, "reason": "You should meet."}
        return post(stack, "/api/matching/v1/introductions", body, borrower)

    assert introduced(bea).status_code == 404, "she herself stays where she is"
    assert introduced(guest).status_code == 201


def test_nobody_crosses_into_a_sandbox_or_out_of_it(stack: Stack) -> None:
    zurich, shanghai = two_chapters(stack)
    sandbox = a_chapter(stack, slug=new_id("sandbox").replace("_", "-"))
    lender, keeper = a_coordinator(stack, zurich), a_coordinator(stack, sandbox)
    bea = a_mentor(stack, zurich)
    invented = invent(Sandbox(sandbox, stack.running["profiles"].room, stack.settings), "mentor").member
    for member, away, by in ((bea, sandbox, lender), (invented, zurich, keeper)):
        refused = post(stack, f"{V1}/crossings", {"member": member, "to": away}, by)
        assert (refused.status_code, refused.json["code"]) == (409, "sandbox_apart")
    # an offer from the time before such offers were refused cannot be accepted either
    offer = post(stack, f"{V1}/crossings", {"member": bea, "to": shanghai}, lender).json["id"]
    stack.running["profiles"].room.store.db["crossings"].update_one({"_id": offer}, {"$set": {"to": sandbox}})
    late = post(stack, f"{V1}/crossings/{offer}/acceptance", {}, keeper)
    assert (late.status_code, late.json["code"]) == (409, "sandbox_apart")
    assert len(get(stack, f"{V1}/members", keeper).json["items"]) == 2
