"""A pair meets: through the real HTTP edge, with the relationship's events as matching announces them."""

from datetime import timedelta
from typing import Any

import pytest

from services.sessions.kinds import STEPS
from shared.events.matching import RelationshipNotStarted
from tests.flows.sessions_people import APair
from tests.stack import Stack


@pytest.fixture
def pair(stack: Stack) -> APair:
    return APair(stack)


def test_a_pair_plans_moves_holds_and_agrees_a_step(stack: Stack, pair: APair) -> None:
    pair.start()
    planned = pair.plan()
    assert planned.status_code == 201
    session = planned.json["id"]
    later = (stack.clock() + timedelta(days=2)).isoformat()
    moved = stack.ask(
        "PATCH", f"/api/sessions/v1/sessions/{session}", pair.as_mentor, json={"starts_at": later}
    )
    assert (moved.status_code, moved.json["revision"]) == (200, 1)  # type: ignore[index]
    early = stack.post(f"/api/sessions/v1/sessions/{session}/attendance", {"held": True}, pair.as_mentor)
    assert (early.status_code, early.json["code"]) == (409, "not_begun")  # type: ignore[index]
    stack.clock.advance(days=2)
    said = stack.post(f"/api/sessions/v1/sessions/{session}/attendance", {"held": True}, pair.as_mentor)
    assert said.json["state"] == "planned"  # type: ignore[index]
    held = stack.post(f"/api/sessions/v1/sessions/{session}/attendance", {"held": True}, pair.as_mentee)
    assert held.json["state"] == "held"  # type: ignore[index]
    step = stack.post(f"/api/sessions/v1/sessions/{session}/steps", {"text": "Write to Ana"}, pair.as_mentee)
    assert (step.status_code, step.json["text"]) == (201, "Write to Ana")  # type: ignore[index]
    closed = stack.post(
        f"/api/sessions/v1/steps/{step.json['id']}/closing",  # type: ignore[index]
        {"outcome": "done", "text": "She answered"},
        pair.as_mentee,
    )
    assert (closed.json["state"], closed.json["came_of_it"]) == ("done", "She answered")  # type: ignore[index]


def test_a_steps_text_lies_encrypted_and_is_gone_with_its_key(stack: Stack, pair: APair) -> None:
    pair.start()
    room = stack.running["sessions"].room
    session = pair.meet()
    step = stack.post(f"/api/sessions/v1/sessions/{session}/steps", {"text": "marker-7361"}, pair.as_mentee)
    kept = room.store.reader().get(STEPS, step.json["id"])  # type: ignore[index]
    assert b"marker-7361" not in kept.text
    for row in room.store.db["changes"].find({"chapter": pair.chapter}):
        assert "marker-7361" not in str(row)
    room.vault.erase(pair.id)
    fresh = stack.room("sessions").vault
    assert fresh.show(kept.text) is None


def test_to_everybody_else_a_pairs_meetings_are_not_there(stack: Stack, pair: APair) -> None:
    pair.start()
    session = pair.plan().json["id"]
    for path in (
        f"pairs/{pair.id}",
        f"pairs/{pair.id}/sessions",
        f"pairs/{pair.id}/steps",
        f"sessions/{session}",
    ):
        for headers, status in (
            (pair.as_stranger, 404),
            (pair.elsewhere, 404),
            (pair.as_staff, 403),
            ({}, 401),
        ):
            assert stack.get(f"/api/sessions/v1/{path}", headers).status_code == status, path
        assert stack.get(f"/api/sessions/v1/{path}", pair.as_mentor).status_code == 200


def test_a_repeated_plan_makes_one_session(stack: Stack, pair: APair) -> None:
    headers = pair.as_mentee | {"Idempotency-Key": "the-same"}
    body = {"starts_at": (stack.clock() + timedelta(days=1)).isoformat(), "mode": "call"}
    first = stack.post(f"/api/sessions/v1/pairs/{pair.id}/sessions", body, headers)
    again = stack.post(f"/api/sessions/v1/pairs/{pair.id}/sessions", body, headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    other = stack.post(f"/api/sessions/v1/pairs/{pair.id}/sessions", body | {"minutes": 40}, headers)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")  # type: ignore[index]


def test_what_is_planned_is_cancelled_when_the_relationship_ends(stack: Stack, pair: APair) -> None:
    session = pair.plan().json["id"]
    pair.told(RelationshipNotStarted(pair.mentee, pair.mentor))
    seen = stack.get(f"/api/sessions/v1/sessions/{session}", pair.as_mentor)
    assert (seen.json["state"], seen.json["revision"]) == ("cancelled", 1)  # type: ignore[index]
    refused = pair.plan()
    assert (refused.status_code, refused.json["code"]) == (409, "relationship_over")


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"starts_at": "yesterday"}, 422, "/starts_at"),
        ({"mode": "telepathy"}, 422, "/mode"),
        ({"minutes": "many"}, 422, "/minutes"),
        ({"surprise": 1}, 422, "/surprise"),
        ({"$set": {"state": "held"}}, 422, "/$set"),
    ],
)
def test_a_bad_field_is_named_by_a_json_pointer(
    stack: Stack, pair: APair, body: Any, status: int, pointer: str
) -> None:
    answer = pair.plan(**body)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_a_body_that_is_not_json_is_400_and_one_too_large_413(stack: Stack, pair: APair) -> None:
    path = f"/api/sessions/v1/pairs/{pair.id}/sessions"
    for raw in (b"{not json", b"[" * 100_000):
        answer = stack.ask("POST", path, pair.as_mentee, data=raw, content_type="application/json")
        assert (answer.status_code, answer.json["code"]) == (400, "not_json")  # type: ignore[index]
    large = stack.ask(
        "POST", path, pair.as_mentee, data=b'"' + b"x" * 300_000 + b'"', content_type="application/json"
    )
    assert (large.status_code, large.json["code"]) == (413, "too_large")  # type: ignore[index]
    listed = stack.ask("POST", path, pair.as_mentee, json=[1, 2])
    assert listed.status_code == 422


def test_the_openapi_document_and_its_page_are_served(stack: Stack) -> None:
    document = stack.get("/api/sessions/openapi.json")
    assert document.status_code == 200
    assert "/api/sessions/v1/sessions/{id}" in document.json["paths"]  # type: ignore[index]
    assert stack.get("/api/sessions/docs").status_code == 200
    style = stack.get("/api/sessions/docs/assets/swagger-ui.css")
    assert style.status_code == 200
    style.close()
