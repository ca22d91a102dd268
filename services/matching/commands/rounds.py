"""Rounds: once drafted (`drafting.py`) they are looked at, and thrown away or published page by page.

Publication can stop anywhere and goes on where it stopped: each page is one call whose id follows from the round, so that its proposals
are made exactly once, whoever carries on (a repeated request, or the worker's chore).

Invariant: who is proposed is saved with the proposal (`relationships.propose`). Pages of different rounds share nothing else that they
write: so two that go out at once, of one cycle or of two, collide over whom they have in common, and one counts the seats again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.matching.commands import rubbish
from services.matching.commands.kept import left_page, proposals_page
from services.matching.commands.markets import RELATIONSHIPS_READ
from services.matching.commands.relationships import propose
from services.matching.domain import rounds
from services.matching.domain.applications import (
    SIDES,
    Side,
    application_id,
    not_matched,
    still_so,
    told_since,
)
from services.matching.domain.eligibility import admits
from services.matching.domain.lasting import both_again
from services.matching.domain.market import Pairs, kept_out_by_her_own
from services.matching.domain.programmes import Programme
from services.matching.domain.relationships import Pair, Relationship
from services.matching.domain.rounds import (
    LEFT_A_PAGE,
    TOLD_AT_ONCE,
    Drafted,
    Left,
    ProposalPage,
    Round,
)
from services.matching.kinds import (
    APPLICATIONS,
    MEMBERS,
    PAGES,
    PLACES,
    PROGRAMMES,
    RELATIONSHIPS,
    ROUNDS,
)
from shared.call import Call
from shared.errors import NotThere, Refused, Transient
from shared.ids import derived_id
from shared.service import Room
from shared.telemetry import log
from shared.transaction import TIMERS, Tx

#: Pages that a request publishes itself; the worker's chore does the rest.
PAGES_AT_ONCE = 10
#: Rounds that one step of the chore carries on, or tries to.
ROUNDS_AT_ONCE = 10
#: Rounds that one step of the chore looks at for these: one that can never go on fails at once, and takes no other's turn.
ROUNDS_LOOKED_AT = 100

Document = dict[str, Any]


def discard(tx: Tx, id: str) -> Document:
    """Throw away a draft, or a round that never became one."""
    this_round = tx.get(ROUNDS, id)
    rounds.can_discard(this_round)
    rubbish.remove(tx, this_round)
    return {}


def publish(room: Room, call: Call, id: str) -> None:
    """Begin to publish a round, and publish its first `PAGES_AT_ONCE` pages; asked again, it goes on. The chore does what is left."""
    room.store.change(call, lambda tx: _begin(tx, id))
    for _ in range(PAGES_AT_ONCE):
        if not _publish_next(room, room.store.reader(call.chapter).get(ROUNDS, id)):
            return


def carry_on(room: Room) -> int:
    """The worker's chore: one page of each of some rounds that are going out; returns how many. Those that cannot go on are in no other's
    way, up to `ROUNDS_LOOKED_AT` of them."""
    under_way = room.store.reader().find(
        ROUNDS, {"state": "publishing"}, sort=[("_id", 1)], limit=ROUNDS_LOOKED_AT
    )
    done, put_off, trouble = 0, 0, None
    for this_round in under_way:
        if done + put_off == ROUNDS_AT_ONCE:
            break
        try:
            done += _publish_next(room, this_round)
        except (Transient, NotThere, Refused) as error:
            log().warning("publication_put_off", round=this_round.id, reason=str(error))
            trouble = error
            put_off += isinstance(error, Transient)  # it may take its time, where the database is away
    if trouble is not None and not done:
        raise trouble
    return done


def _begin(tx: Tx, id: str) -> Document:
    this_round = tx.get(ROUNDS, id)
    programme = tx.get(PROGRAMMES, this_round.programme)
    begun = rounds.begin_publication(this_round, rules=programme.matching_digest, now=tx.call.at)
    if begun != this_round:
        tx.save(ROUNDS, begun)
    return {}


def _publish_next(room: Room, this_round: Round) -> bool:
    """Publish the next page; False where there is none."""
    if this_round.state != "publishing":
        return False
    if this_round.pages_done < this_round.pages:
        step, work = str(this_round.pages_done), _publish_page
    elif this_round.skipped_to_tell:
        step, work = f"skipped {this_round.skipped_told}", _tell_skipped
    else:
        step, work = f"told {this_round.told}", _tell_left_over
    call = Call(
        derived_id("call", "publication", this_round.id, step),
        room.now(this_round.chapter),
        this_round.chapter,
        "publication",
    )
    room.store.change(call, lambda tx: work(tx, this_round.id))
    return True


def _tell_left_over(tx: Tx, id: str) -> Document:
    """Tell the next `TOLD_AT_ONCE` of those left over."""
    this_round = tx.get(ROUNDS, id)
    number, first = divmod(this_round.told, LEFT_A_PAGE)
    people = left_page(tx, id, number)[first : first + TOLD_AT_ONCE]
    _tell(tx, this_round, people)
    tx.save(ROUNDS, rounds.some_told(this_round, len(people)))
    return {}


def _tell_skipped(tx: Tx, id: str) -> Document:
    """Tell those of the next page's proposals that were skipped, now that all others are out."""
    this_round = tx.get(ROUNDS, id)
    skipped = [one for one in proposals_page(tx, id, this_round.skipped_told).proposals if one.skipped]
    programme = tx.get(PROGRAMMES, this_round.programme)
    tx.prefetch(MEMBERS, [member for one in skipped for member in (one.mentee, one.mentor)])
    tx.prefetch(PLACES, [one.mentor for one in skipped])
    people = {
        Left(member, side, _own_reason(tx, member, side, programme) or "seats")
        for one in skipped
        for member, side in zip((one.mentee, one.mentor), SIDES, strict=True)
    }
    _tell(tx, this_round, sorted(people, key=lambda one: (one.side, one.member)))
    tx.save(ROUNDS, rounds.page_told(this_round))
    return {}


def _own_reason(tx: Tx, member: str, side: Side, programme: Programme) -> str:
    """What keeps somebody without a relationship out of rounds by now, as `Left.code` has it; empty where nothing of her own does."""
    if side == "mentor" and Pairs((), programme).seats_of_mentor(member, tx.load(PLACES, member)) <= 0:
        return "no_seat"
    return kept_out_by_her_own(tx.load(MEMBERS, member), side, programme)


def _tell(tx: Tx, this_round: Round, people: Sequence[Left]) -> None:
    """Tell these that nobody was found for them: they wait on, and can see why. Whom another round found somebody for since
    this one was drafted, or told the same, is told nothing, nor whoever has done meanwhile what kept her out of it."""
    programme = tx.get(PROGRAMMES, this_round.programme)
    of = {one: application_id(this_round.cycle, one.member, one.side) for one in people}  # type: ignore[arg-type]
    tx.prefetch(APPLICATIONS, of.values())
    tx.prefetch(MEMBERS, [one.member for one in people])
    found = _found_since(tx, this_round, people)
    for one in people:
        reason = rounds.reason_not_matched(one.code)
        application, member = tx.load(APPLICATIONS, of[one]), tx.load(MEMBERS, one.member)
        if reason is None or this_round.outdated or (one.member, one.side) in found:
            continue
        if application is None or application.state != "waiting":
            continue
        if told_since(application, this_round.as_of):
            continue
        if member is None or not still_so(reason, member, application.role, programme.eligibility):
            continue
        tx.save(APPLICATIONS, *not_matched(application, reason, terms=programme.terms, now=tx.call.at))


def _found_since(tx: Tx, this_round: Round, people: Sequence[Left]) -> set[tuple[str, str]]:
    """Who of these has somebody now, or had a proposal of this cycle since the round was drafted: the members, and on which
    side."""
    now_or_since = [{"open": True}, {"cycle": this_round.cycle, "since": {"$gt": this_round.as_of}}]
    found: set[tuple[str, str]] = set()
    for side in SIDES:
        ids = {one.member for one in people if one.side == side}
        where = {side: {"$in": sorted(ids)}, "$or": now_or_since}
        for relationship in tx.find(RELATIONSHIPS, where, limit=RELATIONSHIPS_READ) if ids else ():
            found.add((relationship.mentee if side == "mentee" else relationship.mentor, side))
    return found


def _publish_page(tx: Tx, id: str) -> Document:
    this_round = tx.get(ROUNDS, id)
    page = proposals_page(tx, id, this_round.pages_done)
    programme = tx.get(PROGRAMMES, this_round.programme)
    ids = _prefetch(tx, this_round, page)
    known = _known(tx, page)
    before = {(one.mentee, one.mentor) for one in known if one.open or not both_again(one)}
    pairs = Pairs(known, programme)
    outcome = []
    for relationship, one in zip(ids, page.proposals, strict=True):
        mentee, mentor = _application_ids(this_round.cycle, one)
        skipped = rounds.reason_to_skip(
            (tx.load(MEMBERS, one.mentee), tx.load(MEMBERS, one.mentor)),
            (tx.load(APPLICATIONS, mentee), tx.load(APPLICATIONS, mentor)),
            (
                pairs.seats_of_mentee(one.mentee),
                pairs.seats_of_mentor(one.mentor, tx.load(PLACES, one.mentor)),
            ),
            (one.mentee, one.mentor) in before,
        )
        if skipped is None and this_round.outdated:
            skipped = "outdated"
        if skipped is None and not _admitted(tx, programme, one):
            skipped = "not_eligible"
        if skipped is None:
            pairs.add(propose(tx, relationship, _pair(this_round, one), programme.terms))
        outcome.append(replace(one, skipped=skipped, relationship="" if skipped else relationship))
    page = replace(page, proposals=tuple(outcome))
    tx.save(PAGES, page)
    tx.save(ROUNDS, rounds.page_published(this_round, page))
    return {}


def _admitted(tx: Tx, programme: Programme, one: Drafted) -> bool:
    """Whether both still have the roles that they are proposed in, and meet the programme's conditions."""
    both = (tx.get(MEMBERS, one.mentee), tx.get(MEMBERS, one.mentor))
    return all(
        side in member.roles and admits(programme.eligibility, member, side)
        for member, side in zip(both, SIDES, strict=True)
    )


def _prefetch(tx: Tx, this_round: Round, page: ProposalPage) -> list[str]:
    """Read at once what the page's proposals need; returns the ids of their relationships."""
    ids = [derived_id("rel", this_round.id, one.mentee, one.mentor) for one in page.proposals]
    tx.prefetch(MEMBERS, [member for one in page.proposals for member in (one.mentee, one.mentor)])
    tx.prefetch(
        APPLICATIONS, [of for one in page.proposals for of in _application_ids(this_round.cycle, one)]
    )
    tx.prefetch(PLACES, [one.mentor for one in page.proposals])
    tx.prefetch(RELATIONSHIPS, ids)
    tx.prefetch(TIMERS, [f"{id}:answer_by" for id in ids])
    return ids


def _known(tx: Tx, page: ProposalPage) -> list[Relationship]:
    """The open relationships of everybody on the page, and those between its two sides that are over."""
    mentees = {"mentee": {"$in": sorted({one.mentee for one in page.proposals})}}
    mentors = {"mentor": {"$in": sorted({one.mentor for one in page.proposals})}}
    running = tx.find(RELATIONSHIPS, {"open": True, "$or": [mentees, mentors]}, limit=RELATIONSHIPS_READ)
    return running + tx.find(RELATIONSHIPS, {"open": False, **mentees, **mentors}, limit=RELATIONSHIPS_READ)


def _application_ids(cycle: str, one: Drafted) -> tuple[str, str]:
    return application_id(cycle, one.mentee, "mentee"), application_id(cycle, one.mentor, "mentor")


def _pair(this_round: Round, one: Drafted) -> Pair:
    return Pair(
        mentee=one.mentee,
        mentor=one.mentor,
        origin="round",
        programme=this_round.programme,
        cycle=this_round.cycle,
        reasons_mentee=one.reasons_mentee,
        reasons_mentor=one.reasons_mentor,
    )
