"""Drafting a round: in the request where its market is a chapter's, else asked for, and computed by the worker (`jobs.py`).

A chapter's round is computed where it is asked for because it takes less than starting a process would: some 50 ms for 300 mentees and 75
mentors. The longest that it keeps other requests of the process from running at a stretch was 17 ms, and 25 ms at `PAIRS_AT_ONCE` (the flow
lets no other thread run; 2 cores). What accepts wait meanwhile, `tests/bench/matching/documents.py` measures.
A lopsided market has few pairs and may have very many people, who are read from the documents first: `PEOPLE_AT_ONCE`.
Whoever would rather not wait says so (`Prefer: respond-async`, RFC 7240).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from services.matching.commands.consent import withdrawals
from services.matching.commands.kept import proposals_page
from services.matching.commands.markets import people, size
from services.matching.commands.rubbish import leave
from services.matching.domain import drafting
from services.matching.domain.consent import Withdrawals
from services.matching.domain.market import scores_privately
from services.matching.domain.programmes import Programme
from services.matching.domain.results import drafted, left_in_pages, options_of, proposals_in_pages, summary
from services.matching.domain.rounds import (
    LEFT_A_PAGE,
    PROPOSALS_A_PAGE,
    Asked,
    Job,
    Left,
    LeftOvers,
    ProposalPage,
    Round,
    left_page_id,
    page_id,
)
from services.matching.engine import EngineError, Options, refuse_without_effect, snapshot, solve
from services.matching.engine.solver import PLAIN_PAIRS_MAX
from services.matching.kinds import CYCLES, LEFT_OVERS, MEMBERS, PAGES, PROGRAMMES, ROUNDS, WITHDRAWALS
from shared.call import Call
from shared.errors import Refused, Transient
from shared.ids import derived_id
from shared.service import Room
from shared.transaction import Reader, Tx

#: Pairs that a request weighs itself; with more of them the round is the worker's.
PAIRS_AT_ONCE = PLAIN_PAIRS_MAX
#: People whom a request reads itself, in half a second or so (`markets.py`); with more of them, too, the round is the worker's.
PEOPLE_AT_ONCE = 3_000
#: Rounds of one chapter that wait for the worker or are computed.
ASKED_MOST = 10
#: States in which a round ends without ever having been a draft.
NEVER_DRAFTED = ("failed", "cancelled")

Document = dict[str, Any]


class TakenBack(Transient):
    """Somebody of the chapter took an answer back, or was erased, while people were read: they are to be read again."""

    def __init__(self) -> None:
        super().__init__("somebody took an answer back while the round was computed")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a coordinator asks for; `later` where she would rather come back for it than wait."""

    kind: str = "welfare"
    seed: int = 0
    asked: Asked = field(default_factory=Asked)
    later: bool = False


def draft(room: Room, call: Call, cycle: str, wanted: Wanted) -> str:
    """Compute and keep a draft for a cycle, or ask the worker for it; returns its id.

    `Refused`: 422 for what cannot be asked for, an engine's code where no round can be computed, `snapshot_outdated` where the rules have
    changed before it was kept.
    """
    reader = room.store.reader(call.chapter)
    of = reader.get(CYCLES, cycle)
    programme = reader.get(PROGRAMMES, of.programme)
    _options(wanted, ())
    _earlier(reader, cycle, wanted.asked)
    _know_groups(programme, wanted.asked)
    made = _round(call, cycle, programme, wanted)
    mentees, mentors = size(reader, cycle)
    is_large = mentees * mentors > PAIRS_AT_ONCE or mentees + mentors > PEOPLE_AT_ONCE
    if wanted.later or is_large:
        asked = replace(made, state="asked", job=Job(), to_compute=True)
        room.store.change(call, lambda tx: _ask(tx, asked))
    else:
        _draft_now(room, call, made, programme, wanted)
    return made.id


def cancel(tx: Tx, id: str) -> Document:
    """Give up a round that waits or is being computed; the worker lets go of it within seconds."""
    this_round = tx.get(ROUNDS, id)
    cancelled = drafting.cancel(this_round)
    if cancelled != this_round:
        leave(tx, drafting.rubbish(this_round))
        tx.save(ROUNDS, cancelled)
    return {}


def pairs_before(reader: Reader, cycle: str, asked: Asked) -> list[tuple[str, str]]:
    """The pairs that stay worth `stay` more. `Refused` 422 where there is no such round of this cycle."""
    earlier = _earlier(reader, cycle, asked)
    if earlier is None:
        return []
    return [
        (one.mentee, one.mentor)
        for number in range(earlier.pages)
        for one in proposals_page(reader, earlier.id, number).proposals
    ]


@contextmanager
def refusing() -> Iterator[None]:
    """What the engine cannot use, the caller must mend."""
    try:
        yield
    except EngineError as error:
        raise Refused(error.code, error.detail, where=error.where) from error


def keep_round(
    tx: Tx, made: Round, pages: Sequence[ProposalPage], left: Sequence[LeftOvers], seen: Withdrawals
) -> Document:
    """Keep what was computed; `Transient` where somebody took an answer back since `seen`, so that it is computed again."""
    hold_to(tx, seen)
    tx.prefetch(PAGES, [page.id for page in pages])
    tx.save(ROUNDS, made)
    for some in left:
        tx.save(LEFT_OVERS, some)
    for page in pages:
        tx.save(PAGES, page)
    return {"id": made.id}


def hold_to(tx: Tx, seen: Withdrawals) -> None:
    """`TakenBack` where somebody took an answer back, or was erased, since `seen`; whoever does so now collides with this."""
    if withdrawals(tx, seen.chapter) != seen:
        raise TakenBack
    tx.save(WITHDRAWALS, seen)


def _know_groups(programme: Programme, asked: Asked) -> None:
    """`Refused` 422 where a bonus is for a group that there cannot be, or of a sensitive question, which drafts side by
    side would give away."""
    questions = programme.engine_rules.questions
    choices = {one.key for one in questions if one.match == "same" and not one.sensitive}
    for one in asked.bonus:
        kind, slash, _ = one.group.partition("/")
        if not slash or kind not in {"chapter", *choices}:
            _refuse(_pointer(one.group), "name a chapter, or a choice of one of the programme's questions")


def _pointer(group: str) -> str:
    """Where a bonus for this group stands (RFC 6901)."""
    return "/bonus/" + group.replace("~", "~0").replace("/", "~1")


def _earlier(reader: Reader, cycle: str, asked: Asked) -> Round | None:
    if not asked.before:
        return None
    earlier = reader.load(ROUNDS, asked.before)
    if earlier is None or earlier.cycle != cycle or earlier.to_compute or earlier.state in NEVER_DRAFTED:
        _refuse("/before", "give the id of a round of this cycle that has been drafted")
    if earlier.outdated and earlier.state == "draft":
        _refuse("/before", "somebody took back an answer that this draft depends on")
    return earlier


def _draft_now(room: Room, call: Call, made: Round, programme: Programme, wanted: Wanted) -> None:
    reader = room.store.reader(call.chapter)
    options = _options(wanted, pairs_before(reader, made.cycle, wanted.asked))
    seen = withdrawals(reader, call.chapter)
    left: list[Left] = []
    with _naming(made.asked):
        taken = snapshot(people(reader, programme, made.cycle, left), programme.engine_rules)
        found = solve(taken, made.kind, options)
    said = summary(found, len(left), a_page=PROPOSALS_A_PAGE, left_a_page=LEFT_A_PAGE)
    pages = [
        ProposalPage(page_id(made.id, number), made.chapter, made.id, some)
        for number, some in enumerate(proposals_in_pages(found, PROPOSALS_A_PAGE))
    ]
    left_pages = [
        LeftOvers(left_page_id(made.id, number), made.chapter, made.id, some)
        for number, some in enumerate(left_in_pages(found, left, LEFT_A_PAGE))
    ]
    as_draft = drafted(made, said)

    def keep(tx: Tx) -> Document:
        with refusing():
            taken.refuse_unless_by(tx.get(PROGRAMMES, made.programme).engine_rules)
        return keep_round(tx, as_draft, pages, left_pages, seen)

    room.store.change(call, keep)


@contextmanager
def _naming(asked: Asked) -> Iterator[None]:
    """As `refusing`; what was asked for and cannot be is a 422 that names it."""
    try:
        with refusing():
            yield
    except Refused as refused:
        where = str(refused.more.get("where") or "")
        if refused.code == "unknown_person":
            where = next((at for at, id in _places(asked) if id == where), where)
        if refused.code == "unknown_group":
            where = _pointer(where.removeprefix("/bonus/"))
        if where.startswith("/"):
            _refuse(where, refused.detail, refused.code)
        raise


def _places(asked: Asked) -> Iterator[tuple[str, str]]:
    """Where each locked person stands in what was asked for."""
    for number, one in enumerate(asked.locked):
        yield f"/locked/{number}/mentee", one.mentee
        yield f"/locked/{number}/mentor", one.mentor


def _round(call: Call, cycle: str, programme: Programme, wanted: Wanted) -> Round:
    return Round(
        id=derived_id("rnd", call.id),
        chapter=call.chapter,
        cycle=cycle,
        programme=programme.id,
        kind=wanted.kind,
        seed=wanted.seed,
        state="draft",
        made_at=call.at,
        proposals=0,
        left_over=0,
        pages=0,
        report={},
        questions=programme.questions,
        rules=programme.matching_digest,
        asked=wanted.asked,
        private=scores_privately(programme.engine_rules),
    )


def _options(wanted: Wanted, before: Sequence[tuple[str, str]]) -> Options:
    try:
        options = options_of(wanted.seed, wanted.asked, before)
        refuse_without_effect(wanted.kind, options)
        return options
    except EngineError as error:
        _refuse(error.where, error.detail, error.code)


def _ask(tx: Tx, asked: Round) -> Document:
    hold_to(tx, withdrawals(tx, asked.chapter))  # those who ask at once collide, and are counted one by one
    named = list(_places(asked.asked))
    tx.prefetch(MEMBERS, [id for _, id in named])
    for where, id in named:  # whoever else it could name, an erasure could not reach
        if tx.load(MEMBERS, id) is None:
            _refuse(where, "name a member of your chapter", "unknown_person")
    if tx.count(ROUNDS, {"to_compute": True}) >= ASKED_MOST:
        raise Refused(
            "too_many_rounds", f"{ASKED_MOST} rounds of this chapter wait already. Let one end, or cancel it."
        )
    tx.save(ROUNDS, asked)
    return {"id": asked.id}


def _refuse(pointer: str, detail: str, code: str = "bad_value") -> NoReturn:
    raise Refused(
        "invalid",
        "The round cannot be drafted like this.",
        status=422,
        errors=[{"pointer": pointer, "code": code, "detail": detail}],
    )
