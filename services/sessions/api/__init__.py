"""How HTTP reaches sessions: `/api/sessions/v1/…`, one module for each thing that people do. Only the two of a pair find it there."""

from services.sessions.api import (
    certificates,
    clocks,
    export,
    guides,
    kudos,
    meetings,
    outcomes,
    pairs,
    pulses,
    steps,
    times,
    writings,
    years,
)

BLUEPRINTS = (
    pairs.BLP,
    meetings.BLP,
    times.BLP,
    writings.BLP,
    guides.BLP,
    steps.BLP,
    clocks.BLP,
    kudos.BLP,
    pulses.BLP,
    outcomes.BLP,
    certificates.BLP,
    years.BLP,
    export.BLP,
)
