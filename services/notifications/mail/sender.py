"""The chore that sends what waits: takes mails in turn, composes them as things are known now, hands them to the mail server.

Invariants:
1. A mail is marked as sent right after the server took it. A crash in between sends it again, with the same `Message-ID`.
2. While the mail server is away nothing is lost and no mail's attempts are used up.
3. Nothing of a mail reaches a log but its id, its template and a code.
"""

import contextlib
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import Counter, Gauge

from services.notifications import commands
from services.notifications.domain import mails
from services.notifications.domain.catalogue import CONFIRMATION, other_of, relationship_of
from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Chapter, Person
from services.notifications.kinds import CHAPTERS, MAILS, PEOPLE
from services.notifications.lanes import oldest_due, settle, take
from services.notifications.mail.letters import expires_at
from services.notifications.mail.message import Parties, Sender, Unsendable, compose, sender_of
from services.notifications.mail.smtp import Line, ServerAway, read_address
from shared.call import Call
from shared.errors import Unreadable
from shared.events import read_fact
from shared.ids import new_id
from shared.service import Room
from shared.telemetry import log
from shared.transaction import Tx

#: How many lines to the mail server a worker has open at once: much of the time of a mail is waiting for answers.
LINES = 4
MAILS_A_PASS = 25
#: Of one crowd, in all processes together.
MAILS_IN_HAND = 1_000
LEASE_S = 180
#: A pass ends when half of its lease is over, and gives back what it has not sent.
PASS_WITHIN_S = LEASE_S / 2

ENDED = Counter("cairn_mails_total", "Mails by what became of an attempt", ["outcome"])
OLDEST = Gauge("cairn_mail_oldest_due_seconds", "How long the oldest due mail has waited; 0 when none is due")


class _NotConfirmed(Exception):
    """The mail must not go to this address yet (R15)."""


def send_mails(room: Room) -> int:
    """Send what is due, at most `MAILS_A_PASS`; returns how many mails came to an end. 0 also while the mail server is away."""
    now = room.clock()
    taken = take(room.store, MAILS, now, slots=lambda _: MAILS_IN_HAND, lease_s=LEASE_S, most=MAILS_A_PASS)
    if not taken:
        return 0
    known = _known(room, taken)
    sender = sender_of(room.settings.mail_from, room.settings.public_url)
    deadline_s = time.monotonic() + PASS_WITHIN_S
    ended = 0
    with Line(read_address(room.settings.smtp_url), sender.host) as line:
        for place, mail in enumerate(taken):
            if time.monotonic() > deadline_s:
                _give_back(room, taken[place:])
                break
            try:
                after = _send(room, line, sender, mail, known)
            except _NotConfirmed:
                _hold(room, mail)
                continue
            except ServerAway as away:
                log().warning("mail_server_away", reason=str(away), waiting=len(taken) - place)
                ENDED.labels("server_away").inc()
                _put_off(room, taken[place:])
                break
            settle(room.store, MAILS, mail, after)
            ended += after.state != "waiting"
            outcome = "put_off" if after.state == "waiting" else after.state
            ENDED.labels(outcome).inc()
            log().info("mail", mail=mail.id, template=mail.template, outcome=outcome, reason=after.reason)
    return ended


def watch_mails(room: Room) -> int:
    """Keep the gauge of the oldest due mail; never has anything more to do."""
    now = room.clock()
    oldest = oldest_due(room.store, MAILS, now)
    OLDEST.set(0 if oldest is None else (now - oldest).total_seconds())
    return 0


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known now of those whom a pass's mails go to and tell of."""

    facts: dict[str, Any]
    people: dict[str, Person]
    chapters: dict[str, Chapter]


def _known(room: Room, taken: list[Mail]) -> _Known:
    """Read together what each mail would read for itself. A fact that nobody can read is left out."""
    facts: dict[str, Any] = {}
    for mail in taken:
        with contextlib.suppress(Unreadable):
            facts[mail.id] = read_fact(mail.event_type, mail.event.encode())
    members = {mail.recipient for mail in taken}
    members |= {other_of(facts[mail.id], mail.recipient) for mail in taken if mail.id in facts}
    reader = room.store.reader()
    people = reader.find(PEOPLE, {"_id": {"$in": list(members)}})
    chapters = reader.find(CHAPTERS, {"_id": {"$in": list({mail.chapter for mail in taken})}})
    return _Known(facts, {one.id: one for one in people}, {one.id: one for one in chapters})


def _send(room: Room, line: Line, sender: Sender, mail: Mail, known: _Known) -> Mail:
    """One attempt; the mail as it is afterwards."""
    now = room.clock()
    person = known.people.get(mail.recipient)
    if person is None or not person.mail:
        return mails.failed(mail, "address_unknown", now)
    try:
        token = _token(room, known.facts[mail.id])
    except (Unreadable, KeyError):
        return mails.failed(mail, "event_unreadable", now)
    fact = known.facts[mail.id]
    if reason := _no_longer_wanted(mail, person, fact, now):
        return mails.withheld(mail, reason, now)
    other = known.people.get(other_of(fact, mail.recipient))
    parties = Parties(person, other, known.chapters.get(mail.chapter))
    relationship = relationship_of(fact, mail.aggregate)
    try:
        message = compose(mail, parties, sender, relationship=relationship, token=token, now=now)
    except Unsendable as error:
        return mails.failed(mail, str(error), now)
    outcome = line.send(message, sender.address.addr_spec, person.mail)
    match outcome.kind:
        case "taken":
            return mails.sent(mail, now)
        case "refused":
            return mails.failed(mail, outcome.reason, now)
        case "again":
            return mails.put_off(mail, outcome.reason, now)


def _token(room: Room, fact: Any) -> str:
    """The secret of the link that the mail carries; empty where it carries none."""
    if not hasattr(fact, "sealed_link"):
        return ""
    link = room.unseal(fact.sealed_link)
    if link is None:
        raise Unreadable("the person was erased")
    return str(link["token"])


def _no_longer_wanted(mail: Mail, person: Person, fact: object, now: datetime) -> str:
    """Why the mail is of no use any more; empty where it is."""
    expires = expires_at(fact)
    if expires is not None and expires <= now:
        return "link_expired"
    if mail.template == CONFIRMATION:
        return "already_confirmed" if person.reachable else ""
    if not person.reachable:
        raise _NotConfirmed
    return ""


def _hold(room: Room, mail: Mail) -> None:
    """Her address has changed since the mail was made: it waits for the confirmation of the new one."""
    call = Call(id=new_id("call"), at=room.clock(), chapter=mail.chapter, asker="sender")

    def work(tx: Tx) -> None:
        tx.begin(call)
        commands.hold_for_confirmation(tx, mail)

    room.store.transact(work)


def _give_back(room: Room, unsent: list[Mail]) -> None:
    for mail in unsent:
        settle(room.store, MAILS, mail, mails.let_go(mail))


def _put_off(room: Room, unsent: list[Mail]) -> None:
    now = room.clock()
    for mail in unsent:
        settle(room.store, MAILS, mail, mails.server_away(mail, now))
