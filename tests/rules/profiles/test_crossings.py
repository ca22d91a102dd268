"""A mentor is lent to another chapter."""

from typing import Any

import pytest

from services.profiles.domain import crossings
from services.profiles.domain.chapters import Chapter
from services.profiles.domain.crossings import Crossing
from services.profiles.domain.members import Member
from services.profiles.domain.profile import Consent, GivenAnswer, Profile
from shared.errors import Refused
from tests.rules.profiles.makers import NOON, a_member


def a_mentor(**said: Any) -> Member:
    """Anna, a confirmed mentor."""
    return a_member(**{"roles": ("mentee", "mentor"), "confirmed_at": NOON} | said)


def an_offer(**said: Any) -> Crossing:
    """Zurich lends Anna, with two places, to Shanghai."""
    usual: dict[str, Any] = {
        "id": "crs_1",
        "chapter": "zurich",
        "to": "shanghai",
        "member": "mem_anna",
        "seats": 2,
        "lent_by": "mem_lea",
        "lent_at": NOON,
    }
    return Crossing(**usual | said)


def a_chapter(id: str, time_zone: str) -> Chapter:
    return Chapter(id, id, id.title(), time_zone, ("en",), "eu", NOON)


def the_guest(member: Member, *, away: str = "Asia/Shanghai", home: str = "Europe/Zurich") -> Member:
    return crossings.guest_of(
        member,
        an_offer(),
        (a_chapter("zurich", home), a_chapter("shanghai", away)),
        id="mem_guest",
        group_id=lambda *words: "-".join(words),
        now=NOON,
    )


@pytest.mark.parametrize(
    ("offer", "member", "code"),
    [
        ({"to": "zurich"}, {}, "same_chapter"),
        ({}, {"via": "crossing"}, "already_a_guest"),
        ({}, {"roles": ("mentee",)}, "not_a_mentor"),
        ({}, {"confirmed_at": None}, "not_confirmed"),
        ({"seats": 0}, {}, "invalid"),
        ({"seats": 21}, {}, "invalid"),
    ],
)
def test_who_cannot_be_lent(offer: dict[str, Any], member: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        crossings.lend(an_offer(**offer), a_mentor(**member), 0)


def test_offers_that_wait_have_a_limit() -> None:
    assert crossings.lend(an_offer(), a_mentor(), crossings.MAX_OFFERED - 1) == an_offer()
    with pytest.raises(Refused, match="too_many"):
        crossings.lend(an_offer(), a_mentor(), crossings.MAX_OFFERED)


@pytest.mark.parametrize("before", ["accepted", "refused", "withdrawn"])
def test_what_is_settled_stays(before: Any) -> None:
    with pytest.raises(Refused, match="crossing_settled"):
        crossings.settle(an_offer(state=before), "accepted", by="mem_mei", guest="mem_x", now=NOON)


def test_a_guest_brings_what_a_mentor_gives_and_leaves_her_answers_and_her_wishes_at_home() -> None:
    profile = Profile(
        capacity=5,
        languages=("de",),
        organisation="ACME",
        reports_to="Mr Smith",
        about="I like mountains.",
        answers=(GivenAnswer("gender", ("f",), sensitive=True),),
        consents=(Consent("gender", given=True),),
        groups=("of-zurich",),
    )
    guest = the_guest(a_mentor(profile=profile))
    assert (guest.id, guest.chapter, guest.roles, guest.via) == (
        "mem_guest",
        "shanghai",
        ("mentor",),
        "crossing",
    )
    assert (guest.profile.capacity, guest.profile.languages) == (2, ("de",))
    assert (guest.profile.answers, guest.profile.consents, guest.profile.about) == ((), (), "")
    assert guest.profile.groups == ("reporting_line-acme-anna meier", "reporting_line-acme-mr smith")
    assert not guest.confirmed


@pytest.mark.parametrize(
    ("home", "away", "hours", "told"),
    [
        ("Europe/Zurich", "Asia/Shanghai", (10, 160), (17, 167)),
        ("Europe/Zurich", "Asia/Shanghai", (167,), (6,)),
        ("Asia/Shanghai", "Europe/Zurich", (0,), (161,)),
        ("Europe/Zurich", "Europe/Zurich", (5,), (5,)),
    ],
)
def test_free_hours_are_told_on_the_other_chapters_clock(
    home: str, away: str, hours: tuple[int, ...], told: tuple[int, ...]
) -> None:
    assert the_guest(a_mentor(profile=Profile(hours=hours)), home=home, away=away).profile.hours == told
