"""What the worker and the process that computes a round say to each other: lines of JSON, and the pinned market's bytes.

The worker writes one line, `Order`, and then the market until the end of the file. The process answers with lines, each an object of one
key: any number of `{"at": Progress}`; then either one `{"summary": Summary}` with as many `{"proposals": [...]}` and `{"left": [...]}` as
it says, or `{"fault": Fault}`; and `{"end": true}`.

A pinned market is one line, `Beside`, and the engine's packed snapshot.
"""

from typing import Any

import msgspec

from services.matching.domain.results import Summary
from services.matching.domain.rounds import Asked, Drafted, Fault, Left

#: A page of 100 proposals with their reasons is some 100 KB; a line beyond this is no result of ours.
LINE_MOST_BYTES = 64 * 2**20


class Order(msgspec.Struct, frozen=True):
    """What to compute, and within what: niceness, bytes of memory (0: as much as there is), threads."""

    kind: str
    seed: int
    asked: Asked
    nice: int
    memory_bytes: int
    threads: int
    a_page: int
    left_a_page: int


class Beside(msgspec.Struct, frozen=True):
    """What belongs to a market beside the engine's snapshot: those left over before, and the pairs of the round before."""

    left: tuple[Left, ...]
    before: tuple[tuple[str, str], ...]


class At(msgspec.Struct, frozen=True):
    """How far it is: a step, how much of it is done, of how much."""

    step: str
    done: int
    of: int


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the process; one of these is there."""

    at: At | None = None
    summary: Summary | None = None
    proposals: tuple[Drafted, ...] | None = None
    left: tuple[Left, ...] | None = None
    fault: Fault | None = None
    end: bool = False


def line(value: Any) -> bytes:
    """A value as a line."""
    return msgspec.json.encode(value) + b"\n"


def said(text: bytes) -> Said:
    """What a line says. `msgspec.ValidationError` where it is none of ours."""
    return msgspec.json.decode(text, type=Said)


def pinned(beside: Beside, packed: bytes) -> bytes:
    """A market as it is pinned."""
    return line(beside) + packed


def unpinned(data: bytes) -> tuple[Beside, bytes]:
    """What stands beside the snapshot, and the packed snapshot."""
    first, _, packed = data.partition(b"\n")
    return msgspec.json.decode(first, type=Beside), packed
