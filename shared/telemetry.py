"""Logs, metrics and traces of a process.

Invariants:
1. A log line is one JSON object on standard output; it carries ids, codes, counts and durations, and never personal text: what people wrote
   is not passed to a logger, and an exception's own text is logged only for errors that are ours to mend.
2. A trace goes on across the outbox: the `traceparent` of the request is kept with its events, and what consumers do hangs on it.
3. Spans are recorded where a deployment brings an OpenTelemetry provider (`opentelemetry-instrument`); elsewhere only the ids are made.
"""

import logging
import random
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)

REQUESTS = Histogram(
    "cairn_http_request_seconds",
    "Time to answer a request",
    ["service", "method", "route", "status"],
    buckets=_SECONDS,
)
EVENTS_SENT = Counter("cairn_events_sent_total", "Events acknowledged by the log", ["service"])
EVENTS_DONE = Counter("cairn_events_done_total", "Events whose effect is committed", ["service"])
EVENTS_SKIPPED = Counter("cairn_events_skipped_total", "Events seen before", ["service"])
EVENTS_PARKED = Counter("cairn_events_parked_total", "Events set aside for an operator", ["service"])
EVENT_AGE = Histogram(
    "cairn_event_age_seconds", "From commit to effect, machine clocks", ["service"], buckets=_SECONDS
)
TIMERS_DONE = Counter("cairn_timers_done_total", "Timers carried out", ["service", "kind"])
OUTBOX_AGE = Gauge(
    "cairn_outbox_age_seconds", "Age of the oldest event not yet sent; 0 when there is none", ["service"]
)
PARKED = Gauge("cairn_parked_aggregates", "Aggregates that wait for an operator", ["service"])


def start_logs(program: str) -> None:
    """Send this process's logs, and those of its libraries, to standard output as JSON lines."""

    def says_who(_logger: Any, _method: str, line: dict[str, Any]) -> dict[str, Any]:
        return {"program": program, **line}

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        says_who,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    output = logging.StreamHandler(sys.stdout)
    output.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(),
            foreign_pre_chain=[
                *shared,
                structlog.stdlib.add_logger_name,
                structlog.processors.format_exc_info,
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[output], force=True)
    logging.captureWarnings(True)


def log(**bound: Any) -> Any:
    """A structured logger."""
    return structlog.get_logger(**bound)


@contextmanager
def span(name: str, traceparent: str = "", kind: SpanKind = SpanKind.INTERNAL) -> Iterator[str]:
    """A span that continues `traceparent` (W3C), where there is one; yields its own traceparent."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        yield _next_of(traceparent)
        return
    parent = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else None
    tracer = trace.get_tracer("cairn")
    with tracer.start_as_current_span(name, context=parent, kind=kind):
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        yield carrier.get("traceparent", "")


def _next_of(traceparent: str) -> str:
    """The traceparent of a span that nobody records: the trace goes on, or begins here where what came is none (W3C Trace Context, 3.2)."""
    came = _TRACEPARENT.fullmatch(traceparent)
    trace_id, flags = came.groups() if came else (f"{random.getrandbits(128) | 1:032x}", "01")
    return f"00-{trace_id}-{random.getrandbits(64) | 1:016x}-{flags}"
