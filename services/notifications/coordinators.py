"""What the coordinators of a chapter are told, whoever they are: who they are arrives over another partition than what they are told of.

Invariants:
1. What is to be told stays as a notice, a held mail to nobody in particular. Each coordinator who is known, or becomes known while it
   stays, is told once: her mail's id follows from the event's and hers.
2. A notice stays for `HELD_FOR_STORY`, and at its end looks once more at who coordinates, so that nobody is missed whose role was
   written at the same moment. Where nobody is known, it stays until somebody is, at most for `HELD_FOR_COORDINATORS`.
"""

from services.notifications.domain import mails
from services.notifications.domain.mails import COORDINATORS, Mail
from services.notifications.domain.people import Person
from services.notifications.kinds import MAILS, PEOPLE
from services.notifications.turns import PATIENCE, hold, let_out, patience_id
from shared.transaction import Tx

#: How many coordinators of a chapter are told of something.
MAX_COORDINATORS = 100
#: How many notices somebody is told of who becomes known as a coordinator.
MAX_NOTICES = 100


def lacks(chapter: str) -> str:
    """What a notice waits for."""
    return f"{chapter}:{COORDINATORS}"


def tell(tx: Tx, notice: Mail) -> None:
    """Tell those who are known, and keep the notice for those who are not known yet."""
    tx.save(MAILS, notice)
    _tell_known(tx, notice)
    _stay(tx, notice)


def welcome(tx: Tx, person: Person) -> None:
    """She is known as a coordinator from now on: she is told of what came shortly before, or waited for somebody like her."""
    where = {"state": "held", "waits_for": lacks(person.chapter)}
    for notice in tx.find(MAILS, where, sort=[("order", -1)], limit=MAX_NOTICES)[::-1]:
        _address(tx, notice, person)
        _stay(tx, notice)


def look_again(tx: Tx, notice: Mail) -> None:
    """The time of the notice is over, unless there was nobody to tell."""
    if _tell_known(tx, notice):
        tx.remove(MAILS, notice.id)
    elif tx.call.at < (ends := notice.made_at + mails.HELD_FOR_COORDINATORS[notice.template]):
        tx.set_timer(patience_id(notice), PATIENCE, notice.id, ends)
    else:
        tx.save(MAILS, mails.withheld(notice, "no_coordinator", tx.call.at))


def _tell_known(tx: Tx, notice: Mail) -> bool:
    """Whether there is anybody to tell."""
    found = tx.find(PEOPLE, {"roles": "coordinator"}, sort=[("_id", 1)], limit=MAX_COORDINATORS)
    for person in found:
        _address(tx, notice, person)
    return bool(found)


def _address(tx: Tx, notice: Mail, person: Person) -> None:
    mail = mails.addressed(notice, person.id, tx.call.at)
    if tx.load(MAILS, mail.id) is not None:
        return
    if person.reachable:
        let_out(tx, mail)
    else:
        hold(tx, mail)


def _stay(tx: Tx, notice: Mail) -> None:
    tx.set_timer(patience_id(notice), PATIENCE, notice.id, tx.call.at + mails.HELD_FOR_STORY)
