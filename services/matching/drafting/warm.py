"""Compiles the kernels ahead of the first large round: `python -m services.matching.drafting.warm FOLDER`.

It computes a small round of each kind by the very process that computes large ones, so that nothing can be compiled differently.
"""

import subprocess
import sys
from os import getpid
from pathlib import Path

from services.matching.domain.rounds import Asked
from services.matching.drafting.surroundings import environment
from services.matching.drafting.wire import Beside, Order, line, pinned, said
from services.matching.engine import KINDS, Person, Rules, pack, snapshot

#: More pairs than are weighed without kernels.
MENTEES, MENTORS = 1_300, 300
AREAS, WITHIN_S = 12, 600


def main(folder: Path) -> None:
    """Compile into FOLDER, for every processor of this kind; fails with what the process complained of."""
    folder.mkdir(parents=True, exist_ok=True)
    market = a_market()
    for kind in KINDS:
        order = Order(
            kind=kind, seed=1, asked=Asked(), nice=0, memory_bytes=0, threads=1, a_page=100, left_a_page=1_000
        )
        command = [sys.executable, "-m", "services.matching.drafting", str(getpid())]
        answered = subprocess.run(
            command,
            input=line(order) + market,
            env=environment(threads=1, cache=folder, portable=True),
            stdout=subprocess.PIPE,
            timeout=WITHIN_S,
            check=True,
        )
        faults = [one.fault for one in map(said, answered.stdout.splitlines()) if one.fault is not None]
        sys.stderr.write(f"{kind}: {faults[0].code if faults else 'compiled'}\n")


def a_market() -> bytes:
    """A pinned market with more pairs than are weighed without kernels."""
    return pinned(Beside((), ()), pack(snapshot(_people(), Rules())))


def _people() -> list[Person]:
    """People who differ enough for every branch to be taken."""
    people = []
    for n in range(MENTEES + MENTORS):
        mentor = n >= MENTEES
        areas = [f"a{n % AREAS}", f"a{n * 7 % AREAS}"]
        people.append(
            Person(
                id=f"mem_{n:06d}",
                chapter="c",
                roles={"mentor" if mentor else "mentee"},
                areas_wanted={} if mentor else dict.fromkeys(areas, 1 + n % 3),
                areas_offered=dict.fromkeys(areas, 3 + n % 20) if mentor else {},
                languages={"en", f"l{n % 5}"},
                hours=range(n % 5, 160, 3 + n % 4),
                mentor_seats=4,
                wants_to_learn={f"a{n % AREAS}"},
                could_teach={f"a{n * 5 % AREAS}"},
                confirmed=True,
                route="mentoring",
            )
        )
    return people


if __name__ == "__main__":
    main(Path(sys.argv[1]))
