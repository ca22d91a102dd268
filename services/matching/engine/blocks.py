"""Rows shared out among threads, block by block: what comes out does not depend on how many there are."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from services.matching.engine.columns import Ints
from services.matching.engine.round import Progress

ROWS_A_BLOCK = 1_024


def over(
    rows: Ints,
    work: Callable[[slice], None],
    *,
    threads: int,
    step: str,
    progress: Progress,
    size: int = ROWS_A_BLOCK,
) -> None:
    """Call `work` for every block of the places in `rows`; it goes on side by side as far as it lets go of the interpreter's lock,
    and writes only into its own block. `progress` is told on the caller's thread, and what it raises comes out once the blocks
    under way are through."""
    blocks = [slice(start, start + size) for start in range(0, len(rows), size)]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        under_way = [pool.submit(work, block) for block in blocks]
        try:
            for done, one in enumerate(under_way):
                progress(step, done, len(blocks))
                one.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
