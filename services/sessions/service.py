"""The sessions service."""

from services.sessions.api import BLUEPRINTS
from services.sessions.kinds import INDEXES
from services.sessions.reactions import REACTIONS, TIMERS
from shared.service import Service

SERVICE = Service(name="sessions", blueprints=BLUEPRINTS, reactions=REACTIONS, timers=TIMERS, indexes=INDEXES)
