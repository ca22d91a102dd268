"""What the process that computes a round is given as its environment, and where its compiled kernels come from.

Invariants:
1. It is given nothing but where our code is and what numeric libraries may take: no address, no secret.
2. Kernels that are copied stand under their own name whole or not at all, whoever copies at the same time and wherever it is cut off.
"""

import platform
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import services

#: Processors that have what the kernels gain from (counting bits), from about 2009 on; elsewhere whatever the compiler takes for plain.
PORTABLE = {"x86_64": "x86-64-v2"}


def environment(*, threads: int, cache: Path | None, portable: bool) -> dict[str, str]:
    """The environment: `cache` is where kernels are kept (None: beside the sources), `portable` that other processors are to take them."""
    given = {
        "PYTHONPATH": str(Path(services.__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "2",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": str(threads),
    }
    if cache is not None:
        given["NUMBA_CACHE_DIR"] = str(cache)
    if portable:
        given["NUMBA_CPU_NAME"] = PORTABLE.get(platform.machine(), "generic")
        given["NUMBA_CPU_FEATURES"] = ""
    return given


def provide(cache: Path | None, ready: Path | None) -> None:
    """Copy kernels that were compiled before to where they can be added to: of each version of the sources those that are
    not there. `OSError` where there is no room for them."""
    if cache is None or ready is None or not ready.is_dir():
        return
    cache.mkdir(parents=True, exist_ok=True)
    for compiled in ready.iterdir():
        place = cache / compiled.name
        if place.exists():
            continue
        with TemporaryDirectory(prefix=f".{compiled.name}.", dir=cache) as beside:
            whole = shutil.copytree(compiled, Path(beside) / compiled.name)
            try:
                whole.rename(place)
            except OSError:
                if not place.is_dir():  # else another worker was first
                    raise
