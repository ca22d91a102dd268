"""The webhooks that the mail catcher receives: an integrator's receiver for those who have none yet.

Bounded: the last MAX_NAMES names, the last MAX_KEPT calls of each, MAX_BODY_BYTES a call. They are gone with the process.
"""

import threading
from collections import OrderedDict, deque
from typing import Any

MAX_NAMES = 100
MAX_KEPT = 500
MAX_BODY_BYTES = 64 * 1024


class CaughtHooks:
    """What was posted to each name, in order. Safe to use from many threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._calls: OrderedDict[str, deque[dict[str, Any]]] = OrderedDict()

    def keep(self, name: str, headers: dict[str, str], body: str) -> None:
        """One more call."""
        with self._turn:
            calls = self._calls.setdefault(name, deque(maxlen=MAX_KEPT))
            self._calls.move_to_end(name)
            calls.append({"headers": headers, "body": body})
            while len(self._calls) > MAX_NAMES:
                self._calls.popitem(last=False)

    def listed(self, name: str) -> list[dict[str, Any]]:
        """The calls to a name, the oldest first."""
        with self._turn:
            return list(self._calls.get(name, ()))
