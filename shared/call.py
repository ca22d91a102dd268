"""A call: one thing that must take effect once, wherever it came from.

An HTTP request, an event from another service, a due timer and an operator's command are the same to the store: who asks, when, and
an id that is the same every time the same thing is asked.
"""

from dataclasses import dataclass, field
from datetime import datetime

#: The chapter of calls that are about the platform and not about one chapter (an operator creating a chapter).
PLATFORM = "*"


@dataclass(frozen=True, slots=True)
class Call:
    """`id` is the once-only id; `at` the time on the passed-in clock; `chapter` the only one whose documents the call can reach.

    `asker` is a member id, or `operator`, `timer`, `event`. `fingerprint` tells a repeat from another request that
    reuses the id. `traceparent` (W3C Trace Context) ties the events that come of it to the request.
    """

    id: str
    at: datetime
    chapter: str
    asker: str
    roles: frozenset[str] = field(default_factory=frozenset)
    fingerprint: str = ""
    traceparent: str = ""
