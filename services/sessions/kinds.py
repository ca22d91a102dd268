"""What sessions keeps."""

from services.sessions.domain import Pair, Session, Step
from shared.kinds import Kind

PAIRS = Kind("pair", "pairs", Pair)
SESSIONS = Kind("session", "sessions", Session)
STEPS = Kind("step", "steps", Step)
