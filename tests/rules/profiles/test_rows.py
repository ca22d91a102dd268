"""What a row of a sheet makes of a member."""

from services.profiles.domain.profile import Consent, GivenAnswer, Profile
from services.profiles.domain.rows import profile_from_row
from services.profiles.spreadsheet.values import Option, PersonRow, Question
from shared.events.profiles import AreaOffered, AreaWanted
from tests.rules.profiles.makers import a_row

GENDER = Question("gender", "choice", options=(Option("woman"),), sensitive=True)
WHY = Question("why", "text")


def profile(row: PersonRow, before: Profile | None = None) -> Profile:
    return profile_from_row(before or Profile(), row, (GENDER, WHY), group_id)


def group_id(*words: str) -> str:
    return "|".join(words)


def test_years_come_from_the_area_then_from_the_career_then_from_nothing() -> None:
    offers = a_row(roles=("mentor",), areas_offered=("law", "finance"), area_years={"law": 3})

    assert profile(offers).areas_offered == (AreaOffered("law", 3), AreaOffered("finance", 1))


def test_a_mentor_has_room_for_one_unless_the_sheet_says_otherwise() -> None:
    assert profile(a_row()).capacity == 0
    assert profile(a_row(roles=("mentor",))).capacity == 1
    assert profile(a_row(roles=("mentor",), capacity=0)).capacity == 0
    assert profile(a_row(roles=("mentor",)), Profile(capacity=3)).capacity == 3


def test_a_sheet_replaces_what_it_says_and_leaves_the_rest() -> None:
    before = Profile(languages=("en",), hours=(18,), about="I like hills", could_teach=("design",))

    after = profile(a_row(languages=("de",), areas_wanted=("law",)), before)

    assert after == Profile(
        languages=("de",),
        hours=(18,),
        about="I like hills",
        could_teach=("design",),
        areas_wanted=(AreaWanted("law", 2),),
    )


def test_answers_keep_what_kind_they_are() -> None:
    row = a_row(answers={"gender": "woman", "why": "Hills"}, consents={"gender": True})

    assert profile(row).answers == (
        GivenAnswer("gender", ("woman",), sensitive=True),
        GivenAnswer("why", ("Hills",), text=True),
    )


def test_a_sheet_can_bring_a_no_but_never_overrule_a_members_own() -> None:
    agreed = Profile(
        answers=(GivenAnswer("gender", ("woman",), sensitive=True),), consents=(Consent("gender", True),)
    )
    refused = Profile(consents=(Consent("gender", False),))

    assert profile(a_row(consents={"gender": False}), agreed).answers == ()
    again = profile(a_row(answers={"gender": "woman"}, consents={"gender": True}), refused)
    assert (again.answers, again.consents) == ((), (Consent("gender", False),))


def test_who_reports_to_whom_becomes_groups_and_stays_unreadable_to_others() -> None:
    row = a_row(organisation="Firma", reports_to="Bea Frei")

    assert profile(row).groups == ("reporting_line|firma|anna meier", "reporting_line|firma|bea frei")
