"""What a round looks at: who waits in a cycle, with what is known of these people, read within limits."""

from collections.abc import Iterable, Mapping

from services.matching.domain.applications import Application
from services.matching.domain.market import Applicants
from services.matching.domain.relationships import Relationship
from services.matching.engine import PEOPLE_PER_SIDE_MAX
from services.matching.kinds import APPLICATIONS, MEMBERS, PLACES, RELATIONSHIPS
from shared.errors import Refused
from shared.kinds import Kind, V
from shared.transaction import Reader

#: Ids asked for in one read.
IDS_AT_ONCE = 500
#: Relationships of one market that a round looks at, past ones included; more than this is no chapter's.
RELATIONSHIPS_READ = 100_000


def applicants(reader: Reader, cycle: str) -> Applicants:
    """What the round looks at. `Refused` (`market_too_large`) before more is read than the engine takes."""
    most = 2 * PEOPLE_PER_SIDE_MAX
    applications = reader.find(
        APPLICATIONS, {"cycle": cycle, "state": "waiting"}, sort=[("_id", 1)], limit=most + 1
    )
    if len(applications) > most:
        raise Refused("market_too_large", f"A round takes up to {PEOPLE_PER_SIDE_MAX:,} on each side.")
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
    """All relationships of the mentees among them, and the open ones of the mentors."""
    sides: dict[str, list[str]] = {"mentee": [], "mentor": []}
    for application in applications:
        sides[application.role].append(application.member)
    found: dict[str, Relationship] = {}
    for side, ids in sides.items():
        only = {} if side == "mentee" else {"open": True}
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
