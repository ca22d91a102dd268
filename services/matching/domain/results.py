"""What the engine is asked for, and what it found: in pages of proposals, then pages of those left over, as a round keeps it.

Invariant: the same market, seed and options give the same pieces, byte for byte in JSON.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from services.matching.domain.rounds import PRICES_KEPT, Asked, Drafted, Left, Round
from services.matching.engine import Options, Part, Proposal, SeatPrice, joint_of_two
from services.matching.engine import Round as Found


@dataclass(frozen=True, slots=True)
class Summary:
    """What a round says of itself. The report names nobody: whose seats are dearest stands in `prices` alone."""

    proposals: int
    left_over: int
    pages: int
    left_pages: int
    report: dict[str, Any]
    prices: tuple[SeatPrice, ...]


def options_of(seed: int, asked: Asked, before: Sequence[tuple[str, str]]) -> Options:
    """What the engine is asked for. `EngineError` where something is out of bounds."""
    more = {} if asked.calm is None else {"calm": asked.calm}
    return Options(
        seed=seed,
        locked=[(one.mentee, one.mentor) for one in asked.locked],
        floor=asked.floor,
        before=before,
        stay=asked.stay,
        tolerance_ppm=asked.tolerance_ppm,
        bonus={one.group: one.points for one in asked.bonus},
        **more,
    )


def summary(found: Found, before: int, *, a_page: int, left_a_page: int) -> Summary:
    """Of what the engine found, with `before` people more left over whom it was not even told of."""
    report = asdict(found.report)
    report.pop("seats", None)
    left = before + len(found.left_over)
    return Summary(
        proposals=len(found.proposals),
        left_over=left,
        pages=-(-len(found.proposals) // a_page),
        left_pages=-(-left // left_a_page),
        report=report,
        prices=tuple(sorted(found.prices, key=lambda one: (-one.points, one.mentor))[:PRICES_KEPT]),
    )


def proposals_in_pages(found: Found, a_page: int) -> Iterator[tuple[Drafted, ...]]:
    """The proposals as a round keeps them."""
    mentees, mentors = _prices(found)
    page: list[Drafted] = []
    for one in found.proposals:
        drafted = Drafted(
            one.mentee,
            one.mentor,
            *shown_scores(one),
            one.mentee_reasons,
            one.mentor_reasons,
            mentee_price=mentees.get(one.mentee, 0),
            mentor_price=mentors.get(one.mentor, 0),
        )
        page.append(drafted)
        if len(page) == a_page:
            yield tuple(page)
            page = []
    if page:
        yield tuple(page)


def shown_scores(one: Proposal) -> tuple[int, int, int]:
    """u, v and w of a proposal as coordinators may read them: without what sensitive answers add, which would give these away (R7)."""
    u, v = _visible(one.mentee_parts), _visible(one.mentor_parts)
    return u, v, joint_of_two(u, v)


def _visible(parts: Iterable[Part]) -> int:
    return sum(part.points for part in parts if not part.private)


def left_in_pages(found: Found, before: Iterable[Left], a_page: int) -> Iterator[tuple[Left, ...]]:
    """Everybody left over, in the order of their ids."""
    mentees, mentors = _prices(found)
    of = {"mentee": mentees, "mentor": mentors}
    left = [
        *before,
        *(Left(one.id, one.side, one.code, of[one.side].get(one.id, 0)) for one in found.left_over),
    ]
    left.sort(key=lambda one: (one.member, one.side))
    for start in range(0, len(left), a_page):
        yield tuple(left[start : start + a_page])


def drafted(this_round: Round, said: Summary, result: str = "") -> Round:
    """The round as a draft, once all of its pages are kept; `result` is the digest of what was found."""
    return replace(
        this_round,
        state="draft",
        proposals=said.proposals,
        left_over=said.left_over,
        pages=said.pages,
        left_pages=said.left_pages,
        report=said.report,
        prices=said.prices,
        told_of=said.left_over,
        result=result,
        job=None,
        to_compute=False,
    )


def _prices(found: Found) -> tuple[dict[str, int], dict[str, int]]:
    """What the round would lose without a place of each mentee, and what one more of each mentor would add, where that is anything."""
    mentees = {one.mentee: one.points for one in found.mentee_prices}
    return mentees, {one.mentor: one.points for one in found.prices}
