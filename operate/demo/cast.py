"""How the people of the story come in: by the links in their mails."""

import secrets
from typing import Any

from operate.demo.platform import NotSeen, Person, Platform, link_in, seen

PROFILES = "/api/profiles/v1"


def confirmed(platform: Platform, name: str, mail: str, since: str) -> Person:
    """Somebody follows the link of her confirmation mail; it signs her in."""
    message = seen(lambda: _with_link(platform.mails(mail, since)), f"no confirmation mail came to {mail}")
    answer = platform.ask("POST", f"{PROFILES}/confirmations", {"token": link_in(message)})
    if answer["status"] != "confirmed":
        raise NotSeen(f"the link of {mail} said {answer['status']}")
    return _with_token(platform, name, mail, answer["session"])


def signed_in(platform: Platform, name: str, mail: str, chapter: str) -> Person:
    """Somebody asks for a link to sign in, and follows it."""
    before = platform.newest_mail()
    platform.ask("POST", f"{PROFILES}/sign-in-links", {"mail": mail, "chapter": chapter}, expect=202)
    message = seen(lambda: _with_link(platform.mails(mail, before)), f"no sign-in mail came to {mail}")
    answer = platform.ask("POST", f"{PROFILES}/sign-ins", {"token": link_in(message)})
    return _with_token(platform, name, mail, answer["session"])


def fresh_word() -> str:
    """A few letters that set this telling apart from earlier ones on the same stack."""
    return secrets.token_hex(3)


def _with_token(platform: Platform, name: str, mail: str, session: str) -> Person:
    answer = platform.ask("POST", f"{PROFILES}/tokens", {"session": session})
    return Person(name, mail, answer["member"], answer["chapter"], answer["access_token"])


def _with_link(mails: list[dict[str, Any]]) -> dict[str, Any] | None:
    linked = [mail for mail in mails if "/confirm/" in mail["text"] or "/sign-in/" in mail["text"]]
    return linked[-1] if linked else None
