"""Mentors for one mentee: those whom she would gain most from, less what their places are worth to others.

The prices are those of the cycle's last round, whoever has got its places since; where there is none yet, nobody has a price.

Invariant: whoever is found could be hers by the documents as they stand: waiting, confirmed, with a place, and kept from her by nobody.
"""

from dataclasses import replace

from services.matching.commands.drafting import NEVER_DRAFTED, refusing
from services.matching.commands.explaining import proposals
from services.matching.commands.kept import left_page
from services.matching.commands.markets import around, people, size
from services.matching.domain.applications import application_id
from services.matching.domain.market import as_they_are
from services.matching.domain.programmes import Programme
from services.matching.domain.rounds import Round
from services.matching.engine import Found, Person, Snapshot, discover, snapshot
from services.matching.kinds import APPLICATIONS, CYCLES, NEWEST_FIRST, PROGRAMMES, ROUNDS
from shared.errors import NotThere, Refused
from shared.transaction import Reader

FOUND_MOST = 20
#: Applications that one look reads: about a second's work.
APPLICATIONS_LOOKED_AT = 5_000
ROUNDS_READ = 1_000


def discovery(reader: Reader, cycle_id: str, mentee: str) -> tuple[Found, ...]:
    """The first of the mentors who wait in the cycle and could be hers. `NotThere` where she does not wait in it as a mentee.

    `Refused` (`too_large_to_look`) where too many wait to be looked through for one answer.
    """
    cycle = reader.get(CYCLES, cycle_id)
    programme = reader.get(PROGRAMMES, cycle.programme)
    application = reader.load(APPLICATIONS, application_id(cycle.id, mentee, "mentee"))
    if application is None or application.state == "withdrawn":
        raise NotThere("applicant")
    own = next(iter(as_they_are(programme, around(reader, [application]))), None)
    if own is None:
        raise NotThere("applicant")
    return look(reader, programme, cycle.id, own)[0]


def look(reader: Reader, programme: Programme, cycle: str, own: Person) -> tuple[tuple[Found, ...], Snapshot]:
    """The first of the mentors who wait in the cycle and could be this mentee's, and the market they were found in: she and the mentors.

    `Refused` (`too_large_to_look`) where too many wait to be looked through for one answer.
    """
    if sum(size(reader, cycle)) > APPLICATIONS_LOOKED_AT:
        raise Refused(
            "too_large_to_look", "There are too many people in this cycle to look through for one of them."
        )
    there = [one for one in people(reader, programme, cycle, [], role="mentor") if one.id != own.id]
    with refusing():
        market = snapshot([replace(own, roles=("mentee",)), *there], programme.engine_rules)
        return discover(market, own.id, _prices(reader, cycle), FOUND_MOST), market


def _prices(reader: Reader, cycle: str) -> dict[str, int]:
    """What a place of each mentor was worth in the cycle's last round."""
    made = reader.find(ROUNDS, {"cycle": cycle}, sort=NEWEST_FIRST, limit=ROUNDS_READ)
    last = max(filter(_has_prices, made), key=lambda one: (one.made_at, one.id), default=None)
    if last is None:
        return {}
    prices = {one.mentor: one.mentor_price for one in proposals(reader, last)}
    for number in range(last.left_pages):
        left = left_page(reader, last.id, number)
        prices |= {one.member: one.price for one in left if one.side == "mentor"}
    return {mentor: points for mentor, points in prices.items() if points}


def _has_prices(this_round: Round) -> bool:
    drafted = not this_round.to_compute and this_round.state not in NEVER_DRAFTED
    return drafted and not this_round.outdated and not this_round.offered_on
