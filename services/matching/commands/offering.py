"""A round's proposal that lapses or is declined frees two places: the mentor's and the mentee's. The worker offers both on (R4).

Invariants:
1. That places came free is kept in the transaction that ended the proposal, and forgotten in the one that keeps the round made for them:
   they are offered on once, whoever stops and starts meanwhile. Where nobody fits, or the programme does not want it, nothing else happens.
2. Who fits is the engine's word, by the rules, reasons and exclusions of any round; the market is only narrowed, to the mentors freed with
   all who wait, and to the mentees freed with all who have room. Each of them gets one new proposal at most.
3. What is found goes out as any round does, and is checked again then (`domain.rounds`): a place taken meanwhile is not promised twice.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from services.matching.commands.consent import withdrawals
from services.matching.commands.drafting import keep_round
from services.matching.commands.markets import people
from services.matching.domain.consent import Withdrawals
from services.matching.domain.market import scores_privately
from services.matching.domain.programmes import Programme
from services.matching.domain.results import options_of, shown_scores
from services.matching.domain.rounds import Asked, Drafted, Freed, ProposalPage, Round, page_id
from services.matching.engine import EngineError, Person, snapshot, solve
from services.matching.kinds import CYCLES, FREED, PROGRAMMES, RELATIONSHIPS, ROUNDS
from shared.call import Call
from shared.errors import Refused, Transient
from shared.ids import derived_id
from shared.service import Room
from shared.telemetry import log
from shared.transaction import Reader, Tx

#: Each frees two places, and all that is found for them fits one page of a round.
FREED_AT_ONCE = 50
#: Applications of a cycle that are looked at for the places that came free; those of a larger one wait for its next round.
APPLICATIONS_READ = 4_000


def offer_on(room: Room) -> int:
    """The worker's chore: offer on what came free; returns of how many proposals."""
    found = room.store.reader().find(FREED, {}, sort=[("_id", 1)], limit=FREED_AT_ONCE)
    found.sort(key=lambda one: (one.cycle, one.id))
    for cycle, freed in groupby(found, key=lambda one: one.cycle):
        try:
            _offer(room, cycle, list(freed))
        except Transient as error:  # its places stay kept, and come again; other cycles do not wait for them
            log().warning("offer_put_off", cycle=cycle, reason=str(error))
    return len(found)


def _offer(room: Room, cycle: str, freed: list[Freed]) -> None:
    chapter, ids = freed[0].chapter, tuple(one.id for one in freed)
    call = Call(derived_id("call", "offer on", *ids), room.now(chapter), chapter, "offer on")
    reader = room.store.reader(chapter)
    seen = withdrawals(reader, chapter)
    programme = reader.get(PROGRAMMES, reader.get(CYCLES, cycle).programme)
    last = _last_published(reader, cycle)
    proposals = [] if last is None or not programme.offer_on else _fitting(reader, programme, last, ids)
    made = None
    if last is not None and proposals:
        made = Round(
            id=derived_id("rnd", call.id),
            chapter=chapter,
            cycle=cycle,
            programme=programme.id,
            kind=last.kind,
            seed=last.seed,
            state="publishing",
            made_at=call.at,
            published_at=call.at,
            proposals=len(proposals),
            left_over=0,
            pages=1,
            report={},
            questions=programme.questions,
            offered_on=ids,
            asked=_asked(last),
            private=scores_privately(programme.engine_rules),
        )
    room.store.change(call, lambda tx: _keep(tx, freed, made, proposals, seen))


def _keep(
    tx: Tx, freed: list[Freed], made: Round | None, proposals: list[Drafted], seen: Withdrawals
) -> dict[str, str]:
    tx.prefetch(FREED, [one.id for one in freed])
    if any(tx.load(FREED, one.id) is None for one in freed):
        return {}  # another worker was first
    for one in freed:
        tx.remove(FREED, one.id)
    if made is None:
        return {}
    page = ProposalPage(page_id(made.id, 0), made.chapter, made.id, tuple(proposals))
    return keep_round(tx, made, [page], (), seen)


def _last_published(reader: Reader, cycle: str) -> Round | None:
    coordinators = {"published_at": {"$ne": None}, "offered_on": {"$in": [[], None]}}
    last_first = [("published_at", -1), ("_id", -1)]
    found = reader.find(ROUNDS, {"cycle": cycle, **coordinators}, sort=last_first, limit=1)
    return found[0] if found else None


def _asked(last: Round) -> Asked:
    """As calm as the last round, and no pair below its floor; what else was asked for was about everybody."""
    return Asked(calm=last.asked.calm, floor=last.asked.floor)


def _fitting(reader: Reader, programme: Programme, last: Round, ids: Iterable[str]) -> list[Drafted]:
    """The best new pairs for the people of these relationships, among those who wait in the cycle."""
    over = [one for id in ids if (one := reader.load(RELATIONSHIPS, id)) is not None]
    try:
        there = list(people(reader, programme, last.cycle, [], most=APPLICATIONS_READ))
    except Refused:
        return []  # too many to look at for some places
    mentors, mentees = {one.mentor for one in over}, {one.mentee for one in over}
    first = _solve(programme, last, there, mentors=mentors)
    placed = {one.mentee for one in first}
    return first + _solve(programme, last, there, mentees=mentees - placed, without=mentors)


def _solve(
    programme: Programme,
    last: Round,
    people: Iterable[Person],
    *,
    mentors: set[str] | None = None,
    mentees: set[str] | None = None,
    without: Iterable[str] = (),
) -> list[Drafted]:
    """What a round finds in the market narrowed to these mentors, or to these mentees; everybody in it takes one proposal."""
    there = []
    for person in people:
        as_mentee = "mentee" in person.roles and (mentees is None or person.id in mentees)
        as_mentor = "mentor" in person.roles and person.id not in without
        as_mentor = as_mentor and (mentors is None or person.id in mentors)
        roles = tuple(side for side, is_on in (("mentee", as_mentee), ("mentor", as_mentor)) if is_on)
        if roles:
            there.append(replace(person, roles=roles, mentee_seats=1, mentor_seats=1))
    sides = {side for person in there for side in person.roles}
    if len(sides) < 2:
        return []
    try:
        found = solve(
            snapshot(there, programme.engine_rules), last.kind, options_of(last.seed, _asked(last), ())
        )
    except EngineError:
        return []  # what no round can be computed of
    return [
        Drafted(one.mentee, one.mentor, *shown_scores(one), one.mentee_reasons, one.mentor_reasons)
        for one in found.proposals
    ]
