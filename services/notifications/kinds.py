"""The kinds of value that notifications keeps, and the indexes that its questions need."""

from services.notifications.domain.mails import Mail
from services.notifications.domain.people import Chapter, Person
from services.notifications.domain.stories import Story
from services.notifications.domain.webhooks import Delivery, Followers, Webhook
from services.notifications.lanes import lane_indexes
from shared.kinds import Index, Kind

PEOPLE = Kind("person", "people", Person)
CHAPTERS = Kind("chapter", "chapters", Chapter)
STORIES = Kind("story", "stories", Story)
MAILS = Kind("mail", "mails", Mail)
WEBHOOKS = Kind("webhook", "webhooks", Webhook)
FOLLOWERS = Kind("followers", "followers", Followers)
DELIVERIES = Kind("delivery", "deliveries", Delivery)

INDEXES = (
    Index(PEOPLE.collection, (("chapter", 1), ("roles", 1), ("_id", 1)), only=(("roles", "coordinator"),)),
    Index(PEOPLE.collection, (("chapter", 1), ("_id", 1)), only=(("bouncing_mail", {"$gt": ""}),)),
    Index(MAILS.collection, (("recipient", 1), ("order", 1)), only=(("state", "gathered"),)),
    *lane_indexes(MAILS.collection),
    Index(MAILS.collection, (("waits_for", 1),), only=(("state", "held"),)),
    Index(MAILS.collection, (("recipient", 1), ("order", -1))),
    Index(MAILS.collection, (("forget_at", 1),), sparse=True, expires_s=0),
    Index(WEBHOOKS.collection, (("chapter", 1), ("_id", 1))),
    *lane_indexes(DELIVERIES.collection),
    Index(DELIVERIES.collection, (("webhook", 1), ("made_at", -1), ("_id", -1))),
    Index(DELIVERIES.collection, (("forget_at", 1),), sparse=True, expires_s=0),
)
