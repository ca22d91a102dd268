"""What the mails say of goals, sessions that did not happen, quiet times, thanks, questions about how it goes, and lists of coordinators.

Invariant: a coordinator is told that there is something to look at, never about whom or what it says.
"""

from services.notifications.mail.letter import Letter, Scene, Write
from services.notifications.mail.words import Words


def goal_set(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("%(name)s has set a goal", name=scene.other),
        (
            say(
                "%(name)s has written down a goal. You can read it on your page, and comment on it.",
                name=scene.other,
            ),
            say("Nobody but %(name)s can change it.", name=scene.other),
        ),
        say("Read the goal"),
    )


def goal_commented(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("A comment on your goal"),
        (say("%(name)s has commented on your goal. The goal stays yours.", name=scene.other),),
        say("Read the comment"),
    )


def session_disputed(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Did your session take place?"),
        (
            say(
                "You and %(name)s say different things about whether a session took place.", name=scene.other
            ),
            say(
                "It counts as held as soon as you both say so. Until then either of you can change your word."
            ),
        ),
        say("See what we said"),
    )


def session_missed(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("A session did not take place"),
        (
            say(
                "A session of you and %(name)s did not take place. Nobody is blamed for it.", name=scene.other
            ),
            say("Plan another one when it suits you both."),
        ),
        say("Plan another session"),
    )


def step_reminder(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("The reminder that you asked for"),
        (
            say("A step that you and %(name)s agreed on is still open.", name=scene.other),
            say("You two have switched reminders on, and can switch them off on your page."),
        ),
        say("See the step"),
    )


def silence_nudged(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Time to meet again?"),
        (
            say(
                "You and %(name)s have not met since %(day)s. A short call or a letter counts as well.",
                name=scene.other,
                day=say.day(scene.fact.silent_since),
            ),
            say("If now is not the time, you can pause: nobody minds."),
        ),
        say("Plan a session"),
    )


def silence_flagged(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("A quiet pair in %(chapter)s", chapter=scene.chapter),
        (
            say("A pair of your chapter has been quiet for five weeks, and is on your list now."),
            say("Without a session or a word from them, it closes by itself a week from now, without fault."),
        ),
        say("Open my list"),
    )


def pulse_due(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Three minutes for yourself"),
        (
            say("This is from the mentoring programme of %(chapter)s.", chapter=scene.chapter),
            say("How are you? Four short scales, for you alone: it takes three minutes."),
            say(
                "Nobody sees your answers but you. Only numbers of seven people and more are ever shown together."
            ),
        ),
        say("Take my pulse"),
    )


def outcome_due(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("What has become of it?"),
        (
            say(
                "We would like to know what has changed for you, so that mentoring in %(chapter)s can get better.",
                chapter=scene.chapter,
            ),
            _to_whom(say, matched=scene.fact.matched),
            say("Answering is your choice, and takes two minutes."),
        ),
        say("Answer"),
    )


def _to_whom(say: Words, *, matched: bool) -> str:
    if matched:
        return say("We ask everybody who had a mentor or a mentee, and everybody who applied.")
    return say("We also ask those who were not matched: their answers count just as much.")


def kudos(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("%(name)s says thank you", name=scene.other),
        (say("%(name)s has thanked you. The words are on your page, for the two of you.", name=scene.other),),
        say("Read it"),
    )


def certificate(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("Your certificate is ready"),
        (
            say(
                "You have held %(number)s sessions. Your certificate is ready.",
                number=scene.fact.sessions_held,
            ),
            say("It carries a code with which anybody can check that it is genuine."),
        ),
        say("Get my certificate"),
    )


def report_filed(say: Words, scene: Scene) -> Letter:
    return Letter(
        say("A report needs your attention"),
        (
            say("A member of %(chapter)s has reported something to you.", chapter=scene.chapter),
            say(
                "What the member chose to show you is on your list. Only the coordinators of the chapter can read it."
            ),
        ),
        say("Open my list"),
    )


LETTERS: tuple[Write, ...] = (
    goal_set,
    goal_commented,
    session_disputed,
    session_missed,
    step_reminder,
    silence_nudged,
    silence_flagged,
    pulse_due,
    outcome_due,
    kudos,
    certificate,
    report_filed,
)
