"""Mentors for one mentee: those whom she would gain most from, less what their places are worth to others.

The prices are those of the cycle's last round that has any, a best total, whoever has got its places since; where there is none yet,
nobody has a price.

Invariants:
1. Whoever is found could be hers by the documents as they stand: waiting, confirmed, with a place, and kept from her by nobody; reasons and
   order follow from them, too.
2. Up to `MENTORS_AT_ONCE` mentors nobody is missed. Of a larger cycle's, those who came or changed within `waiting.KEPT_S` may be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.matching.commands import waiting
from services.matching.commands.drafting import NEVER_DRAFTED, refusing
from services.matching.commands.kept import hides_prices
from services.matching.commands.markets import around, people
from services.matching.domain.applications import application_id
from services.matching.domain.market import as_they_are, market, without_sensitive
from services.matching.domain.programmes import Programme
from services.matching.domain.rounds import Round
from services.matching.engine import Found, Person, Snapshot, discover, facing, in_order, snapshot
from services.matching.kinds import APPLICATIONS, CYCLES, NEWEST_FIRST, PROGRAMMES, ROUNDS
from shared.errors import NotThere, Refused
from shared.transaction import Reader

FOUND_MOST = 20
#: The kind of round that has prices: they prove a best total, and the other kinds seek something else.
PRICED = "welfare"
#: Mentors whom a look reads itself: some 0.1 s.
MENTORS_AT_ONCE = 1_000
#: Of more, the best for her are read anew so many at a time, until enough of them could be hers.
READ_ANEW = 100
TIMES_READ = 10


@dataclass(frozen=True, slots=True)
class Before:
    """A mentee before the mentors who wait in a cycle. `kept` where these were read some time ago: who is shown must be read anew."""

    market: Snapshot
    kept: bool


def discovery(reader: Reader, cycle_id: str, mentee: str) -> tuple[tuple[Found, ...], bool]:
    """The first of the mentors who wait in the cycle and could be hers, weighed without her sensitive answers; and whether their prices are
    told to nobody, because such answers moved them (R7). `NotThere` where she does not wait in it as a mentee.

    `Refused` (`too_large_to_look`, `look_again`) as `look`.
    """
    cycle = reader.get(CYCLES, cycle_id)
    programme = reader.get(PROGRAMMES, cycle.programme)
    application = reader.load(APPLICATIONS, application_id(cycle.id, mentee, "mentee"))
    if application is None or application.state == "withdrawn":
        raise NotThere("applicant")
    own = next(iter(as_they_are(programme, around(reader, [application]))), None)
    if own is None:
        raise NotThere("applicant")
    found, _ = look(reader, programme, cycle.id, without_sensitive(own, programme))
    last = _last_priced(reader, cycle.id)
    return found, last is not None and hides_prices(reader, last)


def look(reader: Reader, programme: Programme, cycle: str, own: Person) -> tuple[tuple[Found, ...], Before]:
    """The first of the mentors who wait in the cycle and could be this mentee's, and all of them as they were before her.

    `Refused`: `too_large_to_look` where more mentors wait than are ever read, `look_again` while they are being read.
    """
    before = before_mentors(reader, programme, cycle, own)
    prices = _prices(reader, cycle)
    with refusing():
        if not before.kept:
            return discover(before.market, own.id, prices, FOUND_MOST), before
        best = in_order(before.market, own.id, prices)
        there: list[Person] = []
        found: tuple[Found, ...] = ()
        for start in range(0, min(len(best), TIMES_READ * READ_ANEW), READ_ANEW):
            some = best[start : start + READ_ANEW]
            there += as_documents_stand(reader, programme, cycle, some)
            found = discover(market_of(programme, own, there), own.id, prices, FOUND_MOST)
            if len(found) == FOUND_MOST:
                break
        return found, before


def before_mentors(reader: Reader, programme: Programme, cycle: str, own: Person) -> Before:
    """This mentee before all mentors of the cycle. `Refused` as `look`."""
    mentors = reader.count(APPLICATIONS, {"cycle": cycle, "state": "waiting", "role": "mentor"})
    if mentors > waiting.MENTORS_MOST:
        raise Refused(
            "too_large_to_look", "There are too many people in this cycle to look through for one of them."
        )
    with refusing():
        if mentors > MENTORS_AT_ONCE:
            kept = waiting.mentors_of(reader, programme, cycle)
            if len(kept.mentors):
                return Before(facing(kept, own), kept=True)
            return Before(market_of(programme, own, ()), kept=False)
        there = people(reader, programme, cycle, [], role="mentor")
        return Before(market_of(programme, own, there), kept=False)


def as_documents_stand(
    reader: Reader, programme: Programme, cycle: str, mentors: Iterable[str]
) -> list[Person]:
    """Those of these mentors whom a round made now would be told of."""
    ids = [application_id(cycle, mentor, "mentor") for mentor in mentors]
    applied = reader.find(APPLICATIONS, {"_id": {"$in": ids}, "state": "waiting"}, limit=len(ids))
    return market(programme, around(reader, applied))[0]


def market_of(programme: Programme, own: Person, mentors: Iterable[Person]) -> Snapshot:
    """The market of this mentee and these mentors."""
    there = [one for one in mentors if one.id != own.id]
    return snapshot([replace(own, roles=("mentee",)), *there], programme.engine_rules)


def _prices(reader: Reader, cycle: str) -> Mapping[str, int]:
    """What a place of each mentor was worth in the cycle's last round that has prices."""
    last = _last_priced(reader, cycle)
    return {} if last is None else waiting.worth(reader, last).prices


def _last_priced(reader: Reader, cycle: str) -> Round | None:
    drafted = {
        "kind": PRICED,
        "to_compute": {"$ne": True},
        "state": {"$nin": NEVER_DRAFTED},
        "outdated": {"$ne": True},
    }
    asked_for: dict[str, Any] = {"offered_on": {"$in": [[], None]}}
    last = reader.find(ROUNDS, {"cycle": cycle, **drafted, **asked_for}, sort=NEWEST_FIRST, limit=1)
    return last[0] if last else None
