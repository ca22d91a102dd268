"""What notifications announces: how the webhooks of a chapter do, so that whoever runs a receiver hears of it elsewhere than there."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from shared.events.declare import event
from shared.events.fields import FailingSince, Webhook

WarnedAfter = Annotated[
    int, Meta(description="How many hours it had been failing when this was announced.", ge=1)
]
DisabledReason = Annotated[
    Literal["gone", "failing"],
    Meta(description="gone: the receiver answered 410. failing: five days without one success."),
]


@event("webhook.failing.v1", service="notifications", about="webhook", public=True)
@dataclass(frozen=True, slots=True)
class WebhookFailing:
    """No delivery to a webhook has succeeded for a while. It is disabled after five days of that; nothing is lost until then."""

    webhook: Webhook
    failing_since: FailingSince
    after_hours: WarnedAfter


@event("webhook.disabled.v1", service="notifications", about="webhook", public=True)
@dataclass(frozen=True, slots=True)
class WebhookDisabled:
    """A webhook gets nothing any more until somebody enables it again; what it missed can be replayed."""

    webhook: Webhook
    reason: DisabledReason
