"""What a worker's turn at a round writes: taken up, kept line by line, finished, failed or begun again; each in one transaction.

Invariant: each looks first whether the round is still that turn's; where it is another's nothing is changed (`Overtaken`).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from services.matching.commands.hearing import Heard
from services.matching.commands.rubbish import begin_anew, leave
from services.matching.domain import drafting
from services.matching.domain.drafting import Overtaken, job_of, mine
from services.matching.domain.market import scores_privately
from services.matching.domain.results import drafted
from services.matching.domain.rounds import Fault, LeftOvers, ProposalPage, left_page_id, page_id
from services.matching.drafting.wire import Said
from services.matching.kinds import LEFT_OVERS, PAGES, PROGRAMMES, ROUNDS
from shared.errors import Refused
from shared.transaction import Tx

Document = dict[str, Any]


def take_up(tx: Tx, id: str, software: str) -> Document:
    """One more turn begins: from the market that was pinned, or anew where other software pinned it."""
    now = tx.load(ROUNDS, id)
    if now is None or not now.to_compute:
        raise Overtaken
    if drafting.pinned_by_other(now, software):
        now = begin_anew(tx, now, upgraded=True)
    taken = drafting.take_up(now)
    if taken.state == "failed":
        leave(tx, drafting.rubbish(now))
    tx.save(ROUNDS, taken)
    return {}


def give_back(tx: Tx, id: str, turn: int) -> Document:
    """The worker lets go of the round before another takes it up; this was no try that failed."""
    mine(now := tx.get(ROUNDS, id), turn)
    tx.save(ROUNDS, drafting.given_back(now))
    return {}


def begin_again(tx: Tx, id: str, turn: int) -> Document:
    """The round waits again, and its market is to be read once more."""
    mine(now := tx.get(ROUNDS, id), turn)
    begin_anew(tx, now)
    return {}


def keep_lines(tx: Tx, id: str, turn: int, kept: Heard, batch: Iterable[Said]) -> Document:
    """Keep these lines, the last that were heard."""
    mine(now := tx.get(ROUNDS, id), turn)
    pages, left = kept.pages - kept.fresh_pages, kept.left_pages - kept.fresh_left
    for one in batch:
        if one.proposals is not None:
            tx.save(PAGES, ProposalPage(page_id(id, pages), now.chapter, id, one.proposals))
            pages += 1
        if one.left is not None:
            tx.save(LEFT_OVERS, LeftOvers(left_page_id(id, left), now.chapter, id, one.left))
            left += 1
    job = replace(job_of(now), step="keep", done=pages, of=kept.of_pages)
    now = drafting.lines_kept(replace(now, job=job), kept.lines, kept.digest, pages=pages, left_pages=left)
    tx.save(ROUNDS, now)
    return {}


def finish(tx: Tx, id: str, turn: int, kept: Heard) -> Document:
    """All of it is kept: the round is a draft now.

    `Refused` (`snapshot_outdated`) where the rules have changed; `ValueError` where the result is not whole, or is shorter than what was
    kept before, with which it then was never compared.
    """
    found = kept.summary
    whole = found is not None and (kept.pages, kept.left_pages) == (found.pages, found.left_pages)
    if found is None or not whole or kept.lines < kept.already:
        raise ValueError(f"the result of {id} is not whole")
    job = mine(now := tx.get(ROUNDS, id), turn)
    programme = tx.get(PROGRAMMES, now.programme)
    if programme.matching != job.matching:
        raise Refused(
            "snapshot_outdated",
            "The rules have changed since the market was looked at. Draft the round again.",
        )
    leave(tx, drafting.rubbish(now, pages_from=found.pages, left_from=found.left_pages))
    # Its market may have been pinned by other rules than it was asked for by: they are the programme's, as seen above.
    now = replace(now, rules=programme.matching_digest, private=scores_privately(programme.engine_rules))
    tx.save(ROUNDS, drafted(now, found, kept.digest))
    return {}


def fail(tx: Tx, id: str, turn: int | None, fault: Fault) -> Document:
    """The round failed; where it is another turn's by now, so is its end."""
    now = tx.load(ROUNDS, id)
    if now is None or now.job is None or now.job.turn != turn:
        return {}
    leave(tx, drafting.rubbish(now))
    tx.save(ROUNDS, drafting.fail(now, fault))
    return {}
