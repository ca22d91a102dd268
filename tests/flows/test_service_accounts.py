"""Service accounts: made by a coordinator, with scopes and chapters; keys shown once, rotated, taken back at once; every use on record."""

import hashlib
import json
from typing import Any

import pytest

from services.notifications.access.rates import PER_ACCOUNT, PER_COORDINATOR
from services.notifications.access.tokens import TOKEN_FOR
from shared.ids import new_id
from tests.flows.integrators import ACCOUNTS, FEED, TOKEN, Integrator, N, a_life, an_integrator, let_in, staff
from tests.flows.notifications_scene import Scene

pytest_plugins = ["tests.flows.notifications_fixture"]


def status(scene: Scene, headers: dict[str, str], path: str = FEED) -> int:
    return scene.stack.get(path, headers).status_code


def rotate(scene: Scene, chapter: str, one: Integrator, **body: Any) -> Integrator:
    answer = scene.stack.post(f"{ACCOUNTS}/{one.id}/keys", body, staff(scene, chapter))
    assert answer.status_code == 201, answer.text
    return Integrator(scene, one.id, answer.get_json()["key"])


def test_a_key_is_shown_once_and_kept_as_a_hash(scene: Scene) -> None:
    chapter, once = scene.a_chapter(), {"Idempotency-Key": new_id("key")}
    body = {"name": "Registry", "scopes": ["events:read"]}
    made = scene.stack.post(ACCOUNTS, body, staff(scene, chapter) | once).get_json()
    again = scene.stack.post(ACCOUNTS, body, staff(scene, chapter) | once).get_json()

    assert made["key"].startswith("cairn_sk_")
    assert (again["id"], again["key"]) == (made["id"], None)
    seen = scene.stack.get(f"{ACCOUNTS}/{made['id']}", staff(scene, chapter)).text
    kept = scene.room.store.db["service_accounts"].find_one({"_id": made["id"]})
    for text in (seen, str(kept)):
        assert made["key"] not in text
    assert Integrator(scene, made["id"], made["key"]).token().status_code == 200


def test_what_is_remembered_of_a_request_lets_nobody_try_out_what_it_said(scene: Scene) -> None:
    chapter, once = scene.a_chapter(), {"Idempotency-Key": new_id("key")}
    body = json.dumps({"name": "Registry", "scopes": ["events:read"]})
    sent = {"data": body, "content_type": "application/json"}
    assert scene.stack.ask("POST", ACCOUNTS, staff(scene, chapter) | once, **sent).status_code == 201
    row = scene.room.store.db["changes"].find_one({"chapter": chapter, "print": {"$ne": ""}})
    assert row is not None
    guesses = (body, f"{ACCOUNTS}?\n{body}", f"{ACCOUNTS}\n{body}")
    assert row["print"] not in {hashlib.sha256(guess.encode()).hexdigest() for guess in guesses}


def test_a_token_has_the_scopes_that_were_asked_for_and_granted(scene: Scene) -> None:
    chapter = scene.a_chapter()
    reader = an_integrator(scene, chapter, "events:read")
    answer = reader.token()
    assert answer.get_json() | {"access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": TOKEN_FOR.total_seconds(),
        "scope": "events:read events:replay webhooks:write",
    }
    assert answer.headers["Cache-Control"] == "no-store"

    refused = scene.stack.get(f"{FEED}.ndjson", reader.headers())
    assert (refused.status_code, refused.get_json()["code"]) == (403, "scope_missing")
    assert status(scene, reader.fresh(scope="events:read")) == 200
    assert status(scene, an_integrator(scene, chapter).fresh(scope="events:replay")) == 403


@pytest.mark.parametrize(
    ("form", "key", "status", "error"),
    [
        ({}, "cairn_sk_wrong", 401, "invalid_client"),
        ({"grant_type": "password"}, None, 400, "unsupported_grant_type"),
        ({"scope": "everything"}, None, 400, "invalid_scope"),
    ],
)
def test_the_token_endpoint_answers_as_oauth_says(
    scene: Scene, form: dict[str, str], key: str | None, status: int, error: str
) -> None:
    one = an_integrator(scene, scene.a_chapter())
    answer = Integrator(scene, one.id, key or one.key).token(**form)
    assert (answer.status_code, answer.get_json()["error"]) == (status, error)


def test_a_key_in_the_form_is_as_good_as_one_in_the_header(scene: Scene) -> None:
    one = an_integrator(scene, scene.a_chapter())
    form = {"grant_type": "client_credentials", "client_id": one.id, "client_secret": one.key}
    assert scene.stack.ask("POST", TOKEN, data=form).status_code == 200
    wrong = scene.stack.ask("POST", TOKEN, data=form | {"client_id": "svc_nobody"})
    assert (wrong.status_code, wrong.get_json()["error"]) == (401, "invalid_client")
    assert wrong.get_json()["error_description"].startswith("The client id or the key is not right")
    nobody = scene.stack.ask("POST", TOKEN, data={"grant_type": "client_credentials"})
    assert nobody.get_json()["error_description"].startswith("Send the client id and key")
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"][:5]) == (401, "Basic")


@pytest.mark.parametrize("given", ["/zo=", "\xe9", "YQ", "OmE=", "a b"])
def test_credentials_that_are_no_text_are_wrong_ones(scene: Scene, given: str) -> None:
    form = {"grant_type": "client_credentials"}
    answer = scene.stack.ask("POST", TOKEN, {"Authorization": f"Basic {given}"}, data=form)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")


def test_an_old_key_works_beside_the_new_one_until_the_overlap_ends(scene: Scene) -> None:
    chapter = scene.a_chapter()
    old = an_integrator(scene, chapter)
    new = rotate(scene, chapter, old, overlap_hours=2)
    before = old.fresh()

    assert (old.token().status_code, new.token().status_code) == (200, 200)
    scene.stack.clock.advance(hours=2)
    assert (old.token().status_code, new.token().status_code) == (401, 200)
    assert status(scene, before) == 401


def test_what_is_taken_back_counts_no_more_from_the_next_request_on(scene: Scene) -> None:
    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    new = rotate(scene, chapter, one)
    keys = scene.stack.get(f"{ACCOUNTS}/{one.id}", staff(scene, chapter)).get_json()["keys"]
    by_old, by_new = one.fresh(), new.fresh()

    path = f"{ACCOUNTS}/{one.id}"
    assert scene.stack.ask("DELETE", f"{path}/keys/{keys[0]['id']}", staff(scene, chapter)).status_code == 204
    assert (status(scene, by_old), status(scene, by_new)) == (401, 200)
    assert scene.stack.ask("DELETE", path, staff(scene, chapter)).status_code == 204
    assert (status(scene, by_new), new.token().status_code) == (401, 401)


def test_another_chapter_lets_the_account_in_and_out_by_itself(scene: Scene) -> None:
    home, guest = scene.a_chapter(), scene.a_chapter()
    told = a_life(scene, guest, new_id("rel"))
    scene.quiet()
    one = an_integrator(scene, home, "events:read")
    refused = scene.stack.get(FEED, one.headers(), query_string={"chapter": guest})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "chapter_not_granted")

    let_in(scene, guest, one, "events:read")
    assert [item["id"] for item in one.follow(chapter=guest)[0]] == told
    shown = scene.stack.get(f"{ACCOUNTS}/{one.id}", staff(scene, guest)).get_json()
    assert (shown["name"], shown["at_home"], shown["keys"]) == ("City dashboard", False, [])
    key = f"{ACCOUNTS}/{one.id}/keys"
    assert scene.stack.post(key, {}, staff(scene, guest)).status_code == 404

    assert scene.stack.ask("DELETE", f"{ACCOUNTS}/{one.id}", staff(scene, guest)).status_code == 204
    assert scene.stack.get(FEED, one.headers(), query_string={"chapter": guest}).status_code == 403
    assert status(scene, one.headers()) == 200


def test_every_use_is_on_record_for_each_chapters_coordinator(scene: Scene) -> None:
    home, guest, elsewhere = scene.a_chapter(), scene.a_chapter(), scene.a_chapter()
    one = an_integrator(scene, home)
    one.page()
    let_in(scene, guest, one, "events:read")
    scene.stack.get(FEED, one.headers(), query_string={"after": "nonsense"})

    def uses(chapter: str) -> Any:
        answer = scene.stack.get(f"{ACCOUNTS}/{one.id}/uses", staff(scene, chapter))
        return [(use["method"], use["route"], use["status"]) for use in answer.get_json().get("items", ())]

    assert uses(home) == [("GET", FEED, 400), ("GET", FEED, 200), ("POST", TOKEN, 200)]
    assert uses(guest) == [("GET", FEED, 400)]
    assert scene.stack.get(f"{ACCOUNTS}/{one.id}/uses", staff(scene, elsewhere)).status_code == 404
    assert uses(elsewhere) == []


def test_an_account_that_asks_too_often_is_told_when_to_come_back(scene: Scene) -> None:
    one, other = an_integrator(scene, scene.a_chapter()), an_integrator(scene, scene.a_chapter())
    counters = scene.room.store.db["rate_counters"]
    first = scene.stack.get(FEED, one.headers())
    limit = PER_ACCOUNT.amount
    assert first.headers["RateLimit-Policy"] == f'"account";q={limit};w=60'
    assert first.headers["RateLimit"].startswith(f'"account";r={limit - 1};t=')

    counters.update_one({"_id": {"$regex": one.id}}, {"$set": {"count": limit}})
    answer = scene.stack.get(FEED, one.headers())

    assert (answer.status_code, answer.get_json()["code"]) == (429, "too_many")
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["RateLimit"].startswith('"account";r=0;t=')
    assert status(scene, other.headers()) == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (ACCOUNTS, {"name": "Registry", "scopes": ["events:read"]}),
        (f"{N}/webhooks", {"url": "http://127.0.0.1:9/hook"}),
    ],
)
def test_a_coordinator_who_changes_too_much_is_told_when_to_come_back(
    scene: Scene, path: str, body: dict[str, Any]
) -> None:
    chapter, limit = scene.a_chapter(), PER_COORDINATOR.amount
    by = staff(scene, chapter)
    first = scene.stack.post(path, body, by)
    assert first.status_code == 201
    assert first.headers["RateLimit-Policy"] == f'"coordinator";q={limit};w=60'
    assert first.headers["RateLimit"].startswith(f'"coordinator";r={limit - 1};t=')

    scene.room.store.db["rate_counters"].update_one({"_id": {"$regex": chapter}}, {"$set": {"count": limit}})
    refused = scene.stack.post(path, body, by)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too_many")
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["RateLimit"].startswith('"coordinator";r=0;t=')

    seen = scene.stack.get(path, by)
    assert (seen.status_code, len(seen.get_json()["items"])) == (200, 1)
    assert "RateLimit" not in seen.headers
    assert scene.stack.post(path, body, staff(scene, scene.a_chapter())).status_code == 201


def test_a_members_token_is_no_accounts_and_an_accounts_no_members(scene: Scene) -> None:
    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    assert scene.stack.get("/api/notifications/v1/me/mails", one.headers()).status_code == 401
    assert scene.stack.get(ACCOUNTS, one.headers()).status_code == 401
    member = staff(scene, chapter)["Authorization"].removeprefix("Bearer ")
    assert status(scene, {"Authorization": f"Bearer cairn_at_{member}"}) == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "", "scopes": ["events:read"]},
        {"name": "x" * 101, "scopes": ["events:read"]},
        {"name": "Registry", "scopes": []},
        {"name": "Registry", "scopes": ["everything"]},
        {"name": "Registry", "scopes": ["events:read"], "chapters": ["other"]},
    ],
)
def test_an_account_that_makes_no_sense_is_refused(scene: Scene, body: dict[str, Any]) -> None:
    answer = scene.stack.post(ACCOUNTS, body, staff(scene, scene.a_chapter()))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")


def test_a_chapter_lets_in_no_more_accounts_than_its_limit(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr("services.notifications.access.commands.MAX_ACCOUNTS_A_CHAPTER", 2)
    chapter = scene.a_chapter()
    for _ in range(2):
        an_integrator(scene, chapter)
    answer = scene.stack.post(ACCOUNTS, {"name": "x", "scopes": ["events:read"]}, staff(scene, chapter))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "too_many_accounts")
    foreign = an_integrator(scene, scene.a_chapter())
    body = {"account": foreign.id, "scopes": ["events:read"]}
    answer = scene.stack.post(f"{ACCOUNTS}/grants", body, staff(scene, chapter))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "too_many_accounts")


def test_only_so_many_keys_live_at_once(scene: Scene) -> None:
    chapter = scene.a_chapter()
    one = an_integrator(scene, chapter)
    for _ in range(2):
        rotate(scene, chapter, one)
    path = f"{ACCOUNTS}/{one.id}/keys"
    answer = scene.stack.post(path, {}, staff(scene, chapter))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "too_many_keys")
    assert rotate(scene, chapter, one, overlap_hours=0).token().status_code == 200
    assert one.token().status_code == 401
