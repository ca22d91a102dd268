"""Domains that people mean when they mistype one: large mail providers, and the domains the sheet itself is full of."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from services.profiles.spreadsheet.limits import MAX_POPULAR_DOMAINS

_PROVIDERS = {
    "gmail": "gmail.com",
    "googlemail": "googlemail.com",
    "outlook": "outlook.com",
    "hotmail": "hotmail.com",
    "yahoo": "yahoo.com",
    "icloud": "icloud.com",
    "protonmail": "protonmail.com",
    "foxmail": "foxmail.com",
    "bluewin": "bluewin.ch",
    "wanadoo": "wanadoo.fr",
    "laposte": "laposte.net",
}
_ONE_DOMAIN_ONLY = frozenset(("gmail", "icloud", "foxmail", "bluewin", "wanadoo", "laposte"))
_HONEST_NEIGHBOURS = frozenset(
    ("mail", "email", "ymail", "cloud", "gmx", "outlooks", "yahoos")
)  # real names, near a provider's
_NO_SUCH_ENDING = {
    "com": ("con", "cmo", "ocm", "comm", "coom", "vom", "xom", "cim", "cpm", "c0m", "dom", "cop"),
    "org": ("ogr", "orgg", "orq", "rog", "0rg"),
    "net": ("nte", "ent", "met", "ner", "nett"),
}
_ENDINGS = {wrong: right for right, wrongs in _NO_SUCH_ENDING.items() for wrong in wrongs}
_ENDINGS_AFTER_PROVIDER = _ENDINGS | dict.fromkeys(("co", "cm", "om", "cn.com"), "com")
_POPULAR_TIMES = 5  # a domain seen this often can be what a rare one was meant to be
_POPULAR_RATIO = 8  # and at least this many times as often
_MIN_LABEL_CHARS = 6


@dataclass(frozen=True, slots=True)
class SeenDomains:
    """The domains of one sheet: how often each is there, and those that rare ones are compared with."""

    counts: Mapping[str, int] = field(default_factory=dict)
    popular: tuple[str, ...] = ()

    @staticmethod
    def of(mails: Iterable[str]) -> "SeenDomains":
        """From the mail cells as they were typed."""
        counts = Counter(mail.rpartition("@")[2].strip().lower().rstrip(".") for mail in mails if "@" in mail)
        usual = [
            domain for domain, times in counts.most_common(MAX_POPULAR_DOMAINS) if times > 1 and "." in domain
        ]
        return SeenDomains(counts, tuple(usual))


def meant_domain(domain: str, seen: SeenDomains) -> str | None:
    """The domain that was probably meant, or None where this one may well be right."""
    label, _, ending = domain.partition(".")
    provider = _provider(label)
    if provider:
        if label in _ONE_DOMAIN_ONLY or label not in _PROVIDERS:
            meant = (
                provider
                if label in _ONE_DOMAIN_ONLY or not _is_national(ending)
                else f"{provider.split('.')[0]}.{ending}"
            )
        else:
            meant = f"{label}.{_ENDINGS_AFTER_PROVIDER.get(ending, ending)}"
        return meant if meant != domain else None
    base, _, last = domain.rpartition(".")
    if last in _ENDINGS:
        return f"{base}.{_ENDINGS[last]}"
    return _popular_neighbour(domain, seen)


def _provider(label: str) -> str | None:
    if label in _PROVIDERS:
        return _PROVIDERS[label]
    if label in _HONEST_NEIGHBOURS or len(label) < 4:
        return None
    for name, domain in _PROVIDERS.items():
        same_start = label[0] == name[0] or len(name) > len("gmail")  # hmail, xmail and their like exist
        if same_start and OSA.distance(label, name, score_cutoff=1) <= 1:
            return domain
    return None


def _is_national(ending: str) -> bool:
    return len(ending) == 2 and ending not in _ENDINGS_AFTER_PROVIDER


def _popular_neighbour(domain: str, seen: SeenDomains) -> str | None:
    needed = max(_POPULAR_TIMES, _POPULAR_RATIO * seen.counts.get(domain, 1))
    for popular in seen.popular:
        if seen.counts[popular] < needed:
            return None  # the most popular ones come first
        if popular == domain:
            continue
        if OSA.distance(domain, popular, score_cutoff=1) <= 1 and _differs_in_a_long_label(domain, popular):
            return popular
    return None


def _differs_in_a_long_label(one: str, other: str) -> bool:
    """Not fr.example.org and de.example.org, nor campus1 and campus2: those are two places, not a slip."""
    ours, theirs = one.split("."), other.split(".")
    if len(ours) != len(theirs):
        return True  # a dot was doubled or left out
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
    return all(
        max(len(a), len(b)) >= _MIN_LABEL_CHARS and not any(c.isdigit() for c in a + b) for a, b in pairs
    )
