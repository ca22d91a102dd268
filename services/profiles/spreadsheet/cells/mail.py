"""A mail address: taken, or refused with what is wrong and what was probably meant.

Only what cannot change the meaning is mended silently: surrounding spaces, `mailto:`, `Name <address>`, upper case.
Anything else is for a person to decide: a wrong guess would send somebody's confirmation to a stranger.
"""

# ruff: noqa: RUF001 - wide punctuation is what people type

import re
import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from services.profiles.spreadsheet.cells import Trouble
from services.profiles.spreadsheet.cells.mail_domains import SeenDomains, meant_domain
from services.profiles.spreadsheet.normal import is_blank, tidy

_ANGLE = re.compile(r"[^<>]*<([^<>]+)>")
_AT_WORDS = re.compile(r"\s*(?:\(at\)|\[at\]|\{at\}|<at>|\s+at\s+|\bat\b(?=\s))\s*", re.IGNORECASE)
_DOT_WORDS = re.compile(r"\s*(?:\(dot\)|\[dot\]|\(punkt\)|\(point\))\s*", re.IGNORECASE)
_SEVERAL = re.compile(r"[\s,;/|]+|\bor\b|\bund\b|\bet\b|，|；|、")
_DOTS = str.maketrans({"。": ".", "．": ".", "｡": ".", "·": ".", "＠": "@"})
_EDGES = " \t\n'\"`<>()[]{}“”‘’,;:，；"
_MAX_MAIL_CHARS = 254  # RFC 5321
_MAX_TYPED_CHARS = 4 * _MAX_MAIL_CHARS  # more is no mistyped address, and is not searched for one


@dataclass(frozen=True, slots=True)
class MailRead:
    """Either `mail` (lower-case ASCII) or a trouble."""

    mail: str = ""
    trouble: Trouble | None = None


def read_mail(text: str, *, seen: SeenDomains, trusted: frozenset[str] = frozenset()) -> MailRead:
    """One address. `seen`: the domains of this sheet; `trusted`: addresses never doubted."""
    if is_blank(text):
        return MailRead(trouble=Trouble("mail_missing"))
    typed = _unwrapped(text)
    if len(typed) > _MAX_TYPED_CHARS:
        return MailRead(trouble=Trouble("mail_invalid"))
    valid = _valid(typed)
    if valid in trusted:
        return MailRead(valid)
    code = _defect(typed)
    if valid and not code:
        code = "mail_domain_typo" if meant_domain(valid.rpartition("@")[2], seen) else ""
    if valid and not code:
        return MailRead(valid)
    meant = _valid(_repaired(typed, seen))
    return MailRead(trouble=Trouble(code or "mail_invalid", suggestion=meant))


def _unwrapped(text: str) -> str:
    line = tidy(text)
    if angle := _ANGLE.fullmatch(line):
        line = angle[1]
    line = line.strip(_EDGES)
    return line[7:] if line.lower().startswith("mailto:") else line


def _valid(address: str) -> str:
    """The address in its one form, or nothing."""
    if len(address) > _MAX_MAIL_CHARS or address.count("@") != 1:
        return ""
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except (EmailNotValidError, UnicodeError, ValueError):
        return ""
    return (found.ascii_email or "").lower()


def _defect(typed: str) -> str:
    """The first defect that has a name of its own."""
    if typed.count("@") > 1 and sum("@" in piece for piece in _SEVERAL.split(typed)) > 1:
        return "mail_several"
    if unicodedata.normalize("NFKC", typed) != typed or any(wide in typed for wide in "。＠．｡"):
        return "mail_wide_characters"
    if "@" not in typed:
        return "mail_no_at"
    if any(c.isspace() for c in typed):
        return "mail_space"
    if typed.endswith(".") or ".@" in typed:
        return "mail_trailing_dot"
    return "" if typed.partition("@")[0].isascii() else "mail_not_ascii"


def _repaired(typed: str, seen: SeenDomains) -> str:
    if typed.count("@") > 1:
        typed = next((piece for piece in _SEVERAL.split(typed) if piece.count("@") == 1), typed)
    text = unicodedata.normalize("NFKC", typed.translate(_DOTS)).translate(_DOTS).lower()
    if "@" not in text:
        text = _with_at(text, seen)
    text = _DOT_WORDS.sub(".", text)
    text = re.sub(r"\s+|(?<=@)@+", "", text)
    local, _, domain = text.partition("@")
    domain = re.sub(r"\.{2,}", ".", domain.replace(",", ".").replace(";", ".")).strip("._-")
    local = re.sub(r"\.{2,}", ".", local).strip(".")
    return f"{local}@{meant_domain(domain, seen) or domain}"


def _with_at(text: str, seen: SeenDomains) -> str:
    if _AT_WORDS.search(text):
        return _AT_WORDS.sub("@", text, count=1)
    compact = re.sub(r"\s+", "", text)
    usual = sorted(seen.popular, key=len, reverse=True)
    for domain in [
        *usual,
        "gmail.com",
        "outlook.com",
        "hotmail.com",
        "icloud.com",
        "163.com",
        "126.com",
        "qq.com",
    ]:
        local = compact.removesuffix(domain)
        if local != compact and local.strip("._-#*&"):
            return f"{local.rstrip('._-#*&')}@{domain}"
    return re.sub(r"[#*&§]", "@", compact, count=1)
