"""PyPI's matching on one instance, in its own environment: JSON on standard input and output, nothing of Cairn.

Preferences come as lists without ties, best first; nobody in them whose list would be empty.
"""

import json
import sys
import threading
import time

from matching.games import HospitalResident  # type: ignore[import-not-found]

#: Its constructor copies all people by recursion: without more than Python's 1,000 levels it ends at some hundreds of them.
LEVELS, STACK_BYTES = 10_000_000, 1 << 30


def main() -> None:
    """Read an instance, match it, say in how many seconds."""
    given = json.loads(sys.stdin.read())
    began_s = time.perf_counter()
    game = HospitalResident.create_from_dictionaries(given["mentees"], given["mentors"], given["seats"])
    found = game.solve(optimal="resident")
    seconds = time.perf_counter() - began_s
    pairs = [(mentee.name, mentor.name) for mentor, mentees in found.items() for mentee in mentees]
    sys.stdout.write(json.dumps({"seconds": seconds, "pairs": pairs}))


if __name__ == "__main__":
    sys.setrecursionlimit(LEVELS)
    threading.stack_size(STACK_BYTES)
    running = threading.Thread(target=main)
    running.start()
    running.join()
