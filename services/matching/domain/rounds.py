"""A round: proposals drafted by the engine, looked at by the coordinator, and published once.

Invariants:
1. A draft binds nobody and is seen by coordinators only. A round that was asked for and is not a draft yet has no proposals to show.
2. A published proposal's relationship has an id that follows from the round and the two: it cannot be made twice.
3. What was drafted is checked again when it is published: both still confirmed and in their roles, both applications still there, a
   seat still free on both sides, no relationship between the two, open or past. Who fails is left out, with the reason kept in the round.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from services.matching.domain.applications import Application
from services.matching.domain.members import Member, apart
from services.matching.engine import Reason, SeatPrice
from shared.errors import Refused
from shared.events.matching import NotMatchedReason

#: How many of those left over one transaction tells.
TOLD_AT_ONCE = 250
#: How many proposals one document holds, and one transaction publishes.
PROPOSALS_A_PAGE = 100
#: How many of those left over one document holds, about 100 bytes each.
LEFT_A_PAGE = 1_000
#: How many of its dearest seats a round keeps.
PRICES_KEPT = 20

State = Literal["asked", "computing", "draft", "failed", "cancelled", "publishing", "published"]

Skipped = Literal[
    "not_confirmed",
    "withdrawn",
    "conflict",
    "not_eligible",
    "paired_before",
    "no_seat",
    "no_place_left",
    "outdated",
]


@dataclass(frozen=True, slots=True)
class Couple:
    """A mentee and a mentor."""

    mentee: str
    mentor: str


@dataclass(frozen=True, slots=True)
class Bonus:
    """So many points more for each mentee of a group: `chapter/<chapter>` or `<question key>/<choice>`."""

    group: str
    points: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a coordinator asked for beside the kind and the seed (`engine.Options`). `calm` is None but in calm rounds; `before` is the
    round whose pairs are worth `stay` points more; empty where there is none."""

    floor: int = 0
    calm: int | None = None
    stay: int = 0
    before: str = ""
    locked: tuple[Couple, ...] = ()
    bonus: tuple[Bonus, ...] = ()
    tolerance_ppm: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a round could not be computed: a code, and one plain sentence."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Job:
    """How far the worker is with a round (`domain.drafting`).

    `turn` counts who took it up and how often it began anew: what an earlier turn still writes is refused. `step`, `done` and `of` are what
    it is at. `snapshot` names the pinned market, of which `pieces` are kept; it is whole once its `digest` is set, `matching` are the rules
    it was taken by, and `software` the word of what took it (`drafting.software`). `upgraded` says that it was begun anew because that was
    another one. `lines` of the result are kept, `digest_kept` is theirs, and pages stand up to `pages` and `left_pages`.
    """

    turn: int = 0
    tries: int = 0
    step: str = "waiting"
    done: int = 0
    of: int = 0
    snapshot: str = ""
    pieces: int = 0
    digest: str = ""
    matching: dict[str, Any] = field(default_factory=dict)
    lines: int = 0
    digest_kept: str = ""
    pages: int = 0
    left_pages: int = 0
    software: str = ""
    upgraded: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """`report` is the engine's own; `pages` counts the `ProposalPage`s, `published` and `skipped` what became of the proposals.
    `rules` is the digest of the matching rules that it was drafted by (`Programme.matching_digest`); empty in one of an earlier version.

    `questions` are those whose answers moved it, `outdated` that one of these answers was taken back (R7). After the proposals, those of
    skipped ones are told that nobody was found for them, of `skipped_told` pages so far, and then `told_of` of those left over; `told`
    counts how many were reached. `offered_on` names the relationships that came to nothing and whose places the worker offered on with
    this; it is empty for a coordinator's round.

    `prices` are the dearest seats. `job` is there while the worker computes it, and `to_compute` says so for an index; `fault` is why it
    failed; `result` is the digest of all that was found. `read_at` is when the worker began to read its people, who may have waited since
    it was asked for; a request reads them as the round is made.

    `private` says that sensitive answers gave points: of single people and pairs only points that count none of these are kept and shown,
    and no price, which others' could be reckoned from (R7). It is None in a round of before this was kept, which holds all points.
    """

    id: str
    chapter: str
    cycle: str
    programme: str
    kind: str
    seed: int
    state: State
    made_at: datetime
    proposals: int
    left_over: int
    pages: int
    report: dict[str, Any]
    pages_done: int = 0
    published: int = 0
    skipped: int = 0
    skipped_told: int = 0
    published_at: datetime | None = None
    questions: tuple[str, ...] = ()
    outdated: bool = False
    told_of: int = 0
    told: int = 0
    offered_on: tuple[str, ...] = ()
    left_pages: int = 0
    asked: Asked = Asked()
    prices: tuple[SeatPrice, ...] = ()
    job: Job | None = None
    to_compute: bool = False
    rules: str = ""
    fault: Fault | None = None
    result: str = ""
    private: bool | None = None
    read_at: datetime | None = None

    @property
    def as_of(self) -> datetime:
        """When the people were read whom it was computed from."""
        return self.read_at or self.made_at

    @property
    def skipped_to_tell(self) -> bool:
        """Whether there are pages of whose skipped proposals nobody has been told yet. Of places that are offered on, nobody is."""
        return bool(self.skipped) and not self.offered_on and self.skipped_told < self.pages

    @property
    def still_to_tell(self) -> bool:
        """Whether there are people left over whom nobody has told yet."""
        return self.told < self.told_of


@dataclass(frozen=True, slots=True)
class Drafted:
    """One proposal of a round. `relationship` is set when it is published, `skipped` where it could not be any more. `mentor_price` is what
    one more seat of the mentor's would add to the round, `mentee_price` what it would lose without one of the mentee's."""

    mentee: str
    mentor: str
    u: int
    v: int
    w: int
    reasons_mentee: tuple[Reason, ...]
    reasons_mentor: tuple[Reason, ...]
    relationship: str = ""
    skipped: Skipped | None = None
    mentee_price: int = 0
    mentor_price: int = 0


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """Up to `PROPOSALS_A_PAGE` proposals of a round; `id` is `page_id`."""

    id: str
    chapter: str
    round: str
    proposals: tuple[Drafted, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """A member without a proposal on one side, and why: a code of the engine's (`services.matching.engine.round.LeftOver`) or `role`."""

    member: str
    side: str
    code: str
    price: int = 0


@dataclass(frozen=True, slots=True)
class LeftOvers:
    """Up to `LEFT_A_PAGE` of those whom a round leaves over, in the order of their ids; `id` is `left_page_id`. Of a round that an earlier
    version kept it is all of them, under the round's id, and `round` is empty (`commands.kept`)."""

    id: str
    chapter: str
    round: str = ""
    people: tuple[Left, ...] = ()


def page_id(round_id: str, number: int) -> str:
    """The id of a round's page of proposals, from 0."""
    return f"{round_id}:{number:06d}"


def left_page_id(round_id: str, number: int) -> str:
    """The id of a round's page of those left over, from 0."""
    return f"{round_id}:left:{number:06d}"


@dataclass(frozen=True, slots=True)
class Freed:
    """A round's proposal that came to nothing, and whose two places are still to be offered on. `id` is the relationship's."""

    id: str
    chapter: str
    cycle: str


def begin_publication(this_round: Round, *, rules: str, now: datetime) -> Round:
    """The draft as it goes out; a round that is going out already goes on. `rules` is the digest of the programme's matching rules as they
    are now. `Refused`: `round_published` where it is all out, `no_draft` where there is none, `draft_outdated`, `rules_changed`."""
    if this_round.state == "published":
        raise Refused("round_published", "This round has been published already.")
    if this_round.state == "publishing":
        return this_round
    if this_round.state != "draft":
        raise Refused("no_draft", "There is no draft to publish: the round is computed still, or never was.")
    if this_round.outdated:
        raise Refused(
            "draft_outdated",
            "Somebody took back an answer that this draft depends on. Draft the round again.",
        )
    if this_round.rules not in ("", rules):
        raise Refused(
            "rules_changed",
            "The programme's matching rules have changed since this round was drafted. Draft the round again.",
        )
    return replace(this_round, state=_going_out(this_round), published_at=now)


def page_published(this_round: Round, page: ProposalPage) -> Round:
    """The round after one more page went out."""
    skipped = sum(1 for drafted in page.proposals if drafted.skipped)
    after = replace(
        this_round,
        pages_done=this_round.pages_done + 1,
        published=this_round.published + len(page.proposals) - skipped,
        skipped=this_round.skipped + skipped,
    )
    return replace(after, state=_going_out(after))


def page_told(this_round: Round) -> Round:
    """The round after those of one more page's skipped proposals were told."""
    after = replace(this_round, skipped_told=this_round.skipped_told + 1)
    return replace(after, state=_going_out(after))


def some_told(this_round: Round, number: int) -> Round:
    """The round after so many more of those left over were told."""
    after = replace(this_round, told=this_round.told + number)
    return replace(after, state=_going_out(after))


def _going_out(this_round: Round) -> Literal["publishing", "published"]:
    some_left = this_round.pages_done < this_round.pages
    return (
        "publishing" if some_left or this_round.skipped_to_tell or this_round.still_to_tell else "published"
    )


def reason_not_matched(code: str) -> NotMatchedReason | None:
    """What somebody left over is told of the engine's code; None where she is not waiting for anybody."""
    if code == "no_seat":
        return None
    told: dict[str, NotMatchedReason] = {
        "confirmed": "not_confirmed",
        "role": "not_in_role",
        "not_eligible": "not_eligible",
        "seats": "no_place",
    }
    return told.get(code, "nobody_fits")


def can_discard(this_round: Round) -> None:
    """`Refused` unless the round is a draft, or never became one: `round_published`, or `round_computing` where it is to be cancelled."""
    if this_round.state in ("asked", "computing"):
        raise Refused("round_computing", "This round is being computed. Cancel it first.")
    if this_round.state in ("publishing", "published"):
        raise Refused("round_published", "Only a draft can be discarded; this round has been published.")


def reason_to_skip(
    members: tuple[Member | None, Member | None],
    applications: tuple[Application | None, Application | None],
    seats: tuple[int, int],
    paired_before: bool,
) -> Skipped | None:
    """Why a drafted proposal cannot be published any more; None where it can. Each pair is the mentee's and the mentor's."""
    if not all(member is not None and member.confirmed for member in members):
        return "not_confirmed"
    if any(application is not None and application.state == "matched" for application in applications):
        return "no_seat"
    if not all(application is not None and application.state == "waiting" for application in applications):
        return "withdrawn"
    if members[0] is not None and members[1] is not None and apart(members[0], members[1]):
        return "conflict"
    if paired_before:
        return "paired_before"
    if seats[0] <= 0:
        return "no_seat"
    if seats[1] <= 0:
        return "no_place_left"
    return None
