"""One attempt to bring a delivery to its receiver: signed (Standard Webhooks), bounded in time and size, to the checked address only.

Invariants:
1. The whole attempt, from the name to the last byte, takes at most `ATTEMPT_WITHIN_S`: a deadline of our own, since a receiver that
   trickles bytes keeps a socket's time-out open for ever.
2. At most `READ_BYTES` of an answer are read. Redirects are not followed; proxies of the environment are not used.
3. `webhook-id` is the event's id in every attempt; the timestamp is the attempt's, on the machine's clock, since receivers compare it
   with theirs.
"""

import base64
import ssl
import time
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPException, HTTPResponse

from standardwebhooks.webhooks import Webhook as Signer

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
from services.notifications.webhooks.connections import Kept, Line, Trust, read_to_its_end
from shared.keys import Keys

ATTEMPT_WITHIN_S = 15.0
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
    tls: Trust = system_trust,
    within_s: float = ATTEMPT_WITHIN_S,
    kept: Kept | None = None,
) -> Answer:
    """Send the delivery once. Never raises for what a receiver or a network does: the `Answer` says what happened.

    `at` is the machine's time, which is signed; `now` the platform's, by which an old secret still signs or not.
    Connections are used again where they are `kept`.
    """
    began_s = time.monotonic()
    headers = {
        "User-Agent": USER_AGENT,
        "Content-Type": CONTENT_TYPE,
        "Accept-Encoding": "identity",
        "Connection": "keep-alive" if kept else "close",
        **signed_headers(
            [secret_of(webhook.id, each, keys) for each in generations(webhook, now)],
            delivery.event,
            delivery.body,
            at,
        ),
        **({AGAIN_HEADER: delivery.again} if delivery.again else {}),
    }
    status = retry_after_s = 0
    problem = "connection_failed"
    with Cutoff(within_s) as cutoff:
        try:
            target = check(webhook.url, allowed, resolve=resolve)
            line, response = _answer(
                webhook.id, target, delivery.body.encode(), headers, cutoff, tls, within_s, kept
            )
            try:
                status = response.status
                retry_after_s = _seconds(response.headers.get("Retry-After", ""), at)
                response.read(READ_BYTES)
                problem = "" if 200 <= status <= 299 else f"http_{status}"
            finally:
                if kept and not problem and not cutoff.over and read_to_its_end(response):
                    kept.give(webhook.id, line)
                else:
                    line.close()
        except UrlRefused as refused:
            problem = refused.code
        except ssl.SSLError:
            problem = "tls_failed"
        except (OSError, HTTPException, ValueError) as error:
            problem = "timed_out" if isinstance(error, TimeoutError) else _problem(error)
    if cutoff.over and not (status == GONE or problem.startswith("http_")):
        problem = "timed_out"
    took_ms = int((time.monotonic() - began_s) * 1000)
    return Answer(status, problem, took_ms, retry_after_s)


def _answer(
    webhook: str,
    target: Target,
    body: bytes,
    headers: dict[str, str],
    cutoff: Cutoff,
    tls: Trust,
    within_s: float,
    kept: Kept | None,
) -> tuple[Line, HTTPResponse]:
    """The receiver's answer, and the connection on which its body comes."""
    if kept and (line := kept.take(webhook, target)):
        cutoff.watch(line.sock)
        try:
            return line, _asked(line, target, body, headers)
        except (OSError, HTTPException):
            # The receiver had closed it meanwhile, most likely. That says nothing of the receiver: so once more, on a new one.
            line.close()
            if cutoff.over:
                raise
    line = Line(target, tls)
    try:
        line.open(cutoff, within_s)
        return line, _asked(line, target, body, headers)
    except BaseException:
        line.close()
        raise


def _asked(line: Line, target: Target, body: bytes, headers: dict[str, str]) -> HTTPResponse:
    line.request("POST", target.path, body, headers)
    return line.getresponse()


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
