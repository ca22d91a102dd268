"""The loops over all pairs of a large market, compiled by numba; nothing else imports it.

Invariants:
1. Kernels read `tables.Tables` and write into arrays they are given; they keep nothing, and hold no lock while
   they run, so that threads share the work by rows (`blocks.py`).
2. What stops a pair and what it is worth stands once, in `pair.py`.
3. Integers only: the same result on every machine and for any number of threads.
"""
