"""What bad input and wrong callers get from notifications, through its real HTTP edge."""

import json
from typing import Any, get_type_hints

import pytest
from flask.testing import FlaskClient

from services.notifications.domain.catalogue import CATALOGUE, DIGEST, TEMPLATES
from services.notifications.mail.letters import link_path
from services.web.app import make_web
from shared.events import declared, profiles
from shared.ids import new_id
from tests.flows.notifications_scene import Scene, a_receiver

pytest_plugins = ["tests.flows.notifications_fixture"]

V1 = "/api/notifications/v1"
HOOKS = V1 + "/webhooks"
MAILS = V1 + "/me/mails"


def signed_in(scene: Scene, chapter: str, *roles: str) -> dict[str, str]:
    return scene.stack.sign_in(new_id("mem"), chapter, *roles)


def a_webhook(scene: Scene, chapter: str) -> str:
    answer = scene.stack.post(
        HOOKS, {"url": "http://127.0.0.1:9/hook"}, signed_in(scene, chapter, "coordinator")
    )
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["id"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", MAILS),
        ("GET", V1 + "/me/settings"),
        ("PATCH", V1 + "/me/settings"),
        ("GET", V1 + "/me/export"),
        ("GET", V1 + "/bounces"),
        ("GET", HOOKS),
        ("POST", HOOKS),
        ("GET", HOOKS + "/whk_1"),
        ("DELETE", HOOKS + "/whk_1"),
        ("GET", HOOKS + "/whk_1/deliveries"),
    ],
)
def test_nobody_gets_in_without_a_valid_sign_in(scene: Scene, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}):
        answer = scene.stack.ask(method, path, headers)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


@pytest.mark.parametrize("roles", [("mentee",), ("mentor",), ("mentee", "mentor"), ()])
def test_webhooks_and_bounces_are_for_coordinators(scene: Scene, roles: tuple[str, ...]) -> None:
    headers = signed_in(scene, "any", *roles)
    for method, path in (
        ("GET", HOOKS),
        ("POST", HOOKS),
        ("GET", HOOKS + "/x"),
        ("DELETE", HOOKS + "/x"),
        ("GET", HOOKS + "/x/deliveries"),
        ("GET", V1 + "/bounces"),
    ):
        answer = scene.stack.ask(method, path, headers)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "wrong_role")


def test_another_chapters_webhook_reads_like_one_that_does_not_exist(scene: Scene) -> None:
    ours, theirs = new_id("c"), new_id("c")
    webhook = a_webhook(scene, theirs)
    headers = signed_in(scene, ours, "coordinator")
    for method, tail in (("GET", ""), ("DELETE", ""), ("GET", "/deliveries")):
        foreign = scene.stack.ask(method, f"{HOOKS}/{webhook}{tail}", headers)
        unknown = scene.stack.ask(method, f"{HOOKS}/whk_unknown{tail}", headers)
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.get_json() == unknown.get_json()
    assert scene.stack.get(HOOKS, headers).get_json() == {"items": [], "next": None}
    assert scene.stack.get(f"{HOOKS}/{webhook}", signed_in(scene, theirs, "coordinator")).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"),
        ({"url": ""}, "/url"),
        ({"url": None}, "/url"),
        ({"url": 7}, "/url"),
        ({"url": {"$gt": ""}}, "/url"),
        ({"url": "x" * 2_001}, "/url"),
        ({"url": "http://127.0.0.1/", "extra": 1}, "/extra"),
        ({"url": "http://127.0.0.1/", "$where": "1"}, "/$where"),
        ({"url": "http://127.0.0.1/", "types": "all"}, "/types"),
        ({"url": "http://127.0.0.1/", "types": ["cairn.session.held.v1"]}, "/types/0"),
        ({"url": "http://127.0.0.1/", "types": ["cairn.relationship.started.v1"] * 2}, "/types"),
        ({"url": "http://127.0.0.1/", "types": ["cairn.relationship.started.v1"] * 5_000}, "/types"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "/url"),
        ({"url": "ftp://example.org/"}, "/url"),
        ([], ""),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_with_a_pointer(scene: Scene, body: Any, pointer: str) -> None:
    chapter = new_id("c")
    headers = signed_in(scene, chapter, "coordinator")
    answer = scene.stack.post(HOOKS, body, headers)
    assert answer.status_code == 422, answer.text
    assert {error["pointer"] for error in answer.get_json()["errors"]} == {pointer}
    assert scene.stack.get(HOOKS, headers).get_json()["items"] == []


def test_an_address_inside_is_refused_with_a_stable_code(scene: Scene) -> None:
    answer = scene.stack.post(HOOKS, {"url": "https://10.0.0.1/hook"}, signed_in(scene, "any", "coordinator"))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "url_not_public")
    assert "10.0.0.1" not in answer.text


def test_what_is_not_json_is_refused(scene: Scene) -> None:
    headers = signed_in(scene, "any", "coordinator") | {"Content-Type": "application/json"}
    client: FlaskClient = scene.stack.http("notifications")
    for body in (b"{", b"\xff\xfe", b"[" * 100_000, b""):
        answer = client.post(HOOKS, data=body, headers=headers)
        assert answer.status_code in (400, 422), body[:10]
    assert client.post(HOOKS, data=b" " * 300_000, headers=headers).status_code == 413


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "after=" + "x" * 301])
def test_a_page_that_cannot_be_is_refused(scene: Scene, query: str) -> None:
    headers = signed_in(scene, "any", "coordinator")
    for path in (MAILS, HOOKS):
        assert scene.stack.get(f"{path}?{query}", headers).status_code == 422


def test_a_body_of_another_kind_is_not_read_as_an_empty_one(scene: Scene) -> None:
    headers = signed_in(scene, "any", "coordinator")
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = scene.stack.ask("POST", HOOKS, headers, data="{}", content_type=kind)
        assert (answer.status_code, answer.get_json()["code"]) == (415, "not_json")


def test_a_chapters_coordinators_have_no_more_webhooks_than_their_limit(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifications.webhooks.commands.MAX_WEBHOOKS", 20)
    chapter = new_id("c")
    made = [a_webhook(scene, chapter) for _ in range(20)]
    headers = signed_in(scene, chapter, "coordinator")
    answer = scene.stack.post(HOOKS, {"url": "http://127.0.0.1:9/hook"}, headers)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "too_many_webhooks")
    assert scene.stack.ask("DELETE", f"{HOOKS}/{made[0]}", headers).status_code == 204
    a_webhook(scene, chapter)

    first = scene.stack.get(f"{HOOKS}?limit=15", headers).get_json()
    rest = scene.stack.get(f"{HOOKS}?limit=15&after={first['next']}", headers).get_json()
    listed = [item["id"] for item in first["items"] + rest["items"]]
    assert (len(listed), listed, rest["next"]) == (20, sorted(listed), None)


def test_the_secret_is_shown_once_and_again_only_for_the_same_request(scene: Scene) -> None:
    chapter = new_id("c")
    headers = signed_in(scene, chapter, "coordinator") | {"Idempotency-Key": "one"}
    body = {"url": "http://127.0.0.1:9/hook", "types": ["cairn.relationship.ended.v1"]}
    made, again = (scene.stack.post(HOOKS, body, headers).get_json() for _ in range(2))
    assert made == again
    assert made["secret"].startswith("whsec_")
    shown = scene.stack.get(f"{HOOKS}/{made['id']}", headers).get_json()
    listed = scene.stack.get(HOOKS, headers).get_json()
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert listed == {"items": [shown], "next": None}
    secret = made["secret"].removeprefix("whsec_")
    for collection in scene.room.store.db.list_collection_names():
        for document in scene.room.store.db[collection].find({"chapter": chapter}):
            assert secret not in str(document)


def test_a_member_sees_her_own_mails_page_by_page_and_nobody_elses(scene: Scene) -> None:
    chapter = scene.a_chapter()
    ann, _ = scene.a_member(chapter, "Ann")
    bob, _ = scene.a_member(chapter, "Bob")
    for _ in range(5):
        scene.tell(chapter, new_id("rel"), scene.proposed(ann, bob))
    scene.tell(chapter, ann, profiles.MemberSignInRequested(scene.a_link("t0p-secret"), scene.in_days(1)))
    scene.quiet()
    headers = scene.stack.sign_in(ann, chapter, "mentee")
    pages, after = [], ""
    while True:
        page = scene.stack.get(f"{MAILS}?limit=2&after={after}", headers).get_json()
        pages.append([item["id"] for item in page["items"]])
        if page["next"] is None:
            break
        after = page["next"]
    assert [len(page) for page in pages] == [2, 2, 2]
    everything = scene.stack.get(MAILS, headers)
    assert [item["id"] for item in everything.get_json()["items"]] == [id for page in pages for id in page]
    assert all(id.endswith(f":mail:{ann}") for page in pages for id in page)
    assert everything.get_json()["items"][0]["template"] == "sign_in"
    for hidden in ("t0p-secret", "@people.test", "Bob", "sealed"):
        assert hidden not in everything.text

    elsewhere = scene.stack.get(MAILS, scene.stack.sign_in(ann, "elsewhere", "mentee"))
    assert elsewhere.get_json() == {"items": [], "next": None}
    bobs = scene.stack.get(
        f"{MAILS}?after={pages[0][0]}", scene.stack.sign_in(bob, chapter, "mentor")
    ).get_json()
    assert bobs["items"] == []


def test_deliveries_are_listed_page_by_page_the_latest_first(scene: Scene) -> None:
    chapter, rels = scene.a_chapter(), sorted(new_id("rel") for _ in range(5))
    headers = signed_in(scene, chapter, "coordinator")
    with a_receiver() as receiver:
        webhook = scene.stack.post(HOOKS, {"url": receiver.url}, headers).get_json()["id"]
        for rel in rels:
            scene.tell(chapter, rel, scene.proposed(f"mem_a-{chapter}", f"mem_b-{chapter}"))
        scene.quiet()
    path = f"{HOOKS}/{webhook}/deliveries"
    first = scene.stack.get(f"{path}?limit=3", headers).get_json()
    rest = scene.stack.get(f"{path}?limit=3&after={first['next']}", headers).get_json()
    assert [item["relationship"] for item in first["items"] + rest["items"]] == rels[::-1]
    assert rest["next"] is None
    assert scene.stack.get(f"{path}?after=unknown", headers).get_json()["code"] == "cursor_invalid"


def test_every_link_in_a_mail_leads_to_a_page(scene: Scene) -> None:
    pages = make_web(scene.stack.settings, scene.stack.clock).url_map.bind("cairn.test")
    leads: dict[str, str] = {}
    for fact, row in CATALOGUE.items():
        made = declared(fact)
        about = new_id("rel" if made.about == "relationship" else made.about[:3])
        of_a_pair = made.about == "relationship" or "relationship" in get_type_hints(fact)
        for told in row:
            path = link_path(told.template, new_id("rel") if of_a_pair else "", about, "token")
            leads[told.template] = pages.match(path, "GET")[0]  # NotFound, MethodNotAllowed: no page
    leads[DIGEST] = pages.match(link_path(DIGEST, "", "", ""), "GET")[0]
    assert set(leads) == set(TEMPLATES)
    elsewhere = {template: page for template, page in leads.items() if page != "pairs.relationship"}
    assert elsewhere == {
        "confirmation": "doors.confirm",
        "sign_in": "doors.enter",
        "report_filed": "reports.report",
        "silence_flagged": "results.monday",
        "webhook_failing": "integrations.integrations",
        "webhook_disabled": "integrations.integrations",
        "proposal_of_mentor": "pairs.proposal",
        "proposal_of_mentee": "pairs.proposal",
        "question_asked": "pairs.proposal",
        "question_answered": "pairs.proposal",
        "pulse_due": "asked.pulse",
        "outcome_due": "asked.outcome",
        "certificate": "certificates.mine",
        "completed_mentee": "details.details",
        "proposal_closed": "member.home",
        "not_started": "member.home",
        "not_matched": "member.home",
        "digest": "member.home",
    }


def test_the_api_describes_itself(scene: Scene) -> None:
    described = json.loads(scene.stack.get("/api/notifications/openapi.json").text)
    assert set(described["paths"]) == {
        MAILS,
        HOOKS,
        V1 + "/bounces",
        V1 + "/me/export",
        V1 + "/me/settings",
        V1 + "/unsubscription",
        HOOKS + "/{id}",
        HOOKS + "/{id}/secret",
        HOOKS + "/{id}/tests",
        HOOKS + "/{id}/statistics",
        HOOKS + "/{id}/deliveries",
        HOOKS + "/{id}/deliveries/{delivery}/resend",
        HOOKS + "/{id}/replays",
        HOOKS + "/{id}/replays/{replay}",
        V1 + "/events",
        V1 + "/asyncapi.json",
        V1 + "/schemas/{type}.json",
        V1 + "/relationship-events",
        V1 + "/relationship-events.ndjson",
        V1 + "/oauth/token",
        V1 + "/service-accounts",
        V1 + "/service-accounts/grants",
        V1 + "/service-accounts/{id}",
        V1 + "/service-accounts/{id}/keys",
        V1 + "/service-accounts/{id}/keys/{key}",
        V1 + "/service-accounts/{id}/uses",
        V1 + "/sandbox/lives",
        V1 + "/sandbox/lives/{id}",
    }
