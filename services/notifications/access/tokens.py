"""Tokens of service accounts: short-lived, signed, and worth no more than the key that they were given for.

Invariant: they are of another kind than members' (`shared.auth`): no other service accepts them, and no member's token is one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.jwk import OctKey

from services.notifications.domain.accounts import SCOPES, Scope
from shared.auth import checked_claims
from shared.keys import Keys

PREFIX = "cairn_at_"
ALGORITHM = "HS256"
ISSUER = "cairn/notifications"
AUDIENCE = "cairn/integrators"
TOKEN_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a token says: for which account, by which of its keys, with which scopes."""

    account: str
    key: str
    scopes: frozenset[Scope]


def issue(claimed: Claimed, keys: Keys, now: datetime) -> str:
    """A bearer token for `TOKEN_FOR`."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": claimed.account,
        "key": claimed.key,
        "scope": " ".join(sorted(claimed.scopes)),
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_FOR).timestamp()),
    }
    return PREFIX + jwt.encode({"alg": ALGORITHM}, claims, _key(keys), algorithms=[ALGORITHM])


def read(token: str, keys: Keys, now: datetime) -> Claimed:
    """What a token with our prefix says. `Refused` 401 where it is not ours, was changed, or has expired."""
    claims = checked_claims(
        token.removeprefix(PREFIX),
        _key(keys),
        algorithm=ALGORITHM,
        issuer=ISSUER,
        audience=AUDIENCE,
        essential="key",
        now=now,
        leeway_s=0,
    )
    said = str(claims.get("scope", "")).split()
    return Claimed(str(claims["sub"]), str(claims["key"]), frozenset(one for one in SCOPES if one in said))


def _key(keys: Keys) -> OctKey:
    return OctKey.import_key(keys.derive("integrators-token"))
