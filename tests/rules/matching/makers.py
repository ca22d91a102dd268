"""Values for the rules' tests: each maker supplies what the test does not care about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.matching.domain import lasting, relationships
from services.matching.domain.applications import Application
from services.matching.domain.cycles import Cycle
from services.matching.domain.members import Member
from services.matching.domain.places import Places
from services.matching.domain.programmes import Programme, Terms, plan_programme
from services.matching.domain.relationships import Pair, Relationship, Sealed
from shared.events.profiles import AreaOffered, AreaWanted

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SEALED = Sealed(b"mentee's", b"mentor's")


def a_proposal(**changes: Any) -> Relationship:
    """A proposal made at `NOON`."""
    made, _ = relationships.propose(
        "rel_1", Pair("ana", "bo", "round", "prg_1", "cyc_1"), chapter="shanghai", terms=Terms(), now=NOON
    )
    return replace(made, **changes)


def some_places(capacity: int = 1, *taken: str) -> Places:
    """The mentor's places."""
    return Places("bo", "shanghai", capacity, taken)


def an_introduction() -> tuple[Relationship, Places]:
    """A proposal that both accepted at `NOON`, with the place it took."""
    agreed, places, _ = relationships.answer(
        a_proposal(), says="accept", other="accept", sealed=SEALED, places=some_places(), now=NOON
    )
    return agreed, places


def a_vote() -> Relationship:
    """A pair whose introduction was held at `NOON`."""
    voting, _ = relationships.meet(an_introduction()[0], now=NOON)
    return voting


def a_trial() -> Relationship:
    """A pair that started at `NOON`."""
    started, _ = relationships.vote(a_vote(), says="yes", other="yes", sealed=SEALED, now=NOON)
    return started


def a_term() -> Relationship:
    """A pair whose first full term began at `NOON`."""
    renewed, _ = lasting.renew(a_trial(), says="yes", other="yes", sealed=SEALED, has_goal=True, now=NOON)
    return renewed


def a_review() -> Relationship:
    """A pair that looks back at half of that term."""
    due = lasting.fall_due(a_term(), some_places(1, "rel_1"), now=NOON + timedelta(days=91))
    assert due is not None
    return due[0]


def a_cycle(**changes: Any) -> Cycle:
    """A cycle that opens at `NOON` for a week."""
    cycle = Cycle(
        "cyc_1",
        "shanghai",
        "prg_1",
        "Spring",
        "Asia/Shanghai",
        "2026-03-02T20:00",
        "2026-03-09T19:59",
        NOON,
        NOON + timedelta(days=7),
    )
    return replace(cycle, **changes)


def a_programme(**rules: Any) -> Programme:
    """A programme with these rules."""
    return plan_programme("prg_1", chapter="shanghai", name="Spring", rules=rules)


def a_mentee(id: str = "ana", **changes: Any) -> Member:
    """A confirmed mentee who wants to learn python."""
    member = Member(
        id,
        "shanghai",
        ("mentee",),
        confirmed=True,
        areas_wanted=(AreaWanted("python", 3),),
        languages=("en",),
        hours=(10, 11),
    )
    return replace(member, **changes)


def a_mentor(id: str = "bo", **changes: Any) -> Member:
    """A confirmed mentor with ten years of python."""
    member = Member(
        id,
        "shanghai",
        ("mentor",),
        confirmed=True,
        areas_offered=(AreaOffered("python", 10),),
        languages=("en",),
        hours=(10, 11),
    )
    return replace(member, **changes)


def an_application(member: str, role: Any, **changes: Any) -> Application:
    """A waiting application to the cycle."""
    return replace(
        Application(f"app_{member}_{role}", "shanghai", "cyc_1", member, role, "waiting", NOON), **changes
    )
