"""Compiles the engine's kernels before the suite, once: `python -m tests.rules.engine.compiled`.

Without it each process of the suite would compile them for itself, within the time of whichever test comes first.
"""

import sys

from services.matching.engine import KINDS, Options, kernels, solve, unpack
from tests.bench.matching.generator import Shape, market

LARGE_ENOUGH = Shape(mentees=1_400, mentors=350, seed=1)
"""More pairs than are weighed without kernels (`PLAIN_PAIRS_MAX`)."""


def main() -> None:
    """Solve a round of each kind that uses all of them."""
    if not kernels.KEPT.exists():
        sys.stderr.write("cairn: compiling the matching engine's kernels, about a minute\n")
    here = unpack(market(LARGE_ENOUGH))
    for kind in KINDS:
        solve(here, kind, Options(seed=1), full_report=True)


if __name__ == "__main__":
    main()
