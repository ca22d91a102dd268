"""What the process that computes a round is given as its environment, and where its compiled kernels come from.

Invariant: nothing but where our code is and what numeric libraries may take: no address, no secret.
"""

import platform
import shutil
from pathlib import Path

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
    not there."""
    if cache is None or ready is None or not ready.is_dir():
        return
    for compiled in ready.iterdir():
        place, half = cache / compiled.name, cache / f"{compiled.name}.half"
        if place.exists():
            continue
        shutil.copytree(compiled, half, dirs_exist_ok=True)
        if not place.exists():
            half.rename(place)
