"""What the mails say. One function for each template of the catalogue; none holds anything that the pair wrote.

Invariants:
1. What came to nothing is told in the same words to both sides and for every cause (R2).
2. Texts pass through `say(...)`, which puts them into the reader's language; a test finds every one that has no translation.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.notifications.domain.catalogue import CONFIRMATION, DIGEST, SIGN_IN
from services.notifications.mail import news_letters, term_letters, webhook_letters
from services.notifications.mail.letter import Letter, Scene, Write
from services.notifications.mail.words import Words


def confirmation(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Please confirm your address"),
        (
            say(
                "This address was entered for the mentoring programme of %(chapter)s, by you or by a coordinator.",
                chapter=scene.chapter,
            ),
            say(
                "Please confirm that it is yours. Until you do, you get no other mail from us and are not matched with anybody."
            ),
            say("The link works until %(time)s.", time=say.time(scene.fact.expires_at)),
            say("If this is not for you, do nothing: you will not hear from us again."),
        ),
        say("Confirm my address"),
    )


def sign_in(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Your link to sign in"),
        (
            say("Here is the link that signs you in to %(chapter)s.", chapter=scene.chapter),
            say("It works once, until %(time)s.", time=say.time(scene.fact.expires_at)),
            say("If you did not ask for it, somebody mistyped an address, and you need not do anything."),
        ),
        say("Sign in"),
    )


def proposal_of_mentor(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("A mentor for you: would you like to meet?"),
        (
            say(
                "We would like to introduce you to %(name)s as your mentor. The page says why we think that you two fit.",
                name=scene.other,
            ),
            *_answer_by(say, scene),
        ),
        say("See the proposal"),
    )


def proposal_of_mentee(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("A mentee for you: would you like to meet?"),
        (
            say(
                "We would like to introduce you to %(name)s as your mentee. The page says why we think that you two fit.",
                name=scene.other,
            ),
            *_answer_by(say, scene),
        ),
        say("See the proposal"),
    )


def _answer_by(say: Words, scene: Scene) -> tuple[str, str]:
    return (
        say("Please answer by %(time)s.", time=say.time(scene.fact.answer_by)),
        say("Yes means a first meeting, nothing more. A no needs no reason, and nobody is told who said it."),
    )


def introduction_agreed(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("You would both like to meet: plan your introduction"),
        (
            say(
                "You and %(name)s would both like to meet. Please plan your introduction, half an hour is enough.",
                name=scene.other,
            ),
            say("It should take place by %(time)s.", time=say.time(scene.fact.meet_by)),
        ),
        say("Plan the introduction"),
    )


def proposal_closed(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("A proposal has come to its end"),
        (
            say(
                "There will be no introduction between you and %(name)s. This happens often, for many good reasons.",
                name=scene.other,
            ),
            say(
                "We tell nobody how anybody answered. If you have questions, your coordinator is glad to hear from you."
            ),
        ),
        say("Open my page"),
    )


def vote(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("You have met: would you like to go on?"),
        (
            say(
                "You and %(name)s have met. Would you like to go on together, for a trial term?",
                name=scene.other,
            ),
            say("Please vote by %(time)s.", time=say.time(scene.fact.vote_by)),
            say("Your vote is sealed: a no is never shown to anybody, and a yes only where both say yes."),
        ),
        say("Vote"),
    )


def not_started(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Thank you for meeting"),
        (
            say(
                "Thank you for meeting %(name)s. It does not go on to a trial term. It often takes more than one person before it fits.",
                name=scene.other,
            ),
            say(
                "Nobody is shown how anybody voted. If you have questions, your coordinator is glad to hear from you."
            ),
        ),
        say("Open my page"),
    )


def started(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("You both said yes: your trial term begins"),
        (
            say("You and %(name)s have both said yes. Your trial term begins.", name=scene.other),
            say(
                "It ends on %(day)s by itself, unless you both renew it. Plan your first session when it suits you.",
                day=say.day(scene.fact.trial_ends_at),
            ),
        ),
        say("Plan the first session"),
    )


def session_scheduled(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("%(what)s: %(day)s", what=what_it_is(say, scene), day=say.day(scene.fact.starts_at)),
        (say("A session was planned: %(what)s.", what=what_it_is(say, scene)), *_when(say, scene)),
        say("See the session"),
    )


def session_moved(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Changed: %(what)s: %(day)s", what=what_it_is(say, scene), day=say.day(scene.fact.starts_at)),
        (
            say("A session was changed: %(what)s. This is how it stands now.", what=what_it_is(say, scene)),
            *_when(say, scene),
        ),
        say("See the session"),
    )


def session_cancelled(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Cancelled: %(what)s: %(day)s", what=what_it_is(say, scene), day=say.day(scene.fact.starts_at)),
        (
            say("A session was cancelled: %(what)s.", what=what_it_is(say, scene)),
            say("It was planned for %(time)s.", time=say.time(scene.fact.starts_at)),
        ),
        say("Plan another session"),
    )


def what_it_is(say: Words, scene: Scene) -> str:
    """The session in a few words, for a subject and a calendar."""
    if scene.fact.purpose == "introduction":
        return say("Introduction with %(name)s", name=scene.other)
    return say("Session with %(name)s", name=scene.other)


def _when(say: Words, scene: Scene) -> tuple[str, ...]:
    fact = scene.fact
    if fact.mode == "letters":
        return (say("You write to each other, from %(day)s on.", day=say.day(fact.starts_at)),)
    where = say("You meet in person.") if fact.mode == "in_person" else say("You talk in a call.")
    return (
        say("%(time)s, %(minutes)s minutes.", time=say.time(fact.starts_at), minutes=fact.minutes),
        where,
    )


def step_agreed(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("You have agreed on a step"),
        (
            say(
                "You and %(name)s have agreed on a step. What it is, only the two of you can read.",
                name=scene.other,
            ),
            say("When you have done it, or let it go, say so on your page. We will not remind you."),
        ),
        say("See the step"),
    )


def step_done(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("You said, %(name)s did", name=scene.other),
        (
            say("%(name)s has acted on a step that you two agreed on.", name=scene.other),
            say("What came of it is on your page, for the two of you to read."),
        ),
        say("See what came of it"),
    )


LETTERS: Mapping[str, Write] = {
    CONFIRMATION: confirmation,
    SIGN_IN: sign_in,
    **{
        write.__name__: write
        for write in (
            proposal_of_mentor,
            proposal_of_mentee,
            introduction_agreed,
            proposal_closed,
            vote,
            not_started,
            started,
            session_scheduled,
            session_moved,
            session_cancelled,
            step_agreed,
            step_done,
            *term_letters.LETTERS,
            *news_letters.LETTERS,
            *webhook_letters.LETTERS,
        )
    },
}


#: What leads to her own page: there she sees where she stands, and applies again.
_ON_HER_PAGE = ("proposal_closed", "not_started", "not_matched", DIGEST)


def link_path(template: str, relationship: str, about: str, token: str) -> str:
    """Where the mail's link leads, below the public address: where she can do what it asks. `about` is what its event is about."""
    match template:
        case "confirmation":
            return f"/confirm/{token}"
        case "sign_in":
            return f"/sign-in/{token}"
        case "proposal_of_mentor" | "proposal_of_mentee" | "question_asked" | "question_answered":
            return f"/proposals/{relationship}"
        case "report_filed":
            return f"/coordinator/reports/{about}"
        case "silence_flagged":
            return "/coordinator/monday"
        case "webhook_failing" | "webhook_disabled":
            return "/coordinator/integrations"
        case "pulse_due":
            return f"/me/pulses/{about}"
        case "outcome_due":
            return f"/me/outcomes/{about}"
        case "certificate":
            return "/me/certificates"
        case "completed_mentee":
            return "/me/details"  # where she says that she takes part as a mentor
        case _ if template in _ON_HER_PAGE or not relationship:
            return "/me"
        case _:
            return f"/relationships/{relationship}"


def expires_at(fact: Any) -> datetime | None:
    """From when on the mail is of no use any more: when its link has expired."""
    return getattr(fact, "expires_at", None)
