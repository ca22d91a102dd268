"""A round's lists as they are kept: pages of proposals, and of those left over.

Invariant: a round that an earlier version kept reads the same. Its pages had numbers of three digits, and all whom it left over stood in
one document of the round's own id; nothing new is kept like that.
"""

from services.matching.domain.rounds import (
    LEFT_A_PAGE,
    Left,
    ProposalPage,
    Round,
    left_page_id,
    page_id,
)
from services.matching.kinds import LEFT_OVERS, PAGES
from shared.transaction import Reader, Tx


def proposals_page(reader: Reader, round_id: str, number: int) -> ProposalPage:
    """A page of a round's proposals, from 0. `NotThere` where there is none."""
    page = reader.load(PAGES, page_id(round_id, number))
    return reader.get(PAGES, _earlier_id(round_id, number)) if page is None else page


def left_page(reader: Reader, round_id: str, number: int) -> tuple[Left, ...]:
    """A page of those whom a round leaves over, from 0. `NotThere` where there is none."""
    page = reader.load(LEFT_OVERS, left_page_id(round_id, number))
    if page is not None:
        return page.people
    return reader.get(LEFT_OVERS, round_id).people[number * LEFT_A_PAGE : (number + 1) * LEFT_A_PAGE]


def remove_earlier(tx: Tx, this_round: Round) -> None:
    """Take away what an earlier version kept of a round; nothing of others."""
    if tx.load(LEFT_OVERS, this_round.id) is not None:
        tx.remove(LEFT_OVERS, this_round.id)
        for number in range(this_round.pages):
            tx.remove(PAGES, _earlier_id(this_round.id, number))


def _earlier_id(round_id: str, number: int) -> str:
    return f"{round_id}:{number:03d}"
