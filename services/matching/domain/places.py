"""Places: how many mentees a mentor has room for, and who has taken them (R18).

Invariant: whoever takes a place writes the mentor's one `Places` document, so that two who want the last one collide and one of them finds
it gone. More than `capacity` are taken only where the mentor lowered it afterwards.
"""

from dataclasses import dataclass, replace

from shared.errors import Refused


@dataclass(frozen=True, slots=True)
class Places:
    """`id` is the mentor's; `taken` names the relationships that hold her places; `overloaded` goes with the two, for a list of those."""

    id: str
    chapter: str
    capacity: int = 0
    taken: tuple[str, ...] = ()
    overloaded: bool = False

    @property
    def free(self) -> int:
        """How many more she can take."""
        return max(0, self.capacity - len(self.taken))


def need_place(places: Places) -> None:
    """`Refused` (`no_place_left`) where the mentor has no place free."""
    if not places.free:
        raise Refused(
            "no_place_left",
            "This mentor has no free place now. You can answer again when one is free, until the date given.",
        )


def take_place(places: Places, relationship: str) -> Places:
    """One place fewer. `Refused` (`no_place_left`) where none is free."""
    need_place(places)
    return _counted(replace(places, taken=(*places.taken, relationship)))


def return_place(places: Places, relationship: str) -> Places:
    """The place that the relationship held is free again; nothing changes where it held none."""
    return _counted(replace(places, taken=tuple(one for one in places.taken if one != relationship)))


def offer(places: Places, capacity: int) -> Places:
    """The mentor has room for so many now; those who hold a place keep it."""
    return _counted(replace(places, capacity=max(capacity, 0)))


def _counted(places: Places) -> Places:
    return replace(places, overloaded=len(places.taken) > places.capacity)
