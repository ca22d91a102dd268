"""Why these two, or why not; what would help; two drafts side by side: worked out when a coordinator asks, from documents as they stand.

Prices are those of the round that is asked about: for coordinators only.

Invariant: what is said of one pair is the same whatever one of the two answers to a sensitive question (R7); who knows one answer cannot
reckon the other. They are weighed without, and where such answers move the prices of a round, it tells none.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from services.matching.commands import waiting
from services.matching.commands.discovering import (
    PRICED,
    READ_ANEW,
    as_documents_stand,
    before_mentors,
    market_of,
)
from services.matching.commands.drafting import refusing
from services.matching.commands.kept import SCORED_PAGES, hides_prices, hides_scores, scored
from services.matching.commands.markets import around, people, size
from services.matching.domain.applications import SIDES, Application, application_id
from services.matching.domain.market import Applicants, as_they_are, met, without_sensitive, years_known
from services.matching.domain.members import Member
from services.matching.domain.programmes import Programme
from services.matching.domain.rounds import Drafted, Round
from services.matching.engine import (
    Comparison,
    Draft,
    EngineError,
    Explanation,
    Helps,
    Person,
    SeatPrices,
    Stop,
    compare,
    explain,
    helps,
    in_order,
    snapshot,
)
from services.matching.engine.comparison import Pair
from services.matching.kinds import APPLICATIONS, LEFT_OVERS, PAGES, PROGRAMMES, ROUNDS
from shared.errors import NotThere, Refused
from shared.transaction import Reader

#: Pages of one round that name one person, and that are looked at for a pair.
PAGES_READ = 10
#: Mentees who are read for one mentor's answer: some 1.2 s. They are not kept as mentors are: a country's take 12 s and more.
MENTEES_AT_ONCE = 10_000
#: Proposals of two rounds together that are compared for one answer: some 4 s, and as long again and 50 MB where somebody was erased.
COMPARED_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Why:
    """What is found of two people, the round's proposal of them where it has one, and whether its prices are told to nobody.

    `better` are the sides who would not rather have the other: all of theirs in the round, as many as they can take, are worth as much to
    them, or more. It is why a round without prices leaves two people apart; empty where sensitive answers may have decided (R7).
    """

    found: Explanation
    proposal: Drafted | None
    hides_prices: bool
    better: tuple[str, ...] = ()


def explanation(reader: Reader, id: str, mentee: str, mentor: str) -> Why:
    """What stands between the two, or for them, as they are now; and what this round makes of them.

    `NotThere` where one of them has not applied to the cycle on that side.
    """
    this_round = _drafted(reader, id)
    programme = reader.get(PROGRAMMES, this_round.programme)
    applications = [
        _application(reader, this_round, member, side)
        for member, side in zip((mentee, mentor), SIDES, strict=True)
    ]
    proposal = _proposal(reader, this_round, mentee, mentor)
    there = around(reader, applications)
    if proposal is not None:  # what came of it does not stand against it
        others = [one for one in there.relationships if (one.mentee, one.mentor) != (mentee, mentor)]
        there = replace(there, relationships=others)
    both = [without_sensitive(one, programme) for one in as_they_are(programme, there)]
    market = snapshot(both, programme.engine_rules)
    prices = None
    if proposal is None and not this_round.outdated and this_round.kind == PRICED:
        extra = _extra(reader, this_round, there.members.get(mentee), mentor)
        if extra is not None:
            prices = SeatPrices(
                mentee=_price(reader, this_round, mentee, "mentee"),
                mentor=_price(reader, this_round, mentor, "mentor"),
                extra=extra,
            )
    with refusing():
        found = explain(market, mentee, mentor, prices)
    hidden = hides_prices(reader, this_round)
    better: tuple[str, ...] = ()
    if proposal is None and not this_round.outdated and this_round.kind != PRICED and not hidden:
        seats = {one.id: (one.mentee_seats, one.mentor_seats) for one in both}
        better = tuple(_better(reader, this_round, found, (seats[mentee][0], seats[mentor][1])))
    return Why(_with_their_history(found, there), proposal, hidden, better)


def _better(reader: Reader, this_round: Round, found: Explanation, seats: tuple[int, int]) -> Iterator[str]:
    """The sides whose places the round has all given to others who are worth as much to them as this pair, or more."""
    sides = (("mentee", found.mentee, found.u), ("mentor", found.mentor, found.v))
    for (side, member, worth), places in zip(sides, seats, strict=True):
        within = {f"proposals.{side}": member, "round": this_round.id}
        pages = reader.find(SCORED_PAGES, within, limit=max(places, PAGES_READ))
        hers = [
            one.u if side == "mentee" else one.v
            for page in pages
            for one in page.proposals
            if member == (one.mentee if side == "mentee" else one.mentor)
        ]
        if len(hers) >= max(places, 1) and min(hers) >= worth:
            yield side


def _with_their_history(found: Explanation, there: Applicants) -> Explanation:
    """What two began before stops them as a wish does, for the engine, and is told as what it is: it is nobody's wish."""
    before = met(found.mentee, found.mentor, there.relationships)
    if before is None or _kept_apart(there.members.get(found.mentee), there.members.get(found.mentor)):
        return found
    history = Stop(code=before, by="pair")
    return replace(found, stops=tuple(history if one.code == "exclusion" else one for one in found.stops))


def _kept_apart(one: Member | None, other: Member | None) -> bool:
    """Whether one of the two would rather not meet the other."""
    return bool(one and other and (other.id in one.apart_from or one.id in other.apart_from))


def help_for(reader: Reader, id: str, member: str, side: str) -> tuple[Helps, bool]:
    """What would help somebody whom the round leaves over, and whether its prices are told to nobody. `NotThere` where she does not wait
    in the cycle on that side.

    `Refused`: `too_large_to_look` where there are too many to look through for one answer, `look_again` while they are being read.
    """
    this_round = _drafted(reader, id)
    programme = reader.get(PROGRAMMES, this_round.programme)
    applied = [_application(reader, this_round, member, side)]
    own = next(iter(as_they_are(programme, around(reader, applied))), None)
    if own is None:
        raise NotThere("applicant")
    years = years_known(own)
    own, hidden = without_sensitive(own, programme), hides_prices(reader, this_round)
    if side == "mentee":
        return _help_for_mentee(reader, programme, this_round, own, years), hidden
    if size(reader, this_round.cycle)[0] > MENTEES_AT_ONCE:
        raise Refused(
            "too_large_to_look", "There are too many people in this round to look through for one of them."
        )
    others = (
        one for one in people(reader, programme, this_round.cycle, [], role="mentee") if one.id != member
    )
    draft = None if this_round.outdated else Draft(taken=[one.mentee for one in scored(reader, this_round)])
    with refusing():
        there = snapshot([*others, own], programme.engine_rules)
        return helps(there, member, side, years=years, draft=draft), hidden


def _help_for_mentee(
    reader: Reader, programme: Programme, this_round: Round, own: Person, years: Mapping[str, int]
) -> Helps:
    """The places that would help are those of mentors as documents stand, also where the others were read before."""
    cycle = this_round.cycle
    before = before_mentors(reader, programme, cycle, own)
    if this_round.outdated:
        with refusing():
            return helps(before.market, own.id, "mentee", years=years)
    worth = waiting.worth(reader, this_round)
    draft = Draft(taken=Counter(worth.taken).elements(), prices=worth.prices)
    with refusing():
        found = helps(before.market, own.id, "mentee", years=years, draft=draft)
        if not before.kept:
            return found
        dear = [one for one in in_order(before.market, own.id, worth.prices) if one in worth.prices]
        there = as_documents_stand(reader, programme, cycle, dear[:READ_ANEW])
        near = market_of(programme, own, there)
        return replace(found, seats=helps(near, own.id, "mentee", draft=Draft(prices=worth.prices)).seats)


def comparison(reader: Reader, id: str, other_id: str) -> tuple[Comparison, bool]:
    """Two rounds of one cycle side by side, and whether the points of their pairs are told to nobody. `NotThere` where the other is of
    another cycle; `Refused` where one has nothing to compare (`no_draft`, `draft_outdated`), or both have too much
    (`too_large_to_look`)."""
    one, other = _drafted(reader, id), _drafted(reader, other_id)
    if one.cycle != other.cycle:
        raise NotThere("round of this cycle")
    for each in (one, other):
        if each.outdated:
            raise Refused(
                "draft_outdated",
                "Somebody took back an answer that this draft depends on. Draft the round again.",
            )
    if one.proposals + other.proposals > COMPARED_MOST:
        raise Refused("too_large_to_look", "These rounds have too many proposals to be set side by side.")
    hidden = hides_scores(reader, one) or hides_scores(reader, other)
    reports = (one.report, other.report)
    try:
        return compare(_pairs(reader, one), _pairs(reader, other), reports), hidden
    except EngineError as error:
        if error.code != "out_of_order":
            raise
    # Who was erased since has another id there: only then all of the pairs are held at once.
    return compare(sorted(_pairs(reader, one)), sorted(_pairs(reader, other)), reports), hidden


def _pairs(reader: Reader, this_round: Round) -> Iterator[Pair]:
    return ((each.mentee, each.mentor, each.w) for each in scored(reader, this_round))


def _drafted(reader: Reader, id: str) -> Round:
    this_round = reader.get(ROUNDS, id)
    if this_round.to_compute or this_round.state in ("failed", "cancelled"):
        raise Refused("no_draft", "There is no draft here: the round is computed still, or never was.")
    return this_round


def _application(reader: Reader, this_round: Round, member: str, side: str) -> Application:
    of = application_id(this_round.cycle, member, side)  # type: ignore[arg-type]
    application = reader.load(APPLICATIONS, of)
    if application is None or application.state == "withdrawn":
        raise NotThere("applicant")
    return application


def _proposal(reader: Reader, this_round: Round, mentee: str, mentor: str) -> Drafted | None:
    if this_round.outdated:
        return None
    found = reader.find(PAGES, {"proposals.mentee": mentee, "round": this_round.id}, limit=PAGES_READ)
    both = (one for page in found for one in page.proposals if (one.mentee, one.mentor) == (mentee, mentor))
    return next(both, None)


def _extra(reader: Reader, this_round: Round, mentee: Member | None, mentor: str) -> int | None:
    """What the round's options add to the two: that they were a pair before, and the groups that the mentee is in. None where nobody can
    tell any more, because the round before is gone or rests on an answer taken back."""
    if mentee is None:
        return 0
    asked = this_round.asked
    groups = {f"chapter/{mentee.chapter}", *(f"{one.question}/{one.value}" for one in mentee.answers)}
    extra = sum(one.points for one in asked.bonus if one.group in groups)
    if not asked.stay:
        return extra
    before = reader.load(ROUNDS, asked.before)
    if before is None or before.outdated:
        return None
    return extra + (asked.stay if _proposal(reader, before, mentee.id, mentor) is not None else 0)


def _price(reader: Reader, this_round: Round, member: str, side: str) -> int:
    """What a place of hers is worth in the round: kept with her proposal, or with her among those left over."""
    pages = reader.find(PAGES, {f"proposals.{side}": member, "round": this_round.id}, limit=1)
    for page in pages:
        for one in page.proposals:
            if side == "mentee" and one.mentee == member:
                return one.mentee_price
            if side == "mentor" and one.mentor == member:
                return one.mentor_price
    left = reader.find(LEFT_OVERS, {"people.member": member, "round": this_round.id}, limit=2)
    return next(
        (one.price for some in left for one in some.people if (one.member, one.side) == (member, side)), 0
    )
