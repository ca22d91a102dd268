"""Where a webhook may point: the defence against requests to what is not public (server-side request forgery).

Invariants:
1. An address is judged by what its name resolves to, every one of the results, when it is saved and again at every attempt; the attempt
   then connects to one of those very results, so that a name that changes in between gains nothing.
2. https on port 443, public addresses only. In local mode a receiver on the loopback interface is allowed as well, also without TLS; and a
   trial (never production: the settings see to that) may name receivers of its own, `host:port`.
"""

import ipaddress
import re
import socket
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlsplit

from services.notifications.domain.webhooks import MAX_URL_CHARS

#: How long a name is waited for. The resolver itself knows no deadline.
RESOLVED_WITHIN_S = 5.0
MAX_ADDRESSES = 16
HTTPS_PORT = 443

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

#: All of IPv6 that leads to hosts of the Internet (RFC 4291, IANA: Global Unicast). `is_global` also admits what was never given out, and
#: with it IPv4 in the form of RFC 2765 (::ffff:0:127.0.0.1).
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
#: What `is_global` lets through although it leads elsewhere: protocols' own addresses and Teredo, 6to4, documentation (RFC 6890, RFC 7526,
#: RFC 9637), and the address at which a cloud talks to its machines.
_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "2001::/23",
            "2002::/16",
            "3ffe::/16",
            "3fff::/20",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "168.63.129.16/32",
        ),
    )
)
#: An address in brackets, or labels with dots between them, as far as a resolver could take them.
_HOST = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", re.ASCII | re.IGNORECASE)


class UrlRefused(Exception):
    """The address cannot be used. `code` is stable, `detail` is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Allowed:
    """What this deployment lets webhooks reach beside the Internet: in local mode this machine, in a trial what it names."""

    local: bool = False
    trial_receivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect: `ips` are the checked addresses, `host` the name for TLS and the Host header, `path` with its query."""

    tls: bool
    host: str
    ips: tuple[str, ...]
    port: int
    path: str


def resolve_by_system(host: str, port: int) -> list[str]:
    """What the machine's resolver answers, within `RESOLVED_WITHIN_S`; OSError where it does not."""
    if _ip(host) is not None:
        return [host]
    answer: Future[list[str]] = Future()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.set_result([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            answer.set_exception(OSError(type(error).__name__))

    Thread(target=ask, name="resolve", daemon=True).start()
    try:
        return answer.result(timeout=RESOLVED_WITHIN_S)
    except Late as error:
        raise OSError("the resolver did not answer in time") from error


def check(url: str, allowed: Allowed, *, resolve: Resolve = resolve_by_system) -> Target:
    """Where this URL leads now, or `UrlRefused` (`url_invalid`, `url_not_https`, `url_unresolvable`, `url_not_public`)."""
    tls, host, port, path = _parts(url)
    try:
        found = resolve(host, port)[:MAX_ADDRESSES]
    except OSError:
        found = []
    if not found:
        raise UrlRefused("url_unresolvable", "The host of the address cannot be found.")
    if f"{host}:{port}" in allowed.trial_receivers:
        return Target(tls, host, tuple(found), port, path)
    loopback_only = True
    for text in found:
        ip = _ip(text)
        if allowed.local and ip is not None and ip.is_loopback:
            continue
        loopback_only = False
        if ip is None or not is_public(ip):
            raise UrlRefused("url_not_public", "The address does not lead to a public server.")
    if not loopback_only and not (tls and (allowed.local or port == HTTPS_PORT)):
        raise UrlRefused("url_not_https", "The address must start with https:// and use port 443.")
    return Target(tls, host, tuple(found), port, path)


def is_public(ip: Ip) -> bool:
    """Whether the address belongs to a host that everybody on the Internet can reach."""
    if isinstance(ip, ipaddress.IPv6Address) and (ip.scope_id is not None or ip not in _GLOBAL_UNICAST):
        return False
    if not ip.is_global or ip.is_multicast:
        return False
    return not any(ip.version == network.version and ip in network for network in _NOT_PUBLIC)


def _ip(text: str) -> Ip | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _parts(url: str) -> tuple[bool, str, int, str]:
    """TLS or not, host, port and path of a URL that is written plainly."""
    refused = UrlRefused(
        "url_invalid", "Give an https:// address: a host and a path, without a user name or a fragment."
    )
    if (
        len(url) > MAX_URL_CHARS
        or not url.isascii()
        or not url.isprintable()
        or set(url) & set(' \\"<>^`{|}#')
    ):
        raise refused
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").removesuffix(".")
    except ValueError as error:
        raise refused from error
    written = parts.netloc.removesuffix(f":{port}" if port is not None else ":")
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(written):
        raise refused
    tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return tls, host, port if port is not None else (HTTPS_PORT if tls else 80), path
