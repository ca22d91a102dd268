"""Who is never to be paired with whom: conflicts, blocks, and what matching hears of them (R12)."""

import json
from typing import Any

import pytest

from services.profiles.domain import apart
from tests.flows.profiles_people import V1, a_chapter, a_coordinator, a_member, ask, get, post
from tests.stack import Stack


def kept_apart(stack: Stack, member: str) -> list[dict[str, Any]]:
    """What was announced about whom a member is kept apart from, oldest first."""
    return [
        json.loads(event["data"])
        for event in stack.announced("profiles", "cairn.member.kept_apart.v1")
        if event["aggregate"] == member
    ]


def test_a_member_declares_a_conflict_and_takes_it_back(stack: Stack) -> None:
    chapter = a_chapter(stack)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    bea_id, bea = a_member(stack, chapter, "bea@example.org")

    said = post(stack, f"{V1}/me/conflicts", {"member": bea_id, "kind": "household"}, anna)
    again = post(stack, f"{V1}/me/conflicts", {"member": bea_id, "kind": "household"}, anna)

    assert said.status_code == again.status_code == 201
    assert again.json == said.json
    assert (said.json["other"], said.json["kind"], said.json["set_by"]) == (bea_id, "household", "self")
    assert get(stack, f"{V1}/me/conflicts", anna).json["items"] == [said.json]
    assert get(stack, f"{V1}/me/conflicts", bea).json["items"] == [], "what she declared is hers"
    assert kept_apart(stack, anna_id) == [{"apart_from": [bea_id], "no_contact": []}]

    assert ask(stack, "DELETE", f"{V1}/me/conflicts/{said.json['id']}", anna).status_code == 204
    assert get(stack, f"{V1}/me/conflicts", anna).json["items"] == []
    assert kept_apart(stack, anna_id)[-1] == {"apart_from": [], "no_contact": []}


def test_a_block_is_told_to_matching_as_no_contact_and_shown_to_nobody_else(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    bea_id, bea = a_member(stack, chapter, "bea@example.org")
    post(stack, f"{V1}/me/conflicts", {"member": bea_id, "kind": "competitor"}, anna)

    blocked = post(stack, f"{V1}/me/blocks", {"member": bea_id}, anna)

    assert blocked.status_code == 201
    assert kept_apart(stack, anna_id)[-1] == {"apart_from": [bea_id], "no_contact": [bea_id]}
    assert get(stack, f"{V1}/me/blocks", anna).json["items"] == [blocked.json]
    assert [entry["kind"] for entry in get(stack, f"{V1}/me/conflicts", anna).json["items"]] == ["competitor"]
    for headers, path in (
        (bea, f"{V1}/me/blocks"),
        (bea, f"{V1}/me/conflicts"),
        (mei, f"{V1}/members/{anna_id}/conflicts"),
        (mei, f"{V1}/members/{bea_id}/conflicts"),
        (mei, f"{V1}/members/{anna_id}"),
    ):
        assert "block" not in get(stack, path, headers).get_data(as_text=True)

    assert ask(stack, "DELETE", f"{V1}/me/blocks/{blocked.json['id']}", anna).status_code == 204
    assert kept_apart(stack, anna_id)[-1] == {"apart_from": [bea_id], "no_contact": []}


def test_staff_set_a_conflict_which_the_member_sees_and_cannot_take_back(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    bea_id, _ = a_member(stack, chapter, "bea@example.org")
    path = f"{V1}/members/{anna_id}/conflicts"

    set_by_staff = post(stack, path, {"member": bea_id, "kind": "reporting_line"}, mei)

    assert (set_by_staff.status_code, set_by_staff.json["set_by"]) == (201, "staff")
    assert get(stack, f"{V1}/me/conflicts", anna).json["items"] == [set_by_staff.json]
    refused = ask(stack, "DELETE", f"{V1}/me/conflicts/{set_by_staff.json['id']}", anna)
    assert (refused.status_code, refused.json["code"]) == (403, "set_by_another")
    assert get(stack, f"{path}?reason=pairing", mei).json["items"] == [set_by_staff.json]
    assert get(stack, f"{V1}/members/{bea_id}/conflicts", mei).json["items"] == [set_by_staff.json]
    assert [look["reason"] for look in get(stack, f"{V1}/me/looks", anna).json["items"]] == ["pairing"]
    assert ask(stack, "DELETE", f"{path}/{set_by_staff.json['id']}", mei).status_code == 204
    assert kept_apart(stack, anna_id)[-1] == {"apart_from": [], "no_contact": []}


def test_staff_do_not_take_back_what_a_member_declared(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    bea_id, _ = a_member(stack, chapter, "bea@example.org")
    said = post(stack, f"{V1}/me/conflicts", {"member": bea_id, "kind": "investor"}, anna).json

    refused = ask(stack, "DELETE", f"{V1}/members/{anna_id}/conflicts/{said['id']}", mei)
    elsewhere = ask(stack, "DELETE", f"{V1}/members/{bea_id}/conflicts/{said['id']}", mei)

    assert (refused.status_code, refused.json["code"]) == (403, "set_by_another")
    assert elsewhere.status_code == 404
    assert get(stack, f"{V1}/me/conflicts", anna).json["items"] == [said]


def test_whom_one_cannot_name(stack: Stack) -> None:
    here, there = a_chapter(stack), a_chapter(stack)
    anna_id, anna = a_member(stack, here, "anna@example.org")
    foreign_id, _ = a_member(stack, there, "carla@example.org")

    for path, body in ((f"{V1}/me/blocks", {}), (f"{V1}/me/conflicts", {"kind": "household"})):
        assert post(stack, path, {"member": foreign_id, **body}, anna).status_code == 404
        assert post(stack, path, {"member": "mem_nobody", **body}, anna).status_code == 404
        herself = post(stack, path, {"member": anna_id, **body}, anna)
        assert (herself.status_code, herself.json["code"]) == (409, "about_yourself")
    wrong = post(stack, f"{V1}/me/conflicts", {"member": foreign_id, "kind": "dislike"}, anna)
    assert wrong.json["errors"][0]["pointer"] == "/kind"
    assert kept_apart(stack, anna_id) == []


def test_there_are_never_more_than_so_many_entries(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MAX_APART", 2)
    chapter = a_chapter(stack)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    others = [a_member(stack, chapter, f"m{number}@example.org")[0] for number in range(3)]

    answers = [post(stack, f"{V1}/me/blocks", {"member": other}, anna) for other in others]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert len(kept_apart(stack, anna_id)) == 2


def test_a_block_ends_what_the_two_have_together_and_closes_their_cards(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    bo_id, bo = a_member(stack, chapter, "bo@example.org", roles=["mentor"])
    ask(stack, "PATCH", f"{V1}/me", bo, json={"capacity": 1})
    stack.quiet()
    matching = "/api/matching/v1"
    body = {"mentee": anna_id, "mentor": bo_id, "reason": "You should meet."}
    relationship = post(stack, f"{matching}/introductions", body, mei).json["id"]
    stack.quiet()
    assert get(stack, f"{V1}/members/{anna_id}", bo).json["view"] == "card"

    post(stack, f"{V1}/me/blocks", {"member": bo_id}, anna)
    stack.quiet()

    assert get(stack, f"{matching}/relationships/{relationship}", bo).json["state"] == "proposed"
    stack.clock.advance(days=8)  # to him it lapses, as if she had said nothing
    stack.quiet()
    bo = stack.sign_in(bo_id, chapter, "mentor")
    mei = stack.sign_in("mem_mei", chapter, "coordinator")
    over = get(stack, f"{matching}/relationships/{relationship}", bo).json
    assert (over["state"], anna_id in str(over.get("reason"))) == ("lapsed", False)
    assert get(stack, f"{V1}/members/{anna_id}", bo).status_code == 404
    again = post(stack, f"{matching}/introductions", body, mei)
    assert again.status_code == 409


@pytest.mark.parametrize("by", ["mentee", "mentor"])
def test_the_card_of_a_proposal_that_is_blocked_stays_open_until_its_own_date(stack: Stack, by: str) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    ids, sides = {}, {}
    for role in ("mentee", "mentor"):
        ids[role], sides[role] = a_member(stack, chapter, f"{role}@example.org", roles=[role])
    ask(stack, "PATCH", f"{V1}/me", sides["mentor"], json={"capacity": 1})
    stack.quiet()
    matching = "/api/matching/v1"
    body = {"mentee": ids["mentee"], "mentor": ids["mentor"], "reason": "You should meet."}
    relationship = post(stack, f"{matching}/introductions", body, mei).json["id"]
    stack.quiet()
    other = "mentor" if by == "mentee" else "mentee"

    def what_she_sees() -> list[tuple[int, Any]]:
        """The blocked one's look at who blocked her: the card alone, among cards, and in what she takes with her."""
        her = stack.sign_in(ids[other], chapter, other)
        paths = (f"{V1}/members/{ids[by]}", f"{V1}/cards?ids={ids[by]}", f"{V1}/me/export")
        answers = [get(stack, path, her) for path in paths]
        known = answers[2].json["pairs_whose_cards_you_see"]
        return [(answer.status_code, answer.json) for answer in answers[:2]] + [(200, known)]

    before = what_she_sees()
    assert [before[0][0], len(before[1][1]["items"]), before[2][1]] == [200, 1, [relationship]]

    assert post(stack, f"{V1}/me/blocks", {"member": ids[other]}, sides[by]).status_code == 201
    stack.quiet()
    assert what_she_sees() == before
    stack.clock.advance(days=6)
    stack.quiet()
    assert what_she_sees() == before

    stack.clock.advance(days=2)
    stack.quiet()
    after = what_she_sees()
    assert [after[0][0], after[1][1]["items"], after[2][1]] == [404, [], []]
    who_blocked = stack.sign_in(ids[by], chapter, by)
    assert get(stack, f"{V1}/members/{ids[other]}", who_blocked).status_code == 404
