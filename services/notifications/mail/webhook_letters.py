"""What the mails say of integrators' receivers: that one fails, that one is disabled.

Invariant: of a receiver's address a letter shows the host alone.
"""

from services.notifications.domain.webhooks import DISABLED_AFTER
from services.notifications.mail.letter import Letter, Scene, Write
from services.notifications.mail.words import Words


def webhook_failing(say: Words, scene: Scene) -> Letter:
    since = scene.fact.failing_since
    return Letter(
        say("A receiver of your chapter's events does not answer: %(host)s", host=_host(scene)),
        (
            _whose(say, scene),
            say(
                "No delivery to %(host)s has succeeded since %(time)s.",
                host=_host(scene),
                time=say.time(since),
            ),
            say(
                "Nothing is lost: what waits is tried again. If none succeeds by %(time)s, the receiver is disabled, and "
                "gets nothing until somebody enables it again.",
                time=say.time(since + DISABLED_AFTER),
            ),
            say(
                "Ask whoever runs the receiver to look. The log of deliveries shows each attempt and its answer."
            ),
        ),
        say("Open the integrations"),
    )


def webhook_disabled(say: Words, scene: Scene) -> Letter:
    since = scene.receiver.failing_since if scene.receiver else None
    if scene.fact.reason == "gone":
        why = say("%(host)s answered that it wants no more events (410).", host=_host(scene))
    elif since:
        why = say(
            "No delivery to %(host)s has succeeded since %(time)s.", host=_host(scene), time=say.time(since)
        )
    else:
        why = say("No delivery to %(host)s has succeeded for five days.", host=_host(scene))
    return Letter(
        say("A receiver of your chapter's events is disabled: %(host)s", host=_host(scene)),
        (
            _whose(say, scene),
            why,
            say("It gets nothing until it is enabled again. Then a replay brings what it missed, in order."),
            say("If it is not needed any more, remove it."),
        ),
        say("Open the integrations"),
    )


def _host(scene: Scene) -> str:
    """The receiver's host; its webhook's id where it was removed meanwhile."""
    return scene.receiver.host if scene.receiver else str(scene.fact.webhook)


def _whose(say: Words, scene: Scene) -> str:
    if scene.receiver and scene.receiver.account:
        return say(
            "This is about a webhook of the service account %(name)s, which follows %(chapter)s.",
            name=scene.receiver.account,
            chapter=scene.chapter,
        )
    return say("This is about a webhook of %(chapter)s.", chapter=scene.chapter)


LETTERS: tuple[Write, ...] = (webhook_failing, webhook_disabled)
