"""How HTTP reaches matching: `/api/matching/v1/…`, one module for each thing that people do."""

from services.matching.api import (
    answers,
    applications,
    cycles,
    goals,
    intake,
    lasting,
    programmes,
    relationships,
    rounds,
    touchpoints,
)

BLUEPRINTS = (
    programmes.BLP,
    cycles.BLP,
    applications.BLP,
    rounds.BLP,
    relationships.BLP,
    answers.BLP,
    lasting.BLP,
    goals.BLP,
    intake.BLP,
    touchpoints.BLP,
)
