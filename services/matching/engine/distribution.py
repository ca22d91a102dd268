"""How scores are spread: bars of equal width over whole numbers.

Invariant: widths are 1, 5, 10, 50, 100 and so on and bars begin at multiples of their width, so that two spreads of
different widths can be drawn on one axis: every narrow bar lies within one wide bar.
"""

import numpy as np

from services.matching.engine.columns import Ints
from services.matching.engine.round import Histogram

BARS_MAX = 20


def histogram(scores: Ints) -> Histogram:
    """Of any number of scores, in the narrowest bars of which `BARS_MAX` are enough."""
    if not len(scores):
        return Histogram(low=0, width=1, counts=())
    lowest, highest = int(scores.min()), int(scores.max())
    width, wider = 1, 5
    while highest // width - lowest // width >= BARS_MAX:
        width, wider = width * wider, 7 - wider  # times 5, times 2, times 5, ...
    first = lowest // width
    counts = np.bincount(scores // width - first)
    return Histogram(low=first * width, width=width, counts=tuple(counts.tolist()))
