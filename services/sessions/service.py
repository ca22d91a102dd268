"""The sessions service."""

from services.sessions.api import api
from services.sessions.reactions import REACTIONS
from shared.kinds import Index
from shared.service import Service

SERVICE = Service(
    name="sessions",
    blueprints=(api,),
    reactions=REACTIONS,
    indexes=(
        Index("pairs", (("mentee", 1), ("_id", -1))),
        Index("pairs", (("mentor", 1), ("_id", -1))),
        Index("sessions", (("relationship", 1), ("starts_at", -1), ("_id", -1))),
        Index("steps", (("relationship", 1), ("agreed_at", -1), ("_id", -1))),
    ),
)
