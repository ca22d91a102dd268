"""Mentor, mentee or both: from a cell, from a sheet's name, from a file's name."""

import re
from functools import lru_cache

from services.profiles.spreadsheet.heading_words import MENTEE, MENTOR, SEARCHING
from services.profiles.spreadsheet.normal import fold
from services.profiles.spreadsheet.values import ROLES, Role


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split("|"))


_BOTH = _folded(
    "both|both roles|beide|beides|les deux|either|ambos|两者|两者都是|两者皆可|都是|都可以|都|兩者"
)
_SAYS_BOTH = re.compile(r"\bboth\b|\bbeides\b|\bles deux\b|两者")
_GIVES = _folded("giver|to mentor|mentoring others|mentor others|teacher|advisor|adviser|导师|师父")
_TAKES = _folded("receiver|learner|student|advisee|tutee|学生|学员")
_MENTOR = re.compile(MENTOR)
_MENTEE = re.compile(MENTEE)
_SEEKS_MENTOR = re.compile(
    rf"{SEARCHING}{MENTOR}|寻找?(?:一位|一个)?导师|找导师|\b(?:be|being|get|getting) mentored\b|"
    r"\b(?:receive|get) mentoring\b|\bmich betreuen\b"
)
BOTH: tuple[Role, ...] = ROLES


@lru_cache(maxsize=4_096)
def roles_in(text: str) -> tuple[Role, ...]:
    """The roles that a cell names, sorted; empty where it names none."""
    folded = fold(text)
    if folded in _BOTH or _SAYS_BOTH.search(folded):
        return BOTH
    if folded in _GIVES:
        return ("mentor",)
    if folded in _TAKES:
        return ("mentee",)
    without = _SEEKS_MENTOR.sub(" mentee ", folded)
    found: list[Role] = []
    if _MENTEE.search(without):
        found.append("mentee")
    if _MENTOR.search(without):
        found.append("mentor")
    return tuple(found)


def roles_of_name(name: str) -> tuple[Role, ...]:
    """The one role that a sheet's or a file's name speaks of; empty where it speaks of none, or of both."""
    roles = roles_in(re.sub(r"\.\w{2,5}$", "", name))
    return roles if len(roles) == 1 else ()


def roles_meant(role: str | None) -> tuple[Role, ...]:
    """The roles behind a mapping's word: mentor, mentee, both; empty for anything else."""
    if role == "both":
        return BOTH
    if role == "mentor":
        return ("mentor",)
    return ("mentee",) if role == "mentee" else ()
