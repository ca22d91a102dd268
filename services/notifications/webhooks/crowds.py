"""What a process has in hand of each webhook's deliveries, and how much more of them it wants."""

import time
from collections import deque
from dataclasses import dataclass, field

from services.notifications.domain.deliveries import AGAIN, Delivery, webhook_of
from services.notifications.domain.webhooks import Webhook
from services.notifications.kinds import WEBHOOKS
from shared.service import Room

#: How many deliveries of a webhook may be on their way; and while it fails, or takes longer than `SLOW_MS` although it succeeds.
IN_FLIGHT = 4
IN_FLIGHT_FAILING = 1
SLOW_MS = 5_000
#: Of what is sent again: fewer, beside those.
IN_FLIGHT_AGAIN = 2
#: The most rows that a process holds of one crowd.
AHEAD = 256
#: For how long what was read may be sent: afterwards it is read again, since the event may have been erased, or the hold lost.
FRESH_FOR_S = 1.0
#: By how much more is taken ahead after each quick answer, and for how long that is remembered where nothing is due.
AHEAD_STEP = 4
REMEMBERED_FOR_S = 30.0


@dataclass
class Crowd:
    """What this process holds of one webhook's live deliveries, or of those that are sent again."""

    webhook: Webhook | None = None
    #: With the moment when each was read.
    queue: deque[tuple[Delivery, float]] = field(default_factory=deque)
    running: int = 0
    #: Taken and not yet settled: waiting here, on their way, or about to be written.
    held: int = 0
    ahead: int = 1
    most: int = IN_FLIGHT
    #: How often it turned out to be slow or failing; when something of it was last due.
    upsets: int = 0
    slow: bool = False
    due_at_s: float = 0.0
    #: Until when this process has it to itself, on the monotonic clock.
    held_until_s: float = 0.0

    def is_stale(self, now_s: float) -> bool:
        """Whether what it has in its queue was read too long ago to be sent as it was."""
        return bool(self.queue) and self.queue[0][1] < now_s - FRESH_FOR_S

    def went_well(self, took_ms: int) -> None:
        """A quick answer: a little more is taken ahead from now on, but no more than can be sent while it is fresh."""
        in_time = int(self.most * FRESH_FOR_S * 1000 / max(took_ms, 1))
        self.ahead = max(1, min(AHEAD, in_time, max(self.ahead, self.most) + AHEAD_STEP))


class Slots:
    """How many further deliveries of a crowd this process wants, by how its webhook stands now. Webhooks are read once a pass."""

    def __init__(self, room: Room, crowds: dict[str, Crowd]) -> None:
        self._reader = room.store.reader()
        self._crowds = crowds
        before_s = time.monotonic() - REMEMBERED_FOR_S
        for name in [
            name
            for name, crowd in crowds.items()
            if not crowd.held + crowd.running and crowd.due_at_s < before_s
        ]:
            del crowds[name]
        #: As they stood before the webhooks were read: what is taken for those that were upset meanwhile is given back.
        self.upsets = {name: crowd.upsets for name, crowd in crowds.items()}
        known = list({webhook_of(name) for name in crowds})
        found = self._reader.find(WEBHOOKS, {"_id": {"$in": known}}, limit=len(known)) if known else []
        self._webhooks: dict[str, Webhook | None] = {**dict.fromkeys(known), **{one.id: one for one in found}}

    def __call__(self, name: str) -> int:
        id = webhook_of(name)
        if id not in self._webhooks:
            self._webhooks[id] = self._reader.load(WEBHOOKS, id)
        crowd = self._crowds.setdefault(name, Crowd())
        crowd.webhook = webhook = self._webhooks[id]
        crowd.due_at_s = time.monotonic()
        failing = webhook is not None and webhook.failing_since is not None
        most = IN_FLIGHT_AGAIN if name.endswith(AGAIN) else IN_FLIGHT
        crowd.most = IN_FLIGHT_FAILING if failing or crowd.slow else most
        wanted = crowd.most if failing or crowd.slow else max(crowd.ahead, crowd.most)
        # By halves, so that a pass has something to take.
        return wanted - crowd.held if crowd.held <= wanted // 2 else crowd.most - crowd.held
