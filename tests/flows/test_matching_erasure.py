"""A person leaves: what matching keeps of her is gone, her pairs end, their texts cannot be read, and counts stay (R14, R29)."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.matching.commands import drafting, erasing, kept
from services.matching.engine import solve
from shared.events.profiles import MemberErased, MemberKeptApart
from shared.ids import new_id
from tests.flows.matching_people import City, a_city, a_couple, made
from tests.flows.matching_rounds import ask, asked, state, work
from tests.stack import Stack


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def erase(city: City, member: str) -> None:
    city.hear((member, MemberErased()))
    running = city.stack.running["matching"]
    while sum(chore.work(running.room) for chore in running.service.chores):
        pass


@pytest.mark.parametrize("side", ["mentee", "mentor"])
def test_nothing_in_the_database_names_her_any_more_and_the_counts_stay(city: City, side: str) -> None:
    city.people("mentee", 2)
    city.people("mentor", 2)
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    draft = city.post(f"/cycles/{cycle}/rounds", {}).body
    city.post(f"/rounds/{draft['id']}/publication")
    gone = draft["proposals"][0][side]
    for member in {gone, draft["proposals"][1]["mentee"]}:
        made(city.post("/touchpoints", {"kind": "event", "name": "Walk", "members": [member]}))
    city.compass(gone)
    city.ask("PUT", "/me/lineage", city.headers(gone), json={"named": True})
    database = city.stack.running["matching"].room.store.db
    names = [
        name for name in database.list_collection_names() if name not in ("changes", "inbox_marks", "marks")
    ]
    before = {name: database[name].count_documents({"chapter": city.chapter}) for name in names}
    erase(city, gone)
    for name in names:
        for document in database[name].find({"chapter": city.chapter}):
            assert gone not in str(document), name
    after = {name: database[name].count_documents({"chapter": city.chapter}) for name in names}
    counted = (
        "relationships",
        "applications",
        "rounds",
        "proposal_pages",
        "left_overs",
        "touchpoints",
        "lineage",
    )
    assert {name: after[name] for name in counted} == {name: before[name] for name in counted}
    assert city.get("/me/relationships", city.headers(gone)).body["items"] == []


def test_no_round_names_her_any_more_however_many_there_are(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "ROUNDS_AT_ONCE", 2)
    ana, bo = city.mentee(), city.mentor()
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    pair = {"locked": [{"mentee": ana, "mentor": bo}]}
    for number in range(5):
        made(city.post(f"/cycles/{cycle}/rounds", pair))
        city.stack.clock.advance(seconds=number % 2)
    waiting = city.post(f"/cycles/{cycle}/rounds", pair, city.staff | {"Prefer": "respond-async"})
    assert waiting.status == 202
    city.hear((ana, MemberErased()))
    rounds = city.stack.running["matching"].room.store.db["rounds"]
    there = [str(one) for one in rounds.find({"chapter": city.chapter})]
    assert [ana in one for one in there] == [False] * 6
    assert city.post(f"/rounds/{waiting.body['id']}/cancellation").status == 200


@pytest.mark.parametrize("side", ["mentee", "mentor", "by"])
def test_no_override_names_her_any_more_however_many_the_chapter_has(
    city: City, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    monkeypatch.setattr(erasing, "READ_MOST", 2)
    ana, bo = city.mentee(), city.mentor()
    city.hear((ana, MemberKeptApart((bo,), ())))
    city.introduced(ana, bo, override="They moved apart.")
    overrides = city.stack.running["matching"].room.store.db["overrides"]
    one = overrides.find_one({"chapter": city.chapter})
    assert one is not None
    others = {"mentee": new_id("mem"), "mentor": new_id("mem"), "by": new_id("mem")}
    overrides.insert_many([one | others | {"_id": f"{city.chapter} {number}"} for number in range(5)])
    overrides.insert_many([one | {"_id": f"{one['_id']} {number}"} for number in range(4)])
    city.hear((one[side], MemberErased()))
    there = list(overrides.find({"chapter": city.chapter}))
    assert (len(there), [one[side] in str(logged) for logged in there]) == (10, [False] * 10)


def test_her_pairs_end_give_the_place_back_and_get_a_tombstone(city: City) -> None:
    couple, done = a_couple(city).until_active(), a_couple(city)
    done.until_trial().ask("ending", {}, done.mentor)
    erase(city, couple.mentee)
    erase(city, done.mentee)
    assert city.events(couple.id)[-2:] == ["ended", "erased"]
    assert city.events(done.id)[-2:] == ["ended", "erased"]
    last = couple.seen_by(couple.mentor)["history"][-1]
    assert (last["reason"], last["by"], last["place"]) == ("member_left", "platform", "returned")
    next_one = city.introduced(city.mentee(), couple.mentor)
    assert city.answer(next_one, couple.mentor, "accept").status == 200


def test_the_texts_of_her_pairs_cannot_be_read_even_from_an_old_copy_of_the_database(city: City) -> None:
    couple, other = a_couple(city), a_couple(city)
    couple.ask("question", {"text": "Why now?"}, couple.mentor)
    couple.until_trial()
    goal = couple.ask("goals", {"text": "Lead a team."}, couple.mentee).body["id"]
    room = city.stack.running["matching"].room
    backup = [room.store.db["relationships"].find_one({"_id": couple.id}) or {}]
    hidden = [backup[0]["words"], backup[0]["question"]]
    assert [room.vault.show(text) for text in hidden] == ["You should meet.", "Why now?"]
    erase(city, couple.mentee)
    fresh = city.stack.room("matching")  # a process that has the key in no cache
    assert [fresh.vault.show(text) for text in hidden] == [None, None]
    (left,) = city.get(f"/relationships/{couple.id}/goals", city.headers(couple.mentor)).body["items"]
    assert (left["id"], left["text"], left["versions"]) == (goal, None, [])
    assert other.seen_by(other.mentor)["introduced"] == "You should meet."


def test_a_person_exports_all_that_matching_keeps_about_her(city: City) -> None:
    couple = a_couple(city).until_active()
    event = made(city.post("/touchpoints", {"kind": "event", "name": "Walk", "members": [couple.mentee]}))
    city.compass(couple.mentee)
    export = city.get("/me/export", city.headers(couple.mentee)).body
    (pair,) = export["relationships"]
    assert (pair["id"], pair["introduced"], pair["goals"][0]["text"]) == (
        couple.id,
        "You should meet.",
        "Lead a team.",
    )
    assert [one["id"] for one in export["touchpoints"]] == [event]
    assert (export["intake"]["chosen"], export["member"]["id"]) == ("mentor", couple.mentee)
    assert couple.mentor not in str(export["member"])


def test_nobody_erased_while_a_round_is_computed_is_in_its_draft(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, _ = city.mentee(), city.mentor()
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})

    def meanwhile(*asked: Any) -> Any:
        city.hear((ana, MemberErased()))
        return solve(*asked)

    monkeypatch.setattr(drafting, "solve", meanwhile)
    assert city.post(f"/cycles/{cycle}/rounds", {}).status == 503
    monkeypatch.undo()
    assert city.get(f"/cycles/{cycle}/rounds").body["items"] == []
    assert city.post(f"/cycles/{cycle}/rounds", {}).body["proposals"] == []


@pytest.mark.parametrize("at", ["asked", "failed"])
def test_no_round_names_her_who_never_applied_to_its_cycle(city: City, at: str) -> None:
    bo, _, cycle = city.mentor(), city.mentee(), city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    ana = city.mentee()
    this = asked(city, cycle, locked=[{"mentee": ana, "mentor": bo}])
    if at == "failed":
        work(city)
        assert state(city, this) == ("failed", "unknown_person")
    erase(city, ana)
    rounds = city.stack.running["matching"].room.store.db["rounds"]
    assert [ana in str(one) for one in rounds.find({"chapter": city.chapter})] == [False]
    work(city)
    assert state(city, this) == (("failed", "unknown_person") if at == "failed" else ("draft", None))


def test_no_round_is_asked_for_with_a_pair_of_somebody_erased(city: City) -> None:
    bo, ana = city.mentor(), city.mentee()
    cycle = city.cycle()
    city.post(f"/cycles/{cycle}/applications", {"everyone": True})
    erase(city, ana)
    answer = ask(city, cycle, locked=[{"mentee": ana, "mentor": bo}])
    (error,) = answer.body["errors"]
    assert (answer.status, error["pointer"], error["code"]) == (422, "/locked/0/mentee", "unknown_person")
    assert city.get(f"/cycles/{cycle}/rounds").body["items"] == []
