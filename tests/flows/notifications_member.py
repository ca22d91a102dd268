"""Ann, who has wishes about how she is told of things, and what happens to her."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from shared.events import matching, sessions
from shared.ids import new_id
from tests.flows.notifications_scene import Receiver, Scene

V1 = "/api/notifications/v1"
SHANGHAI = ZoneInfo("Asia/Shanghai")
Answer = Any


class Member:
    """Ann of a new chapter in Shanghai, in a trial with Bob, of which everything so far was told."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.chapter = scene.a_chapter()
        self.id, self.address = scene.a_member(self.chapter, "Ann")
        self.bob, self.bobs = scene.a_member(self.chapter, "Bob", roles=("mentor",))
        self.rel = new_id("rel")
        self.tell(scene.agreed(self.id, self.bob))
        scene.quiet()
        scene.tell(self.chapter, new_id("ses"), scene.held(self.rel, self.id, self.bob))
        self.tell(scene.met(self.id, self.bob), scene.started(self.id, self.bob))
        scene.quiet()
        scene.catcher.caught.clear()

    @property
    def headers(self) -> dict[str, str]:
        return self.scene.stack.sign_in(self.id, self.chapter, "mentee")

    @property
    def staff(self) -> dict[str, str]:
        return self.scene.stack.sign_in(new_id("mem"), self.chapter, "coordinator")

    def tell(self, *facts: Any) -> None:
        self.scene.tell(self.chapter, self.rel, *facts)

    def wants(self, **settings: Any) -> dict[str, Any]:
        answer = self.asks(**settings)
        assert answer.status_code == 200, answer.text
        shown = answer.get_json()
        assert isinstance(shown, dict)
        return shown

    def asks(self, **settings: Any) -> Answer:
        return self.scene.stack.ask("PATCH", f"{V1}/me/settings", self.headers, json=settings)

    def settings(self) -> dict[str, Any]:
        return dict(self.scene.stack.get(f"{V1}/me/settings", self.headers).get_json())

    def thanked(self) -> None:
        self.scene.tell(self.chapter, new_id("kud"), sessions.KudosGiven(self.rel, self.bob, self.id))

    def agreed_a_step(self) -> None:
        step = sessions.StepAgreed(self.rel, new_id("ses"), self.id, self.bob)
        self.scene.tell(self.chapter, new_id("stp"), step)

    def paused(self) -> None:
        self.tell(matching.RelationshipPaused(self.id, self.bob, self.scene.in_days(30)))

    def planned(self, **more: Any) -> None:
        fact = self.scene.a_session(
            sessions.SessionScheduled, self.rel, self.id, self.bob, purpose="regular", **more
        )
        self.scene.tell(self.chapter, new_id("ses"), fact)

    def told(self) -> list[str]:
        self.scene.quiet()
        return self.scene.subjects(self.address)


THANKS, STEP, PAUSE, PLANNED = (
    "Bob says thank you",
    "You have agreed on a step",
    "A pause, without guilt",
    "Session with Bob",
)


def until(scene: Scene, hour: int) -> None:
    """The clock goes on until it is that hour in Shanghai."""
    there = scene.stack.clock().astimezone(SHANGHAI)
    then = there.replace(hour=hour, minute=0, second=0)
    scene.stack.clock.now += (then if then > there else then + timedelta(days=1)) - there


def chat_address(receiver: Receiver) -> str:
    return f"json://127.0.0.1:{urlsplit(receiver.url).port}/rings"
