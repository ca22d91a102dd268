"""The process that computes one round: `python -m services.matching.drafting PARENT`, spoken to as `wire` says.

It ends when PARENT, the process that started it, ends: the kernel kills it then, and what it writes has no reader.
"""

import ctypes
import errno
import os
import resource
import signal
import sys
import time
import traceback
from typing import BinaryIO

import msgspec

from services.matching.domain.results import left_in_pages, options_of, proposals_in_pages, summary
from services.matching.domain.rounds import Fault
from services.matching.drafting.wire import At, Order, Said, line, unpinned
from services.matching.engine import EngineError, solve
from services.matching.engine.packing import unpack

PR_SET_PDEATHSIG = 1  # linux/prctl.h
#: Progress is told no more often, so that telling costs nothing.
TOLD_EVERY_S = 0.2
TOO_LARGE = Fault(
    "too_large_for_this_machine",
    "There is not enough memory here to compute this round. Give the worker more of it, or make the market smaller.",
)
#: Why a file cannot be written, where that is up to whoever runs the machine.
NOT_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)
#: What numba says where it finds no folder to write to.
NO_FOLDER = "cannot cache function"
NO_ROOM = Fault(
    "kernels_not_kept",
    "What the worker compiles for large rounds could not be written to its disk. Make room there, and draft the round again.",
)


def main(parent: int) -> None:
    """Read an order and a market, and answer."""
    _end_with(parent)
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    order = msgspec.json.decode(orders.readline(), type=Order)
    os.nice(order.nice)
    if order.memory_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (order.memory_bytes, order.memory_bytes))
    try:
        _compute(order, orders, answers)
    except EngineError as error:
        _say(
            answers,
            Said(fault=Fault(error.code, f"{error.detail} ({error.where})" if error.where else error.detail)),
        )
    except MemoryError:
        _say(answers, Said(fault=TOO_LARGE))
    except (OSError, RuntimeError) as error:
        if getattr(error, "errno", None) not in NOT_WRITTEN and NO_FOLDER not in str(error):
            raise
        traceback.print_exc()  # the worker keeps the end of it in its log
        _say(answers, Said(fault=NO_ROOM))
    _say(answers, Said(end=True))


def _compute(order: Order, orders: BinaryIO, answers: BinaryIO) -> None:
    beside, packed = unpinned(orders.read())
    market = unpack(packed)
    del packed
    told_at_s = 0.0

    def told(step: str, done: int, of: int) -> None:
        nonlocal told_at_s
        now_s = time.monotonic()
        if now_s - told_at_s >= TOLD_EVERY_S:
            told_at_s = now_s
            _say(answers, Said(at=At(step, done, of)))

    found = solve(
        market,
        order.kind,
        options_of(order.seed, order.asked, beside.before),
        threads=order.threads,
        progress=told,
        full_report=True,
    )
    _say(
        answers,
        Said(summary=summary(found, len(beside.left), a_page=order.a_page, left_a_page=order.left_a_page)),
    )
    for proposals in proposals_in_pages(found, order.a_page):
        _say(answers, Said(proposals=proposals))
    for left in left_in_pages(found, beside.left, order.left_a_page):
        _say(answers, Said(left=left))


def _say(answers: BinaryIO, what: Said) -> None:
    answers.write(line(what))
    answers.flush()


def _end_with(parent: int) -> None:
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # where there is none, writing to nobody ends it
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)  # it ended before this was on its leash


if __name__ == "__main__":
    main(int(sys.argv[1]))
