"""Who plays the lives that integrators ask for over HTTP: a process of the operator's, since it speaks for invented people.

Invariants:
1. It has a sandbox to itself while it plays there, by a lease on the server's clock: two lives never move one sandbox's clock at once, a
   second player plays nothing twice, and one that dies lets go by itself.
2. It looks whether it may go on before each request of a life, and stops there where it is asked to end.
3. A life whose player ended is begun anew while it has no relationship yet; from then on it has failed (`interrupted`).
"""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import urllib3
from pymongo.errors import PyMongoError
from werkzeug.serving import make_server

from operate.sandbox.life import MATCHING, PROFILES, SESSIONS, NotPlayed, play_life
from operate.sandbox.people import REQUEST_WITHIN_S, Sandbox
from services.notifications.domain.lives import Life
from services.notifications.sandbox import commands
from services.runtime import health_app, open_rooms
from shared.auth import Asker
from shared.errors import Refused, Transient
from shared.ids import new_id
from shared.service import Room
from shared.settings import Settings
from shared.telemetry import log, start_logs

#: Longer than any request and wait between two looks at the lease.
LEASE_S = 60
RENEWED_EVERY_S = 10.0
LOOK_EVERY_S = 0.5
#: How long it waits while the database or an API does not answer.
AWAY_S = 2.0


class Ended(Exception):
    """The player is asked to end."""


class Lost(Exception):
    """The sandbox is another player's, or the life is gone."""


@dataclass(slots=True)
class Player:
    """`room` is that of notifications, whose lives it plays; `sandbox` opens a sandbox by its chapter."""

    room: Room
    sandbox: Callable[[str], Sandbox]
    name: str = field(default_factory=lambda: new_id("player"))
    ending: threading.Event = field(default_factory=threading.Event)

    def step(self) -> int:
        """Play the oldest life whose sandbox is free; 0 where there was none. `Transient` while an API does not answer."""
        elsewhere: set[str] = set()
        for life in commands.open_lives(self.room.store):
            if self.ending.is_set():
                break
            if life.chapter in elsewhere:
                continue
            if not self._hold(life.chapter):
                elsewhere.add(life.chapter)
                continue
            try:
                if self._play_if_there(life):
                    return 1
            finally:
                self.room.store.drop_lease(commands.lease_of(life.chapter), self.name)
        return 0

    def _hold(self, chapter: str) -> bool:
        return self.room.store.hold_lease(commands.lease_of(chapter), self.name, LEASE_S)

    def _play_if_there(self, asked: Life) -> bool:
        here = self.sandbox(asked.chapter)
        _answers(here)
        life = commands.take(self.room.store, asked.id, self.name, self.room.clock())
        if life is not None:
            self._play(here, life)
        return life is not None

    def _play(self, here: Sandbox, life: Life) -> None:
        store, clock = self.room.store, self.room.clock
        say = log().bind(life=life.id, story=life.story, chapter=life.chapter)
        say.info("life_begun", tries=life.tries)
        held_s = time.monotonic()

        def go_on() -> None:
            nonlocal held_s
            if self.ending.is_set():
                raise Ended
            if time.monotonic() - held_s > RENEWED_EVERY_S:
                held_s = time.monotonic()
                if not self._hold(life.chapter):
                    raise Lost

        def tell(step: str, relationship: str) -> None:
            if commands.go_on(store, life, relationship=relationship, step=step, now=clock()) is None:
                raise Lost

        try:
            relationship = play_life(here, life.story, tell, go_on=go_on)
        except Lost:
            say.warning("life_lost")
        except (Ended, urllib3.exceptions.HTTPError) as error:
            commands.leave(store, life, clock())
            say.warning("life_interrupted", reason=type(error).__name__)
        except (NotPlayed, Refused) as problem:
            commands.fail(store, life, "step_failed", str(problem), clock())
            say.warning("life_failed", reason=str(problem)[:300])
        else:
            commands.end(store, life, clock())
            say.info("life_played", relationship=relationship)


def _answers(here: Sandbox) -> None:
    """`Transient` where an API that a life needs does not answer yet: nothing is begun then."""
    nobody = Asker("mem_nobody", here.chapter, frozenset())
    for api in (PROFILES, MATCHING, SESSIONS):
        try:
            status = here.ask("GET", f"{api}/me", nobody).status
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise Transient(f"{api} does not answer: {type(error).__name__}") from error
        if status >= 500:
            raise Transient(f"{api} answers {status}")


def serve(settings: Settings) -> None:
    """Play what is asked for until SIGTERM or SIGINT; a life that is under way then is let go."""
    start_logs("sandbox")
    rooms = open_rooms(settings, ["profiles", "notifications"])
    http = urllib3.PoolManager(timeout=REQUEST_WITHIN_S, retries=False)
    player = Player(rooms["notifications"], lambda of: Sandbox(of, rooms["profiles"], settings, http))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: player.ending.set())
    server = _health(settings, rooms["notifications"])
    log().info("player_started", player=player.name)
    wait_s = 0.0
    while not player.ending.wait(wait_s):
        try:
            wait_s = 0.0 if player.step() else LOOK_EVERY_S
        except (Transient, PyMongoError) as error:
            log().warning("waiting", reason=str(error)[:300])
            wait_s = AWAY_S
    if server is not None:
        server.shutdown()
    log().info("player_stopped")
    rooms["profiles"].store.client.close()


def _health(settings: Settings, room: Room) -> Any:
    if not settings.health_port:
        return None
    host = "127.0.0.1" if settings.local else "0.0.0.0"  # noqa: S104 - inside a container, for its own probes
    server = make_server(host, settings.health_port, health_app(room.store.ping), threaded=True)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
