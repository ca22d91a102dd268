"""The life of one mail: held until it may be sent, waiting for its turn or for a digest, then sent, failed with a reason, or withheld.

Invariants:
1. Its id is the event's id, the channel and the recipient: the same event told twice makes one mail.
2. Mails of one recipient on one channel are sent in the order of what they tell of; one that waits holds back that recipient's others
   on that channel only.
3. What is gathered goes out before any mail that follows in the same relationship, be it that its digest goes early.
4. A mail that cannot be sent ends, after `MAX_ATTEMPTS`: about two days of trying.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.notifications.domain.catalogue import DIGEST, crowd_of, lane_of

State = Literal["held", "waiting", "gathered", "digested", "sent", "failed", "withheld"]

#: For how long a mail waits until its recipient confirms her address; then it is not sent any more.
HELD_FOR_CONFIRMATION = timedelta(days=30)
#: For how long it waits for what it follows on, which another topic brings; then it is sent as things are known.
HELD_FOR_STORY = timedelta(minutes=10)
#: Stands for a recipient where all coordinators of the chapter are told; who they are is found out later.
COORDINATORS = "coordinators"
#: For how long it waits until a chapter has a coordinator. A report, and a webhook that is disabled, stay
#: true; that a pair is quiet, or a webhook fails, is soon another story.
HELD_FOR_COORDINATORS = {
    "report_filed": timedelta(days=30),
    "silence_flagged": timedelta(days=1),
    "webhook_failing": timedelta(days=1),
    "webhook_disabled": timedelta(days=30),
}

#: Waits after the first, second, … attempt that may succeed later; the last one repeats.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 60, 120, 240))
MAX_ATTEMPTS = 18
#: While the mail server cannot be reached at all: the attempt is not the mail's fault and is not counted.
SERVER_AWAY_WAIT = timedelta(seconds=30)

#: How often a chat service may fail before the mail goes by mail.
CHAT_ATTEMPTS = 3

#: How long the row of a mail that has ended is kept.
KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one member. `event` is the JSON of the fact that it tells of, as it was announced; texts are made when it is sent.

    `crowd`, `lane`, `order`, `due_at`, `holder` and `lease_until` place it in its queue (`lanes`). `waits_for` holds the conditions that
    a held mail still lacks: `<member>:confirmed`, `<member>:named`, `<relationship>:<mark>`, `<chapter>:coordinators`. A digest has no
    event, but `parts`: the ids of mails that are told in it, and are `digested` themselves. `hurried`: it does not wait for the end of
    quiet hours.
    """

    id: str
    chapter: str
    recipient: str
    template: str
    event_type: str
    event: str
    aggregate: str
    happened_at: datetime
    crowd: str
    lane: str
    order: str
    made_at: datetime
    state: State = "waiting"
    due_at: datetime | None = None
    waits_for: tuple[str, ...] = ()
    attempts: int = 0
    ended_at: datetime | None = None
    reason: str = ""
    holder: str = ""
    lease_until: datetime | None = None
    forget_at: datetime | None = None
    relationship: str = ""
    parts: tuple[str, ...] = ()
    hurried: bool = False


def mail_id(event_id: str, recipient: str) -> str:
    """The id of the mail that tells this member of this event."""
    return f"{event_id}:mail:{recipient}"


def place(at: datetime, aggregate: str, seq: int) -> str:
    """Where a mail stands among its recipient's: by time, then by the aggregate's own order. Compares as text."""
    return f"{int(at.timestamp() * 1000):015d}/{aggregate}/{seq:010d}"


def new_mail(
    *,
    event_id: str,
    chapter: str,
    recipient: str,
    template: str,
    event_type: str,
    event: str,
    aggregate: str,
    happened_at: datetime,
    order: str,
    waits_for: tuple[str, ...],
    now: datetime,
    relationship: str = "",
) -> Mail:
    """A mail that may be sent now, or that is held while it waits for something."""
    return Mail(
        id=mail_id(event_id, recipient),
        chapter=chapter,
        recipient=recipient,
        template=template,
        event_type=event_type,
        event=event,
        aggregate=aggregate,
        happened_at=happened_at,
        crowd=crowd_of(chapter, template),
        lane=lane_of(recipient, template),
        order=order,
        made_at=now,
        state="held" if waits_for else "waiting",
        due_at=None if waits_for else now,
        waits_for=waits_for,
        relationship=relationship,
    )


def addressed(notice: Mail, recipient: str, now: datetime) -> Mail:
    """The mail to one of those whom a notice is for."""
    return replace(
        notice,
        id=mail_id(notice.id.removesuffix(mail_id("", notice.recipient)), recipient),
        recipient=recipient,
        lane=lane_of(recipient, notice.template),
        made_at=now,
        state="waiting",
        due_at=now,
        waits_for=(),
    )


def digest_of(parts: Sequence[Mail], now: datetime) -> Mail:
    """One mail that tells of all of these (of one recipient, in their order), in the place of the last of them."""
    first, last = parts[0], parts[-1]
    return Mail(
        id=f"{first.id}:{DIGEST}",
        chapter=first.chapter,
        recipient=first.recipient,
        template=DIGEST,
        event_type="",
        event="",
        aggregate=first.recipient,
        happened_at=last.happened_at,
        crowd=crowd_of(first.chapter, DIGEST),
        lane=lane_of(first.recipient, DIGEST),
        order=f"{last.order}/{DIGEST}",
        made_at=now,
        due_at=now,
        parts=tuple(part.id for part in parts),
    )


def gathered(mail: Mail) -> Mail:
    """It waits for the next digest."""
    return replace(mail, state="gathered", due_at=None)


def routed(mail: Mail, channel: str) -> Mail:
    """It takes its turn among what goes to its recipient on that channel, and waits for nothing of the other's."""
    return replace(mail, lane=lane_of(mail.recipient, mail.template, channel))


def digested(mail: Mail, now: datetime) -> Mail:
    """It is told in a digest, which is made of it when it is sent."""
    return replace(_ended(mail, now), state="digested")


def hurried(mail: Mail, now: datetime) -> Mail:
    """It does not wait for the end of quiet hours. What an attempt put off stays put off."""
    return replace(mail, hurried=True, due_at=mail.due_at if mail.attempts else now)


def resting(mail: Mail, until: datetime) -> Mail:
    """Its recipient is not to be disturbed until then."""
    return replace(mail, due_at=until, holder="", lease_until=None)


def patience_ends(mail: Mail, now: datetime) -> datetime:
    """When a held mail stops waiting for what it lacks now."""
    if f"{mail.recipient}:confirmed" in mail.waits_for:
        return mail.made_at + HELD_FOR_CONFIRMATION
    return now + HELD_FOR_STORY


def came_true(mail: Mail, condition: str, now: datetime) -> Mail:
    """The mail lacks one condition less; with the last it takes its turn."""
    left = tuple(waited for waited in mail.waits_for if waited != condition)
    return replace(mail, waits_for=left) if left else released(mail, now)


def held(mail: Mail, condition: str) -> Mail:
    """It gives its turn back until the condition comes true."""
    return replace(mail, state="held", waits_for=(condition,), due_at=None, holder="", lease_until=None)


def released(mail: Mail, now: datetime) -> Mail:
    """Held no longer."""
    return replace(mail, state="waiting", waits_for=(), due_at=now)


def sent(mail: Mail, now: datetime) -> Mail:
    """The mail server took it. What it told of is not kept any longer than needed."""
    return replace(_ended(mail, now), state="sent", event="", attempts=mail.attempts + 1)


def withheld(mail: Mail, reason: str, now: datetime) -> Mail:
    """It is not sent, for a reason that is nobody's failure: the link expired, the address was never confirmed."""
    return replace(_ended(mail, now), state="withheld", event="", reason=reason)


def failed(mail: Mail, reason: str, now: datetime) -> Mail:
    """It can never be sent as it is."""
    return replace(_ended(mail, now), state="failed", reason=reason, attempts=mail.attempts + 1)


def put_off(mail: Mail, reason: str, now: datetime) -> Mail:
    """This attempt did not succeed, a later one may; the last one does not."""
    attempts = mail.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        return failed(mail, reason, now)
    wait = WAITS[min(attempts, len(WAITS)) - 1]
    return replace(mail, attempts=attempts, reason=reason, due_at=now + wait, holder="", lease_until=None)


def server_away(mail: Mail, now: datetime) -> Mail:
    """The mail server could not be reached: later, without counting."""
    return replace(mail, due_at=now + SERVER_AWAY_WAIT, holder="", lease_until=None)


def let_go(mail: Mail) -> Mail:
    """Nobody got to it; whoever comes next takes it."""
    return replace(mail, holder="", lease_until=None)


def _ended(mail: Mail, now: datetime) -> Mail:
    return replace(
        mail,
        due_at=None,
        waits_for=(),
        ended_at=now,
        reason="",
        holder="",
        lease_until=None,
        forget_at=now + KEPT_FOR,
    )
