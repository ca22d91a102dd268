"""How often anybody may knock at the doors that need no sign-in.

Addresses are counted by a keyed hash: the counters hold no personal data.

Invariant: a refused request has changed nothing and tells nothing about the address.
"""

from flask import request
from limits import RateLimitItemPerMinute

from shared.call import PLATFORM
from shared.rates import count
from shared.service import Room

PER_ADDRESS = RateLimitItemPerMinute(30)
PER_CLIENT = RateLimitItemPerMinute(300)
#: On one person's machine every request comes from one client: pages, demo and tests together.
PER_CLIENT_LOCALLY = RateLimitItemPerMinute(6_000)


def count_client(room: Room) -> None:
    """One more anonymous request of this client. `TooManyRequests` past the limit."""
    limit = PER_CLIENT_LOCALLY if room.settings.local else PER_CLIENT
    count(limit, "client", request.remote_addr or "")


def count_address(room: Room, mail: str, chapter: str = PLATFORM) -> None:
    """One more anonymous request about this (normalised) address in a chapter, or in all of them."""
    count(PER_ADDRESS, "address", room.keys.derive("profiles/rates", chapter, mail).hex())
