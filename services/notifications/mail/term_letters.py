"""What the mails say of the course of a relationship after its start, and of what comes before it: questions, and waiting on.

Invariants:
1. An end is told to both sides in the same words, by the class of its reason only: never who acted, and never a block or an erasure.
2. A question or an answer is announced, not repeated: it is for the two only.
"""

from services.notifications.mail.letter import Letter, Scene, Write
from services.notifications.mail.words import Words


def question_asked(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("One question before you meet"),
        (
            say("%(name)s would like to know one thing more before answering.", name=scene.other),
            say("Only the two of you can read the question and what you answer."),
            say("The proposal stays open until %(time)s.", time=say.time(scene.fact.answer_by)),
        ),
        say("Read the question"),
    )


def question_answered(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Your question was answered"),
        (
            say("%(name)s has answered your question. Only the two of you can read it.", name=scene.other),
            say("Please answer by %(time)s.", time=say.time(scene.fact.answer_by)),
        ),
        say("Read the answer"),
    )


def not_matched(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("No match for you in this round"),
        (
            say(
                "We have looked for somebody for you in %(chapter)s, and this time there is no proposal for you.",
                chapter=scene.chapter,
            ),
            _why_not(say, scene.fact.reason),
            say(
                "Your application keeps its place. You need not do anything, and you can withdraw it at any time."
            ),
        ),
        say("See where I stand"),
    )


def _why_not(say: Words, reason: str) -> str:
    match reason:
        case "not_confirmed":
            return say("When the round was made, your address was not confirmed yet.")
        case "not_in_role":
            return say("When the round was made, your profile did not have the role that you applied for.")
        case "not_eligible":
            return say("The rules of this programme did not fit your profile when the round was made.")
        case "no_place":
            return say("There were more people than places. That says nothing about you.")
        case _:
            return say("Nobody who takes part now fits what you are looking for well enough.")


def renewed(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("You both go on: a new term begins"),
        (
            say("You and %(name)s have both chosen to go on. A new term begins.", name=scene.other),
            say(
                "You look back together around %(review)s, and the term ends on %(day)s, unless you both renew it.",
                review=say.day(scene.fact.review_at),
                day=say.day(scene.fact.term_ends_at),
            ),
        ),
        say("Open our page"),
    )


def paused(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("A pause, without guilt"),
        (
            say("You and %(name)s are pausing. Nothing is expected of either of you.", name=scene.other),
            say(
                "It goes on by itself on %(day)s, or earlier if one of you says so. The end of the term moves along.",
                day=say.day(scene.fact.resumes_at),
            ),
        ),
        say("Open our page"),
    )


def resumed(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("The pause is over"),
        (
            say("You and %(name)s go on together. Plan a session when it suits you.", name=scene.other),
            say("The term ends on %(day)s now.", day=say.day(scene.fact.ends_at)),
        ),
        say("Plan a session"),
    )


def silence_asked(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Go on, pause, or end?"),
        (
            say(
                "You and %(name)s have not met since %(day)s. That happens, and it is nobody's fault.",
                name=scene.other,
                day=say.day(scene.fact.silent_since),
            ),
            say("Please say on your page what you would like: go on, pause, or end."),
            say(
                "Without a session or a word from you two, it closes by itself after six quiet weeks, without fault."
            ),
        ),
        say("Say what I would like"),
    )


def review_due(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Half of your term is over: time to look back"),
        (
            say(
                "You and %(name)s are half way. Look back together: what has changed, and what comes next?",
                name=scene.other,
            ),
            say("The term ends on %(day)s.", day=say.day(scene.fact.term_ends_at)),
        ),
        say("Look back together"),
    )


def completed_mentee(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("You made it: your relationship is complete"),
        (
            say(
                "Your time with %(name)s as your mentor is complete. Thank you for all that you brought to it.",
                name=scene.other,
            ),
            say(
                "Somebody is now where you were when you began. Would you like to be a mentor, and pass on what you were given?"
            ),
            say(
                "It is an invitation, nothing more: you choose if and when, and on your page you can say so."
            ),
        ),
        say("Become a mentor"),
    )


def completed_mentor(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("You made it: your relationship is complete"),
        (
            say(
                "Your time with %(name)s as your mentee is complete. Thank you for what you gave, and for listening.",
                name=scene.other,
            ),
            say("Your place is free again. Take a new mentee when you want to, not before."),
        ),
        say("Look back"),
    )


def ended(say: Words, scene: Scene) -> Letter:
    match scene.fact.reason:
        case "trial_not_renewed":
            subject = say("Your trial term has come to its end")
            how = say(
                "The trial term of you and %(name)s has come to its end, as planned, without fault on any side.",
                name=scene.other,
            )
        case "silent":
            subject = say("Closed, after a quiet time")
            how = say(
                "You and %(name)s have not met for a long time, so your relationship was closed, without fault on any side.",
                name=scene.other,
            )
        case "by_coordinator" | "for_cause":
            subject = say("Your coordinator has ended a relationship")
            how = say(
                "Your coordinator has ended the relationship of you and %(name)s, and is glad to hear from you if you have questions.",
                name=scene.other,
            )
        case _:
            subject = say("A relationship has come to its end")
            how = say(
                "The relationship of you and %(name)s has come to its end before its time. This happens often, for many good reasons.",
                name=scene.other,
            )
    return Letter(
        subject,
        (
            how,
            say("Thank you for the time that you gave each other."),
            say(
                "The place is free again. If you would like to go on with somebody else, your page says how."
            ),
        ),
        say("Look back"),
    )


LETTERS: tuple[Write, ...] = (
    question_asked,
    question_answered,
    not_matched,
    renewed,
    paused,
    resumed,
    silence_asked,
    review_due,
    completed_mentee,
    completed_mentor,
    ended,
)
