"""Members: joining, changing, confirming, and which mails may go out."""

from datetime import timedelta

import pytest

from services.profiles.domain import members
from services.profiles.domain.profile import Profile
from shared.errors import Refused
from shared.events.profiles import (
    AreaOffered,
    MemberConfirmationRequested,
    MemberConfirmed,
    MemberContactChanged,
    MemberJoined,
    MemberProfileChanged,
)
from tests.rules.profiles.makers import NOON, a_member, seal


def test_joining_announces_the_member_her_sealed_contact_and_her_profile() -> None:
    member, (joined, contact, profile) = members.join(a_member(), seal=seal)

    assert member == a_member()
    assert joined == MemberJoined(("mentee",), "registration")
    assert contact == MemberContactChanged("sealed 3 fields", "Europe/Zurich")
    assert profile == MemberProfileChanged(("mentee",), (), (), (), (), (), (), 0)


def test_nobody_joins_without_a_role() -> None:
    with pytest.raises(Refused):
        members.join(a_member(roles=()), seal=seal)


def test_nothing_that_is_announced_in_clear_holds_a_name_or_an_address() -> None:
    profile = Profile(organisation="Firma AG", unit="Legal", reports_to="Bea Frei", about="I like hills")
    _, facts = members.join(a_member(profile=profile), seal=seal)

    said = repr(facts)

    assert not [word for word in ("Anna", "example.org", "Firma", "Legal", "Bea", "hills") if word in said]


def test_roles_always_stand_in_the_same_order() -> None:
    assert members.in_order(frozenset({"coordinator", "mentor", "mentee", "queen"})) == (
        "mentee",
        "mentor",
        "coordinator",
    )


def test_a_change_of_contact_is_announced_and_a_change_to_the_same_is_not() -> None:
    same, nothing = members.change_contact(
        a_member(), name=" Anna  Meier", locale="DE", time_zone="Europe/Zurich", seal=seal
    )
    other, (fact,) = members.change_contact(
        a_member(), name="Anna B.", locale="de", time_zone="Asia/Shanghai", seal=seal
    )

    assert (same, nothing) == (a_member(), ())
    assert other == a_member(name="Anna B.", time_zone="Asia/Shanghai")
    assert fact.time_zone == "Asia/Shanghai"


def test_a_change_of_profile_is_announced_and_free_text_alone_is_kept_in_silence() -> None:
    offered = Profile(areas_offered=(AreaOffered("law", 3),))

    changed, (fact,) = members.change_profile(a_member(), offered, frozenset({"mentor"}))
    silent, nothing = members.change_profile(a_member(), Profile(about="I like hills"), frozenset({"mentee"}))

    assert changed == a_member(profile=offered, roles=("mentor",))
    assert fact.areas_offered == (AreaOffered("law", 3),)
    assert (silent, nothing) == (a_member(profile=Profile(about="I like hills")), ())


def test_nobody_becomes_or_stops_being_a_coordinator_by_a_profile() -> None:
    lea = a_member(roles=("coordinator",))

    assert members.change_profile(a_member(), Profile(), frozenset({"mentee", "coordinator"}))[0].roles == (
        "mentee",
    )
    assert members.change_profile(lea, Profile(), frozenset({"mentor"}))[0].roles == ("mentor", "coordinator")
    with pytest.raises(Refused):
        members.change_profile(a_member(), Profile(), frozenset())


def test_a_coordinator_is_appointed_once() -> None:
    appointed, facts = members.appoint(a_member())

    assert (appointed.roles, len(facts)) == (("mentee", "coordinator"), 1)
    assert members.appoint(appointed) == (appointed, ())


def test_the_confirmation_goes_out_at_most_every_ten_minutes_and_never_to_a_confirmed_address() -> None:
    asked, fact = members.send_confirmation(a_member(), "sealed", NOON)
    just_before, just_then = NOON + timedelta(minutes=10, milliseconds=-1), NOON + timedelta(minutes=10)
    confirmed, told = members.confirm(asked, NOON)

    assert fact == MemberConfirmationRequested("sealed", NOON + timedelta(days=7))
    assert told == MemberConfirmed(NOON)
    assert members.may_send_confirmation(a_member(), NOON)
    assert not members.may_send_confirmation(asked, just_before)
    assert members.may_send_confirmation(asked, just_then)
    assert not members.may_send_confirmation(confirmed, just_then)


def test_at_most_five_sign_in_mails_go_out_in_ten_minutes_and_none_to_an_unconfirmed_address() -> None:
    member = a_member(confirmed_at=NOON)
    for minute in range(5):
        assert members.may_send_sign_in(member, NOON + timedelta(minutes=minute))
        member, _ = members.send_sign_in(member, "sealed", NOON + timedelta(minutes=minute))

    assert not members.may_send_sign_in(member, NOON + timedelta(minutes=9))
    assert members.may_send_sign_in(member, NOON + timedelta(minutes=10))
    assert not members.may_send_sign_in(a_member(), NOON)
    member, _ = members.send_sign_in(member, "sealed", NOON + timedelta(hours=1))
    assert member.sign_ins_sent_at == (NOON + timedelta(hours=1),)
