"""How HTTP reaches matching: `/api/matching/v1/…`, one module for each thing that people do."""

from services.matching.api import (
    answers,
    applications,
    coordinator,
    cycles,
    explaining,
    export,
    finding,
    goals,
    intake,
    lasting,
    lineage,
    programmes,
    relationships,
    rounds,
    touchpoints,
)

BLUEPRINTS = (
    programmes.BLP,
    cycles.BLP,
    applications.BLP,
    finding.BLP,
    rounds.BLP,
    explaining.BLP,
    relationships.BLP,
    answers.BLP,
    lasting.BLP,
    goals.BLP,
    intake.BLP,
    touchpoints.BLP,
    lineage.BLP,
    coordinator.BLP,
    export.BLP,
)
