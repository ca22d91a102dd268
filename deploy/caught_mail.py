"""The mails that the mail catcher keeps: in a folder, the last of them, each Message-ID once.

A mail is two files: `<id>.eml` with the bytes as they came, then `<id>.json` with what SMTP said. The second is
renamed into place, so a mail is either there or not. Ids rise, and are never used twice.
"""

import email
import email.policy
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr
from pathlib import Path
from typing import Any

MAX_MESSAGES = 10_000
MAX_BYTES = 200_000_000
MAX_LISTED = 500
ID_DIGITS = 10


@dataclass(frozen=True)
class Caught:
    """One mail, without its bytes. `recipients` are SMTP's, lower-case; `received_at` is ISO 8601."""

    id: str
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    received_at: str
    bytes: int
    times_received: int = 1


class CaughtMail:
    """The mails of one folder; every method may be called from any thread."""

    def __init__(self, folder: Path, *, max_messages: int = MAX_MESSAGES, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_messages, self._max_bytes = max_messages, max_bytes
        self._turn = threading.Lock()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._mails = OrderedDict((caught.id, caught) for caught in _read(folder))
        self._by_message_id = {
            caught.message_id: caught.id for caught in self._mails.values() if caught.message_id
        }
        self._last_id = int(next(reversed(self._mails), "0"))

    def keep(self, raw: bytes, *, sender: str, recipients: list[str], at: datetime) -> Caught:
        """Keep a mail, or count it where its Message-ID is known. Raises OSError where the folder cannot be written."""
        headers = email.message_from_bytes(raw, policy=email.policy.default)
        message_id = str(headers.get("Message-ID", "")).strip()
        with self._turn:
            known = self._by_message_id.get(message_id) if message_id else None
            if known is not None:
                caught = replace(self._mails[known], times_received=self._mails[known].times_received + 1)
                self._write(caught)
                return caught
            self._last_id += 1
            caught = Caught(
                id=f"{self._last_id:0{ID_DIGITS}d}",
                message_id=message_id,
                sender=sender,
                recipients=tuple(_address(recipient) for recipient in recipients),
                subject=str(headers.get("Subject", "")),
                received_at=at.isoformat(),
                bytes=len(raw),
            )
            self._raw_file(caught.id).write_bytes(raw)
            self._write(caught)
            self._drop_the_oldest()
            return caught

    def listed(
        self, *, to: str = "", since: str = "", before: str = "", limit: int = MAX_LISTED
    ) -> list[Caught]:
        """The newest first: those to an address, those later than an id, those earlier than one."""
        with self._turn:
            mails = list(reversed(self._mails.values()))
        wanted = (
            caught
            for caught in mails
            if caught.id > since
            and (not before or caught.id < before)
            and (not to or _address(to) in caught.recipients)
        )
        return [caught for caught, _ in zip(wanted, range(min(limit, MAX_LISTED)), strict=False)]

    def raw(self, mail_id: str) -> bytes | None:
        """The bytes as they came; None where there is no such mail (any longer)."""
        with self._turn:
            return self._raw_file(mail_id).read_bytes() if mail_id in self._mails else None

    def opened(self, mail_id: str) -> dict[str, Any] | None:
        """One mail as JSON: what `Caught` says, with headers, text, HTML and the attachments' names and sizes."""
        raw = self.raw(mail_id)
        with self._turn:
            caught = self._mails.get(mail_id)
        if raw is None or caught is None:
            return None
        message = _parsed(raw)
        return {
            **as_json(caught),
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": _body(message, "plain"),
            "html": _body(message, "html"),
            "attachments": [
                {
                    "number": number,
                    "filename": part.get_filename() or "",
                    "content_type": part.get_content_type(),
                    "bytes": len(_content(part)),
                }
                for number, part in enumerate(_attachments(message))
            ],
        }

    def attachment(self, mail_id: str, number: int) -> tuple[str, bytes] | None:
        """Content type and bytes of one attachment."""
        raw = self.raw(mail_id)
        found = [] if raw is None else list(_attachments(_parsed(raw)))
        if not 0 <= number < len(found):
            return None
        return found[number].get_content_type(), _content(found[number])

    def forget_all(self) -> None:
        """Remove every mail; ids go on rising."""
        with self._turn:
            for mail_id in list(self._mails):
                self._drop(mail_id)

    def _write(self, caught: Caught) -> None:
        file = self._folder / f"{caught.id}.json"
        new = file.with_suffix(".new")
        new.write_text(json.dumps(asdict(caught)))
        new.replace(file)
        self._mails[caught.id] = caught
        if caught.message_id:
            self._by_message_id[caught.message_id] = caught.id

    def _drop_the_oldest(self) -> None:
        kept_bytes = sum(caught.bytes for caught in self._mails.values())
        while len(self._mails) > self._max_messages or (
            kept_bytes > self._max_bytes and len(self._mails) > 1
        ):
            oldest = next(iter(self._mails))
            kept_bytes -= self._mails[oldest].bytes
            self._drop(oldest)

    def _drop(self, mail_id: str) -> None:
        caught = self._mails.pop(mail_id)
        self._by_message_id.pop(caught.message_id, None)
        (self._folder / f"{mail_id}.json").unlink(missing_ok=True)
        self._raw_file(mail_id).unlink(missing_ok=True)

    def _raw_file(self, mail_id: str) -> Path:
        return self._folder / f"{mail_id}.eml"


def as_json(caught: Caught) -> dict[str, Any]:
    """As the HTTP side lists it."""
    entry = asdict(caught)
    return {"from": entry.pop("sender"), "to": list(entry.pop("recipients")), **entry}


def _read(folder: Path) -> Iterator[Caught]:
    for file in sorted(folder.glob("*.json")):
        fields = json.loads(file.read_text())
        if file.with_suffix(".eml").exists():
            yield Caught(**{**fields, "recipients": tuple(fields["recipients"])})


def _address(text: str) -> str:
    return (parseaddr(text)[1] or text).lower()


def _parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return "" if part is None else _text(part)


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a charset that does not exist, or bytes that are not of it
        return _content(part).decode(errors="replace")


def _attachments(message: EmailMessage) -> Iterator[MIMEPart]:
    """Every part that is neither the text nor the HTML, calendars among alternatives included."""
    bodies = [message.get_body(("plain",)), message.get_body(("html",))]
    for part in message.walk():
        if not part.is_multipart() and not any(part is body for body in bodies):
            yield part


def _content(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
