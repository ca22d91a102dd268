"""Certificates: from sessions that were held, and from nothing else (R18).

A certificate says who, in which role, how many sessions, between which days, and where; never with whom, or what was said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.sessions.domain.meetings import Session
from services.sessions.domain.pairs import Pair, of_pair
from shared.errors import Refused
from shared.events.sessions import CertificateIssued

Role = Literal["mentee", "mentor"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """`turned_round` of the `sessions_held` had the roles swapped. The name is kept sealed: when its owner is erased, nobody can read it.

    `code` is what anybody may verify it by; it cannot be guessed.
    """

    id: str
    chapter: str
    relationship: str
    member: str
    role: Role
    code: str
    sealed_contact: str
    chapter_name: str
    sessions_held: int
    turned_round: int
    first_at: datetime
    last_at: datetime
    issued_at: datetime


def issue(
    pair: Pair,
    *,
    id: str,
    code: str,
    by: str,
    now: datetime,
    held: Sequence[Session],
    sealed_contact: str,
    chapter_name: str,
) -> tuple[Certificate, CertificateIssued]:
    """A certificate of one of the two; `held` are the regular sessions that took place, introductions apart.

    `Refused` (`too_few_sessions`) where they are fewer than the pair's programme asks for (R18).
    """
    of_pair(by, pair)
    least = pair.rules.certificate_sessions
    if len(held) < least:
        raise Refused(
            "too_few_sessions",
            f"A certificate needs sessions that took place: at least {least}.",
            held=len(held),
            least=least,
        )
    if not sealed_contact:
        raise Refused("name_unknown", "Your name has not reached us yet. Try again in a moment.")
    days = sorted(
        session.held_at if session.mode == "letters" and session.held_at else session.starts_at
        for session in held
    )
    certificate = Certificate(
        id=id,
        chapter=pair.chapter,
        relationship=pair.id,
        member=by,
        role="mentee" if by == pair.mentee else "mentor",
        code=code,
        sealed_contact=sealed_contact,
        chapter_name=chapter_name,
        sessions_held=len(held),
        turned_round=sum(session.reversed_roles for session in held),
        first_at=days[0],
        last_at=days[-1],
        issued_at=now,
    )
    return certificate, CertificateIssued(pair.id, by, len(held))
