"""The sessions service."""

from services.sessions.api import BLUEPRINTS
from services.sessions.kinds import INDEXES
from services.sessions.reactions import REACTIONS, TIMERS
from shared.erasing import ERASE_KEYS
from shared.service import Service

SERVICE = Service(
    name="sessions",
    blueprints=BLUEPRINTS,
    reactions=REACTIONS,
    timers=TIMERS,
    chores=(ERASE_KEYS,),
    indexes=INDEXES,
)
