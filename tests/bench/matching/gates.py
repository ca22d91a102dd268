"""What the bench measures: each gate with its market, its kind of round, and what it must keep (matching.md, section 4)."""

from dataclasses import dataclass, field
from typing import Any

SIZE, MILLION_SIZE, CHAPTER_SIZE, RIVALS_SIZE = 100_000, 1_000_000, 300, 1_000
MENTEES_PER_MENTOR = 4
CALM_POINTS = 5
CHANGED_SHARE = 0.01
STAY_POINTS = 2

#: Of these figures more is better; of all others less is.
MORE_IS_BETTER = frozenset({"of_optimum", "kept", "times_faster", "of_their_total"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """`work` says what its process does: solve, discover or rerun; rivals and documents are measured by modules of their own. A target
    holds at `size` mentees and four times fewer mentors, on two cores."""

    name: str
    work: str = "solve"
    kind: str = "welfare"
    options: dict[str, Any] = field(default_factory=dict)
    size: int = SIZE
    target: dict[str, float] = field(default_factory=dict)


GATES = (
    Gate(name="stable", kind="stable", target={"seconds": 3.5, "peak_mb": 300, "blocking_pairs": 0}),
    Gate(
        name="welfare",
        target={"seconds": 10, "peak_mb": 500, "gap_relative": 1e-5},
    ),
    Gate(
        name="calm",
        kind="calm",
        options={"calm": CALM_POINTS},
        target={"of_optimum": 0.985, "largest_mutual_gain": CALM_POINTS},
    ),
    Gate(name="top20", work="discover", target={"p99_us": 150}),
    Gate(
        name="rerun",
        work="rerun",
        options={"stay": STAY_POINTS},
        target={"seconds": 2, "broken": 0.001, "kept": 0.9999},
    ),
    Gate(
        name="million",
        size=MILLION_SIZE,
        options={"tolerance_ppm": 100},
        target={"seconds": 900, "peak_mb": 4_096, "gap_relative": 1e-4},
    ),
    Gate(name="rivals", work="rivals", size=RIVALS_SIZE, target={"times_faster": 1_000, "of_their_total": 1}),
    Gate(name="documents_300x75", work="documents", size=CHAPTER_SIZE, target={"seconds": 1}),
)
ON_DEMAND = ("million",)
BY_NAME = {gate.name: gate for gate in GATES}


def met(gate: Gate, mentees: int, figures: dict[str, Any]) -> bool | None:
    """Does the gate keep its target? None at another size, or where a figure is missing."""
    if mentees != gate.size or any(figures.get(name) is None for name in gate.target):
        return None
    return all(
        figures[name] >= aim if name in MORE_IS_BETTER else figures[name] <= aim
        for name, aim in gate.target.items()
    )
