"""Until it can no longer tell, nobody and nothing shows that or how somebody answered or voted (R2)."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from prometheus_client import generate_latest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from services.matching.kinds import RELATIONSHIPS
from tests.flows.matching_people import City, Couple, a_city, a_couple
from tests.stack import Stack

SAID = ("yes", "no", None)
NOT_STARTED = [said for said in product(SAID, SAID) if said != ("yes", "yes")]


@pytest.fixture
def city(stack: Stack) -> Iterator[City]:
    with a_city(stack) as made_here:
        yield made_here


def seen_around(couple: Couple, member: str) -> dict[str, Any]:
    """All that the other side, the staff and the followers of events can see of the couple."""
    city = couple.city
    listed = city.get("/relationships?limit=100").body
    by_state = {
        state: city.get(f"/relationships?state={state}").body
        for state in ("proposed", "voting", "trial", "not_started")
    }
    return {
        "other side": couple.seen_by(member),
        "other side's list": city.get("/me/relationships", city.headers(member)).body,
        "staff": city.get(f"/relationships/{couple.id}").body,
        "staff's lists": (listed, by_state),
        "events": city.events(couple.id),
        "changes with events": city.stack.running["matching"]
        .room.store.db["changes"]
        .count_documents({"chapter": city.chapter, "events": {"$exists": True}}),
    }


@pytest.mark.parametrize("says", ["yes", "no"])
def test_one_vote_shows_to_nobody_but_the_voter(city: City, says: str) -> None:
    couple = a_couple(city).until_voting()
    for voter, other in ((couple.mentee, couple.mentor), (couple.mentor, couple.mentee)):
        before = seen_around(couple, other)
        city.stack.clock.advance(hours=1)
        voted = city.vote(couple.id, voter, says)
        assert (voted.status, voted.body["state"], voted.body["my_vote"]) == (200, "voting", says)
        assert seen_around(couple, other) == before
        assert couple.seen_by(voter)["my_vote"] == says
        city.vote(couple.id, voter, "no")  # so that the other's turn finds no yes


@pytest.mark.parametrize("says", ["accept", "decline"])
def test_one_answer_shows_to_nobody_but_the_one_who_gave_it(city: City, says: str) -> None:
    for first in ("mentee", "mentor"):
        couple = a_couple(city)
        mine, other = (couple.mentee, couple.mentor) if first == "mentee" else (couple.mentor, couple.mentee)
        before = seen_around(couple, other)
        city.stack.clock.advance(hours=1)
        answered = city.answer(couple.id, mine, says)
        assert (answered.status, answered.body["state"], answered.body["my_answer"]) == (
            200,
            "proposed",
            says,
        )
        assert seen_around(couple, other) == before
        assert couple.seen_by(mine)["my_answer"] == says


def test_until_the_deadline_all_that_is_not_two_yeses_looks_the_same_and_afterwards_too(city: City) -> None:
    """What the mentee sees depends on her own vote only, and staff and followers see one and the same, at every time."""
    couples = {said: a_couple(city).until_voting() for said in NOT_STARTED}
    city.stack.clock.advance(days=1)
    for (mentee_says, mentor_says), couple in couples.items():
        for member, says in ((couple.mentee, mentee_says), (couple.mentor, mentor_says)):
            if says is not None:
                assert city.vote(couple.id, member, says).status == 200
    for later_days in (0, 6):
        city.later(days=later_days)
        shown = {said: anonymous(couple) for said, couple in couples.items()}
        for (mine, theirs), (view, staff, events) in shown.items():
            assert view | {"my_vote": None} == shown[None, None][0] | {"my_vote": None}, (mine, theirs)
            assert view["my_vote"] == (mine if later_days == 0 else None)
            assert (staff, events) == shown[None, None][1:], (mine, theirs)
    assert shown[None, None][0]["state"] == "not_started"


def anonymous(couple: Couple) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """What the mentee sees, what staff see, and the events, without the ids."""
    ids = {"id": "", "mentee": "", "mentor": "", "other": ""}
    staff = couple.city.get(f"/relationships/{couple.id}").body
    return couple.seen_by(couple.mentee) | ids, staff | ids, couple.city.events(couple.id)


def test_a_vote_can_be_changed_until_the_deadline_and_the_answer_never_tells_whether_the_other_is_in(
    city: City,
) -> None:
    alone, both = a_couple(city).until_voting(), a_couple(city).until_voting()
    assert city.vote(both.id, both.mentor, "no").status == 200
    for says in ("yes", "no", "no", "yes"):
        one, two = city.vote(alone.id, alone.mentee, says), city.vote(both.id, both.mentee, says)
        assert (one.status, one.body["state"]) == (two.status, two.body["state"]) == (200, "voting")
    assert city.vote(both.id, both.mentor, "yes").body["state"] == "trial"


def test_nobody_votes_from_the_deadline_on(city: City) -> None:
    couple = a_couple(city).until_voting()
    city.vote(couple.id, couple.mentee, "yes")
    city.stack.clock.advance(days=7)
    late = city.vote(couple.id, couple.mentor, "yes")
    assert (late.status, late.body["code"]) == (409, "vote_closed")
    city.later()
    assert city.state(couple.id) == "not_started"


def test_a_full_mentor_is_told_of_the_same_whether_she_accepted_or_not(city: City) -> None:
    mentor, first = city.mentor(), city.mentee()
    taken = city.introduced(first, mentor)
    waiting = {said: city.mentee() for said in ("accept", "decline", None)}
    pairs = {said: city.introduced(mentee, mentor) for said, mentee in waiting.items()}
    for said, id in pairs.items():
        if said is not None:
            assert city.answer(id, mentor, said).status == 200
    for member in (first, mentor):
        assert city.answer(taken, member, "accept").status == 200
    told = {said: city.answer(id, waiting[said], "accept") for said, id in pairs.items()}
    assert {(answer.status, json.dumps(answer.body)) for answer in told.values()} == {
        (409, json.dumps(told[None].body))
    }


def test_the_database_shows_neither_who_spoke_nor_what(city: City) -> None:
    couple = a_couple(city).until_voting()
    room = city.stack.running["matching"].room
    changes, kept = room.store.db["changes"], room.store.db["relationships"]
    known = {row["_id"] for row in changes.find({"chapter": city.chapter})}
    before = kept.find_one({"_id": couple.id})
    assert before is not None
    seen = []
    for member, says in ((couple.mentee, "yes"), (couple.mentee, "no"), (couple.mentor, "no")):
        by = city.headers(member) | {
            "Idempotency-Key": f"{member} {says}",
            "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01",
        }
        assert city.post(f"/relationships/{couple.id}/vote", {"vote": says}, by).status == 200
        seen += list(kept.find({"_id": couple.id}))
    rows = [row for row in changes.find({"chapter": city.chapter}) if row["_id"] not in known]
    assert len(rows) == 3
    for row in rows:
        assert (row["asker"], row["trace"], row["answer"]) == ("sealed", "", {})
        assert "events" not in row
        written = str(row)
        assert not [
            word
            for word in (couple.mentee, couple.mentor, couple.id, "'yes'", "'no'", "ab" * 16)
            if word in written
        ]
    changed = ("sealed", "_rev")  # that a word came shows in the database; whose it was does not
    for document in seen:
        assert {name: document[name] for name in document if name not in changed} == {
            name: before[name] for name in before if name not in changed
        }
    words = [word for document in seen for word in document["sealed"].values()]
    assert len(words) == len(set(words)) == 6
    assert len({len(word) for word in words}) == 1


def test_neither_logs_nor_metrics_say_that_somebody_spoke(city: City) -> None:
    couple = a_couple(city).until_voting()
    with capture_logs([merge_contextvars]) as lines:
        city.vote(couple.id, couple.mentee, "yes")
        city.answer(couple.id, couple.mentor, "decline")  # refused: it is too late for that
    assert lines == []
    metrics = generate_latest().decode()
    assert "relationships/<id>/vote" not in metrics
    assert "relationships/<id>/answer" not in metrics
    with capture_logs([merge_contextvars]) as lines:
        couple.seen_by(couple.mentee)
    assert lines[0]["member"] == couple.mentee


def test_what_was_said_is_gone_once_it_is_over(city: City) -> None:
    couple = a_couple(city).until_voting()
    city.vote(couple.id, couple.mentee, "yes")
    city.later(days=7)
    assert city.stack.running["matching"].room.store.reader().get(RELATIONSHIPS, couple.id).sealed is None
    assert couple.seen_by(couple.mentee)["my_vote"] is None
