"""What notifications does about what happened: keeps its copy of people, and makes the mails that tell them.

Mails are rows, made in the transaction that also moves the mark of the event; the sender (`mail.sender`) does the rest.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.notifications import coordinators
from services.notifications.domain import mails, people, stories
from services.notifications.domain.catalogue import (
    CONFIRMATION,
    SIGN_IN,
    Told,
    follows_on,
    other_of,
    recipient_of,
    relationship_of,
    told_on,
)
from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Chapter, Person
from services.notifications.domain.stories import Mark, Story
from services.notifications.kinds import CHAPTERS, MAILS, PEOPLE, STORIES
from services.notifications.turns import await_word_of, hold, let_out, patience_id, set_patience
from shared.chapter_clocks import is_sandbox
from shared.envelope import Envelope
from shared.kinds import Kind
from shared.transaction import TIMERS, Tx


def open_chapter(tx: Tx, chapter: Chapter) -> None:
    """Keep what the chapter's mails need to know of it."""
    tx.save(CHAPTERS, chapter)


def keep_roles(tx: Tx, member: str, roles: tuple[str, ...]) -> None:
    """The member has these roles now."""
    before = _person(tx, member)
    if before.erased:
        return
    if before.roles != roles or tx.load(PEOPLE, member) is None:
        after = replace(before, roles=roles)
        tx.save(PEOPLE, after)
        if "coordinator" in roles and "coordinator" not in before.roles:
            coordinators.welcome(tx, after)


def keep_contact(tx: Tx, member: str, contact: dict[str, Any] | None, time_zone: str) -> None:
    """The member can now be reached this way; mails that waited for her name go on. Nothing where her key was erased."""
    before = _person(tx, member)
    if before.erased or contact is None:
        return
    after = people.contacted(
        before,
        name=str(contact.get("name", "")),
        mail=str(contact.get("mail", "")),
        locale=str(contact.get("locale", "")),
        time_zone=time_zone,
    )
    tx.save(PEOPLE, after)
    if after.awaited and after.name:
        came_true(tx, f"{member}:named")


def keep_confirmation(tx: Tx, member: str) -> None:
    """The member's address is hers (R15); mails that waited for that go on."""
    before = _person(tx, member)
    if before.erased:
        return
    after = people.confirmed(before)
    tx.save(PEOPLE, replace(after, awaited=False))
    if after.awaited:
        came_true(tx, f"{member}:confirmed")


def mark_story(tx: Tx, relationship: str, mark: Mark) -> None:
    """The relationship has come this far; mails that follow on it go on."""
    before = _story(tx, relationship)
    after = stories.marked(before, mark)
    if after is not before:
        tx.save(STORIES, after)
        if after.awaited:
            came_true(tx, f"{relationship}:{mark}")


def tell(tx: Tx, envelope: Envelope, fact: Any) -> None:
    """Make the mails that the catalogue names for this event; none in a sandbox, where nobody is there to read them."""
    if is_sandbox(envelope.chapter):
        return
    order = mails.place(_told_at(tx, envelope, fact), envelope.aggregate, envelope.seq)
    for told in told_on(fact):
        recipient = recipient_of(fact, told.whom, envelope.aggregate)
        if recipient and _person(tx, recipient).erased:
            continue
        mail = mails.new_mail(
            event_id=envelope.id,
            chapter=envelope.chapter,
            recipient=recipient or mails.COORDINATORS,
            template=told.template,
            event_type=envelope.type,
            event=envelope.data.decode(),
            aggregate=envelope.aggregate,
            happened_at=envelope.at,
            order=order,
            waits_for=_lacking(tx, envelope, fact, told, recipient),
            now=tx.call.at,
            relationship=relationship_of(fact, envelope.aggregate),
        )
        if not recipient:
            coordinators.tell(tx, mail)
        elif mail.waits_for:
            tx.save(MAILS, mail)
            set_patience(tx, mail)
        else:
            let_out(tx, mail)


def forget_story(tx: Tx, relationship: str) -> None:
    """The relationship was erased: what is kept of its course goes too."""
    tx.remove(STORIES, relationship)


def hold_for_confirmation(tx: Tx, taken: Mail) -> None:
    """A mail whose turn has come, and whose recipient changed her address meanwhile, waits until the new one is confirmed."""
    mail = tx.load(MAILS, taken.id)
    if mail is None or mail.state != "waiting" or mail.holder != taken.holder:
        return
    if _person(tx, mail.recipient).reachable:
        tx.save(MAILS, mails.let_go(mail))  # confirmed just now
        return
    hold(tx, mail)


def lose_patience(tx: Tx, id: str) -> None:
    """A held mail has waited long enough: without a confirmed address it is not sent; otherwise it is, as things are known by now."""
    mail = tx.load(MAILS, id)
    if mail is None or mail.state != "held":
        return
    if mail.recipient == mails.COORDINATORS:
        coordinators.look_again(tx, mail)
        return
    if f"{mail.recipient}:confirmed" not in mail.waits_for:
        let_out(tx, mails.released(mail, tx.call.at))
        return
    if tx.call.at >= mails.patience_ends(mail, tx.call.at):
        reason = "address_bounces" if _person(tx, mail.recipient).bouncing else "address_not_confirmed"
        tx.save(MAILS, mails.withheld(mail, reason, tx.call.at))
    else:
        set_patience(tx, mail)


def mails_needed(envelope: Envelope, fact: Any) -> Iterable[tuple[Kind[Any], str]]:
    """The documents that `tell` loads, so that a batch of events reads them at once."""
    for told in told_on(fact):
        if recipient := recipient_of(fact, told.whom, envelope.aggregate):
            yield PEOPLE, recipient
    if relationship := relationship_of(fact, envelope.aggregate):
        yield STORIES, relationship
        yield STORIES, envelope.aggregate


def _told_at(tx: Tx, envelope: Envelope, fact: Any) -> datetime:
    """The event's time, never before that of an earlier event of the same aggregate."""
    if not relationship_of(fact, envelope.aggregate):
        return envelope.at
    before = _story(tx, envelope.aggregate)
    after, told_at = stories.went_on(before, envelope.at)
    if after != before:
        tx.save(STORIES, after)
    return told_at


def _lacking(tx: Tx, envelope: Envelope, fact: Any, told: Told, recipient: str) -> tuple[str, ...]:
    """What must come true before this mail takes its turn; whoever it waits for is told to say so."""
    if told.template == CONFIRMATION:
        return ()
    if told.whom == "coordinators":
        return (coordinators.lacks(envelope.chapter),)
    lacking = []
    person = _person(tx, recipient)
    if not (person.confirmed if told.template == SIGN_IN else person.reachable):
        lacking.append(f"{recipient}:confirmed")
        await_word_of(tx, recipient)
    other = other_of(fact, recipient)
    if other and not (_person(tx, other).name or _person(tx, other).erased):
        lacking.append(f"{other}:named")
        await_word_of(tx, other)
    if after := _after(tx, envelope, fact, told):
        story = _story(tx, relationship_of(fact, envelope.aggregate))
        marks = stories.missing(story, after)
        lacking.extend(f"{story.id}:{mark}" for mark in marks)
        if marks:  # saved even where others wait already, as in `await_word_of`
            tx.save(STORIES, replace(story, awaited=True))
    return tuple(lacking)


def _after(tx: Tx, envelope: Envelope, fact: Any, told: Told) -> tuple[Mark, ...]:
    """What must have been told before: also what the first mail about the same session followed on."""
    after = follows_on(fact, told)
    relationship = relationship_of(fact, envelope.aggregate)
    if relationship in ("", envelope.aggregate):
        return after
    if hasattr(fact, "purpose"):
        own = _story(tx, envelope.aggregate)
        if own.follows != after:
            tx.save(STORIES, replace(own, follows=after))
        return after
    session = _story(tx, str(getattr(fact, "session", envelope.aggregate)))
    return tuple(dict.fromkeys((*after, *session.follows)))


def came_true(tx: Tx, condition: str) -> None:
    """Mails that waited for this wait for it no longer; those that wait for nothing else take their turns, in their order."""
    held = tx.find(MAILS, {"state": "held", "waits_for": condition})
    tx.prefetch(MAILS, [mail.id for mail in held])
    tx.prefetch(TIMERS, [patience_id(mail) for mail in held])
    for mail in sorted(held, key=lambda one: one.order):
        after: Mail = mails.came_true(mail, condition, tx.call.at)
        if after.state == "waiting":
            let_out(tx, after)
            tx.clear_timer(patience_id(mail))
        else:
            tx.save(MAILS, after)
            set_patience(tx, after)


def _story(tx: Tx, aggregate: str) -> Story:
    return tx.load(STORIES, aggregate) or Story(aggregate, tx.call.chapter)


def _person(tx: Tx, member: str) -> Person:
    return tx.load(PEOPLE, member) or Person(member, tx.call.chapter)
