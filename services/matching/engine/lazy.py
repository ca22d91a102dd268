"""A sequence whose items are made when they are looked at, so that a round is arrays until somebody reads it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, overload

T = TypeVar("T")

ITEMS_AT_ONCE = 256  # bounds what is made for one look


class Lazy(Sequence[T]):
    """`count` items; `make(start, stop)` gives those of one stretch, the same ones each time. It equals every sequence with equal items."""

    __slots__ = ("_count", "_make")

    def __init__(self, count: int, make: Callable[[int, int], Sequence[T]]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        if isinstance(place, slice):
            return tuple(self[at] for at in range(*place.indices(self._count)))
        at = range(self._count)[place]  # IndexError where there is none
        return self._make(at, at + 1)[0]

    def __iter__(self) -> Iterator[T]:
        for start in range(0, self._count, ITEMS_AT_ONCE):
            yield from self._make(start, min(start + ITEMS_AT_ONCE, self._count))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == that for one, that in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))
