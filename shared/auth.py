"""Who asks: short-lived signed tokens (JWT, Ed25519), issued by profiles, checked by every service on its own.

Invariants:
1. Chapter and roles come from the token only; nothing in a request's path, query or body can widen them.
2. The algorithm is pinned, and expiry, issuer and audience are checked: a decoded token alone proves nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey, OKPKey
from joserfc.jwt import ClaimsOption

from shared.errors import Refused

ALGORITHM = "Ed25519"
ISSUER = "cairn/profiles"
AUDIENCE = "cairn"
TOKEN_FOR = timedelta(minutes=15)
#: How far two machines' clocks may differ.
LEEWAY_S = 30

MENTEE, MENTOR, COORDINATOR = "mentee", "mentor", "coordinator"


@dataclass(frozen=True, slots=True)
class Asker:
    """The signed-in member: her id, the chapter that she is signed in to, her roles there."""

    member: str
    chapter: str
    roles: frozenset[str]


def issue_token(asker: Asker, key: OKPKey, now: datetime) -> str:
    """A bearer token for `TOKEN_FOR`."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": asker.member,
        "chapter": asker.chapter,
        "roles": sorted(asker.roles),
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_FOR).timestamp()),
    }
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def checked_claims(
    text: str,
    keys: KeySet | OctKey,
    *,
    algorithm: str,
    issuer: str,
    audience: str,
    essential: str,
    now: datetime,
    leeway_s: int,
) -> dict[str, Any]:
    """What a token claims, where it is signed so, of this issuer for this audience, not expired, and names a subject and `essential`.

    `Refused` 401 otherwise.
    """
    must: ClaimsOption = {"essential": True}
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=leeway_s,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        **dict.fromkeys(("sub", "exp", essential), must),
    )
    try:
        token = jwt.decode(text, keys, algorithms=[algorithm])
        registry.validate(token.claims)
    except (JoseError, ValueError) as error:
        raise Refused(
            "sign_in_invalid", "The token or sign-in is not valid, or has expired. Sign in again.", status=401
        ) from error
    return token.claims


def read_token(text: str, keys: KeySet, now: datetime) -> Asker:
    """Who the token speaks for. `Refused` 401 where it is not ours, was changed, or has expired."""
    claims = checked_claims(
        text,
        keys,
        algorithm=ALGORITHM,
        issuer=ISSUER,
        audience=AUDIENCE,
        essential="chapter",
        now=now,
        leeway_s=LEEWAY_S,
    )
    if not isinstance(
        claims.get("roles"), list
    ):  # an empty list is a member without a role, which joserfc would call missing
        raise Refused("sign_in_invalid", "The sign-in says nothing of roles. Sign in again.", status=401)
    return Asker(str(claims["sub"]), str(claims["chapter"]), frozenset(map(str, claims["roles"])))
