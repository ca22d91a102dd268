"""A pinned market: taken once for a round, kept as bytes in pieces that MongoDB takes, and read again by whoever computes it.

MongoDB's own way to keep files (GridFS) writes outside our transactions and knows no chapter, so the pieces are values like all others.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from services.matching.commands.consent import withdrawals
from services.matching.commands.drafting import hold_to, pairs_before
from services.matching.commands.markets import people
from services.matching.commands.rubbish import leave
from services.matching.domain import drafting
from services.matching.domain.drafting import PIECE_BYTES, Piece, mine, piece_id
from services.matching.domain.rounds import Left, Round
from services.matching.drafting.wire import Beside, pinned
from services.matching.engine import pack, snapshot
from services.matching.kinds import PIECES, PROGRAMMES, ROUNDS
from shared.transaction import Reader, Tx

Document = dict[str, Any]
#: A step of the job: its name, what it does in the transaction, and how it is carried out once.
Change = Callable[[str, Callable[[Tx], Document]], Any]


def take(
    reader: Reader, this_round: Round, software: str, change: Change, told: Callable[[int], None]
) -> Iterator[None]:
    """Read the market of a round in hand, and keep it as `software` writes it. `told` hears how many applications were read; it yields once
    all are, and after each piece, so that whoever steps it can renew the lease: packing a large market takes seconds, and so does a piece.

    `Overtaken` where the round is somebody else's; `TakenBack` where somebody took an answer back meanwhile; `Refused` and `EngineError`
    where there is no market to take.
    """
    id, turn = this_round.id, drafting.job_of(this_round).turn

    def begin(tx: Tx) -> Document:
        mine(now := tx.get(ROUNDS, id), turn)
        leave(tx, drafting.snapshot_rubbish(now))
        tx.save(ROUNDS, drafting.began_pin(now, software, now=tx.call.at))
        return {}

    change("pin", begin)
    seen = withdrawals(reader, this_round.chapter)
    programme = reader.get(PROGRAMMES, this_round.programme)
    left: list[Left] = []
    before = tuple(pairs_before(reader, this_round.cycle, this_round.asked))
    market = snapshot(people(reader, programme, this_round.cycle, left, told=told), programme.engine_rules)
    yield
    data = pinned(Beside(tuple(left), before), pack(market))
    del market, left, before
    whole = hashlib.sha256(data).hexdigest()
    pieces = -(-len(data) // PIECE_BYTES)
    for number in range(pieces):
        body = data[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]
        last = number == pieces - 1

        def keep(tx: Tx, number: int = number, body: bytes = body, last: bool = last) -> Document:
            mine(now := tx.get(ROUNDS, id), turn)
            kept = drafting.piece_kept(now, of=pieces)
            tx.save(PIECES, Piece(piece_id(drafting.job_of(kept).snapshot, number), now.chapter, body))
            if last:
                hold_to(tx, seen)
                kept = drafting.pinned(kept, whole, programme)
            tx.save(ROUNDS, kept)
            return {}

        change(f"piece {number}", keep)
        yield


def read(reader: Reader, this_round: Round) -> bytes:
    """The pinned market of a round. `Overtaken` where it is gone meanwhile."""
    job = drafting.job_of(this_round)
    data = bytearray()
    for number in range(job.pieces):
        piece = reader.load(PIECES, piece_id(job.snapshot, number))
        if piece is None:
            raise drafting.Overtaken
        data += piece.body
    if hashlib.sha256(data).hexdigest() != job.digest:
        raise ValueError(f"the pinned market {job.snapshot} is not what was pinned")
    return bytes(data)
