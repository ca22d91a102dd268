"""What notifications is: what people are told, and what integrators are sent."""

from services.notifications import api, commands, settings_api, turns, unsubscription_api, wishes
from services.notifications.access import api as access_api
from services.notifications.access import oauth
from services.notifications.contract import api as contract_api
from services.notifications.feed import api as feed_api
from services.notifications.feed.forgetting import forget_members
from services.notifications.feed.placing import place_events
from services.notifications.kinds import INDEXES
from services.notifications.mail.sender import LINES, send_mails, watch_mails
from services.notifications.reactions import REACTIONS
from services.notifications.sandbox import api as sandbox_api
from services.notifications.webhooks import api as webhooks_api
from services.notifications.webhooks import deliveries_api
from services.notifications.webhooks.again import replay_due
from services.notifications.webhooks.courier import deliver_due, stop_delivering, watch_deliveries
from shared.erasing import ERASE_KEYS
from shared.service import Chore, Room, Service
from shared.transaction import Timer, Tx


def _lose_patience(tx: Tx, _room: Room, timer: Timer) -> None:
    commands.lose_patience(tx, timer.ref)


def _send_digest(tx: Tx, _room: Room, timer: Timer) -> None:
    turns.send_digest(tx, timer.ref)


def _forget_mails(tx: Tx, _room: Room, timer: Timer) -> None:
    wishes.forget_mails(tx, timer.ref)


SERVICE = Service(
    name="notifications",
    blueprints=(
        api.BLP,
        settings_api.BLP,
        unsubscription_api.BLP,
        webhooks_api.BLP,
        deliveries_api.BLP,
        contract_api.BLP,
        feed_api.BLP,
        sandbox_api.BLP,
        access_api.BLP,
        oauth.BLP,
    ),
    reactions=REACTIONS,
    timers={
        turns.PATIENCE: _lose_patience,
        turns.DIGEST_DUE: _send_digest,
        wishes.FORGET: _forget_mails,
    },
    chores=(
        *(Chore(f"mails-{number}", send_mails, every_s=0.5 * number) for number in range(1, LINES + 1)),
        Chore("deliveries", deliver_due, every_s=0.1, stop=stop_delivering),
        Chore("replays", replay_due, every_s=0.5),
        ERASE_KEYS,
        Chore("feed", place_events, every_s=0.1),
        Chore("forgetting", forget_members, every_s=0.2),
        Chore("watch-mails", watch_mails, every_s=15.0),
        Chore("watch-deliveries", watch_deliveries, every_s=15.0),
    ),
    indexes=INDEXES,
)
