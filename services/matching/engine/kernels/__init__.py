"""The loops over all pairs of a large market, compiled by numba; nothing else imports it.

Invariants:
1. Kernels read `tables.Tables` and write into arrays they are given; they keep nothing, and hold no lock while
   they run, so that threads share the work by rows (`blocks.py`).
2. What stops a pair and what it is worth stands once, in `pair.py`.
3. Integers only: the same result on every machine and for any number of threads.
4. What was compiled is kept under a digest of all its sources. numba compares but the file of the function it compiles, and
   would run on what another file of ours said before.
"""

from hashlib import blake2b
from pathlib import Path

from numba import config

HERE = Path(__file__).parent
BESIDE = ("columns", "digests", "pairs", "people", "tables", "walking")
"""Modules of the engine whose constants are compiled in."""


def _digest() -> str:
    sources = [*sorted(HERE.glob("*.py")), *(HERE.with_name(f"{name}.py") for name in BESIDE)]
    return blake2b(b"".join(file.read_bytes() for file in sources), digest_size=8).hexdigest()


KEPT = Path(vars(config)["CACHE_DIR"] or HERE / "__pycache__") / _digest()
vars(config)["CACHE_DIR"] = str(KEPT)
