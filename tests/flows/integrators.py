"""What tests of integrators share: a service account with its token, and the feed as it follows it."""

import base64
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.flows.notifications_scene import Scene

N = "/api/notifications/v1"
ACCOUNTS = f"{N}/service-accounts"
FEED = f"{N}/relationship-events"
TOKEN = f"{N}/oauth/token"

Json = dict[str, Any]


def staff(scene: Scene, chapter: str) -> dict[str, str]:
    """The chapter's coordinator."""
    return scene.stack.sign_in("mem_coordinator", chapter, "coordinator")


@dataclass
class Integrator:
    """An integrator's system with its account's id and key."""

    scene: Scene
    id: str
    key: str
    got: dict[str, str] = field(default_factory=dict)

    def token(self, **form: str) -> TestResponse:
        """Ask for a token, as an OAuth client does."""
        basic = base64.b64encode(f"{self.id}:{self.key}".encode()).decode()
        return self.scene.stack.ask(
            "POST",
            TOKEN,
            {"Authorization": f"Basic {basic}"},
            data={"grant_type": "client_credentials", **form},
        )

    def headers(self) -> dict[str, str]:
        """Headers with its token, which it keeps for as long as the clock stands."""
        now = self.scene.stack.clock().isoformat()
        if now not in self.got:
            self.got = {now: self.fresh()["Authorization"]}
        return {"Authorization": self.got[now]}

    def fresh(self, **form: str) -> dict[str, str]:
        """Headers with a fresh token."""
        answer = self.token(**form)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.get_json()['access_token']}"}

    def page(self, **query: Any) -> Json:
        """One page of the feed."""
        answer = self.scene.stack.get(FEED, self.headers(), query_string=query)
        assert answer.status_code == 200, answer.text
        page = answer.get_json()
        assert isinstance(page, dict)
        return page

    def follow(self, after: str = "", **query: Any) -> tuple[list[Json], str]:
        """Everything from a cursor to the present end, page after page; and the cursor to go on with."""
        items: list[Json] = []
        while True:
            page = self.page(**query, **({"after": after} if after else {}))
            items += page["items"]
            after = page["next"]
            if not page["more"]:
                return items, after


def an_integrator(scene: Scene, chapter: str, *scopes: str) -> Integrator:
    """A service account of this chapter, with all scopes where none is named."""
    wanted = list(scopes) or ["events:read", "events:replay", "webhooks:write"]
    answer = scene.stack.post(ACCOUNTS, {"name": "City dashboard", "scopes": wanted}, staff(scene, chapter))
    assert answer.status_code == 201, answer.text
    made = answer.get_json()
    return Integrator(scene, made["id"], made["key"])


def let_in(scene: Scene, chapter: str, of: Integrator, *scopes: str) -> None:
    """Another chapter's coordinator grants the account something."""
    body = {"account": of.id, "scopes": list(scopes)}
    answer = scene.stack.post(f"{ACCOUNTS}/grants", body, staff(scene, chapter))
    assert answer.status_code == 200, answer.text


def a_life(scene: Scene, chapter: str, rel: str, length: int = 4) -> list[str]:
    """A relationship's first events; their ids."""
    mentee, mentor = f"mem_a-{rel}", f"mem_b-{rel}"
    facts = [
        scene.proposed(mentee, mentor),
        scene.agreed(mentee, mentor),
        scene.met(mentee, mentor),
        scene.started(mentee, mentor),
    ][:length]
    scene.tell(chapter, rel, *facts)
    return [f"{rel}:{number}" for number in range(1, length + 1)]
