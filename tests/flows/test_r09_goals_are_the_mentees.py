"""R9: the mentee owns the goals. Mentors comment and cannot write them; no full term without one."""

import json
from collections.abc import Iterator

import pytest

from tests.flows.matching_people import Couple, a_city, a_couple
from tests.stack import Stack


@pytest.fixture
def couple(stack: Stack) -> Iterator[Couple]:
    with a_city(stack) as city:
        yield a_couple(city).until_trial()


def goals(couple: Couple, member: str) -> list[dict[str, object]]:
    return list(
        couple.city.get(f"/relationships/{couple.id}/goals", couple.city.headers(member)).body["items"]
    )


def test_the_mentee_writes_and_rewrites_her_goal_and_every_version_stays(couple: Couple) -> None:
    city = couple.city
    goal = couple.ask("goals", {"text": "Lead a team."}, couple.mentee)
    assert (goal.status, goal.body["owner"], goal.body["version"]) == (201, "mentee", 1)
    again = city.ask(
        "PUT", f"/goals/{goal.body['id']}", city.headers(couple.mentee), json={"text": "Lead two teams."}
    )
    assert (again.status, again.body["version"], again.body["text"]) == (200, 2, "Lead two teams.")
    for member in (couple.mentee, couple.mentor):
        (seen,) = goals(couple, member)
        assert [one["text"] for one in seen["versions"]] == ["Lead a team.", "Lead two teams."]  # type: ignore[attr-defined]


def test_the_mentor_comments_and_cannot_write_the_mentees_goal(couple: Couple) -> None:
    city = couple.city
    as_mentor = city.headers(couple.mentor)
    refused = couple.ask("goals", {"text": "Do as I say.", "owner": "mentee"}, couple.mentor)
    assert (refused.status, refused.body["code"]) == (403, "not_your_goal")
    goal = couple.ask("goals", {"text": "Lead a team."}, couple.mentee).body["id"]
    over = city.ask("PUT", f"/goals/{goal}", as_mentor, json={"text": "Do as I say."})
    assert (over.status, over.body["code"]) == (403, "not_your_goal")
    said = city.post(f"/goals/{goal}/comments", {"text": "Which team?"}, as_mentor)
    assert (said.status, said.body["comments"][0]["text"], said.body["version"]) == (201, "Which team?", 1)
    assert [one["text"] for one in goals(couple, couple.mentee)] == ["Lead a team."]


def test_no_full_term_begins_without_the_mentees_goal_and_the_mentors_own_does_not_count(
    couple: Couple,
) -> None:
    couple.ask("goals", {"text": "Listen more."}, couple.mentor)
    for member in (couple.mentee, couple.mentor):
        refused = couple.ask("renewal", {"renewal": "yes"}, member)
        assert (refused.status, refused.body["code"]) == (409, "goal_missing")
    couple.ask("goals", {"text": "Lead a team."}, couple.mentee)
    couple.renew()
    assert couple.city.state(couple.id) == "active"


def test_nobody_but_the_two_sees_a_goal_and_events_tell_only_that_there_is_one(couple: Couple) -> None:
    city = couple.city
    goal = couple.ask("goals", {"text": "Lead a team."}, couple.mentee).body["id"]
    for by in (city.staff, city.headers(city.mentee())):
        assert city.get(f"/relationships/{couple.id}/goals", by).status == 404
        assert city.post(f"/goals/{goal}/comments", {"text": "Hm."}, by).status == 404
    database = city.stack.running["matching"].room.store.db
    rows = [
        str(row) for name in ("goals", "changes") for row in database[name].find({"chapter": city.chapter})
    ]
    assert rows
    assert not [row for row in rows if "Lead a team" in row]
    events = [one for one in city.stack.announced("matching") if one["aggregate"] == goal]
    assert [(one["type"], json.loads(one["data"])["version"]) for one in events] == [("cairn.goal.set.v1", 1)]
