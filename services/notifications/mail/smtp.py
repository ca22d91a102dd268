"""The way out: one connection to the mail server that CAIRN_SMTP_URL names, and what its answers mean.

Invariants:
1. Nothing waits longer than `ANSWER_WITHIN_S` for the server, and no mail takes longer than `MAIL_WITHIN_S`.
2. Whose fault it was decides what happens: the server's (away, refuses us), the mail's for now, the mail's for good.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal, cast
from urllib.parse import unquote, urlsplit

from services.notifications.cutoff import Cutoff
from shared.settings import BadSetting

ANSWER_WITHIN_S = 10.0
MAIL_WITHIN_S = 60.0
QUIT_WITHIN_S = 5.0

Security = Literal["smtp", "starttls", "smtps"]
_PORTS = {"smtp": 25, "starttls": 587, "smtps": 465}

#: A recipient may also be refused for what we are or what we send, which says nothing of the address: class 5.7 of RFC 3463.
_POLICY = re.compile(rb"5\.7\.\d")


class ServerAway(Exception):
    """The mail server does not talk to us now: it is no mail's fault. The text is a code."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the mail server is. `security`: `smtp` plain, `starttls` encrypted after the greeting, `smtps` from the start."""

    security: Security
    host: str
    port: int
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail: taken, refused for now (`again`) or for good; `bounced` where it is the address that is refused for good.

    `reason` is a code.
    """

    kind: Literal["taken", "again", "refused", "bounced"]
    reason: str = ""


TAKEN = Outcome("taken")


def read_address(url: str) -> Address:
    """From `smtp://host:port`, `starttls://user:password@host:port` or `smtps://…` (percent-encoded); raises `BadSetting`."""
    parts = urlsplit(url)
    security = "starttls" if parts.scheme == "smtp+starttls" else parts.scheme
    try:
        port = parts.port
    except ValueError as error:
        raise BadSetting("CAIRN_SMTP_URL names a port that is none") from error
    if security not in ("smtp", "starttls", "smtps") or not parts.hostname:
        raise BadSetting("CAIRN_SMTP_URL must be smtp://, starttls:// or smtps://host:port")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address(cast(Security, security), parts.hostname, port or _PORTS[security], user, password)


class Line:
    """One connection to the mail server, opened when the first mail is sent. Use as a context. Not for many threads."""

    def __init__(
        self,
        address: Address,
        greeting_name: str,
        *,
        within_s: float = MAIL_WITHIN_S,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._address = address
        self._name = greeting_name
        self._within_s = within_s
        self._tls = tls
        self._smtp: smtplib.SMTP | None = None
        self._taken = 0  # by this connection

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        if self._smtp is None:
            return
        with Cutoff(QUIT_WITHIN_S) as cutoff:
            try:
                cutoff.watch(_socket_of(self._smtp))
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._drop()

    def send(self, message: EmailMessage, sender: str, recipient: str) -> Outcome:
        """Hand one mail over, between these two addresses. `ServerAway` where the server does not talk to us: it was not taken."""
        with Cutoff(self._within_s) as cutoff:
            try:
                smtp = self._open(cutoff)
            except (smtplib.SMTPException, OSError) as error:
                self._drop()
                raise ServerAway(_code(error)) from error
            try:
                smtp.send_message(message, sender, [recipient])
            except smtplib.SMTPSenderRefused as error:
                taken = self._taken
                self._drop()
                if taken:  # some servers end a connection after so many mails: a new one will tell
                    return self.send(message, sender, recipient)
                # Who we are is refused, not whom we write to: this is ours to mend.
                raise ServerAway(f"sender_refused_{error.smtp_code}") from error
            except smtplib.SMTPRecipientsRefused as error:
                code, said = next(iter(error.recipients.values()))
                return self._refusal(code, of_address=not _POLICY.match(said))
            except smtplib.SMTPNotSupportedError:
                return Outcome("refused", "address_not_supported")
            except smtplib.SMTPResponseException as error:
                return self._refusal(error.smtp_code)
            except (UnicodeError, ValueError):
                return Outcome("refused", "address_invalid")
            except (smtplib.SMTPException, OSError) as error:
                # It may have been taken before the line broke: it is sent again, with the same Message-ID.
                self._drop()
                return Outcome("again", "too_slow" if cutoff.over else _code(error))
        self._taken += 1
        return TAKEN

    def _open(self, cutoff: Cutoff) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = smtp = self._connect(cutoff)
            if self._address.security == "starttls":
                smtp.starttls(context=self._tls())
            if self._address.user:
                smtp.login(self._address.user, self._address.password)
            smtp.ehlo_or_helo_if_needed()
        else:
            cutoff.watch(_socket_of(self._smtp))
        return self._smtp

    def _connect(self, cutoff: Cutoff) -> smtplib.SMTP:
        class Watched(smtplib.SMTP):
            def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
                connected = super()._get_socket(host, port, timeout)  # type: ignore[misc]
                cutoff.watch(connected)  # before the greeting, and before TLS
                return cast(socket.socket, connected)

        class WatchedTls(smtplib.SMTP_SSL, Watched):
            pass

        host, port = self._address.host, self._address.port
        if self._address.security == "smtps":
            context = self._tls()  # smtplib's own would not check the certificate
            return WatchedTls(host, port, local_hostname=self._name, timeout=ANSWER_WITHIN_S, context=context)
        return Watched(host, port, local_hostname=self._name, timeout=ANSWER_WITHIN_S)

    def _refusal(self, code: int, *, of_address: bool = False) -> Outcome:
        if code == 421:
            self._drop()
        for_good: Literal["bounced", "refused"] = "bounced" if of_address else "refused"
        return Outcome(for_good if code >= 500 else "again", f"smtp_{code}")

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp, self._taken = None, 0


def _socket_of(smtp: smtplib.SMTP) -> socket.socket:
    connected = smtp.sock
    if connected is None:
        raise smtplib.SMTPServerDisconnected("the line is closed")
    return connected


def _code(error: Exception) -> str:
    """What went wrong, without what the server said: that may hold addresses."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"smtp_{error.smtp_code}"
    return type(error).__name__.lower()
