"""What a deployment needs before its first start: keys, topics, indexes (`cairn init`)."""

from collections.abc import Callable

from services.runtime import load_service, open_rooms
from shared.keys import make_keys
from shared.log import ensure_topics, topic_of
from shared.settings import SERVICES, Settings


def initialise(settings: Settings, say: Callable[[str], None]) -> None:
    """Make what a deployment needs before its first start: keys, topics, indexes. Safe to repeat, quick when all is there."""
    if settings.mode != "production":
        make_keys(settings.secrets_dir)
    replication = 3 if settings.mode == "production" else 1
    topics = [topic_of(settings.namespace, name) for name in SERVICES]
    made = ensure_topics(settings.kafka_bootstrap, topics, replication=replication)
    say(f"topics: {', '.join(made) if made else 'all there'}")
    for name, room in open_rooms(settings, SERVICES).items():
        room.store.ensure_indexes(load_service(name).indexes)
        room.vault.prepare()
    say("indexes: all there")
