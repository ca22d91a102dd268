"""What a round counts: the joint scores of its pairs, and what its options add to them.

Invariant: nothing here changes u, v, w or who is eligible; it only changes which eligible pairs are the best choice.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.edges import Edges, among
from services.matching.engine.errors import EngineError
from services.matching.engine.market import Snapshot
from services.matching.engine.round import Options

CHAPTER = "chapter"


@dataclass(frozen=True, eq=False, slots=True)
class Objective:
    """`extra` [mentees]: points for a pair of this mentee; `before`: pairs of the draft before, worth `stay` more."""

    extra: NDArray[np.int64]
    before: Edges
    stay: int

    def worth(self, edges: Edges) -> NDArray[np.int64]:
        """What each pair adds to the objective."""
        counted: NDArray[np.int64] = edges.w + self.extra[edges.rows]
        if self.stay and len(self.before):
            counted = counted + self.stay * among(edges, self.before)
        return counted


def objective(market: Snapshot, options: Options) -> Objective:
    """What these options ask for. Pairs of people who are gone are left out. Raises `EngineError` (unknown_group)."""
    extra = np.zeros(len(market.mentees), np.int64)
    for group, points in options.bonus.items():
        extra += points * _in_group(market, group)
    rows = [
        (i, j)
        for mentee, mentor in options.before
        if (i := market.mentees.row_of(mentee)) is not None
        and (j := market.mentors.row_of(mentor)) is not None
    ]
    pairs = np.array(sorted(rows), np.int32).reshape(-1, 2)
    nothing = np.zeros(len(pairs), np.int32)
    return Objective(extra, Edges(pairs[:, 0], pairs[:, 1], nothing, nothing, nothing), options.stay)


def _in_group(market: Snapshot, group: str) -> NDArray[np.bool_]:
    """Which mentees belong to a group: "chapter/<chapter>" or "<question key>/<choice>"; none where nobody asks for a mentor.

    No group of a sensitive question: two drafts side by side, with the bonus and without, would tell who is in it.
    """
    mentees = market.mentees
    here: NDArray[np.bool_] = np.zeros(len(mentees), bool)
    key, slash, choice = group.partition("/")
    if slash and key == CHAPTER and (not len(here) or choice in market.chapters):
        return mentees.chapter == market.chapters.index(choice) if len(here) else here
    for place, question in enumerate(market.rules.questions):
        names = market.choices[place]
        open_to_all = slash and question.match == "same" and not question.sensitive
        if open_to_all and question.key == key and (not len(here) or choice in names):
            return mentees.choices[:, place] >> np.uint64(names.index(choice)) & 1 > 0 if len(here) else here
    detail = (
        'name a group as "chapter/<chapter>" or "<question>/<choice>", of which somebody is in this market; the question '
        "must have choices, and not be sensitive"
    )
    raise EngineError("unknown_group", detail, where=f"/bonus/{group}")
