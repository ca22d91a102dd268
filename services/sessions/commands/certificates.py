"""Issue a certificate; the same sessions give the same one."""

from typing import Any

from services.sessions.domain import certificates
from services.sessions.domain.pairs import of_pair
from services.sessions.kinds import CERTIFICATES, CHAPTERS, PAIRS, PEOPLE, SESSIONS
from shared.ids import derived_id
from shared.transaction import Reader, Tx


def id_for(reader: Reader, relationship: str, member: str) -> str:
    """The id of the certificate that her held sessions make now."""
    held = {"relationship": relationship, "state": "held", "purpose": "regular"}
    return derived_id("crt", relationship, member, str(reader.count(SESSIONS, held)))


def issue(tx: Tx, relationship: str, *, id: str, code: str) -> dict[str, Any]:
    """The asker's certificate over all sessions of the pair that took place so far."""
    pair = tx.get(PAIRS, relationship)
    of_pair(tx.call.asker, pair)
    if tx.load(CERTIFICATES, id) is not None:
        return {"id": id}
    person, chapter = tx.load(PEOPLE, tx.call.asker), tx.load(CHAPTERS, pair.chapter)
    certificate, fact = certificates.issue(
        pair,
        id=id,
        code=code,
        by=tx.call.asker,
        now=tx.call.at,
        held=tx.find(SESSIONS, {"relationship": relationship, "state": "held", "purpose": "regular"}),
        sealed_contact=person.sealed_contact if person else "",
        chapter_name=chapter.name if chapter else "",
    )
    tx.save(CERTIFICATES, certificate, fact)
    return {"id": id}
