"""What people call themselves and where they are reached: cleaned, or refused with what to do.

Invariants:
1. A name or line that passed here is one line of printable text: it cannot break a mail header, a log line or a page's direction.
2. An address that passed here is lower-case ASCII (an international domain in its xn-- form), so that equal text is the same address.
"""

import re
import unicodedata
from functools import cache
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from shared.errors import Refused

MAX_NAME_CHARS = 120
#: RFC 5321, section 4.5.3.1.3, less the two brackets.
MAX_MAIL_CHARS = 254
MAX_LOCALE_CHARS = 35
MAX_ZONE_CHARS = 64

#: Joiners that names in some scripts need; every other invisible character is dropped.
_JOINERS = "\u200c\u200d"
_SPACES = re.compile(r"[^\S\n\r\v\f\x1c-\x1f\x85\u2028\u2029]+")
_LINK = re.compile(r"://|www\.|@", re.IGNORECASE)
_LOCALE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-[a-z]{2}|-[0-9]{3})?", re.IGNORECASE)


def line(text: str, most_chars: int, what: str = "This text") -> str:
    """The text on one line: no control characters (refused), no invisible ones (dropped), single spaces; it may be empty."""
    tidy = unicodedata.normalize("NFC", text) if len(text) <= 4 * most_chars else text
    if len(tidy) > 4 * most_chars or any(
        unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") for char in tidy
    ):
        raise _unfit(f"{what} must be one line of plain text, at most {most_chars} characters long.")
    tidy = "".join(char for char in tidy if char in _JOINERS or unicodedata.category(char) != "Cf")
    tidy = _SPACES.sub(" ", tidy).strip()
    if len(tidy) > most_chars:
        raise _unfit(f"{what} is longer than {most_chars} characters.")
    return tidy


def text(said: str, most_chars: int) -> str:
    """Free text as it was written, without what no text holds. `Refused` where it says nothing or too much."""
    if len(said) > most_chars:
        raise _unfit(f"This text is longer than {most_chars} characters.")
    if any(char not in "\n\r\t" and unicodedata.category(char) in ("Cc", "Cs") for char in said):
        raise _unfit("This text holds characters that cannot be shown. Write it as plain text.")
    if not said.strip():
        raise _unfit("Write at least a word.")
    return said


def person_name(text: str) -> str:
    """A person's name. It stands in mails to an address that nobody has confirmed yet, so it cannot carry a link."""
    name = line(text, MAX_NAME_CHARS, "The name")
    if not any(char.isalpha() for char in name):
        raise _unfit("The name has no letters. Write the name as others should read it.")
    if _LINK.search(name):
        raise _unfit("The name holds a link or an address. Write only the name.")
    return name


def address(text: str) -> str:
    """A mail address in the one form that is kept and compared. Wide letters become narrow; look-alikes of other scripts are refused."""
    if len(text) > MAX_MAIL_CHARS:  # before anything walks through it
        raise _unfit("This is not a mail address. Write it like mei@example.org.")
    try:
        checked = validate_email(
            unicodedata.normalize("NFKC", text).strip(),
            check_deliverability=False,
            allow_smtputf8=False,
            allow_quoted_local=False,
        )
    except EmailNotValidError as wrong:
        raise _unfit(
            "This is not a mail address that mail can be sent to. Write it like mei@example.org."
        ) from wrong
    mail = (checked.ascii_email or "").lower()
    if not mail or len(mail) > MAX_MAIL_CHARS:
        raise _unfit("This is not a mail address. Write it like mei@example.org.")
    return mail


def locale(text: str) -> str:
    """A language tag (BCP 47: language, script, region), written as usual: `zh-Hans`, `de-CH`."""
    if len(text) > MAX_LOCALE_CHARS or not _LOCALE.fullmatch(text):
        raise _unfit("This is not a language tag. Write it like en, de-CH or zh-Hans.")
    language, *rest = text.split("-")
    return "-".join([language.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])


def time_zone(text: str) -> str:
    """An IANA time zone's name, for example `Asia/Shanghai`."""
    if text not in _zones():
        raise _unfit("There is no such time zone. Write it like Asia/Shanghai or Europe/Zurich.")
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def _unfit(detail: str) -> Refused:
    return Refused("invalid", detail, status=422)
