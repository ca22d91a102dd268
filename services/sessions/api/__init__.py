"""How HTTP reaches sessions: `/api/sessions/v1/…`, one module for each thing that people do. Only the two of a pair find it there."""

from services.sessions.api import (
    clocks,
    guides,
    kudos,
    meetings,
    outcomes,
    pairs,
    pulses,
    steps,
    times,
    writings,
)

BLUEPRINTS = (
    pairs.BLP,
    meetings.BLP,
    steps.BLP,
    clocks.BLP,
    writings.BLP,
    guides.BLP,
    times.BLP,
    kudos.BLP,
    pulses.BLP,
    outcomes.BLP,
)
