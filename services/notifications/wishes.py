"""What people say about how they are told, what mail servers say about their addresses, and what is left when somebody is erased."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.notifications import turns
from services.notifications.commands import came_true
from services.notifications.domain import mails, people, preferences
from services.notifications.domain.catalogue import CONFIRMATION, SIGN_IN
from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Person
from services.notifications.kinds import MAILS, PEOPLE
from shared.transaction import MAX_FOUND, Tx

FORGET = "forget_mails"


def set_preferences(
    tx: Tx, member: str, asked: Mapping[str, Any], chat: tuple[bytes, str] | None
) -> dict[str, Any]:
    """Change what is named in `asked` (`categories`, `digest`, `quiet_hours`); `chat`: a hidden address and its service."""
    person = _person(tx, member)
    wishes = preferences.chosen(person.preferences, asked.get("categories", {}))
    if "digest" in asked:
        wishes = replace(wishes, digest=asked["digest"])
    if hours := asked.get("quiet_hours"):
        wishes = replace(
            wishes, quiet=preferences.QuietHours(hours["from_hour"], hours["to_hour"], hours["of"])
        )
    if chat is not None:
        wishes = replace(wishes, chat=chat[0], chat_kind=chat[1])
    _keep(tx, replace(person, preferences=wishes))
    return {"member": member}


def switch_off(tx: Tx, member: str, categories: tuple[str, ...]) -> dict[str, Any]:
    """Tell her nothing of these categories any more; repeats change nothing."""
    return _switch(tx, member, lambda before: preferences.switched_off(before, categories))


def switch_on(tx: Tx, member: str, categories: tuple[str, ...]) -> dict[str, Any]:
    """Tell her of these categories by mail again, where they are off; repeats change nothing."""
    return _switch(tx, member, lambda before: preferences.switched_on(before, categories))


def _switch(
    tx: Tx, member: str, switched: Callable[[preferences.Preferences], preferences.Preferences]
) -> dict[str, Any]:
    person = tx.load(PEOPLE, member)
    if person is not None and not person.erased:
        after = switched(person.preferences)
        if after != person.preferences:
            _keep(tx, replace(person, preferences=after))
    return {}


def bounce(tx: Tx, taken: Mail, address: str, reason: str) -> None:
    """The mail server refused this address for good: nothing more goes there, and the mail waits for an address that works."""
    mail = tx.load(MAILS, taken.id)
    if mail is None or mail.state != "waiting" or mail.holder != taken.holder:
        return
    if mail.template in (CONFIRMATION, SIGN_IN):
        tx.save(MAILS, mails.failed(mail, reason, tx.call.at))
    else:
        turns.hold(tx, mail)
    person = _person(tx, mail.recipient)
    if person.mail == address:
        tx.save(PEOPLE, people.bounced(person, address, tx.call.at))


def works_again(tx: Tx, member: str, address: str) -> None:
    """A mail server took a mail for an address that had bounced: what was held for that goes out."""
    person = _person(tx, member)
    if person.bouncing and person.mail == address:
        after = people.works(person)
        tx.save(PEOPLE, after)
        if after.reachable:
            came_true(tx, f"{member}:confirmed")


def erase(tx: Tx, member: str) -> None:
    """Forget the person, her settings and her mails. Only that she was erased is kept."""
    tx.save(PEOPLE, people.erased(_person(tx, member)))
    forget_mails(tx, member)


def forget_mails(tx: Tx, member: str) -> None:
    """Delete the mails of somebody who was erased, so many at a time as one transaction holds."""
    found = tx.find(MAILS, {"recipient": member}, limit=MAX_FOUND)
    for mail in found:
        tx.remove(MAILS, mail.id)
        if mail.state == "held":
            tx.clear_timer(turns.patience_id(mail))
    tx.clear_timer(turns.digest_id(member))
    if len(found) == MAX_FOUND:
        tx.set_timer(f"{FORGET}:{member}", FORGET, member, tx.call.at)


def _keep(tx: Tx, person: Person) -> None:
    tx.save(PEOPLE, person)
    turns.follow_wishes(tx, person)


def _person(tx: Tx, member: str) -> Person:
    return tx.load(PEOPLE, member) or Person(member, tx.call.chapter)
