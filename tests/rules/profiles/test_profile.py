"""Profiles: what others may know, consent, and who must not be paired."""

from services.profiles.domain.profile import (
    Consent,
    GivenAnswer,
    Profile,
    announced,
    conflict_groups,
    with_consents,
    without_dissent,
)
from shared.events.profiles import Answer

WOMAN = GivenAnswer("gender", ("woman",), sensitive=True)
SENIOR = GivenAnswer("grade", ("senior",))
WHY = GivenAnswer("why", ("Because I like hills",), text=True)
YES, NO = Consent("gender", True), Consent("gender", False)


def group_id(*words: str) -> str:
    return "|".join(words)


def test_a_sensitive_answer_needs_a_yes() -> None:
    for consents, kept in (((YES,), (WOMAN, SENIOR)), ((NO,), (SENIOR,)), ((), (SENIOR,))):
        profile = without_dissent(Profile(answers=(WOMAN, SENIOR), consents=consents))
        assert profile.answers == kept


def test_withdrawing_consent_takes_the_answer_away_at_once() -> None:
    agreed = Profile(answers=(WOMAN, SENIOR), consents=(YES,))

    withdrawn = with_consents(agreed, [NO])

    assert withdrawn == Profile(answers=(SENIOR,), consents=(NO,))
    assert with_consents(withdrawn, [YES]).answers == (SENIOR,), "an answer does not come back by a yes"


def test_what_is_announced_has_keys_of_answers_and_no_text() -> None:
    both = GivenAnswer("topics", ("law", "art"))

    fact = announced(Profile(answers=(WOMAN, WHY, both), about="I like hills"), ("mentee",))

    assert fact.answers == (Answer("topics", "law"), Answer("topics", "art"))
    assert "hills" not in repr(fact)


def test_a_reporting_line_ties_the_head_those_who_report_to_her_and_nobody_else() -> None:
    def groups(name: str, organisation: str, reports_to: str = "") -> set[str]:
        return set(
            conflict_groups(name=name, organisation=organisation, reports_to=reports_to, group_id=group_id)
        )

    head, one, other = (
        groups("Bea Frei", "Firma"),
        groups("Anna", "FIRMA", "bea  frei"),
        groups("Carla", "Firma", "Bea Frei"),
    )
    elsewhere, alone = groups("Dora", "Bank", "Bea Frei"), groups("Eva", "Firma")

    assert head & one
    assert one & other
    assert not head & elsewhere
    assert not alone & (head | one | other)
    assert groups("Anna", "", "Bea Frei") == set()
