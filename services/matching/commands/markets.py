"""What a round looks at: who waits in a cycle, with what is known of these people, read within limits.

Members, places and applications are this service's own copies, kept current by events as they come (`reactions.py`) and by
commands, so that no round asks another service for anything. They are read anew for each round: 20,000 applications take some
3 s and 12 MB, 62,500 some 7 s and 36 MB, a chapter's 375 some 0.1 s (`tests/bench/matching/documents.py`),
and nothing else would know of a relationship begun since.

Invariant: people are read some hundreds at a time and let go of, each seen once with all her applications; what is kept of them is up to
whoever takes them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from services.matching.domain.applications import Application, Side
from services.matching.domain.market import Applicants, market
from services.matching.domain.programmes import Programme
from services.matching.domain.relationships import Relationship
from services.matching.domain.rounds import Left
from services.matching.engine import PEOPLE_PER_SIDE_MAX, Person
from services.matching.kinds import APPLICATIONS, MEMBERS, PLACES, RELATIONSHIPS
from shared.errors import Refused
from shared.kinds import Kind, V
from shared.transaction import Reader

#: Applications read at a time; somebody with two has both among them.
APPLICATIONS_AT_ONCE = 1_000
#: Ids asked for in one read.
IDS_AT_ONCE = 500
#: Relationships of so many people that a round looks at, past ones included; more than this is no chapter's.
RELATIONSHIPS_READ = 100_000


def people(
    reader: Reader,
    programme: Programme,
    cycle: str,
    left: list[Left],
    *,
    role: Side | None = None,
    most: int = 2 * PEOPLE_PER_SIDE_MAX,
    told: Callable[[int], None] = lambda _read: None,
) -> Iterator[Person]:
    """Everybody whom the engine is told of, or those of one role, in this role alone; those left over before are put into `left`.
    `told` hears how many applications were read.

    `Refused` (`market_too_large`) where there are more than `most`, or where they have more relationships than can be looked at.
    """
    read = 0
    for some in applicants(reader, cycle, role):
        read += len(some.applications)
        if read > most:
            raise Refused("market_too_large", f"A round takes up to {most // 2:,} on each side.")
        found, left_before = market(programme, some)
        left += left_before
        yield from found
        told(read)


def size(reader: Reader, cycle: str) -> tuple[int, int]:
    """How many mentees and how many mentors wait in a cycle."""
    waiting = {"cycle": cycle, "state": "waiting"}
    mentees, mentors = (
        reader.count(APPLICATIONS, {**waiting, "role": role}) for role in ("mentee", "mentor")
    )
    return mentees, mentors


def applicants(reader: Reader, cycle: str, role: Side | None = None) -> Iterator[Applicants]:
    """Those who wait in a cycle, or in one role of it, by their ids, some at a time."""
    only = {} if role is None else {"role": role}
    after = ""
    while True:
        waiting = {"cycle": cycle, "state": "waiting", **only, "member": {"$gt": after}}
        found = reader.find(
            APPLICATIONS, waiting, sort=[("member", 1), ("_id", 1)], limit=APPLICATIONS_AT_ONCE
        )
        there_are_more = len(found) == APPLICATIONS_AT_ONCE
        if there_are_more:  # the last one's other application may be among those that come
            found = [one for one in found if one.member != found[-1].member]
        if found:
            yield around(reader, found)
            after = found[-1].member
        if not there_are_more:
            return


def around(reader: Reader, applications: list[Application]) -> Applicants:
    """These applications with what is known of those who applied."""
    members = _by_id(reader, MEMBERS, (one.member for one in applications))
    places = _by_id(reader, PLACES, (one.member for one in applications if one.role == "mentor"))
    return Applicants(applications, members, places, _relationships(reader, applications))


def _by_id(reader: Reader, kind: Kind[V], ids: Iterable[str]) -> Mapping[str, V]:
    wanted = sorted(set(ids))
    found: dict[str, V] = {}
    for start in range(0, len(wanted), IDS_AT_ONCE):
        some = wanted[start : start + IDS_AT_ONCE]
        found.update((one.id, one) for one in reader.find(kind, {"_id": {"$in": some}}, limit=IDS_AT_ONCE))
    return found


def _relationships(reader: Reader, applications: Iterable[Application]) -> list[Relationship]:
    """All relationships of the mentees among them, and the open ones of everybody."""
    mentees = [one.member for one in applications if one.role == "mentee"]
    everybody = [one.member for one in applications]
    found: dict[str, Relationship] = {}
    for side, ids, only in (
        ("mentee", mentees, {}),
        ("mentor", everybody, {"open": True}),
        ("mentee", everybody, {"open": True}),
    ):
        for start in range(0, len(ids), IDS_AT_ONCE):
            where = {side: {"$in": ids[start : start + IDS_AT_ONCE]}, **only}
            some = reader.find(RELATIONSHIPS, where, limit=RELATIONSHIPS_READ)
            found.update((one.id, one) for one in some)
    if len(found) >= RELATIONSHIPS_READ:
        raise Refused(
            "market_too_large",
            "The people of this cycle have more past relationships than a round can look at.",
        )
    return list(found.values())
