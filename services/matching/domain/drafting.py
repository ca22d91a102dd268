"""A round that is too large for a request: asked for, taken up by a worker, computed from a pinned market, and kept piece by piece.

Invariants:
1. Who takes a round up counts its turn; every later write names the turn that it belongs to, and one of an earlier turn is refused
   (`mine`). So a worker that was thought dead changes nothing any more.
2. The market is pinned once: whoever takes the round up later computes from the same bytes, with the same seed and options, and so gets
   the same result; what is kept already is compared with it.
3. Where somebody in it takes an answer back or is erased, or other software takes the round up than pinned its market, the market is
   pinned anew (`again`), and nothing kept before is shown.
4. A round is a draft only once all of it is kept; until then, failed or cancelled, none of it can be seen.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from services.matching.domain.programmes import Programme
from services.matching.domain.rounds import Fault, Job, Round
from shared.errors import Refused

#: How often a round is taken up without coming to its end, by workers that died over it or whose database was away for long, before it
#: has failed.
TRIES_MOST = 5
#: How many turns it may have in all, those that began it anew among them. People who keep taking answers back must not hold up others.
TURNS_MOST = 50
#: A round that takes longer than this has failed.
ROUND_WITHIN_S = 3_600
#: How many bytes of a pinned market one document holds: half of what MongoDB takes (16 MB).
PIECE_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a pinned market; `id` is `piece_id`."""

    id: str
    chapter: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Rubbish:
    """What is left of a round and nobody needs: its pages and pages of those left over from a number on, and a pinned market's pieces."""

    id: str
    chapter: str
    round: str
    pages: tuple[int, int] = (0, 0)
    left_pages: tuple[int, int] = (0, 0)
    snapshot: str = ""
    pieces: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is left of it."""
        return self.pages[0] >= self.pages[1] and self.left_pages[0] >= self.left_pages[1] and not self.pieces


class Overtaken(Exception):
    """The round is not this turn's any more: cancelled, begun anew, or taken up by another worker."""


def snapshot_id(this_round: Round) -> str:
    """The name of the market that this turn pins."""
    return f"{this_round.id}:{job_of(this_round).turn}"


def piece_id(snapshot: str, number: int) -> str:
    """The id of a pinned market's piece, from 0."""
    return f"{snapshot}:{number:06d}"


def job_of(this_round: Round) -> Job:
    """How far the worker is with it. `Overtaken` where nobody computes it."""
    if this_round.job is None:
        raise Overtaken
    return this_round.job


def mine(this_round: Round | None, turn: int) -> Job:
    """The job, where it is still this turn's; else `Overtaken`."""
    if this_round is None or this_round.state != "computing" or job_of(this_round).turn != turn:
        raise Overtaken
    return job_of(this_round)


def take_up(this_round: Round) -> Round:
    """The round in the hands of one more worker. One that was taken up, or begun anew, too often has failed."""
    job = job_of(this_round)
    if job.tries >= TRIES_MOST:
        detail = f"This round was begun {TRIES_MOST} times and never came to its end. Nothing of it was kept."
        return fail(this_round, Fault("kept_failing", detail))
    if job.turn >= TURNS_MOST:
        detail = (
            "While this round was prepared, people took answers back again and again. Draft it once more."
        )
        return fail(this_round, Fault("kept_changing", detail))
    at = replace(job, turn=job.turn + 1, tries=job.tries + 1, step="read", done=0, of=0)
    return replace(this_round, state="computing", job=at)


def given_back(this_round: Round) -> Round:
    """The round after its worker let go of it in good order, as where it is stopped to be upgraded: nothing failed."""
    job = job_of(this_round)
    return replace(this_round, job=replace(job, tries=max(0, job.tries - 1)))


def pinned_by_other(this_round: Round, software: str) -> bool:
    """Whether its market is whole and was pinned by other software than this: what that wrote, this may not read or go on with."""
    job = job_of(this_round)
    return bool(job.digest) and job.software != software


def began_pin(this_round: Round, software: str, *, now: datetime) -> Round:
    """The round with a name for the market that this software is about to read and pin, and none of its pieces."""
    job = replace(
        job_of(this_round), snapshot=snapshot_id(this_round), pieces=0, digest="", software=software
    )
    return replace(this_round, job=job, read_at=now)


def piece_kept(this_round: Round, *, of: int) -> Round:
    """The round after one more piece of its market was kept."""
    job = job_of(this_round)
    return replace(
        this_round, job=replace(job, pieces=job.pieces + 1, step="pin", done=job.pieces + 1, of=of)
    )


def pinned(this_round: Round, digest: str, programme: Programme) -> Round:
    """The round with its market whole: the digest of its bytes, and what of the programme it was taken by. That may have changed since the
    round was asked for, and with it the questions whose answers move it."""
    job = replace(job_of(this_round), digest=digest, matching=programme.matching)
    return replace(this_round, questions=programme.questions, job=job)


def lines_kept(this_round: Round, lines: int, digest: str, *, pages: int, left_pages: int) -> Round:
    """The round after more of its result was kept; its pages stand up to these numbers. A result before may have had more."""
    job = job_of(this_round)
    job = replace(
        job,
        lines=lines,
        digest_kept=digest,
        pages=max(job.pages, pages),
        left_pages=max(job.left_pages, left_pages),
    )
    return replace(this_round, job=job)


def again(this_round: Round, *, upgraded: bool = False) -> Round:
    """The round as it was asked for: its market has changed under it, or the software was upgraded, and it is to be pinned anew.

    One that only waits has no market that could have changed: it stays as it is, however many take answers back meanwhile.
    Tries count from 0 again; of upgrades only with the first, so that workers of two versions do not do so for ever.
    """
    if this_round.state == "asked":
        return this_round
    job = job_of(this_round)
    fresh = Job(
        turn=job.turn + 1,
        tries=job.tries if upgraded and job.upgraded else 0,
        pages=job.pages,
        left_pages=job.left_pages,
        upgraded=upgraded or job.upgraded,
    )
    return replace(this_round, state="asked", job=fresh)


def cancel(this_round: Round) -> Round:
    """The round cancelled; it stays so. `Refused` (`wrong_state`) where it was computed or failed."""
    if this_round.state == "cancelled":
        return this_round
    if this_round.state not in ("asked", "computing"):
        raise Refused(
            "wrong_state",
            "Only a round that is waiting or being computed can be cancelled.",
            at=this_round.state,
        )
    return replace(this_round, state="cancelled", job=None, to_compute=False)


def fail(this_round: Round, fault: Fault) -> Round:
    """The round failed, and why."""
    return replace(this_round, state="failed", fault=fault, job=None, to_compute=False)


def rubbish(this_round: Round, *, pages_from: int = 0, left_from: int = 0) -> Rubbish | None:
    """What the round leaves behind from these pages on, with its pinned market; None where there is nothing.

    The id follows from what it names, so that the same is not noted twice.
    """
    job = this_round.job or Job()
    pages = max(this_round.pages, job.pages)
    left_pages = max(this_round.left_pages, job.left_pages)
    if pages <= pages_from and left_pages <= left_from and not job.pieces:
        return None
    return Rubbish(
        id=f"{this_round.id}:{job.snapshot or 'pages'}:{pages_from}",
        chapter=this_round.chapter,
        round=this_round.id,
        pages=(pages_from, max(pages, pages_from)),
        left_pages=(left_from, max(left_pages, left_from)),
        snapshot=job.snapshot,
        pieces=job.pieces,
    )


def snapshot_rubbish(this_round: Round) -> Rubbish | None:
    """The round's pinned market as what nobody needs any more; None where nothing of it is kept."""
    job = job_of(this_round)
    if not job.pieces:
        return None
    return Rubbish(
        id=job.snapshot,
        chapter=this_round.chapter,
        round=this_round.id,
        snapshot=job.snapshot,
        pieces=job.pieces,
    )


def chained(before: str, line: bytes) -> str:
    """The digest of a result's lines with one more."""
    return hashlib.sha256(before.encode() + line).hexdigest()
