"""A person takes along all that profiles keeps about her, and is erased: keys, name, address, profile; what is left are counts."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pymongo.errors import PyMongoError

from operate.members import member as command
from services.profiles import chores
from services.profiles.commands import erasures
from tests.flows.operators import stand_before
from tests.flows.profiles_people import (
    V1,
    a_chapter,
    a_coordinator,
    a_member,
    announced_about,
    ask,
    get,
    post,
    register,
)
from tests.stack import Stack

YES = {"confirm": True}


def erased(stack: Stack, by: dict[str, str], body: Any = YES) -> Any:
    return ask(stack, "DELETE", f"{V1}/me", by, json=body)


def kept(stack: Stack, *words: str) -> list[str]:
    """The documents of all services, as text, that hold one of these words; sealed fields opened where a key still opens them."""
    found = []
    for running in stack.running.values():
        db = running.room.store.db
        for name in db.list_collection_names():
            for row in db[name].find():
                text = str(row) + "".join(_opened(running.room, row))
                found += [f"{db.name}.{name}: {text}"] if any(word in text for word in words) else []
    return found


def _opened(room: Any, row: dict[str, Any]) -> list[str]:
    fresh = type(room.people)(room.store.client, room.settings.namespace, room.keys.seal)
    sealed = [
        value
        for event in row.get("events", ())
        for name, value in json.loads(event["data"]).items()
        if name.startswith("sealed_")
    ]
    return [str(fresh.unseal(each)) for each in sealed]


def test_an_export_holds_what_profiles_keeps_about_the_asker(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    bo_id, _ = a_member(stack, chapter, "bo@example.org")
    get(stack, f"{V1}/members/{anna_id}?reason=called+back", mei)
    post(stack, f"{V1}/me/blocks", {"member": bo_id}, anna)
    post(stack, f"{V1}/me/reports", {"about": bo_id, "text": "He shouts."}, anna)

    export = get(stack, f"{V1}/me/export", anna)

    assert export.status_code == 200
    held = export.json
    assert (held["service"], held["member"]["mail"]) == ("profiles", "anna@example.org")
    assert [look["reason"] for look in held["looks"]] == ["called back"]
    assert [entry["other"] for entry in held["conflicts_and_blocks"]] == [bo_id]
    assert [report["text"] for report in held["reports_filed"]] == ["He shouts."]
    assert len(held["sign_ins"]) == 1


def test_an_erased_person_is_gone_from_every_list_and_signed_out_and_counts_stay(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna.away@example.org", name="Annabel Away")
    stack.quiet()

    assert erased(stack, anna).status_code == 204
    stack.quiet()

    assert announced_about(stack, chapter, f"erased:{anna_id}")[-1] == "erased"
    assert get(stack, f"{V1}/me", anna).status_code == 404
    assert ask(stack, "PATCH", f"{V1}/me", anna, json={"name": "Back"}).status_code == 404
    assert get(stack, f"{V1}/members/{anna_id}", mei).status_code == 404
    assert get(stack, f"{V1}/cards?ids={anna_id}", mei).json["items"] == []
    assert anna_id not in get(stack, f"{V1}/members", mei).get_data(as_text=True)
    counts = get(stack, f"{V1}/counts", mei).json
    assert (counts["members"], counts["erased"]) == (1, 1)
    assert erased(stack, anna).status_code == 404


def test_nothing_in_profiles_or_its_events_says_who_she_was(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "zenobia@example.org", name="Zenobia Quist")
    bo_id, bo = a_member(stack, chapter, "bo@example.org")
    get(stack, f"{V1}/members/{anna_id}?reason=called+back", mei)
    post(stack, f"{V1}/me/blocks", {"member": bo_id}, anna)
    post(stack, f"{V1}/me/blocks", {"member": anna_id}, bo)
    report = post(stack, f"{V1}/me/reports", {"about": bo_id, "text": "He shouts."}, anna).json["id"]
    stack.quiet()
    assert kept(stack, "Zenobia", "zenobia@")

    erased(stack, anna)
    stack.quiet()

    held = kept(stack, "Zenobia", "zenobia@")
    assert [row for row in held if "_notifications." not in row] == []
    db = stack.running["profiles"].room.store.db
    assert db["links"].count_documents({"member": anna_id}) == 0
    assert db["sign_in_sessions"].count_documents({"member": anna_id}) == 0
    assert db["apart"].count_documents({"chapter": chapter}) == 0
    assert get(stack, f"{V1}/me/blocks", bo).json["items"] == []
    read = get(stack, f"{V1}/reports/{report}", mei).json
    assert (read["text"], read["by"], read["about"]) == (None, "", bo_id)


def test_her_address_is_free_for_a_new_start_with_another_id(stack: Stack) -> None:
    chapter = a_chapter(stack)
    a_coordinator(stack, chapter)
    anna_id, anna = a_member(stack, chapter, "anna@example.org")
    erased(stack, anna)

    again, _ = a_member(stack, chapter, "anna@example.org")

    assert again != anna_id
    assert announced_about(stack, chapter, "anna@example.org")[0] == "joined"


@pytest.mark.parametrize("body", [{}, {"confirm": False}, {"confirm": None}, {"confirm": True, "all": True}])
def test_nobody_is_erased_by_mistake(stack: Stack, body: dict[str, Any]) -> None:
    chapter = a_chapter(stack)
    a_coordinator(stack, chapter)
    _, anna = a_member(stack, chapter, "anna@example.org")

    assert erased(stack, anna, body).status_code == 422
    assert get(stack, f"{V1}/me", anna).status_code == 200


def test_the_last_coordinator_stays_until_there_is_another(stack: Stack) -> None:
    chapter = a_chapter(stack)
    mei = a_coordinator(stack, chapter)
    a_member(stack, chapter, "anna@example.org")

    refused = erased(stack, mei)
    assert (refused.status_code, refused.json["code"]) == (409, "last_coordinator")
    a_coordinator(stack, chapter, "lea@example.org")
    assert erased(stack, mei).status_code == 204


def test_a_guest_goes_from_the_other_chapter_as_well(stack: Stack) -> None:
    home, away = a_chapter(stack), a_chapter(stack)
    lender, borrower = a_coordinator(stack, home), a_coordinator(stack, away)
    bea_id, bea = a_member(stack, home, "bea@example.org", roles=["mentor"])
    crossing = post(stack, f"{V1}/crossings", {"member": bea_id, "to": away}, lender).json["id"]
    guest = post(stack, f"{V1}/crossings/{crossing}/acceptance", {}, borrower).json["guest"]

    erased(stack, bea)

    assert get(stack, f"{V1}/members/{guest}", borrower).status_code == 404
    assert announced_about(stack, away, f"erased:{guest}")[-1] == "erased"


def test_an_erasure_that_was_cut_short_is_finished_by_the_worker(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = a_chapter(stack)
    a_coordinator(stack, chapter)
    register(stack, chapter, "bo@example.org")
    anna_id, anna = a_member(stack, chapter, "yolanda@example.org", name="Yolanda Quist")
    room = stack.running["profiles"].room
    with monkeypatch.context() as cut:
        cut.setattr(erasures, "complete", _dies)
        cut.setitem(stack.running["profiles"].app.config, "PROPAGATE_EXCEPTIONS", False)
        assert erased(stack, anna).status_code >= 500
    assert kept(stack, "Yolanda"), "her keys are still there"

    assert chores.finish_erasures(room) == 1

    assert [row for row in kept(stack, "Yolanda") if "_notifications." not in row] == []
    assert chores.finish_erasures(room) == 0
    assert room.store.db["erasures"].find_one({"_id": anna_id, "finished_at": None}) is None


def _dies(*_args: Any) -> bool:
    raise PyMongoError("the process is killed here")


@pytest.fixture
def typed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `cairn member …` against the stack."""
    stand_before(stack, monkeypatch)
    return lambda *words: CliRunner().invoke(command, list(words), input="n\n")


def test_an_operator_erases_a_person_who_cannot_ask_for_it(
    stack: Stack, typed: Callable[..., Result]
) -> None:
    chapter = a_chapter(stack)
    anna_id, anna = a_member(stack, chapter, "wilma@example.org", name="Wilma Quist")

    assert typed("erase", chapter, "wilma@example.org").exit_code == 1, "asked, and said no"
    assert get(stack, f"{V1}/me", anna).status_code == 200
    done = typed("erase", chapter, "wilma@example.org", "--yes")

    assert (done.exit_code, done.output) == (0, f"{anna_id}: erased\n")
    assert [row for row in kept(stack, "Wilma") if "_notifications." not in row] == []
    elsewhere = typed("erase", "nope", "wilma@example.org", "--yes")
    assert (elsewhere.exit_code, elsewhere.output) == (
        1,
        "Error: there is no chapter nope; see `cairn chapter list`\n",
    )
    again = typed("erase", chapter, "wilma@example.org", "--yes")
    assert (again.exit_code, again.output) == (1, f"Error: {chapter} has no member with this address\n")


def test_keys_that_a_restored_backup_brought_back_are_erased_again(
    stack: Stack, typed: Callable[..., Result]
) -> None:
    chapter = a_chapter(stack)
    _, anna = a_member(stack, chapter, "ursula@example.org", name="Ursula Quist")
    a_coordinator(stack, chapter)
    keys = stack.client[f"{stack.namespace}_people_keys"]["keys"]
    anna_id = get(stack, f"{V1}/me", anna).json["id"]
    backup = keys.find_one({"_id": anna_id})
    erased(stack, anna)
    assert backup is not None
    keys.replace_one({"_id": anna_id}, backup)
    assert kept(stack, "Ursula")

    assert typed("erase-again").exit_code == 0

    assert [row for row in kept(stack, "Ursula") if "_notifications." not in row] == []
