"""What a letter is made of, and what it becomes: paragraphs, before it is put into the parts of a mail or of a chat message."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notifications.mail.words import Words


@dataclass(frozen=True, slots=True)
class Receiver:
    """A webhook as letters may show it: its host (a path or query can hold secrets), whose it is, since when it fails.

    `account` is the service account's name; empty where it is the chapter's own.
    """

    host: str
    account: str
    failing_since: datetime | None


@dataclass(frozen=True, slots=True)
class Scene:
    """What a letter is about: the fact, who the other side is, the chapter, where the link leads; the webhook where it tells of one."""

    fact: Any
    other: str
    chapter: str
    link: str
    receiver: Receiver | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is put into parts: plain paragraphs, and one link with its words. `items`: texts with links of their own."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str
    items: tuple[tuple[str, str], ...] = ()


#: Writes one kind of letter in a reader's words.
Write = Callable[[Words, Scene], Letter]
