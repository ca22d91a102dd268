"""Rounds that a worker computes: taken up under a lease, pinned, computed by a process of their own, kept line by line.

Invariants:
1. A worker computes one round at a time; the others wait, the oldest first, and behind them those that were begun anew again and again.
   A round is computed by one worker at a time: its lease is renewed while it is at it, and whoever holds it no more is refused by the
   round's turn (`domain.drafting`).
2. Every step is a change that names the round, the turn and the step. Cut off anywhere, the round is taken up again, from the market
   that was pinned; what was kept is compared with what comes, and goes on after it. Taken up by other software than pinned the market,
   it is begun anew from the documents.
3. Whatever goes wrong gives `failed` with a code and one sentence. What passes by itself (`Transient`) is tried again: while it passes
   within the lease the process computes on, since nobody else can have taken the round up.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from services.matching.commands import pins, turns
from services.matching.commands.computing import FROM_OUTSIDE, Computing, computing, order_of
from services.matching.commands.drafting import TakenBack
from services.matching.commands.hearing import Heard
from services.matching.commands.markets import size
from services.matching.domain.drafting import ROUND_WITHIN_S, TRIES_MOST, Overtaken, job_of, mine
from services.matching.domain.rounds import LEFT_A_PAGE, PROPOSALS_A_PAGE, Fault, Round
from services.matching.drafting.software import software
from services.matching.drafting.wire import At, Said, said
from services.matching.engine import EngineError
from services.matching.kinds import ROUNDS
from shared.call import Call
from shared.errors import NotThere, Refused, Transient
from shared.ids import derived_id, new_id
from shared.service import Room
from shared.telemetry import log
from shared.transaction import Tx

#: How often progress is written, the lease renewed, and looked whether anybody wants the round still.
TOLD_EVERY_S = 2.0
#: How long one step listens to the process.
LISTENS_S = 0.5
#: Lines of a result that one change keeps: pages of 100 proposals or 1,000 people, some 100 KB each.
LINES_AT_ONCE = 10
#: Rounds that are looked at for one that nobody else is at.
ROUNDS_LOOKED_AT = 20
#: A round that has had so many turns lets all others go first.
TURNS_PATIENT = 10

Document = dict[str, Any]


class Jobs:
    """What one worker process is at. `step` is its chore: it takes a round up, or goes on with it for half a second or so."""

    def __init__(self) -> None:
        self.holder = new_id("jobs")
        self.software = software()
        self._going: Iterator[None] | None = None
        self._job: _Job | None = None

    def step(self, room: Room) -> int:
        """One step; 0 where no round waits."""
        if self._going is None:
            taken = self._next(room)
            if taken is None:
                return 0
            self._job = _Job(room, taken, self.holder, self.software)
            self._going = self._job.steps()
        try:
            next(self._going)
        except StopIteration:
            self._going = None
        except BaseException:
            self._going = None  # its `finally` has ended the process; the round is taken up again
            raise
        return 1

    def stop(self, _room: Room) -> None:
        """Let go of the round: another worker takes it up, and to have been stopped is no try that failed."""
        going, self._going = self._going, None
        if going is not None and self._job is not None:
            self._job.give_back()
            going.close()  # type: ignore[attr-defined]

    def _next(self, room: Room) -> Round | None:
        found = room.store.reader().find(
            ROUNDS, {"to_compute": True}, sort=[("made_at", 1), ("_id", 1)], limit=ROUNDS_LOOKED_AT
        )
        fresh_first = sorted(found, key=lambda one: one.job is not None and one.job.turn >= TURNS_PATIENT)
        return next((one for one in fresh_first if _hold(room, one, self.holder)), None)


@dataclass
class _Job:
    """One round in the hands of this worker."""

    room: Room
    round: Round
    holder: str
    software: str
    told_at_s: float = 0.0
    told_step: str = ""
    held_at_s: float = field(default_factory=time.monotonic)
    begun_at_s: float = field(default_factory=time.monotonic)

    def steps(self) -> Iterator[None]:
        """All that is to do, in steps; ends where the round is computed, has failed, or is not ours any more."""
        try:
            yield from self._steps()
        except Overtaken:
            pass
        except NotThere:
            self._fail(
                Fault(
                    "not_found", "The cycle, its programme or a round that was named is not there any more."
                )
            )
        except (Refused, EngineError) as error:
            self._fail(_fault(error))
        finally:  # also where the worker stops: another need not wait for the lease to run out
            self.room.store.drop_lease(_lease(self.round), self.holder)

    def give_back(self) -> None:
        """This turn does not count as a try. Where that cannot be written now, it does."""
        turn = job_of(self.round).turn
        try:
            self._change("give back", lambda tx: turns.give_back(tx, self.round.id, turn))
        except (Overtaken, NotThere, Transient) as error:
            log().warning("try_not_given_back", round=self.round.id, reason=str(error))

    def _steps(self) -> Iterator[None]:
        self._take_up()
        yield
        if not job_of(self.round).digest:
            yield from self._pin()
            turn, self.round = job_of(self.round).turn, self._look()
            mine(self.round, turn)
        market = pins.read(self.room.store.reader(self.round.chapter), self.round)
        order = order_of(self.round, self.room.settings, a_page=PROPOSALS_A_PAGE, left_a_page=LEFT_A_PAGE)
        self._told(At("start", 0, 0))
        yield
        with computing(self.room.settings, order, market) as running:
            del market
            yield from self._listen(running)

    def _pin(self) -> Iterator[None]:
        """Read the market and pin it. Where somebody takes an answer back meanwhile the round waits again, and all is read once more: in a
        large chapter that happens often, and is no try of a worker's that died."""
        reader, turn = self.room.store.reader(self.round.chapter), job_of(self.round).turn
        applied = sum(size(reader, self.round.cycle))

        def told(read: int) -> None:
            self._told(At("read", read, applied))

        try:
            for _ in pins.take(reader, self.round, self.software, self._change, told):
                self._told(None)
                yield
        except TakenBack:
            self._change("read again", lambda tx: turns.begin_again(tx, self.round.id, turn))
            raise Overtaken from None

    def _listen(self, running: Computing) -> Iterator[None]:
        """Keep what the process says until its end."""
        kept = Heard(job_of(self.round).lines)
        batch: list[Said] = []
        while True:
            text = running.said(0.0 if batch else LISTENS_S)
            if text is None:
                if batch:
                    yield from self._surely(partial(self._keep, kept, batch))
                self._told(None)
                yield
                continue
            if not text:
                fault, complaint = running.why_it_ended()
                log().error("round_failed", round=self.round.id, complaint=complaint)
                if fault == FROM_OUTSIDE and job_of(self.round).tries < TRIES_MOST:
                    raise Transient("something outside ended the computation")
                return self._fail(fault)
            heard = said(text)
            if heard.fault is not None:
                return self._fail(heard.fault)
            if heard.at is not None:
                self._told(heard.at)
                yield  # it tells more often than one step listens: nobody could stop the worker meanwhile
                continue
            if not heard.end:
                kept.hear(text, heard, job_of(self.round))
                if kept.is_new:
                    batch.append(heard)
            if len(batch) >= LINES_AT_ONCE or (heard.end and batch):
                yield from self._surely(partial(self._keep, kept, batch))
                self._told(None)  # lines come faster than they are kept: nothing else would renew the lease
                yield
            if heard.end:
                return (yield from self._surely(partial(self._finish, kept)))

    def _surely(self, change: Callable[[], None]) -> Iterator[None]:
        """Make this change, and where the database is away make it again, step by step, for as long as the lease may still be ours."""
        while True:
            try:
                return change()
            except Transient as error:
                self._bear(error)
            yield

    def _bear(self, error: Transient) -> None:
        """The process computes on meanwhile; the error is raised where the lease may have run out."""
        if time.monotonic() - self.held_at_s >= self.room.settings.round_lease_s:
            raise error
        log().warning("round_goes_on", round=self.round.id, reason=str(error))

    def _take_up(self) -> None:
        """Count one more turn. What is counted before follows from the lease alone: no other turn is under way."""
        self._change(f"take up {new_id('try')}", lambda tx: turns.take_up(tx, self.round.id, self.software))
        self.round = self._look()
        if self.round.state == "failed":
            raise Overtaken

    def _keep(self, kept: Heard, batch: list[Said]) -> None:
        """Keep these lines, and empty the batch."""
        turn = job_of(self.round).turn
        self._change(f"lines {kept.lines}", lambda tx: turns.keep_lines(tx, self.round.id, turn, kept, batch))
        kept.fresh_pages = kept.fresh_left = 0
        batch.clear()

    def _finish(self, kept: Heard) -> None:
        turn = job_of(self.round).turn
        self._change("finish", lambda tx: turns.finish(tx, self.round.id, turn, kept))

    def _fail(self, fault: Fault) -> None:
        turn = None if self.round.job is None else self.round.job.turn
        self._change("fail", lambda tx: turns.fail(tx, self.round.id, turn, fault))

    def _told(self, at: At | None) -> None:
        """Write how far it is: each step that was heard of, and else seldom. Nothing is remembered of such a call: it takes effect as often
        as it is made."""
        now_s, step = time.monotonic(), self.told_step if at is None else at.step
        if now_s - self.told_at_s < TOLD_EVERY_S and step == self.told_step:
            return
        self.told_at_s, self.told_step = now_s, step
        if now_s - self.begun_at_s > ROUND_WITHIN_S:
            minutes = ROUND_WITHIN_S // 60
            raise Refused(
                "took_too_long", f"This round was not computed within {minutes} minutes, and was given up."
            )
        try:
            self._renew(at)
        except Transient as error:
            self._bear(error)

    def _renew(self, at: At | None) -> None:
        """Keep the lease and write how far it is. `Overtaken` where the round is somebody else's by now."""
        asked_s = time.monotonic()
        if not _hold(self.room, self.round, self.holder):
            raise Overtaken
        self.held_at_s = asked_s
        turn = job_of(self.round).turn

        def tell(tx: Tx) -> None:
            tx.begin(self._call("progress"))
            job = mine(now := tx.load(ROUNDS, self.round.id), turn)
            if at is not None and now is not None:
                tx.save(ROUNDS, replace(now, job=replace(job, step=at.step, done=at.done, of=at.of)))

        self.room.store.transact(tell)

    def _change(self, step: str, work: Callable[[Tx], Document]) -> None:
        self.room.store.change(self._call(step), work)

    def _look(self) -> Round:
        return self.room.store.reader(self.round.chapter).get(ROUNDS, self.round.id)

    def _call(self, step: str) -> Call:
        turn = "" if self.round.job is None else str(self.round.job.turn)
        id = derived_id("call", "round", self.round.id, turn, step)
        return Call(id, self.room.now(self.round.chapter), self.round.chapter, "round")


def _fault(error: Refused | EngineError) -> Fault:
    """Why a round cannot be computed; of a value that was asked for what is wrong with it."""
    wrong = error.more.get("errors") if isinstance(error, Refused) else None
    return Fault(error.code, wrong[0]["detail"] if wrong else error.detail)


def _hold(room: Room, this_round: Round, holder: str) -> bool:
    """Take or renew the lease of a round; False while another worker has it that has not died."""
    return room.store.hold_lease(_lease(this_round), holder, room.settings.round_lease_s)


def _lease(this_round: Round) -> str:
    return f"round {this_round.id}"


JOBS = Jobs()
