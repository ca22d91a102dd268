"""Mails as messages: both parts, links, headers, calendar files; and nothing that people typed gets out of its place."""

import email
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default as parsing
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from services.notifications.domain import catalogue, mails
from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Chapter, Person
from services.notifications.mail.message import Parties, Unsendable, compose, sender_of, write
from services.notifications.mail.words import LANGUAGES
from shared.events import declared, matching, notifications, profiles, sessions, write_fact

NOON = datetime(2026, 3, 27, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=7)
PAIR: dict[str, Any] = {"mentee": "mem_a", "mentor": "mem_b"}
SESSION: dict[str, Any] = {
    **PAIR,
    "relationship": "rel_1",
    "purpose": "regular",
    "mode": "call",
    "starts_at": NOON + timedelta(days=3),
    "minutes": 45,
}
SENDER = sender_of("Cairn <no-reply@cairn.test>", "https://cairn.test")
EVIL = "Eve\r\nBcc: all@evil.test\r\n\r\n<b>\x00\u2028\u202e\U000e0041"

FACTS: dict[type[Any], Any] = {
    type(fact): fact
    for fact in (
        profiles.MemberConfirmationRequested("sealed", LATER),
        profiles.MemberSignInRequested("sealed", LATER),
        matching.RelationshipProposed(**PAIR, origin="round", answer_by=LATER),
        matching.RelationshipIntroductionAgreed(**PAIR, meet_by=LATER),
        matching.RelationshipDeclined(**PAIR, reason="declined"),
        matching.RelationshipIntroductionHeld(**PAIR, vote_by=LATER),
        matching.RelationshipNotStarted(**PAIR),
        matching.RelationshipStarted(**PAIR, trial_ends_at=LATER),
        matching.RelationshipEnded(**PAIR, reason="trial_not_renewed"),
        sessions.SessionScheduled(**SESSION, revision=0),
        sessions.SessionMoved(**SESSION, revision=1),
        sessions.SessionCancelled(**SESSION, revision=2),
        sessions.StepAgreed("rel_1", "ses_1", **PAIR),
        sessions.StepClosed("rel_1", "ses_1", **PAIR, outcome="done"),
        profiles.ReportFiled(),
        matching.ApplicationNotMatched("cyc_1", "mem_a", "mentee", "no_place"),
        matching.RelationshipQuestionAsked(**PAIR, answer_by=LATER),
        matching.RelationshipQuestionAnswered(**PAIR, answer_by=LATER),
        matching.RelationshipRenewed(**PAIR, term=1, review_at=LATER, term_ends_at=LATER),
        matching.RelationshipPaused(**PAIR, resumes_at=LATER),
        matching.RelationshipResumed(**PAIR, ends_at=LATER),
        matching.RelationshipReviewDue(**PAIR, term_ends_at=LATER),
        matching.RelationshipCompleted(**PAIR, terms=1),
        matching.GoalSet("rel_1", **PAIR, owner="mentee", version=1),
        matching.GoalCommented("rel_1", **PAIR, owner="mentee"),
        sessions.SessionDisputed("rel_1", **PAIR),
        sessions.SessionMissed("rel_1", **PAIR),
        sessions.StepReminderDue("rel_1", **PAIR),
        sessions.ClockNudged("rel_1", **PAIR, silent_since=NOON),
        sessions.ClockAsked("rel_1", **PAIR, silent_since=NOON),
        sessions.ClockFlagged("rel_1", **PAIR, silent_since=NOON),
        sessions.PulseDue("rel_1", "mem_a", "start"),
        sessions.OutcomeDueV1("mem_a", "months_6", matched=True),
        sessions.OutcomeDue("mem_a", "later", matched=True, months=6),
        sessions.KudosGiven("rel_1", giver="mem_b", receiver="mem_a"),
        sessions.CertificateIssued("rel_1", "mem_a", 4),
        notifications.WebhookFailing("whk_1", NOON, 24),
        notifications.WebhookDisabled("whk_1", "failing"),
    )
}
EVERY_MAIL = [(fact, told) for kind, fact in FACTS.items() for told in catalogue.CATALOGUE[kind]]


def a_person(id: str = "mem_a", **more: Any) -> Person:
    given = {
        "name": "Ann Lee",
        "mail": "ann@people.test",
        "locale": "en",
        "time_zone": "Europe/Zurich",
        **more,
    }
    return Person(id, "shanghai", **given)


def a_mail(fact: Any, template: str, recipient: str = "mem_a", aggregate: str = "ses_1") -> Mail:
    return mails.new_mail(
        event_id=f"{aggregate}:1",
        chapter="shanghai",
        recipient=recipient,
        template=template,
        event_type=declared(fact).name,
        event=write_fact(fact),
        aggregate=aggregate,
        happened_at=NOON,
        order="",
        waits_for=(),
        now=NOON,
    )


def composed(
    fact: Any,
    template: str,
    *,
    person: Person | None = None,
    other: Person | None = None,
    recipient: str = "mem_a",
) -> EmailMessage:
    """The message as whoever receives it reads it."""
    person = person or a_person(recipient)
    other = other or a_person(
        "mem_b" if recipient == "mem_a" else "mem_a", name="Bob Wu", mail="bob@people.test"
    )
    chapter = Chapter("shanghai", "shanghai", "Shanghai", "Asia/Shanghai", ("en", "zh-Hans"))
    mail = a_mail(fact, template, recipient)
    written = write(
        mail, Parties(person, other, chapter), SENDER.public_url, relationship="rel_1", token="t0k3n"
    )
    message = compose(mail, written, person.mail, SENDER, now=NOON)
    read = email.message_from_bytes(message.as_bytes(), policy=parsing)
    assert isinstance(read, EmailMessage)
    return read


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def invited(message: EmailMessage) -> Calendar:
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "invite.ics"
    return Calendar.from_ical(attached.get_content())


def an_event(message: EmailMessage) -> Any:
    (event,) = invited(message).walk("VEVENT")
    return event


def test_every_event_of_the_catalogue_is_tried_here() -> None:
    assert set(FACTS) == set(catalogue.CATALOGUE)


@pytest.mark.parametrize("language", LANGUAGES.values())
@pytest.mark.parametrize(
    ("fact", "told"), EVERY_MAIL, ids=[told.template + "-" + told.whom for _, told in EVERY_MAIL]
)
def test_every_mail_can_be_written_in_every_language(fact: Any, told: catalogue.Told, language: str) -> None:
    recipient = catalogue.recipient_of(fact, told.whom, "mem_a") or "mem_c"
    message = composed(
        fact, told.template, recipient=recipient, person=a_person(recipient, locale=language, name="王芳")
    )
    plain, html = part(message, "plain"), part(message, "html")
    assert message["Content-Language"] == language
    assert "https://cairn.test/" in plain
    assert plain.split("https://cairn.test/")[1].split()[0] in html
    assert "王芳" in plain
    assert "%(" not in plain + html
    if language == "en":
        assert all(ord(char) < 0x2E80 for char in plain.replace("王芳", ""))
    else:
        assert "Please" not in plain
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "Cairn <shanghai.cairn.test>"
    assert message["Date"].datetime == NOON


@pytest.mark.parametrize(
    ("fact", "template", "path"),
    [
        (FACTS[profiles.MemberConfirmationRequested], "confirmation", "/confirm/t0k3n"),
        (FACTS[profiles.MemberSignInRequested], "sign_in", "/sign-in/t0k3n"),
        (FACTS[matching.RelationshipProposed], "proposal_of_mentor", "/proposals/rel_1"),
        (FACTS[matching.RelationshipIntroductionHeld], "vote", "/relationships/rel_1"),
        (FACTS[sessions.StepClosed], "step_done", "/relationships/rel_1"),
    ],
)
def test_each_mail_leads_to_its_page(fact: Any, template: str, path: str) -> None:
    assert f"https://cairn.test{path}\n" in part(composed(fact, template), "plain")


def test_the_same_mail_has_the_same_message_id_and_another_has_another() -> None:
    fact = FACTS[matching.RelationshipIntroductionHeld]
    first, again = composed(fact, "vote"), composed(fact, "vote", person=a_person(name="Anna Lee"))
    other = composed(fact, "vote", recipient="mem_b")
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


def test_nothing_that_people_typed_reaches_a_header_or_the_html_as_more_than_text() -> None:
    evil = a_person("mem_b", name=EVIL, mail="eve@people.test")
    for template, fact in (
        ("vote", FACTS[matching.RelationshipIntroductionHeld]),
        ("step_done", FACTS[sessions.StepClosed]),
    ):
        for message in (
            composed(fact, template, other=evil),
            composed(fact, template, person=a_person(name=EVIL)),
        ):
            assert message["Bcc"] is None
            assert message.defects == []
            assert "\n" not in str(message["Subject"]) + str(message["To"])
            assert "<b>" not in part(message, "html")
            assert "\u202e" not in part(message, "plain") + str(message["Subject"]) + str(message["To"])
            assert [address.addr_spec for address in message["To"].addresses] == ["ann@people.test"]


def test_a_name_with_line_breaks_breaks_no_line_of_a_calendar_file() -> None:
    event = an_event(
        composed(FACTS[sessions.SessionScheduled], "session_scheduled", other=a_person("mem_b", name=EVIL))
    )
    assert "\r\nBcc" not in event.to_ical().decode()
    assert str(event["SUMMARY"]).startswith("Session with Eve Bcc: all@evil.test")


def test_names_in_any_script_arrive_as_they_are() -> None:
    message = composed(
        FACTS[sessions.StepClosed],
        "step_done",
        person=a_person(name="Zoë Müller-Łęcka"),
        other=a_person("mem_b", name="王芳"),
    )
    assert message["To"].addresses[0].display_name == "Zoë Müller-Łęcka"
    assert message["Subject"] == "You said, 王芳 did"


@pytest.mark.parametrize("mail", ["not an address", "a@b.test\r\nBcc: c@d.test", "", "@", "a@", "<a@b.test>"])
def test_an_address_that_is_none_is_unsendable(mail: str) -> None:
    with pytest.raises(Unsendable):
        composed(FACTS[sessions.StepClosed], "step_done", person=a_person(mail=mail))


def test_an_unknown_other_side_is_your_mentor_or_your_mentee() -> None:
    fact = FACTS[matching.RelationshipIntroductionHeld]
    assert "You and your mentor have met." in part(
        composed(fact, "vote", other=a_person("mem_b", name="")), "plain"
    )
    text = part(composed(fact, "vote", recipient="mem_b", other=a_person("mem_a", name="")), "plain")
    assert "You and your mentee have met." in text


@pytest.mark.parametrize(
    "zone", ["Europe/Zurich", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]
)
def test_a_session_is_in_the_calendar_at_its_time_on_the_recipients_clock(zone: str) -> None:
    message = composed(FACTS[sessions.SessionScheduled], "session_scheduled", person=a_person(time_zone=zone))
    calendar, event = invited(message), an_event(message)
    assert calendar["METHOD"] == "REQUEST"
    assert event["DTSTART"].params["TZID"] == zone
    assert event.decoded("DTSTART") == NOON + timedelta(days=3)
    assert event.decoded("DTEND") == NOON + timedelta(days=3, minutes=45)
    assert event.decoded("DTSTART").replace(tzinfo=None) == (
        (NOON + timedelta(days=3)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    )
    assert [str(found["TZID"]) for found in calendar.walk("VTIMEZONE")] == [zone]
    assert str(event["ORGANIZER"]) == "mailto:no-reply@cairn.test"
    assert str(event["ATTENDEE"]) == "mailto:ann@people.test"
    assert f"({zone}, UTC" in part(message, "plain")


def test_the_zones_rules_in_the_file_know_summer_time() -> None:
    message = composed(FACTS[sessions.SessionScheduled], "session_scheduled")
    assert NOON.astimezone(ZoneInfo("Europe/Zurich")).utcoffset() == timedelta(hours=1)
    assert an_event(message).decoded("DTSTART").utcoffset() == timedelta(hours=2)  # 29 March lies between
    (rules,) = invited(message).timezones
    offset = rules.to_tz().utcoffset((NOON + timedelta(days=3)).replace(tzinfo=None))
    assert offset == timedelta(hours=2)


def test_a_changed_session_replaces_the_earlier_one_and_a_cancelled_one_removes_it() -> None:
    made = composed(FACTS[sessions.SessionScheduled], "session_scheduled")
    moved = composed(FACTS[sessions.SessionMoved], "session_moved")
    gone = composed(FACTS[sessions.SessionCancelled], "session_cancelled")
    assert {str(an_event(message)["UID"]) for message in (made, moved, gone)} == {"ses_1@cairn.test"}
    assert [an_event(message)["SEQUENCE"] for message in (made, moved, gone)] == [0, 1, 2]
    assert [invited(message)["METHOD"] for message in (made, moved, gone)] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [an_event(message)["STATUS"] for message in (made, moved, gone)] == [
        "CONFIRMED",
        "CONFIRMED",
        "CANCELLED",
    ]


def test_the_invitation_stands_beside_the_text_where_calendars_look_for_it() -> None:
    message = composed(FACTS[sessions.SessionScheduled], "session_scheduled")
    assert message.get_content_type() == "multipart/mixed"
    alternative, attached = message.iter_parts()
    kinds = [found.get_content_type() for found in alternative.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    beside = list(alternative.iter_parts())[2]
    assert beside.get_param("method") == "REQUEST"
    assert attached.get_content_type() == "application/ics"
    assert beside.get_content().replace("\r\n", "\n").encode() == attached.get_content().replace(
        b"\r\n", b"\n"
    )


def test_a_session_by_letters_is_a_free_day_without_a_time() -> None:
    fact = sessions.SessionScheduled(
        "rel_1", "mem_a", "mem_b", "regular", "letters", NOON.replace(hour=23), 45, 0
    )
    message = composed(fact, "session_scheduled", person=a_person(time_zone="Asia/Shanghai"))
    event = an_event(message)
    assert event.decoded("DTSTART") == datetime(2026, 3, 28, tzinfo=UTC).date()
    assert event["TRANSP"] == "TRANSPARENT"
    assert "You write to each other, from Saturday, 28 March 2026 on." in part(message, "plain")


def test_mails_that_are_no_invitations_carry_no_files() -> None:
    message = composed(FACTS[matching.RelationshipStarted], "started")
    assert list(message.iter_attachments()) == []
    assert message.get_content_type() == "multipart/alternative"
