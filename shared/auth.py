"""Who asks: short-lived signed tokens (JWT, Ed25519), issued by profiles, checked by every service on its own.

Invariants:
1. Chapter and roles come from the token only; nothing in a request's path, query or body can widen them.
2. The algorithm is pinned, and expiry, issuer and audience are checked: a decoded token alone proves nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

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


def read_token(text: str, keys: KeySet, now: datetime) -> Asker:
    """Who the token speaks for. `Refused` 401 where it is not ours, was changed, or has expired."""
    moment = int(now.timestamp())
    registry = jwt.JWTClaimsRegistry(
        now=moment,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        exp={"essential": True},
        chapter={"essential": True},
    )
    try:
        token = jwt.decode(text, keys, algorithms=[ALGORITHM])
        registry.validate(token.claims)
    except (JoseError, ValueError) as error:
        raise Refused(
            "sign_in_invalid", "The sign-in is not valid or has expired. Sign in again.", status=401
        ) from error
    claims = token.claims
    if not isinstance(
        claims.get("roles"), list
    ):  # an empty list is a member without a role, which joserfc would call missing
        raise Refused("sign_in_invalid", "The sign-in says nothing of roles. Sign in again.", status=401)
    return Asker(str(claims["sub"]), str(claims["chapter"]), frozenset(map(str, claims["roles"])))
