"""Every route, generated from the services' URL maps: her own, another member's, another chapter's, no role, no sign-in.

A route that names an id and is not described in `ROUTES` fails the build, and so does a description without a route.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from operate.sample_sheet import a_sheet
from services.notifications.domain.lives import Life
from services.notifications.kinds import LIVES
from shared.call import Call
from shared.http import ANYBODY, access_of
from shared.ids import new_id
from shared.settings import SERVICES
from tests.flows.profiles_people import a_chapter, a_coordinator, a_member
from tests.stack import Stack

Headers = dict[str, str]


@dataclass
class World:
    """One chapter with a pair that has met, and everything that a route can name."""

    stack: Stack
    who: dict[str, Headers] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def do(self, method: str, path: str, body: Any = None, by: str = "staff", **more: Any) -> Any:
        """A request that must succeed; its JSON."""
        asked = {"json": body} if body is not None else {}
        answer = self.stack.ask(method, path, self.who[by], **asked, **more)
        assert answer.status_code < 300, f"{method} {path}: {answer.get_data(as_text=True)}"
        return answer.get_json(silent=True)


@dataclass(frozen=True)
class Route:
    """How to use one route: the ids of its path, a body that its schema accepts, whose it is, and of what its query names the id."""

    ids: tuple[str, ...]
    body: Any = None
    owners: tuple[str, ...] = ("mentee", "mentor")
    #: Others of the chapter who may see it too, by their role.
    also: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()


STAFF = ("staff",)
P, M, S, N = (f"/api/{name}/v1" for name in SERVICES)

PULSE = {"stress": 2, "resilience": 6, "purpose": 5, "accomplishment": 4}
OUTCOME = {"promoted": True, "new_role": False, "satisfaction": 6, "gained": 5}

ROUTES: dict[tuple[str, str], Route] = {
    ("GET", f"{P}/members/<member>"): Route(("mentee",), owners=("mentee", "mentor", "staff")),
    ("GET", f"{P}/members/<member>/conflicts"): Route(("mentee",), owners=STAFF),
    ("POST", f"{P}/members/<member>/conflicts"): Route(
        ("mentee",), {"member": "", "kind": "other"}, owners=STAFF
    ),
    ("DELETE", f"{P}/members/<member>/conflicts/<entry>"): Route(("mentee", "set_conflict"), owners=STAFF),
    ("DELETE", f"{P}/me/conflicts/<entry>"): Route(("conflict",), owners=("mentee",)),
    ("DELETE", f"{P}/me/blocks/<entry>"): Route(("block",), owners=("mentee",)),
    ("GET", f"{P}/reports/<report>"): Route(("report",), owners=STAFF),
    ("PATCH", f"{P}/reports/<report>"): Route(("report",), {"state": "in_hand"}, owners=STAFF),
    ("POST", f"{P}/crossings/<crossing>/acceptance"): Route(("offered",), {}, owners=STAFF),
    ("POST", f"{P}/crossings/<crossing>/refusal"): Route(("offered",), {}, owners=STAFF),
    ("DELETE", f"{P}/crossings/<crossing>"): Route(("lent",), owners=STAFF),
    ("GET", f"{P}/imports/<import_id>"): Route(("import",), owners=STAFF),
    ("PUT", f"{P}/imports/<import_id>/mapping"): Route(("import",), {"mapping": {}}, owners=STAFF),
    ("POST", f"{P}/imports/<import_id>/dry-run"): Route(("import",), {}, owners=STAFF),
    ("GET", f"{P}/imports/<import_id>/problems"): Route(("import",), owners=STAFF),
    ("GET", f"{P}/imports/<import_id>/problems.xlsx"): Route(("import",), owners=STAFF),
    ("POST", f"{P}/imports/<import_id>/run"): Route(("import",), {"take": "good_rows"}, owners=STAFF),
    ("DELETE", f"{P}/imports/<import_id>"): Route(("import",), owners=STAFF),
    ("GET", f"{M}/programmes/<id>"): Route(("programme",), owners=STAFF),
    ("PATCH", f"{M}/programmes/<id>"): Route(("programme",), {"name": "Another"}, owners=STAFF),
    ("GET", f"{M}/cycles/<id>"): Route(("cycle",), owners=("mentee", "mentor", "staff"), also=("stranger",)),
    ("DELETE", f"{M}/applications/<id>"): Route(("application",), owners=("mentee",)),
    ("GET", f"{M}/applications/<id>/mentors"): Route(("application",), owners=("mentee",)),
    ("GET", f"{M}/cycles/<id>/applications"): Route(("cycle",), owners=STAFF),
    ("POST", f"{M}/cycles/<id>/applications"): Route(("cycle",), {"everyone": True}, owners=STAFF),
    ("POST", f"{M}/cycles/<id>/rounds"): Route(("cycle",), {"seed": 1}, owners=STAFF),
    ("GET", f"{M}/cycles/<id>/rounds"): Route(("cycle",), owners=STAFF),
    ("GET", f"{M}/rounds/<id>"): Route(("round",), owners=STAFF),
    ("GET", f"{M}/rounds/<id>/proposals"): Route(("round",), owners=STAFF),
    ("GET", f"{M}/rounds/<id>/left-over"): Route(("round",), owners=STAFF),
    ("GET", f"{M}/cycles/<id>/discovery"): Route(("cycle",), owners=STAFF, query=(("mentee", "mentee"),)),
    ("GET", f"{M}/rounds/<id>/explanation"): Route(
        ("round",), owners=STAFF, query=(("mentee", "mentee"), ("mentor", "mentor"))
    ),
    ("GET", f"{M}/rounds/<id>/help"): Route(
        ("round",), owners=STAFF, query=(("member", "mentee"), ("side", "mentee"))
    ),
    ("GET", f"{M}/rounds/<id>/comparison"): Route(("round",), owners=STAFF, query=(("with", "round"),)),
    ("POST", f"{M}/rounds/<id>/cancellation"): Route(("asked",), {}, owners=STAFF),
    ("POST", f"{M}/rounds/<id>/publication"): Route(("round",), {}, owners=STAFF),
    ("DELETE", f"{M}/rounds/<id>"): Route(("round",), owners=STAFF),
    ("GET", f"{M}/relationships/<id>"): Route(("relationship",), owners=("mentee", "mentor", "staff")),
    ("POST", f"{M}/relationships/<id>/answer"): Route(("relationship",), {"answer": "accept"}),
    ("POST", f"{M}/relationships/<id>/vote"): Route(("relationship",), {"vote": "yes"}),
    ("POST", f"{M}/touchpoints/<id>/members"): Route(("touchpoint",), {"members": ["mem_x"]}, owners=STAFF),
    ("POST", f"{M}/relationships/<id>/question"): Route(
        ("relationship",), {"text": "Why now?"}, owners=("mentor",)
    ),
    ("POST", f"{M}/relationships/<id>/question/answer"): Route(
        ("relationship",), {"text": "I start in May."}, owners=("mentee",)
    ),
    ("POST", f"{M}/relationships/<id>/renewal"): Route(("relationship",), {"renewal": "no"}),
    ("POST", f"{M}/relationships/<id>/pause"): Route(("relationship",), {"days": 3}),
    ("POST", f"{M}/relationships/<id>/resume"): Route(("relationship",), {}),
    ("POST", f"{M}/relationships/<id>/review"): Route(("relationship",), {}),
    ("GET", f"{M}/relationships/<id>/goals"): Route(("relationship",)),
    ("POST", f"{M}/relationships/<id>/goals"): Route(("relationship",), {"text": "Lead a team"}),
    ("PUT", f"{M}/goals/<id>"): Route(("goal",), {"text": "Lead two teams"}, owners=("mentee",)),
    ("POST", f"{M}/goals/<id>/comments"): Route(("goal",), {"text": "Which one first?"}),
    ("POST", f"{M}/relationships/<id>/again"): Route(("relationship",), {}),
    ("POST", f"{M}/relationships/<id>/return"): Route(("another",), {}, owners=("stranger",), also=STAFF),
    ("POST", f"{M}/relationships/<id>/ending"): Route(
        ("another",), {}, owners=("mentor", "stranger"), also=STAFF
    ),
    ("GET", f"{S}/pairs/<id>"): Route(("relationship",)),
    ("GET", f"{S}/pairs/<id>/sessions"): Route(("relationship",)),
    ("POST", f"{S}/pairs/<id>/sessions"): Route(("relationship",), {"mode": "letters"}),
    ("POST", f"{S}/pairs/<id>/check-in"): Route(("relationship",), {"answer": "go_on"}),
    ("PUT", f"{S}/sessions/<id>/agenda"): Route(("session",), {"text": "My first talk"}),
    ("GET", f"{S}/sessions/<id>/agenda"): Route(("session",)),
    ("PUT", f"{S}/sessions/<id>/reflection"): Route(
        ("session",), {"lines": "It was good", "step_idea": "both"}
    ),
    ("GET", f"{S}/sessions/<id>/reflections"): Route(("session",)),
    ("POST", f"{S}/pairs/<id>/notes"): Route(("relationship",), {"text": "Ask about Ana"}),
    ("GET", f"{S}/pairs/<id>/notes"): Route(("relationship",)),
    ("DELETE", f"{S}/notes/<id>"): Route(("note",), owners=("mentee",)),
    ("PUT", f"{S}/pairs/<id>/reminders"): Route(("relationship",), {"on": True}),
    ("GET", f"{S}/pairs/<id>/guide"): Route(("relationship",)),
    ("DELETE", f"{S}/guides/<id>"): Route(("guide",), owners=STAFF),
    ("GET", f"{S}/pairs/<id>/times"): Route(("relationship",)),
    ("POST", f"{S}/pairs/<id>/kudos"): Route(("relationship",), {"text": "For your patience"}),
    ("GET", f"{S}/pairs/<id>/kudos"): Route(("relationship",)),
    ("PUT", f"{S}/kudos/<id>/publication"): Route(("kudos",), {"publish": True}),
    ("GET", f"{S}/pairs/<id>/milestones"): Route(("relationship",)),
    ("PUT", f"{S}/pairs/<id>/milestones/<milestone>/publication"): Route(
        ("relationship", "milestone"), {"publish": True}
    ),
    ("POST", f"{S}/pulses/<id>/answer"): Route(("pulse",), PULSE, owners=("mentee",)),
    ("POST", f"{S}/outcomes/<id>/answer"): Route(("outcome",), OUTCOME, owners=("mentee",)),
    ("POST", f"{S}/pairs/<id>/certificate"): Route(("relationship",), {}),
    ("GET", f"{S}/me/certificates/<id>.pdf"): Route(("certificate",), owners=("mentee",)),
    ("GET", f"{S}/pairs/<id>/steps"): Route(("relationship",)),
    ("GET", f"{S}/sessions/<id>"): Route(("session",)),
    ("PATCH", f"{S}/sessions/<id>"): Route(("session",), {"minutes": 45}),
    ("POST", f"{S}/sessions/<id>/cancellation"): Route(("session",), {}),
    ("POST", f"{S}/sessions/<id>/attendance"): Route(("session",), {"held": True}),
    ("POST", f"{S}/sessions/<id>/steps"): Route(("session",), {"text": "Write to Ana"}),
    ("GET", f"{S}/steps/<id>"): Route(("step",)),
    ("POST", f"{S}/steps/<id>/closing"): Route(("step",), {"outcome": "done"}),
    ("GET", f"{N}/webhooks/<string:id>"): Route(("webhook",), owners=STAFF),
    ("GET", f"{N}/webhooks/<string:id>/deliveries"): Route(("webhook",), owners=STAFF),
    ("PATCH", f"{N}/webhooks/<string:id>"): Route(("webhook",), {"note": "dashboard"}, owners=STAFF),
    ("POST", f"{N}/webhooks/<string:id>/secret"): Route(("webhook",), {}, owners=STAFF),
    ("POST", f"{N}/webhooks/<string:id>/tests"): Route(
        ("webhook",), {"type": "cairn.relationship.started.v1"}, owners=STAFF
    ),
    ("POST", f"{N}/webhooks/<string:id>/deliveries/<string:delivery>/resend"): Route(
        ("webhook", "delivery"), owners=STAFF
    ),
    ("GET", f"{N}/webhooks/<string:id>/statistics"): Route(("webhook",), owners=STAFF),
    ("POST", f"{N}/webhooks/<string:id>/replays"): Route(("webhook",), {}, owners=STAFF),
    ("GET", f"{N}/webhooks/<string:id>/replays"): Route(("webhook",), owners=STAFF),
    ("GET", f"{N}/webhooks/<string:id>/replays/<string:replay>"): Route(("webhook", "replay"), owners=STAFF),
    ("DELETE", f"{N}/webhooks/<string:id>/replays/<string:replay>"): Route(
        ("webhook", "replay"), owners=STAFF
    ),
    ("DELETE", f"{N}/webhooks/<string:id>"): Route(("webhook",), owners=STAFF),
    ("GET", f"{N}/service-accounts/<string:id>"): Route(("account",), owners=STAFF),
    ("GET", f"{N}/service-accounts/<string:id>/uses"): Route(("account",), owners=STAFF),
    ("POST", f"{N}/service-accounts/<string:id>/keys"): Route(("account",), {}, owners=STAFF),
    ("DELETE", f"{N}/service-accounts/<string:id>/keys/<string:key>"): Route(
        ("account", "account_key"), owners=STAFF
    ),
    ("DELETE", f"{N}/service-accounts/<string:id>"): Route(("account",), owners=STAFF),
    ("GET", f"{N}/sandbox/lives/<string:id>"): Route(("life",), owners=STAFF),
}

#: What deletes comes last.
IN_ORDER = [one for one in ROUTES if one[0] != "DELETE"] + [one for one in ROUTES if one[0] == "DELETE"]

#: Routes with an id that names nothing private: a chapter's public card, what a certificate says to whoever has its code, schemas.
OPEN_IDS = {
    ("GET", f"{P}/chapters/<chapter>"),
    ("GET", f"{S}/certificates/<code>"),
    ("GET", f"{N}/schemas/<string:type>.json"),
}


def _rules(stack: Stack) -> Iterator[tuple[str, str, bool]]:
    """Method, rule and whether it names an id, of every route of every service."""
    for name in SERVICES:
        app = stack.running[name].app
        for rule in app.url_map.iter_rules():
            if rule.endpoint == "docs_assets" or rule.endpoint.startswith("api-docs."):
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule.rule, bool(rule.arguments)


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    return a_world(stack)


def a_world(stack: Stack) -> World:
    """A chapter and another, their people, and one of everything that a route can name."""
    made = World(stack)
    chapter, elsewhere = a_chapter(stack), a_chapter(stack)
    made.who["staff"] = a_coordinator(stack, chapter)
    made.who["staff_elsewhere"] = a_coordinator(stack, elsewhere)
    for role in ("mentee", "mentor"):
        made.ids[role], made.who[role] = a_member(stack, chapter, f"{role}@example.org", roles=[role])
        _, made.who[f"{role}_elsewhere"] = a_member(stack, elsewhere, f"{role}@example.org", roles=[role])
    made.ids["stranger"], made.who["stranger"] = a_member(
        stack, chapter, "stranger@example.org", roles=["mentee", "mentor"]
    )
    made.do("PATCH", f"{P}/me", {"capacity": 3}, by="mentor")
    stack.quiet()
    _profiles(made, chapter, elsewhere)
    _matching(made)
    _meeting(made)
    made.ids["webhook"] = made.do("POST", f"{N}/webhooks", {"url": "http://127.0.0.1:9/hook"})["id"]
    hook = f"{N}/webhooks/{made.ids['webhook']}"
    made.ids["delivery"] = made.do("POST", f"{hook}/tests", {"type": "cairn.relationship.ended.v1"})["id"]
    made.ids["replay"] = made.do("POST", f"{hook}/replays", {})["id"]
    account = made.do("POST", f"{N}/service-accounts", {"name": "Registry", "scopes": ["events:read"]})
    made.ids["account"], made.ids["account_key"] = account["id"], account["keys"][0]["id"]
    made.ids["life"] = _a_life(made, chapter)
    return made


def _a_life(made: World, chapter: str) -> str:
    """A life as a sandbox has it; the chapter is none, so that nobody could ask for it there."""
    life = Life(new_id("life"), chapter, "completed", made.stack.clock(), "mem_x", state="played")
    call = Call(id=new_id("call"), at=life.made_at, chapter=chapter, asker="operator")
    made.stack.running["notifications"].room.store.change(call, lambda tx: tx.save(LIVES, life))
    return life.id


def _profiles(made: World, chapter: str, elsewhere: str) -> None:
    """What each keeps apart, a report, and mentors who are lent in both directions. Nobody of the pair is kept from the other."""
    other, _ = a_member(made.stack, chapter, "other@example.org", roles=["mentor"])
    foreign, _ = a_member(made.stack, elsewhere, "foreign@example.org", roles=["mentor"])
    for_member = f"{P}/members/{made.ids['mentee']}/conflicts"
    named = {"member": other}
    made.ids["conflict"] = made.do("POST", f"{P}/me/conflicts", named | {"kind": "other"}, by="mentee")["id"]
    made.ids["block"] = made.do("POST", f"{P}/me/blocks", named, by="mentee")["id"]
    made.ids["set_conflict"] = made.do("POST", for_member, named | {"kind": "investor"})["id"]
    ROUTES["POST", f"{P}/members/<member>/conflicts"].body["member"] = other
    words = {"about": other, "text": "He shouts."}
    made.ids["report"] = made.do("POST", f"{P}/me/reports", words, by="mentee")["id"]
    made.ids["lent"] = made.do("POST", f"{P}/crossings", {"member": other, "to": elsewhere})["id"]
    lending = {"member": foreign, "to": chapter}
    made.ids["offered"] = made.do("POST", f"{P}/crossings", lending, by="staff_elsewhere")["id"]


def _matching(made: World) -> None:
    now = made.stack.clock()
    made.ids["programme"] = made.do("POST", f"{M}/programmes", {"name": "City"})["id"]
    window = {
        "opens_local": f"{now - timedelta(days=2):%Y-%m-%dT%H:%M}",
        "closes_local": f"{now + timedelta(days=30):%Y-%m-%dT%H:%M}",
    }
    cycle = {"programme": made.ids["programme"], "name": "Spring"} | window
    made.ids["cycle"] = made.do("POST", f"{M}/cycles", cycle)["id"]
    wants_a_mentor = {"want": "been_there", "stuck": "story", "long": "months", "lead": "me"}
    made.do("POST", f"{M}/me/intake", {"answers": wants_a_mentor}, by="mentee")
    applied = {"cycle": made.ids["cycle"], "role": "mentee"}
    made.ids["application"] = made.do("POST", f"{M}/applications", applied, by="mentee")["id"]
    members = [{"member": made.ids["mentor"], "role": "mentor"}]
    made.do("POST", f"{M}/cycles/{made.ids['cycle']}/applications", {"members": members})
    made.ids["round"] = made.do("POST", f"{M}/cycles/{made.ids['cycle']}/rounds", {"seed": 1})["id"]
    made.who["staff_later"] = made.who["staff"] | {"Prefer": "respond-async"}
    rounds = f"{M}/cycles/{made.ids['cycle']}/rounds"
    made.ids["asked"] = made.do("POST", rounds, {}, by="staff_later")["id"]
    asked = {"mentee": made.ids["mentee"], "mentor": made.ids["mentor"], "reason": "They know each other."}
    made.ids["relationship"] = made.do("POST", f"{M}/introductions", asked)["id"]
    for role in ("mentee", "mentor"):
        made.do("POST", f"{M}/relationships/{made.ids['relationship']}/answer", {"answer": "accept"}, by=role)
    other = asked | {"mentee": made.ids["stranger"]}
    made.ids["another"] = made.do("POST", f"{M}/introductions", other)["id"]
    event = {"kind": "event", "name": "Open evening"}
    made.ids["touchpoint"] = made.do("POST", f"{M}/touchpoints", event)["id"]
    goal = {"text": "Lead a team"}
    made.ids["goal"] = made.do(
        "POST", f"{M}/relationships/{made.ids['relationship']}/goals", goal, by="mentee"
    )["id"]
    made.stack.quiet()


def _meeting(made: World) -> None:
    pair = f"{S}/pairs/{made.ids['relationship']}/sessions"
    letters = {"mode": "letters"}
    met = made.do("POST", pair, letters, by="mentee")["id"]
    for role in ("mentee", "mentor"):
        made.do("POST", f"{S}/sessions/{met}/attendance", {"held": True}, by=role)
    made.stack.quiet()
    for role in ("mentee", "mentor"):
        made.do("POST", f"{M}/relationships/{made.ids['relationship']}/vote", {"vote": "yes"}, by=role)
    made.stack.quiet()
    held = made.do("POST", pair, letters, by="mentee")["id"]
    for role in ("mentee", "mentor"):
        made.do("POST", f"{S}/sessions/{held}/attendance", {"held": True}, by=role)
    made.ids["step"] = made.do("POST", f"{S}/sessions/{held}/steps", {"text": "Write to Ana"}, by="mentee")[
        "id"
    ]
    pair_of = f"{S}/pairs/{made.ids['relationship']}"
    made.ids["note"] = made.do("POST", f"{pair_of}/notes", {"text": "Ask about Ana"}, by="mentee")["id"]
    made.ids["kudos"] = made.do("POST", f"{pair_of}/kudos", {"text": "For your time"}, by="mentee")["id"]
    made.ids["milestone"] = "first_session"
    question = {"stage": "first", "locale": "en", "question": "What brings you here?"}
    made.ids["guide"] = made.do("POST", f"{S}/guides", question)["id"]
    for kind in ("pulse", "outcome"):
        made.ids[kind] = made.do("GET", f"{S}/me/{kind}s", by="mentee")["items"][0]["id"]
    for _ in range(3):
        more = made.do("POST", pair, letters, by="mentee")["id"]
        for role in ("mentee", "mentor"):
            made.do("POST", f"{S}/sessions/{more}/attendance", {"held": True}, by=role)
    made.ids["certificate"] = made.do("POST", f"{pair_of}/certificate", {}, by="mentee")["id"]
    made.ids["session"] = made.do("POST", pair, letters, by="mentee")["id"]


def an_import(world: World, route: Route) -> None:
    """An import for one test, since runs and deletions use it up."""
    raw = a_sheet(people=4, seed=1, dirty=False)
    made = world.do("POST", f"{P}/imports", data={"file": (io.BytesIO(raw), "people.xlsx")})
    world.ids["import"] = made["id"]
    if isinstance(route.body, dict) and "mapping" in route.body:
        route.body["mapping"] = made["mapping"]


def ask(
    world: World, method: str, rule: str, by: Headers, ids: tuple[str, ...] | None = None
) -> TestResponse:
    """The route as somebody uses it, on the world's things or on the ids given."""
    route = ROUTES[method, rule]
    path = rule
    for name in ids or tuple(world.ids[kind] for kind in route.ids):
        start, end = path.index("<"), path.index(">")
        path = path[:start] + name + path[end + 1 :]
    asked: dict[str, Any] = {} if route.body is None else {"json": route.body}
    if route.query:
        asked["query_string"] = {
            name: kind if name == "side" else world.ids[kind] for name, kind in route.query
        }
    return world.stack.ask(method, path, by, **asked)


def test_every_route_with_an_id_is_described_here(stack: Stack) -> None:
    named = {(method, rule) for method, rule, has_id in _rules(stack) if has_id} - OPEN_IDS
    assert named == ROUTES.keys()


def test_every_other_route_says_who_may_use_it(stack: Stack) -> None:
    for name in SERVICES:
        app = stack.running[name].app
        for rule in app.url_map.iter_rules():
            assert access_of(app, rule.endpoint) is not None, rule.rule


@pytest.mark.parametrize(("method", "rule"), IN_ORDER)
def test_a_route_with_an_id_is_there_for_its_own_people_only(world: World, method: str, rule: str) -> None:
    route = ROUTES[method, rule]
    if "import" in route.ids:
        an_import(world, route)
    assert ask(world, method, rule, {}).status_code == 401
    for by in ("stranger", "mentee", "mentor", "staff"):
        if by in route.owners or by in route.also:
            continue
        answer = ask(world, method, rule, world.who[by])
        assert answer.status_code in (403, 404), f"{by}: {answer.status_code} {answer.get_data(as_text=True)}"
        assert answer.mimetype == "application/problem+json"
    for by in ("staff_elsewhere", "mentee_elsewhere", "mentor_elsewhere"):
        answer = ask(world, method, rule, world.who[by])
        if by.removesuffix("_elsewhere") in route.owners:
            assert answer.status_code == 404, f"{by}: {answer.status_code}"
        else:
            assert answer.status_code in (403, 404), f"{by}: {answer.status_code}"
    unknown = ask(world, method, rule, world.who[route.owners[0]], tuple(new_id("none") for _ in route.ids))
    assert unknown.status_code == 404, f"unknown: {unknown.status_code}"
    for by in route.owners if method == "GET" else route.owners[:1]:
        answer = ask(world, method, rule, world.who[by])
        assert answer.status_code not in (401, 403, 404, 500), (
            f"{by}: {answer.status_code} {answer.get_data(as_text=True)}"
        )
        answer.close()


@pytest.mark.parametrize("name", SERVICES)
def test_a_list_or_change_without_sign_in_or_role_is_refused(stack: Stack, world: World, name: str) -> None:
    app = stack.running[name].app
    for rule in app.url_map.iter_rules():
        roles = access_of(app, rule.endpoint)
        if roles == ANYBODY or rule.arguments:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            assert stack.ask(method, rule.rule, {}, json={}).status_code == 401, rule.rule
            if roles:
                nobody = stack.sign_in(new_id("mem"), "a-chapter")
                assert stack.ask(method, rule.rule, nobody, json={}).status_code == 403, rule.rule
