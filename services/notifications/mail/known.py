"""What is known now of those whom a pass's mails go to and tell of, read together instead of mail by mail."""

import contextlib
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from services.notifications.domain.catalogue import DIGEST, other_of, relationship_of
from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Chapter, Person
from services.notifications.domain.preferences import ESSENTIAL, category_of
from services.notifications.domain.webhooks import Webhook
from services.notifications.kinds import ACCOUNTS, CHAPTERS, MAILS, PEOPLE, WEBHOOKS
from services.notifications.mail.letter import Receiver
from services.notifications.mail.message import Parties, Written, write, write_digest
from shared.errors import Unreadable
from shared.events import read_fact
from shared.service import Room


@dataclass(frozen=True, slots=True)
class Known:
    """By the ids of mails (of digests' parts too), members, chapters and webhooks. A fact that nobody can read is left out."""

    facts: dict[str, Any]
    parts: dict[str, Mail]
    people: dict[str, Person]
    chapters: dict[str, Chapter]
    receivers: dict[str, Receiver]

    def written(self, mail: Mail, public_url: str, token: str) -> Written:
        """The mail's letter; `Unreadable` where nobody can read what it tells of."""
        if mail.template != DIGEST:
            return self._one(mail, public_url, token)
        parts = [self._one(self.parts[id], public_url, "") for id in mail.parts if id in self.parts]
        if not parts:
            raise Unreadable("nothing is left of the digest")
        return write_digest(parts, self._parties(mail), public_url)

    def categories(self, mail: Mail) -> tuple[str, ...]:
        """Which categories the mail tells of, without those that are essential."""
        templates = [self.parts[id].template for id in mail.parts if id in self.parts] or [mail.template]
        found = {category_of(template) for template in templates}
        return tuple(sorted(found - ESSENTIAL))

    def _one(self, mail: Mail, public_url: str, token: str) -> Written:
        if mail.id not in self.facts:
            raise Unreadable("the mail's event cannot be read")
        relationship = relationship_of(self.facts[mail.id], mail.aggregate)
        parties = self._parties(mail)
        if isinstance(webhook := getattr(self.facts[mail.id], "webhook", None), str):
            parties = replace(parties, receiver=self.receivers.get(webhook))
        return write(mail, parties, public_url, relationship=relationship, token=token)

    def _parties(self, mail: Mail) -> Parties:
        other = other_of(self.facts[mail.id], mail.recipient) if mail.id in self.facts else ""
        return Parties(self.people[mail.recipient], self.people.get(other), self.chapters.get(mail.chapter))


def known_of(room: Room, taken: list[Mail]) -> Known:
    """Read together what each of these mails would read for itself."""
    reader = room.store.reader()
    inside = [id for mail in taken for id in mail.parts]
    parts = {one.id: one for one in reader.find(MAILS, {"_id": {"$in": inside}})} if inside else {}
    facts: dict[str, Any] = {}
    for mail in (*taken, *parts.values()):
        with contextlib.suppress(Unreadable):
            facts[mail.id] = read_fact(mail.event_type, mail.event.encode())
    members = {mail.recipient for mail in taken}
    for mail in (*taken, *parts.values()):
        if mail.id in facts:
            members.add(other_of(facts[mail.id], mail.recipient))
    people = reader.find(PEOPLE, {"_id": {"$in": list(members)}})
    chapters = reader.find(CHAPTERS, {"_id": {"$in": list({mail.chapter for mail in taken})}})
    return Known(
        facts,
        parts,
        {one.id: one for one in people},
        {one.id: one for one in chapters},
        _receivers(room, facts),
    )


def _receivers(room: Room, facts: dict[str, Any]) -> dict[str, Receiver]:
    """The webhooks that these facts tell of. One that was removed meanwhile is left out."""
    ids = {fact.webhook for fact in facts.values() if hasattr(fact, "webhook")}
    if not ids:
        return {}
    reader = room.store.reader()
    found: list[Webhook] = reader.find(WEBHOOKS, {"_id": {"$in": list(ids)}})
    owners = reader.find(ACCOUNTS, {"_id": {"$in": [webhook.owner for webhook in found]}})
    names = {account.id: account.name for account in owners}
    return {
        one.id: Receiver(urlsplit(one.url).hostname or "", names.get(one.owner, ""), one.failing_since)
        for one in found
    }
