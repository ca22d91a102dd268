"""What a letter is made of, and what it becomes: paragraphs, before it is put into the parts of a mail or of a chat message."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.notifications.mail.words import Words


@dataclass(frozen=True, slots=True)
class Scene:
    """What a letter is about: the fact, who the other side is, the chapter, where the link leads."""

    fact: Any
    other: str
    chapter: str
    link: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is put into parts: plain paragraphs, and one link with its words. `items`: texts with links of their own."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str
    items: tuple[tuple[str, str], ...] = ()


#: Writes one kind of letter in a reader's words.
Write = Callable[[Words, Scene], Letter]
