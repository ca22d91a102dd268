"""How HTTP reaches matching: `/api/matching/v1/…`, one module for each thing that people do."""

from services.matching.api import applications, cycles, programmes, relationships, rounds

BLUEPRINTS = (programmes.BLP, cycles.BLP, applications.BLP, rounds.BLP, relationships.BLP)
