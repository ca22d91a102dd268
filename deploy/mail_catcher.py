"""`cairn mail-catcher`: receives all mail over SMTP, keeps the last of it, and hands it out over HTTP as JSON.

It stands for a mail provider where none should be reached: on a laptop, in tests, in trial containers.

1. A message that was accepted (250) is in the folder, and is there again after a restart.
2. At most MAX_MESSAGES messages and MAX_BYTES bytes are kept; the oldest go first.
3. A message whose Message-ID is here already is not kept again: `times_received` counts it. A real provider that is
   given an idempotency key does the same, and a counter above 1 shows that Cairn relied on it.

    GET /messages?to=&since=&before=&limit=
                                      the newest first; `to` an address, `since` and `before` ids (only later, only earlier ones)
    GET /messages/<id>                one, with its text, HTML, headers and attachments
    GET /messages/<id>/raw            the bytes as they came
    GET /messages/<id>/attachments/<n>
    DELETE /messages
    POST /hooks/<name>                a webhook, answered 204; GET lists what came there
    GET /health/live, /health/ready
"""

import signal
import tempfile
import threading
from pathlib import Path
from types import FrameType

import click
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.caught_mail import CaughtMail
from deploy.mail_pages import MailServer
from shared.clock import system_clock

MAX_MESSAGE_BYTES = 10_000_000
START_TIMEOUT_S = 10.0
TAKEN = "250 Message accepted for delivery"
NOT_NOW = "452 Insufficient storage: the mail catcher's folder cannot be written"


class IntoTheFolder:
    """What aiosmtpd calls for each message."""

    def __init__(self, mails: CaughtMail) -> None:
        self._mails = mails

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the message before it is acknowledged."""
        raw = envelope.original_content or b""
        sender = envelope.mail_from or ""
        try:
            self._mails.keep(raw, sender=sender, recipients=list(envelope.rcpt_tos), at=system_clock())
        except OSError:
            return NOT_NOW
        return TAKEN


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen, for both.")
@click.option("--smtp-port", default=1025, show_default=True)
@click.option("--http-port", default=8025, show_default=True)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where mails are kept; a temporary one if left out."
)
def mail_catcher(host: str, smtp_port: int, http_port: int, folder: Path | None) -> None:
    """Receive mail over SMTP and show it over HTTP until SIGTERM."""
    asked_to_stop = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    mails = CaughtMail(folder or Path(tempfile.mkdtemp(prefix="cairn-mail-")))
    smtp = Controller(
        IntoTheFolder(mails),
        hostname=host,
        port=smtp_port,
        data_size_limit=MAX_MESSAGE_BYTES,
        ready_timeout=START_TIMEOUT_S,
    )
    try:
        smtp.start()
        http = MailServer(mails, host, http_port)
    except OSError as error:
        raise click.ClickException(
            f"ports {smtp_port} and {http_port} of {host}: {error.strerror}"
        ) from error
    answering = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.2})
    answering.start()
    asked_to_stop.wait()
    http.shutdown()
    answering.join()
    http.server_close()
    smtp.stop()
