"""How often service accounts may ask, and coordinators change something: standard headers on the answer, 429 with `Retry-After` past it."""

import threading
from collections import Counter

from flask import Response, g, request
from limits import RateLimitItemPerMinute
from werkzeug.exceptions import TooManyRequests

from shared.rates import count, window
from shared.service import Room

#: Ten a second: enough to follow a feed at any speed by long polls and pages of 500.
PER_ACCOUNT = RateLimitItemPerMinute(600)
#: What a coordinator changes about webhooks and accounts, through pages and programs together. What she reads is not counted.
PER_COORDINATOR = RateLimitItemPerMinute(600)
#: Asking for tokens: one lasts 15 minutes, and a wrong key should not be tried often.
PER_CLIENT = RateLimitItemPerMinute(60)
#: On one person's machine every account asks from one address.
PER_CLIENT_LOCALLY = RateLimitItemPerMinute(6_000)
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: How many requests of one account a process answers at once: its threads are for everybody.
MAX_UNDER_WAY = 4

_under_way: Counter[str] = Counter()
_lock = threading.Lock()


def count_account(account: str) -> None:
    """One more request of this account. `TooManyRequests` past its rate, or while enough of its requests are under way here."""
    g.counted = PER_ACCOUNT, ("account", account)
    count(PER_ACCOUNT, "account", account)
    with _lock:
        if _under_way[account] >= MAX_UNDER_WAY:
            raise TooManyRequests(
                f"At most {MAX_UNDER_WAY} requests of one account are answered at once.", retry_after=1
            )
        _under_way[account] += 1
        g.under_way = account


def count_coordinator(member: str, chapter: str) -> None:
    """One more request of this coordinator, where it changes something. `TooManyRequests` past her rate."""
    if request.method in CHANGES and "counted" not in g:
        g.counted = PER_COORDINATOR, ("coordinator", chapter, member)
        count(PER_COORDINATOR, "coordinator", chapter, member)


def let_go() -> None:
    """This request is answered, to its last byte."""
    if (account := g.pop("under_way", None)) is not None:
        with _lock:
            _under_way[account] -= 1
            if not _under_way[account]:
                del _under_way[account]


def count_token_request(room: Room, client: str) -> None:
    """One more request for a token from this network address."""
    count(PER_CLIENT_LOCALLY if room.settings.local else PER_CLIENT, "tokens", client)


def count_client(account: str) -> None:
    """One more request for a token of this account, from wherever."""
    count(PER_CLIENT, "client", account)


def tell(answer: Response) -> Response:
    """Say on the answer how much is left to whoever asked."""
    if (counted := g.pop("counted", None)) is not None:
        limit, who = counted
        answer.headers.update(window(limit, *who).headers(who[0]))
    return answer
