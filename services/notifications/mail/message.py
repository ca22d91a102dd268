"""One mail as a MIME message: plain text, the same as simple HTML, and a calendar file where there is one.

Invariants:
1. The `Message-ID` is derived from the mail's id: the same mail sent twice is the same message, and a receiver can drop the second.
2. Nothing that people entered reaches a header with its control characters: names are made one line first.
3. Everything that is not essential can be switched off by one click (RFC 8058).
4. `Auto-Submitted` (RFC 3834) keeps automatic replies away, `List-Id` (RFC 2919) lets people sort their mail.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notifications.domain.catalogue import DIGEST
from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Chapter, Person, clock_of
from services.notifications.mail.calendar import METHODS, invitation
from services.notifications.mail.letter import Letter, Receiver, Scene
from services.notifications.mail.letters import LETTERS, link_path, what_it_is
from services.notifications.mail.words import Words, best_language
from shared.events import read_fact
from shared.ids import derived_id

MAX_NAME_CHARS = 100
#: What could turn the text around it (Unicode's bidirectional overrides and isolates): a way to make a name look like another.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_LAYOUTS = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


class Unsendable(Exception):
    """No message can be made of this mail, however often it is tried; the text is a code, without anything personal."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the From address, and the public address that links start with."""

    address: Address
    public_url: str

    @property
    def host(self) -> str:
        """The host that message ids, calendar ids and list ids belong to."""
        return urlsplit(self.public_url).hostname or "cairn.invalid"


@dataclass(frozen=True, slots=True)
class Parties:
    """Who is told, and of whom: what is known of them now."""

    person: Person
    other: Person | None
    chapter: Chapter | None
    receiver: Receiver | None = None


def sender_of(mail_from: str, public_url: str) -> Sender:
    """From `Cairn <no-reply@example.org>` and the public address."""
    name, address = parseaddr(mail_from)
    return Sender(Address(name, addr_spec=address), public_url)


def message_id(mail: Mail, host: str) -> str:
    """The `Message-ID` of a mail: the same every time."""
    return f"<{derived_id('mail', mail.id)}@{host}>"


@dataclass(frozen=True, slots=True)
class Written:
    """A letter in its reader's words, before it becomes a mail or a chat message."""

    say: Words
    scene: Scene
    letter: Letter
    name: str


def write(mail: Mail, parties: Parties, public_url: str, *, relationship: str, token: str = "") -> Written:
    """The letter as it reads now; `Unreadable` where nobody can read its event."""
    say = _words(parties)
    fact = read_fact(mail.event_type, mail.event.encode())
    link = public_url + link_path(mail.template, relationship, mail.aggregate, token)
    scene = Scene(fact, _name_of_other(say, parties, fact), _chapter_name(parties), link, parties.receiver)
    return Written(say, scene, LETTERS[mail.template](say, scene), parties.person.name)


def write_digest(parts: Sequence[Written], parties: Parties, public_url: str) -> Written:
    """Several letters as one: what each says in a line, and where it leads."""
    say = _words(parties)
    letter = Letter(
        say("What is new for you: %(number)s things", number=len(parts)),
        (say("This is what has happened since we last wrote."),),
        say("Open my page"),
        tuple((one_line(part.letter.subject), part.scene.link) for part in parts),
    )
    scene = Scene(None, "", _chapter_name(parties), public_url + link_path(DIGEST, "", "", ""))
    return Written(say, scene, letter, parties.person.name)


def compose(
    mail: Mail, written: Written, address: str, sender: Sender, *, now: datetime, unsubscribe: str = ""
) -> EmailMessage:
    """The letter as a message to this address; `Unsendable` where that cannot be used.

    `unsubscribe` is the address of one-click unsubscription (RFC 8058), which everything has that is not essential.
    """
    say, scene, letter = written.say, written.scene, written.letter
    try:
        to = Address(short_name(written.name), addr_spec=address)
        message = EmailMessage(policy=SMTP)
        message["From"] = sender.address
        message["To"] = to
        message["Subject"] = one_line(letter.subject)
        message["Date"] = format_datetime(now)
        message["Message-ID"] = message_id(mail, sender.host)
        message["Auto-Submitted"] = "auto-generated"
        message["List-Id"] = f"Cairn <{mail.chapter}.{sender.host}>"
        if unsubscribe:
            message["List-Unsubscribe"] = f"<{unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    except (ValueError, IndexError, MessageError) as error:
        raise Unsendable("address_invalid") from error
    message.set_content(_plain(written, unsubscribe))
    message.add_alternative(_html(written, unsubscribe), subtype="html")
    if mail.template in METHODS:
        _invite(message, say, mail, scene, sender, to)
    message["Content-Language"] = say.tag
    return message


def chat_text(written: Written) -> tuple[str, str]:
    """Subject and text of the letter as a chat message."""
    return one_line(written.letter.subject), "\n\n".join(_body(written))


def one_line(text: str) -> str:
    """The text without line breaks and whatever else does more than show a character."""
    plain = (
        " " if char in _TURNING or unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") else char
        for char in text
    )
    return " ".join("".join(plain).split())


def short_name(text: str) -> str:
    """A name as people entered it, on one line, at most `MAX_NAME_CHARS` characters."""
    return one_line(text)[:MAX_NAME_CHARS]


def _name_of_other(say: Words, parties: Parties, fact: object) -> str:
    if parties.other is not None and parties.other.name:
        return short_name(parties.other.name)
    if not hasattr(fact, "mentee"):
        return say("Somebody")
    return say("your mentor") if parties.person.id == fact.mentee else say("your mentee")


def _words(parties: Parties) -> Words:
    person, chapter = parties.person, parties.chapter
    return Words(
        best_language([person.locale, *(chapter.locales if chapter else ())]), clock_of(person, chapter)
    )


def _chapter_name(parties: Parties) -> str:
    return short_name(parties.chapter.name if parties.chapter else "Cairn")


def _greeting(written: Written) -> str:
    say, name = written.say, written.name
    return say("Hello %(name)s,", name=short_name(name)) if name else say("Hello,")


def _body(written: Written) -> tuple[str, ...]:
    letter = written.letter
    items = (f"- {text}\n  {where}" for text, where in letter.items)
    return (*letter.paragraphs, *items, f"{letter.action}\n{written.scene.link}")


def _no_more(say: Words) -> str:
    return say("No more mails of this kind")


def _plain(written: Written, unsubscribe: str) -> str:
    parts = [_greeting(written), *_body(written), _ending(written.say, written.scene)]
    if unsubscribe:
        parts.append(f"{_no_more(written.say)}: {unsubscribe}")
    return "\n\n".join(parts) + "\n"


def _html(written: Written, unsubscribe: str) -> str:
    return _LAYOUTS.get_template("layout.html").render(
        language=written.say.tag,
        subject=one_line(written.letter.subject),
        greeting=_greeting(written),
        paragraphs=written.letter.paragraphs,
        items=written.letter.items,
        action=written.letter.action,
        link=written.scene.link,
        ending=_ending(written.say, written.scene),
        unsubscribe=unsubscribe,
        no_more=_no_more(written.say),
    )


def _ending(say: Words, scene: Scene) -> str:
    return say("Cairn writes this for the mentoring programme of %(chapter)s.", chapter=scene.chapter)


def _invite(message: EmailMessage, say: Words, mail: Mail, scene: Scene, sender: Sender, to: Address) -> None:
    """Put the calendar file where calendars look for it: beside the text as `text/calendar`, and attached as a file."""
    invited = invitation(
        mail.template,
        scene.fact,
        mail.aggregate,
        summary=what_it_is(say, scene),
        link=scene.link,
        zone=say.zone,
        organizer=sender.address,
        attendee=to,
        host=sender.host,
        stamped_at=mail.happened_at,
    )
    message.add_alternative(
        invited.content.decode(), subtype="calendar", params={"method": invited.method, "name": "invite.ics"}
    )
    message.add_attachment(invited.content, maintype="application", subtype="ics", filename="invite.ics")
