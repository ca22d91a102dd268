"""A real SMTP receiver for tests: the local stack's own mail catcher, in the test's process."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from deploy.caught_mail import Caught, CaughtMail
from deploy.mail_catcher import IntoTheFolder
from tests.ports import free_port


class Mailbox:
    """Where the mails of a test stack arrive."""

    def __init__(self, mails: CaughtMail, url: str) -> None:
        self._mails = mails
        self.url = url

    def to(self, address: str) -> list[dict[str, Any]]:
        """The mails to an address, the oldest first, each with subject, text, attachments and `times_received`."""
        found = [self._mails.opened(caught.id) for caught in reversed(self._mails.listed(to=address))]
        return [mail for mail in found if mail is not None]

    def heads(self, address: str) -> list[Caught]:
        """The same mails without what is in them, which costs far less."""
        return self._mails.listed(to=address)[::-1]

    def everything(self) -> list[dict[str, Any]]:
        """All mails, to whomever, the oldest first."""
        found = [self._mails.opened(caught.id) for caught in reversed(self._mails.listed())]
        return [mail for mail in found if mail is not None]


@contextlib.contextmanager
def mailbox(folder: Path) -> Iterator[Mailbox]:
    """A receiver on a free port of this machine, for the length of a block."""
    mails = CaughtMail(folder)
    port = free_port()
    controller = Controller(IntoTheFolder(mails), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield Mailbox(mails, f"smtp://127.0.0.1:{port}")
    finally:
        controller.stop()
