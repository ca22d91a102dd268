"""What has come of a pair so far, in numbers."""

from services.sessions.kinds import SESSIONS, STEPS
from shared.transaction import Reader


def tally(reader: Reader, relationship: str) -> dict[str, int]:
    """Sessions held (introductions apart), of these turned round; steps agreed on, of these acted on."""
    held = {"relationship": relationship, "state": "held", "purpose": "regular"}
    return {
        "held": reader.count(SESSIONS, held),
        "reversed_held": reader.count(SESSIONS, {**held, "reversed_roles": True}),
        "agreed": reader.count(STEPS, {"relationship": relationship}),
        "acted_on": reader.count(STEPS, {"relationship": relationship, "state": "done"}),
    }
