"""A pair meets: through the real HTTP edge, with the relationship's events as matching announces them."""

from datetime import timedelta
from typing import Any

import pytest

from services.sessions.kinds import PAIRS, STEPS
from shared.events.matching import RelationshipEnded, RelationshipErased, RelationshipNotStarted
from shared.events.profiles import MemberErased
from tests.flows.sessions_people import APair, announce
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
    for raw in (b"{not json", b"[" * 100_000, b'{"starts_at": ' + b"9" * 5_000 + b"}", b"\xff"):
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


WRITTEN = ("agenda-61", "step-62", "note-63", "lines-64", "gained-65", "thanks-66")


def _write_everything(pair: APair) -> str:
    """A text in every field there is; the session that was held."""
    session = pair.plan(mode="letters").json["id"]
    pair.did("PUT", f"sessions/{session}/agenda", pair.as_mentee, {"text": WRITTEN[0]})
    for by in (pair.as_mentee, pair.as_mentor):
        pair.says(session, by, held=True)
    pair.did("POST", f"sessions/{session}/steps", pair.as_mentee, {"text": WRITTEN[1]})
    pair.did("POST", f"pairs/{pair.id}/notes", pair.as_mentee, {"text": WRITTEN[2]})
    reflection = {"lines": WRITTEN[3], "gained": WRITTEN[4], "step_idea": "both"}
    pair.did("PUT", f"sessions/{session}/reflection", pair.as_mentee, reflection)
    pair.did("POST", f"pairs/{pair.id}/kudos", pair.as_mentee, {"text": WRITTEN[5]})
    pulse = pair.did("GET", "me/pulses", pair.as_mentee)["items"][0]["id"]
    said = {"stress": 2, "resilience": 6, "purpose": 5, "accomplishment": 4}
    pair.did("POST", f"pulses/{pulse}/answer", pair.as_mentee, said)
    outcome = pair.did("GET", "me/outcomes", pair.as_mentee)["items"][0]["id"]
    grown = {"promoted": True, "new_role": False, "satisfaction": 6, "gained": 5}
    pair.did("POST", f"outcomes/{outcome}/answer", pair.as_mentee, grown)
    pair.stack.quiet()
    return str(session)


def test_an_export_holds_all_that_is_kept_and_of_the_others_only_what_is_shared(pair: APair) -> None:
    pair.start()
    pair.hours(mentee=(33, 34), mentor=(), zones=("Asia/Shanghai", "Asia/Shanghai"))
    _write_everything(pair)
    mine = pair.did("GET", "me/export", pair.as_mentee)
    for text in WRITTEN:
        assert text in str(mine)
    assert mine["availability"] == {"hours": [33, 34], "time_zone": "Asia/Shanghai"}
    assert (mine["pulses"][0]["values"]["stress"], mine["outcomes"][0]["values"]["promoted"]) == (2, 1)
    his = str(pair.did("GET", "me/export", pair.as_mentor))
    assert [text for text in WRITTEN if text in his] == ["agenda-61", "step-62", "thanks-66"]
    assert not [text for text in WRITTEN if text in str(pair.did("GET", "me/export", pair.as_stranger))]


def test_an_erased_relationship_leaves_counts_and_no_words(stack: Stack, pair: APair) -> None:
    pair.start()
    _write_everything(pair)
    db = stack.running["sessions"].room.store.db
    kept = [dict(row) for row in db["kudos"].find({"relationship": pair.id})]
    pair.told(RelationshipEnded(pair.mentee, pair.mentor, "member_left"))
    pair.told(RelationshipErased())
    for name in ("sessions", "steps", "notes", "reflections", "kudos", "pulses", "clocks"):
        assert db[name].count_documents({"relationship": pair.id}) == 0, name
    assert (
        db["timers"].count_documents({"chapter": pair.chapter, "kind": {"$regex": "^(clock|word|remind)"}})
        == 0
    )
    left = stack.running["sessions"].room.store.reader().get(PAIRS, pair.id)
    assert (left.mentee, left.mentor, left.kept_held) == ("erased", "erased", 1)
    assert stack.room("sessions").vault.show(kept[0]["text"]) is None, "an old copy opens no more"
    for by in (pair.as_mentee, pair.as_mentor):
        assert pair.ask("GET", f"pairs/{pair.id}", by).status_code == 404


def test_an_erased_person_is_counted_and_not_known(stack: Stack, pair: APair) -> None:
    pair.start()
    pair.hours(mentee=(33, 34), mentor=(), zones=("Asia/Shanghai", "Asia/Shanghai"))
    _write_everything(pair)
    for _ in range(3):
        pair.meet()
    pair.did("POST", f"pairs/{pair.id}/certificate", pair.as_mentee, {})
    before = pair.did("GET", "outcome-report", pair.as_staff)
    announce(stack, pair.chapter, pair.mentee, MemberErased())
    stack.quiet()
    db = stack.running["sessions"].room.store.db
    for name in ("people", "pulses", "follows", "outcomes", "certificates", "cohorts", "guides"):
        assert pair.mentee not in str(list(db[name].find({"chapter": pair.chapter}))), name
    pair.told(RelationshipErased())
    assert pair.mentee not in str(list(db["pairs"].find({"chapter": pair.chapter})))
    assert pair.did("GET", "outcome-report", pair.as_staff) == before
    stack.clock.advance(days=800)
    stack.quiet()
    assert pair.did("GET", "me/outcomes", pair.as_mentee)["items"] == []
