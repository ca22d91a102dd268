"""The one language that services share: every event that Cairn announces, by the service that announces it.

Importing this package declares them all; `EVENTS` maps each CloudEvents type to its class.
"""

from shared.events import matching, notifications, profiles, sessions
from shared.events.declare import EVENTS, Declared, declared, read_fact, write_fact

__all__ = [
    "EVENTS",
    "Declared",
    "declared",
    "matching",
    "notifications",
    "profiles",
    "read_fact",
    "sessions",
    "write_fact",
]
