"""A round's lists as they are kept: pages of proposals, and of those left over.

Invariant: a round that an earlier version kept reads the same. Its pages had numbers of three digits, and all whom it left over stood in
one document of the round's own id; nothing new is kept like that.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.matching.domain.market import scores_privately
from services.matching.domain.rounds import (
    LEFT_A_PAGE,
    Left,
    ProposalPage,
    Round,
    left_page_id,
    page_id,
)
from services.matching.kinds import LEFT_OVERS, PAGES, PROGRAMMES, ROUNDS
from shared.errors import NotThere
from shared.kinds import Kind, V
from shared.transaction import Reader, Tx

#: Pages of a hundred proposals that are asked for in one read.
PAGES_AT_ONCE = 50
#: Rounds that are asked for in one read, some KB each.
ROUNDS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Priced:
    """Of a proposal what the mentor's place was worth."""

    mentor: str
    mentor_price: int = 0


@dataclass(frozen=True, slots=True)
class PricedPage:
    """A page of proposals without their reasons, which are most of it."""

    id: str
    chapter: str
    proposals: tuple[Priced, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """Of a proposal what it is worth."""

    mentee: str
    mentor: str
    u: int
    v: int
    w: int


@dataclass(frozen=True, slots=True)
class ScoredPage:
    """A page of proposals without their reasons."""

    id: str
    chapter: str
    proposals: tuple[Scored, ...]


PRICED_PAGES = Kind(PAGES.name, PAGES.collection, PricedPage)
SCORED_PAGES = Kind(PAGES.name, PAGES.collection, ScoredPage)


@dataclass(frozen=True, slots=True)
class Worth:
    """What the mentors' places are worth in a round, where they are worth anything, and how many of each mentor's it uses."""

    prices: Mapping[str, int]
    taken: Mapping[str, int]


def worth_of(reader: Reader, this_round: Round) -> Worth:
    """The same, read from all pages of the round."""
    prices: dict[str, int] = {}
    taken: Counter[str] = Counter()
    for page in _pages(reader, this_round, PRICED_PAGES):
        prices |= {one.mentor: one.mentor_price for one in page.proposals}
        taken.update(one.mentor for one in page.proposals)
    for number in range(this_round.left_pages):
        left = left_page(reader, this_round.id, number)
        prices |= {one.member: one.price for one in left if one.side == "mentor"}
    return Worth({mentor: points for mentor, points in prices.items() if points}, taken)


def scored(reader: Reader, this_round: Round) -> Iterator[Scored]:
    """What each of the round's proposals is worth, in their order; read some pages at a time."""
    for page in _pages(reader, this_round, SCORED_PAGES):
        yield from page.proposals


def _pages(reader: Reader, this_round: Round, kind: Kind[V]) -> Iterator[V]:
    """All of the round's pages as this kind of them has it, in their order. `NotThere` where one is not there any more."""
    for start in range(0, this_round.pages, PAGES_AT_ONCE):
        numbers = range(start, min(start + PAGES_AT_ONCE, this_round.pages))
        named = [(page_id(this_round.id, number), _earlier_id(this_round.id, number)) for number in numbers]
        ids = [id for both in named for id in both]
        found = {page.id: page for page in reader.find(kind, {"_id": {"$in": ids}}, limit=len(ids))}
        for id, earlier in named:
            page = found.get(id) or found.get(earlier)
            if page is None:
                raise NotThere(kind.name)
            yield page


def rounds_to_change(tx: Tx, cycles: Iterable[str], only: Mapping[str, Any]) -> Iterator[Round]:
    """All rounds of these cycles that MongoDB's filter `only` admits, the oldest first. There is no limit to them, since whatever is
    offered on is kept as a round, too: they are read some at a time, and held so that to save one needs no look of its own."""
    for cycle in cycles:
        after: dict[str, Any] = {}
        while True:
            within = {"cycle": cycle, "$and": [only, after]}
            found = tx.find(ROUNDS, within, sort=[("made_at", 1), ("_id", 1)], limit=ROUNDS_AT_ONCE)
            tx.prefetch(ROUNDS, [one.id for one in found])
            yield from found
            if len(found) < ROUNDS_AT_ONCE:
                break
            last = found[-1]
            later = [{"made_at": {"$gt": last.made_at}}, {"_id": {"$gt": last.id}}]
            after = {"made_at": {"$gte": last.made_at}, "$or": later}


def hides_prices(reader: Reader, this_round: Round) -> bool:
    """Whether sensitive answers move the prices of the round; of one that an earlier version kept, whether they do by today's rules."""
    if this_round.private is not None:
        return this_round.private
    return scores_privately(reader.get(PROGRAMMES, this_round.programme).engine_rules)


def hides_scores(reader: Reader, this_round: Round) -> bool:
    """Whether the round's pages hold points that sensitive answers gave, as those of an earlier version may."""
    return this_round.private is None and hides_prices(reader, this_round)


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
