"""The kinds of value that notifications keeps, and the indexes that its questions need."""

from services.notifications.domain.accounts import Grant, ServiceAccount
from services.notifications.domain.deliveries import Delivery
from services.notifications.domain.feed import QUEUED, FeedEvent, Forgetting
from services.notifications.domain.lives import Life
from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Chapter, Person
from services.notifications.domain.replays import Replay
from services.notifications.domain.stories import Story
from services.notifications.domain.webhooks import Followers, Webhook
from services.notifications.lanes import lane_indexes
from services.notifications.mail.leases import lease_index
from shared.kinds import Index, Kind

PEOPLE = Kind("person", "people", Person)
CHAPTERS = Kind("chapter", "chapters", Chapter)
STORIES = Kind("story", "stories", Story)
MAILS = Kind("mail", "mails", Mail)
WEBHOOKS = Kind("webhook", "webhooks", Webhook)
FOLLOWERS = Kind("followers", "followers", Followers)
DELIVERIES = Kind("delivery", "deliveries", Delivery)
FEED = Kind("feed_event", "feed", FeedEvent)
FORGETTINGS = Kind("forgetting", "forgettings", Forgetting)
ACCOUNTS = Kind("service_account", "service_accounts", ServiceAccount)
GRANTS = Kind("grant", "grants", Grant)
REPLAYS = Kind("replay", "replays", Replay)
LIVES = Kind("life", "lives", Life)
#: Which process has a webhook's deliveries to itself.
HOLDS = "webhook_holds"

_QUEUED = (("place", QUEUED),)
_PLACED = (("place", {"$gt": QUEUED}),)

INDEXES = (
    Index(PEOPLE.collection, (("chapter", 1), ("roles", 1), ("_id", 1)), only=(("roles", "coordinator"),)),
    Index(PEOPLE.collection, (("chapter", 1), ("_id", 1)), only=(("bouncing_mail", {"$gt": ""}),)),
    Index(MAILS.collection, (("recipient", 1), ("order", 1)), only=(("state", "gathered"),)),
    *lane_indexes(MAILS.collection),
    lease_index(MAILS.collection),
    Index(MAILS.collection, (("waits_for", 1),), only=(("state", "held"),)),
    Index(MAILS.collection, (("recipient", 1), ("order", -1))),
    Index(MAILS.collection, (("forget_at", 1),), sparse=True, expires_s=0),
    Index(WEBHOOKS.collection, (("owner", 1), ("chapter", 1), ("_id", 1))),
    *lane_indexes(DELIVERIES.collection),
    Index(DELIVERIES.collection, (("webhook", 1), ("made_at", -1), ("_id", -1))),
    Index(DELIVERIES.collection, (("webhook", 1), ("state", 1), ("made_at", -1), ("_id", -1))),
    Index(DELIVERIES.collection, (("relationship", 1), ("webhook", 1), ("made_at", -1), ("_id", -1))),
    Index(HOLDS, (("until", 1),), expires_s=0),
    Index(REPLAYS.collection, (("state", 1), ("due_at", 1)), only=(("state", "running"),)),
    Index(REPLAYS.collection, (("webhook", 1), ("_id", -1))),
    Index(DELIVERIES.collection, (("forget_at", 1),), sparse=True, expires_s=0),
    Index(FEED.collection, (("heard_at", 1),), only=_QUEUED),
    Index(FEED.collection, (("place", 1), ("about", 1), ("sequence", 1)), only=_QUEUED),
    Index(FEED.collection, (("place", 1),), unique=True, only=_PLACED),
    Index(FEED.collection, (("chapter", 1), ("place", 1))),
    Index(FEED.collection, (("chapter", 1), ("type", 1), ("place", 1))),
    Index(FEED.collection, (("about", 1), ("place", 1))),
    Index(FEED.collection, (("placed_at", 1), ("place", 1)), only=_PLACED),
    Index(GRANTS.collection, (("chapter", 1), ("_id", 1))),
    Index(GRANTS.collection, (("account", 1),)),
    Index(LIVES.collection, (("state", 1), ("made_at", 1), ("_id", 1))),
    Index(LIVES.collection, (("chapter", 1), ("made_at", -1), ("_id", -1))),
    Index(LIVES.collection, (("forget_at", 1),), sparse=True, expires_s=0),
    Index("uses", (("account", 1), ("chapters", 1), ("_id", -1))),
    Index("uses", (("forget_at", 1),), expires_s=0),
)
