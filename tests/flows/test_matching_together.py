"""Matching among the others: real profiles and sessions, and only Kafka between them."""

from datetime import timedelta
from typing import Any

from services.matching.domain.cycles import Chapter
from services.matching.kinds import CHAPTERS, MEMBERS, PLACES
from tests.flows import profiles_people as people
from tests.stack import Stack

V1 = "/api/matching/v1"


def ask(stack: Stack, method: str, path: str, by: dict[str, str], body: Any = None) -> Any:
    answer = stack.ask(method, path, by, json=body)
    assert answer.status_code < 300, answer.get_data(as_text=True)
    return answer.get_json(silent=True)


def test_what_people_say_of_themselves_reaches_matching_and_what_matching_says_reaches_sessions(
    stack: Stack,
) -> None:
    chapter = people.a_chapter(stack)
    staff = people.a_coordinator(stack, chapter)
    ana, as_ana = people.a_member(stack, chapter, "ana@example.org", roles=["mentee"])
    bo, as_bo = people.a_member(stack, chapter, "bo@example.org", roles=["mentor"])
    everyday = {"languages": ["en"], "hours": [10, 11]}
    area = stack.get("/api/profiles/v1/areas").get_json()["items"][0]["slug"]
    ask(
        stack,
        "PATCH",
        "/api/profiles/v1/me",
        as_ana,
        everyday | {"areas_wanted": [{"area": area, "weight": 3}]},
    )
    ask(
        stack,
        "PATCH",
        "/api/profiles/v1/me",
        as_bo,
        everyday | {"areas_offered": [{"area": area, "years": 9}], "capacity": 2},
    )
    stack.quiet()
    reader = stack.running["matching"].room.store.reader(chapter)
    assert reader.get(CHAPTERS, chapter) == Chapter(chapter, chapter, "Asia/Shanghai")
    assert [reader.get(MEMBERS, member).confirmed for member in (ana, bo)] == [True, True]
    assert reader.get(PLACES, bo).capacity == 2

    made = ask(stack, "POST", f"{V1}/introductions", staff, {"mentee": ana, "mentor": bo, "reason": "Do."})
    for by in (as_ana, as_bo):
        ask(stack, "POST", f"{V1}/relationships/{made['id']}/answer", by, {"answer": "accept"})
    stack.quiet()
    starts_at = stack.clock() + timedelta(days=1)
    planned = {"starts_at": starts_at.isoformat(), "minutes": 30, "mode": "call"}
    session = ask(stack, "POST", f"/api/sessions/v1/pairs/{made['id']}/sessions", as_ana, planned)
    stack.clock.now = starts_at + timedelta(hours=1)
    as_ana, as_bo = stack.sign_in(ana, chapter, "mentee"), stack.sign_in(bo, chapter, "mentor")
    for by in (as_ana, as_bo):
        ask(stack, "POST", f"/api/sessions/v1/sessions/{session['id']}/attendance", by, {"held": True})
    stack.quiet()
    assert ask(stack, "GET", f"{V1}/relationships/{made['id']}", as_ana)["state"] == "voting"
