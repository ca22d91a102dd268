"""When a mail's turn comes: at once, with the next digest, or before the end of quiet hours because it cannot wait.

Invariants:
1. What was gathered for a digest goes out before any mail that follows in the same relationship: the digest goes early then.
2. A session that begins before the quiet hours end is told of at once, and what stands before it on its channel goes with it.
3. A digest of one is that mail itself.
"""

from dataclasses import replace
from datetime import datetime

from services.notifications.domain import mails, people, preferences
from services.notifications.domain.catalogue import lane_of
from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Person
from services.notifications.kinds import CHAPTERS, MAILS, PEOPLE
from shared.errors import Unreadable
from shared.events import read_fact
from shared.transaction import Tx

PATIENCE = "mail_patience"
DIGEST_DUE = "digest"
MAX_PARTS = 30
#: How many mails are hurried along with one that cannot wait.
MAX_HURRIED = 100
#: How many waiting mails change their channel together with a person's wishes.
MAX_MOVED = 100


def let_out(tx: Tx, mail: Mail) -> None:
    """The mail waits for nothing any more: it takes its turn, unless it is not wanted, or wanted with the next digest."""
    person = tx.load(PEOPLE, mail.recipient) or Person(mail.recipient, mail.chapter)
    wishes = person.preferences
    channel = preferences.channel_of(wishes, mail.template)
    if channel == "off":
        tx.save(MAILS, mails.withheld(mail, "switched_off", tx.call.at))
        return
    mail = mails.routed(mail, channel)
    if preferences.digested(wishes, mail.template):
        tx.save(MAILS, mails.gathered(mail))
        _expect_digest(tx, person)
        return
    if (
        channel == "mail"
        and person.gathered
        and mail.relationship
        and _gathered(tx, mail.recipient, 1, mail.relationship)
    ):
        send_digest(tx, mail.recipient)
    if _cannot_wait(tx, person, mail):
        mail = _hurry(tx, mail)
    tx.save(MAILS, mail)


def send_digest(tx: Tx, member: str) -> None:
    """Everything that was gathered for her goes out now, as one mail."""
    person = tx.load(PEOPLE, member)
    if person is None or not person.gathered:
        return
    parts = _gathered(tx, member, MAX_PARTS)
    if len(parts) == 1:
        tx.save(MAILS, mails.released(parts[0], tx.call.at))
    elif parts:
        tx.save(MAILS, mails.digest_of(parts, tx.call.at))
        for part in parts:
            tx.save(MAILS, mails.digested(part, tx.call.at))
    if len(parts) == MAX_PARTS:
        tx.set_timer(digest_id(member), DIGEST_DUE, member, tx.call.at)
        return
    tx.save(PEOPLE, replace(person, gathered=False))
    tx.clear_timer(digest_id(member))


def hold(tx: Tx, mail: Mail) -> None:
    """The mail gives its turn back until its recipient has an address that is confirmed and works."""
    held = mails.held(mail, f"{mail.recipient}:confirmed")
    tx.save(MAILS, held)
    await_word_of(tx, mail.recipient)
    set_patience(tx, held)


def await_word_of(tx: Tx, member: str) -> None:
    """A mail waits for what becomes known of her. She is saved even where others wait already, so that whoever learns of it at this very
    moment collides with us and looks again: the one would not see the mail, and the other not that it need not wait.
    """
    person = tx.load(PEOPLE, member) or Person(member, tx.call.chapter)
    tx.save(PEOPLE, replace(person, awaited=True))


def set_patience(tx: Tx, mail: Mail) -> None:
    """Until when a held mail waits."""
    tx.set_timer(patience_id(mail), PATIENCE, mail.id, mails.patience_ends(mail, tx.call.at))


def patience_id(mail: Mail) -> str:
    """The timer of a held mail."""
    return f"{PATIENCE}:{mail.id}"


def rest(tx: Tx, taken: Mail, until: datetime) -> None:
    """A mail whose turn came in its recipient's quiet hours gives it back until they are over, unless it was hurried meanwhile."""
    mail = tx.load(MAILS, taken.id)
    if mail is None or mail.state != "waiting" or mail.holder != taken.holder:
        return
    tx.save(MAILS, mails.let_go(mail) if mail.hurried else mails.resting(mail, until))


def follow_wishes(tx: Tx, person: Person) -> None:
    """Her wishes changed: what waits goes where she wants it now, and what was gathered goes out or is dropped accordingly."""
    _route_anew(tx, person)
    _sift(tx, person)


def _route_anew(tx: Tx, person: Person) -> None:
    """What somebody has in hand just now, or stands beyond the limit, is moved when its turn comes."""
    lanes = [lane_of(person.id, "", channel) for channel in ("mail", "chat")]
    where = {"state": "waiting", "lane": {"$in": lanes}, "holder": ""}
    for mail in tx.find(MAILS, where, sort=[("order", 1)], limit=MAX_MOVED):
        channel = preferences.channel_of(person.preferences, mail.template)
        moved = mails.routed(mail, channel)
        if channel != "off" and moved.lane != mail.lane and mail.attempts == 0:
            tx.save(MAILS, replace(moved, due_at=tx.call.at))


def _sift(tx: Tx, person: Person) -> None:
    for part in _gathered(tx, person.id, MAX_PARTS) if person.gathered else ():
        if preferences.channel_of(person.preferences, part.template) == "off":
            tx.save(MAILS, mails.withheld(part, "switched_off", tx.call.at))
    if not person.gathered:
        return
    if person.preferences.digest == "off":
        send_digest(tx, person.id)
    else:
        _set_digest(tx, person)


def _expect_digest(tx: Tx, person: Person) -> None:
    if not person.gathered:
        tx.save(PEOPLE, replace(person, gathered=True))
        _set_digest(tx, person)


def _set_digest(tx: Tx, person: Person) -> None:
    clock = people.clock_of(person, tx.load(CHAPTERS, person.chapter))
    due = preferences.next_digest(person.preferences, clock, tx.call.at)
    tx.set_timer(digest_id(person.id), DIGEST_DUE, person.id, due)


def _gathered(tx: Tx, member: str, most: int, relationship: str = "") -> list[Mail]:
    where = {"recipient": member, "state": "gathered"}
    if relationship:
        where["relationship"] = relationship
    return tx.find(MAILS, where, sort=[("order", 1)], limit=most)


def _cannot_wait(tx: Tx, person: Person, mail: Mail) -> bool:
    """Whether the mail tells of a session that begins before the quiet hours are over."""
    if preferences.category_of(mail.template) != "sessions" or person.preferences.quiet.of == "nothing":
        return False
    channel = preferences.channel_of(person.preferences, mail.template)
    clock = people.clock_of(person, tx.load(CHAPTERS, person.chapter))
    quiet_end = preferences.quiet_until(person.preferences.quiet, channel, clock, tx.call.at)
    if quiet_end is None:
        return False
    try:
        fact = read_fact(mail.event_type, mail.event.encode())
    except Unreadable:
        return False
    starts_at = getattr(fact, "starts_at", None)
    return starts_at is not None and tx.call.at <= starts_at <= quiet_end


def _hurry(tx: Tx, mail: Mail) -> Mail:
    before = {"state": "waiting", "lane": mail.lane, "order": {"$lt": mail.order}}
    for one in tx.find(MAILS, before, sort=[("order", 1)], limit=MAX_HURRIED):
        tx.save(MAILS, mails.hurried(one, tx.call.at))
    return mails.hurried(mail, tx.call.at)


def digest_id(member: str) -> str:
    """The timer of her next digest."""
    return f"{DIGEST_DUE}:{member}"
