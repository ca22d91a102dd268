"""The chore that sends what waits: takes mails in turn, writes them as things are known now, hands them to the mail server or a chat.

Invariants:
1. A mail is marked as sent right after the server took it. A crash in between sends it again, with the same `Message-ID`.
2. While the mail server is away nothing is lost and no mail's attempts are used up.
3. Nothing of a mail reaches a log but its id, its template and a code.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from prometheus_client import Counter, Gauge

from services.notifications import chat, commands, turns, wishes
from services.notifications.domain import mails
from services.notifications.domain.catalogue import CONFIRMATION, SIGN_IN, TO_COORDINATORS, lane_of
from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Chapter, Person, clock_of
from services.notifications.domain.preferences import Channel, channel_of, quiet_until
from services.notifications.kinds import MAILS
from services.notifications.lanes import oldest_due, settle
from services.notifications.mail.known import Known, known_of
from services.notifications.mail.leases import take
from services.notifications.mail.letters import expires_at
from services.notifications.mail.message import Sender, Unsendable, chat_text, compose, sender_of
from services.notifications.mail.smtp import Line, ServerAway, read_address
from services.notifications.unsubscribing import Unsubscription, address_of
from shared.call import Call
from shared.errors import Unreadable
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


class _LaterOrNever(Exception):
    """The mail does not go out now, and more than its row has to change for it: `carry_out` changes it."""

    def __init__(self, outcome: str, carry_out: Callable[[Tx, Mail], None]) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.carry_out = carry_out


def send_mails(room: Room) -> int:
    """Send what is due, at most `MAILS_A_PASS`; returns how many mails came to an end, or to another channel's lane, where the next pass
    finds them. 0 also while the mail server is away.
    """
    now = room.clock()
    taken = take(room.store, MAILS, now, slots=MAILS_IN_HAND, lease_s=LEASE_S, most=MAILS_A_PASS)
    if not taken:
        return 0
    known = known_of(room, taken)
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
            except ServerAway as away:
                log().warning("mail_server_away", reason=str(away), waiting=len(taken) - place)
                ENDED.labels("server_away").inc()
                _put_off(room, taken[place:])
                break
            except _LaterOrNever as instead:
                _transact(room, mail, instead.carry_out)
                ENDED.labels(instead.outcome).inc()
                log().info("mail", mail=mail.id, template=mail.template, outcome=instead.outcome)
                continue
            settle(room.store, MAILS, mail, after, by="holder")
            moved = after.lane != mail.lane
            ended += moved or after.state != "waiting"
            outcome = "moved" if moved else "put_off" if after.state == "waiting" else after.state
            ENDED.labels(outcome).inc()
            log().info("mail", mail=mail.id, template=mail.template, outcome=outcome, reason=after.reason)
    return ended


def watch_mails(room: Room) -> int:
    """Keep the gauge of the oldest due mail; never has anything more to do."""
    now = room.clock()
    oldest = oldest_due(room.store, MAILS, now)
    OLDEST.set(0 if oldest is None else (now - oldest).total_seconds())
    return 0


def _send(room: Room, line: Line, sender: Sender, mail: Mail, known: Known) -> Mail:
    """One attempt; the mail as it is afterwards."""
    now = room.clock()
    person = known.people.get(mail.recipient)
    if person is None or not person.mail:
        return mails.failed(mail, "address_unknown", now)
    try:
        token = _token(room, known.facts.get(mail.id))
        if reason := _no_longer_wanted(mail, person, known.facts.get(mail.id), now):
            return mails.withheld(mail, reason, now)
        written = known.written(mail, sender.public_url, token)
    except (Unreadable, KeyError):
        return mails.failed(mail, "event_unreadable", now)
    channel = _channel(mail, person)
    if mail.lane != lane_of(mail.recipient, mail.template, channel):
        return mails.let_go(mails.routed(mail, channel))  # its turn comes among what goes there
    _let_rest(mail, person, channel, known.chapters.get(mail.chapter), now)
    if channel == "chat" and (address := room.vault.show(person.preferences.chat)):
        outcome = chat.send(address, *chat_text(written))
    else:
        try:
            unsubscribe = _unsubscribe(room, mail, known.categories(mail))
            message = compose(mail, written, person.mail, sender, now=now, unsubscribe=unsubscribe)
        except Unsendable as error:
            return mails.failed(mail, str(error), now)
        outcome = line.send(message, sender.address.addr_spec, person.mail)
    match outcome.kind:
        case "taken":
            if channel == "mail" and person.bouncing:
                _transact(room, mail, lambda tx, _: wishes.works_again(tx, person.id, person.mail))
            return mails.sent(mail, now)
        case "refused":
            return mails.failed(mail, outcome.reason, now)
        case "bounced":
            raise _LaterOrNever(
                "bounced", lambda tx, mail: wishes.bounce(tx, mail, person.mail, outcome.reason)
            )
        case "again":
            return mails.put_off(mail, outcome.reason, now)


def _channel(mail: Mail, person: Person) -> Channel:
    """Where it goes now: what a chat did not take, by mail in the end."""
    channel = channel_of(person.preferences, mail.template)
    return "mail" if channel == "chat" and mail.attempts >= mails.CHAT_ATTEMPTS else channel


def _let_rest(mail: Mail, person: Person, channel: Channel, chapter: Chapter | None, now: datetime) -> None:
    """Raises `_LaterOrNever` in quiet hours. Links that somebody asked for, and what was hurried, do not wait."""
    if mail.hurried or mail.template in (CONFIRMATION, SIGN_IN):
        return
    until = quiet_until(person.preferences.quiet, channel, clock_of(person, chapter), now)
    if until is not None:
        raise _LaterOrNever("resting", lambda tx, mail: turns.rest(tx, mail, until))


def _unsubscribe(room: Room, mail: Mail, categories: tuple[str, ...]) -> str:
    """The address that switches this kind of mail off; empty for what is essential."""
    if not categories:
        return ""
    asked = Unsubscription(mail.recipient, mail.chapter, categories)
    return address_of(asked, room.settings.public_url, room.keys)


def _token(room: Room, fact: Any) -> str:
    """The secret of the link that the mail carries; empty where it carries none. `Unreadable` where its key was erased."""
    if not hasattr(fact, "sealed_link"):
        return ""
    link = room.unseal(fact.sealed_link)
    if not link:
        raise Unreadable("the link's key was erased")
    return str(link["token"])


def _no_longer_wanted(mail: Mail, person: Person, fact: object, now: datetime) -> str:
    """Why the mail is of no use any more; empty where it is. Raises `_LaterOrNever` where it must not go to this address yet (R15)."""
    expires = expires_at(fact)
    if expires is not None and expires <= now:
        return "link_expired"
    if channel_of(person.preferences, mail.template) == "off":
        return "switched_off"
    if mail.template in TO_COORDINATORS and "coordinator" not in person.roles:
        return "not_coordinator"
    if mail.template == CONFIRMATION:
        return "already_confirmed" if person.confirmed else ""
    if not (person.confirmed if mail.template == SIGN_IN else person.reachable):
        raise _LaterOrNever("held", commands.hold_for_confirmation)
    return ""


def _transact(room: Room, mail: Mail, work: Callable[[Tx, Mail], None]) -> None:
    """A change that an attempt brought with it, beside the row of the mail itself."""
    call = Call(id=new_id("call"), at=room.clock(), chapter=mail.chapter, asker="sender")

    def change(tx: Tx) -> None:
        tx.begin(call)
        work(tx, mail)

    room.store.transact(change)


def _give_back(room: Room, unsent: list[Mail]) -> None:
    for mail in unsent:
        settle(room.store, MAILS, mail, mails.let_go(mail), by="holder")


def _put_off(room: Room, unsent: list[Mail]) -> None:
    now = room.clock()
    for mail in unsent:
        settle(room.store, MAILS, mail, mails.server_away(mail, now), by="holder")
