"""How often a service account may ask: standard headers on every answer, 429 with `Retry-After` past the limit."""

from flask import Response, g
from limits import RateLimitItemPerMinute

from shared.rates import count, window
from shared.service import Room

#: Ten a second: enough to follow a feed at any speed by long polls and pages of 500.
PER_ACCOUNT = RateLimitItemPerMinute(600)
#: Asking for tokens: one lasts 15 minutes, and a wrong key should not be tried often.
PER_CLIENT = RateLimitItemPerMinute(60)
#: On one person's machine every account asks from one address.
PER_CLIENT_LOCALLY = RateLimitItemPerMinute(6_000)
POLICY = "account"


def count_account(account: str) -> None:
    """One more request of this account. `TooManyRequests` past the limit."""
    g.counted = account
    count(PER_ACCOUNT, "account", account)


def count_token_request(room: Room, client: str) -> None:
    """One more request for a token from this network address."""
    count(PER_CLIENT_LOCALLY if room.settings.local else PER_CLIENT, "tokens", client)


def tell(answer: Response) -> Response:
    """Say on the answer how much is left to the account that asked."""
    if (account := g.pop("counted", None)) is not None:
        answer.headers.update(window(PER_ACCOUNT, "account", account).headers(POLICY))
    return answer
