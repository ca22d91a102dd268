"""One attempt to bring a delivery to its receiver: signed (Standard Webhooks), bounded in time and size, to the checked address only.

Invariants:
1. The whole attempt, from the name to the last byte, takes at most `ATTEMPT_WITHIN_S`: a deadline of our own, since a receiver that
   trickles bytes keeps a socket's time-out open for ever.
2. At most `READ_BYTES` of an answer are read. Redirects are not followed; proxies of the environment are not used.
3. `webhook-id` is the event's id in every attempt; the timestamp is the attempt's, on the machine's clock, since receivers compare it
   with theirs.
"""

import base64
import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPException

from standardwebhooks.webhooks import Webhook as Signer
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from services.notifications.cutoff import Cutoff
from services.notifications.domain.deliveries import GONE, LONGEST_RETRY_AFTER, Answer, Delivery
from services.notifications.domain.webhooks import Webhook, generations
from services.notifications.webhooks.addresses import (
    Allowed,
    Resolve,
    Target,
    UrlRefused,
    check,
    resolve_by_system,
)
from shared.keys import Keys

ATTEMPT_WITHIN_S = 15.0
CONNECT_WITHIN_S = 5.0
MAX_ADDRESSES_TRIED = 2
READ_BYTES = 64 * 1024
USER_AGENT = "Cairn-Webhooks/1"
#: On what is sent again: the replay, resend or test that it belongs to.
AGAIN_HEADER = "Cairn-Again"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


@cache
def system_trust() -> ssl.SSLContext:
    """TLS as the machine trusts it, read once: its certificates take longer to load than an attempt takes."""
    return ssl.create_default_context()


def secret_of(webhook: str, generation: int, keys: Keys) -> str:
    """The secret that signs this webhook's deliveries, `whsec_…`: derived, never stored."""
    return "whsec_" + base64.b64encode(keys.derive("webhook-secret", webhook, str(generation))).decode()


def signed_headers(secrets: Sequence[str], message: str, body: str, at: datetime) -> dict[str, str]:
    """The three headers of Standard Webhooks, signed with each secret. `at` is in UTC: the signer takes any other zone's hour for UTC's."""
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Signer(secret).sign(message, at, body) for secret in secrets),
    }


def attempt(
    webhook: Webhook,
    delivery: Delivery,
    *,
    keys: Keys,
    allowed: Allowed,
    at: datetime,
    now: datetime,
    resolve: Resolve = resolve_by_system,
    tls: Callable[[], ssl.SSLContext] = system_trust,
    within_s: float = ATTEMPT_WITHIN_S,
) -> Answer:
    """Send the delivery once. Never raises for what a receiver or a network does: the `Answer` says what happened.

    `at` is the machine's time, which is signed; `now` the platform's, by which an old secret still signs or not.
    """
    began_s = time.monotonic()
    headers = {
        "User-Agent": USER_AGENT,
        "Content-Type": CONTENT_TYPE,
        "Accept-Encoding": "identity",
        "Connection": "close",
        **signed_headers(
            [secret_of(webhook.id, each, keys) for each in generations(webhook, now)],
            delivery.event,
            delivery.body,
            at,
        ),
        **({AGAIN_HEADER: delivery.again} if delivery.again else {}),
    }
    status = retry_after_s = 0
    with Cutoff(within_s) as cutoff:
        try:
            target = check(webhook.url, allowed, resolve=resolve)
            connection = _connection(target, cutoff, tls, within_s)
            try:
                connection.request(
                    "POST", target.path, delivery.body.encode(), headers, preload_content=False
                )
                response = connection.getresponse()
                status = response.status
                retry_after_s = _seconds(response.headers.get("Retry-After", ""), at)
                response.read(READ_BYTES, decode_content=False)
                problem = "" if 200 <= status <= 299 else f"http_{status}"
            finally:
                connection.close()
        except UrlRefused as refused:
            problem = refused.code
        except ssl.SSLError:
            problem = "tls_failed"
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            problem = "timed_out" if isinstance(error, TimeoutError) else _problem(error)
    if cutoff.over and not (status == GONE or problem.startswith("http_")):
        problem = "timed_out"
    took_ms = int((time.monotonic() - began_s) * 1000)
    return Answer(status, problem, took_ms, retry_after_s)


def _connection(
    target: Target, cutoff: Cutoff, tls: Callable[[], ssl.SSLContext], within_s: float
) -> HTTPConnection:
    """A connection that asks for the host by its name, and goes to the checked address whatever the name resolves to by now."""

    def connect() -> socket.socket:
        connected = _first_that_answers(target, min(CONNECT_WITHIN_S, within_s))
        connected.settimeout(within_s)
        cutoff.watch(connected)
        return connected

    class Pinned(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect()

    class PinnedTls(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect()

    if target.tls:
        return PinnedTls(target.host, target.port, timeout=within_s, ssl_context=tls())
    return Pinned(target.host, target.port, timeout=within_s)


def _first_that_answers(target: Target, within_s: float) -> socket.socket:
    """A connection to one of the checked addresses; a name may have one of a kind that this machine has no way to."""
    *others, last = target.ips[:MAX_ADDRESSES_TRIED]
    for ip in others:
        with contextlib.suppress(OSError):
            return socket.create_connection((ip, target.port), timeout=within_s)
    return socket.create_connection((last, target.port), timeout=within_s)


def _problem(error: Exception) -> str:
    """A code for what went wrong on the way."""
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused"
    if "timed out" in str(error).lower() or "timeout" in type(error).__name__.lower():
        return "timed_out"
    if "certificate" in str(error).lower() or "ssl" in type(error).__name__.lower():
        return "tls_failed"
    return "connection_failed"


def _seconds(retry_after: str, now: datetime) -> int:
    """What a `Retry-After` header asks for (RFC 9110: seconds or a date), at most `LONGEST_RETRY_AFTER`; 0 where it asks for nothing."""
    longest_s = int(LONGEST_RETRY_AFTER.total_seconds())
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), longest_s)
    try:
        asked_s = (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0
    return max(0, min(int(asked_s), longest_s))
