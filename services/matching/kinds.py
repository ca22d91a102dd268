"""The kinds of values that matching keeps. A kind's name is the `about` of its events."""

from services.matching.domain.applications import Application
from services.matching.domain.consent import Withdrawals
from services.matching.domain.cycles import Chapter, Cycle
from services.matching.domain.drafting import Piece, Rubbish
from services.matching.domain.goals import Goal
from services.matching.domain.intake import Intake
from services.matching.domain.lineage import Branch, Consent
from services.matching.domain.members import Member
from services.matching.domain.overrides import Override
from services.matching.domain.places import Places
from services.matching.domain.programmes import Programme
from services.matching.domain.relationships import Relationship
from services.matching.domain.rounds import Freed, LeftOvers, ProposalPage, Round
from services.matching.domain.touchpoints import Touchpoint
from shared.kinds import Index, Kind

CHAPTERS = Kind("chapter", "chapters", Chapter)
MEMBERS = Kind("member", "members", Member)
PLACES = Kind("mentor", "places", Places)
PROGRAMMES = Kind("programme", "programmes", Programme)
CYCLES = Kind("cycle", "cycles", Cycle)
APPLICATIONS = Kind("application", "applications", Application)
ROUNDS = Kind("round", "rounds", Round)
FREED = Kind("freed place", "freed_places", Freed)
PAGES = Kind("page of proposals", "proposal_pages", ProposalPage)
LEFT_OVERS = Kind("page of those left over", "left_overs", LeftOvers)
PIECES = Kind("piece of a market", "market_pieces", Piece)
RUBBISH = Kind("rest of a round", "rubbish", Rubbish)
RELATIONSHIPS = Kind("relationship", "relationships", Relationship)
INTAKES = Kind("intake", "intakes", Intake)
TOUCHPOINTS = Kind("touchpoint", "touchpoints", Touchpoint)
OVERRIDES = Kind("override", "overrides", Override)
WITHDRAWALS = Kind("count of withdrawals", "withdrawals", Withdrawals)
GOALS = Kind("goal", "goals", Goal)
BRANCHES = Kind("branch of the lineage", "lineage", Branch)
CONSENTS = Kind("lineage", "lineage_consents", Consent)

#: The order of a cycle's rounds.
NEWEST_FIRST = (("made_at", -1), ("_id", -1))

INDEXES = (
    Index("members", (("chapter", 1), ("_id", 1))),
    Index("members", (("chapter", 1), ("roles", 1), ("confirmed", 1), ("_id", 1))),
    Index("programmes", (("chapter", 1), ("_id", 1))),
    Index("cycles", (("chapter", 1), ("_id", 1))),
    Index("cycles", (("chapter", 1), ("opens_at", 1))),
    Index("applications", (("cycle", 1), ("state", 1), ("_id", 1))),
    Index("applications", (("cycle", 1), ("state", 1), ("role", 1), ("_id", 1))),
    Index("applications", (("cycle", 1), ("state", 1), ("member", 1), ("_id", 1))),
    Index("applications", (("cycle", 1), ("state", 1), ("role", 1), ("member", 1), ("_id", 1))),
    Index("applications", (("member", 1), ("_id", 1))),
    Index("rounds", (("cycle", 1), ("made_at", 1), ("_id", 1))),
    Index("rounds", (("cycle", 1), ("published_at", 1))),
    Index("rounds", (("state", 1), ("_id", 1)), only=(("state", "publishing"),)),
    Index("rounds", (("to_compute", 1), ("made_at", 1), ("_id", 1)), only=(("to_compute", True),)),
    Index("proposal_pages", (("proposals.mentee", 1),)),
    Index("proposal_pages", (("proposals.mentor", 1),)),
    Index("left_overs", (("people.member", 1),)),
    Index("relationships", (("mentee", 1), ("_id", 1))),
    Index("relationships", (("mentor", 1), ("_id", 1))),
    Index("relationships", (("mentee", 1), ("mentor", 1)), unique=True, only=(("open", True),)),
    Index("relationships", (("chapter", 1), ("_id", 1))),
    Index("intakes", (("chapter", 1), ("by", 1), ("route", 1))),
    Index("intakes", (("chapter", 1), ("by", 1), ("chosen", 1))),
    Index("intakes", (("chapter", 1), ("by", 1), ("overrode", 1))),
    Index("touchpoints", (("members", 1), ("_id", 1))),
    Index("touchpoints", (("chapter", 1), ("_id", 1))),
    Index("touchpoints", (("chapter", 1), ("kind", 1), ("at", 1))),
    Index("touchpoints", (("chapter", 1), ("kind", 1), ("open", 1), ("_id", 1))),
    Index("applications", (("chapter", 1), ("state", 1), ("role", 1), ("applied_at", 1))),
    Index("relationships", (("chapter", 1), ("state", 1), ("vote_by", 1))),
    Index("relationships", (("chapter", 1), ("flagged_at", 1))),
    Index("places", (("chapter", 1), ("overloaded", 1), ("_id", 1))),
    Index("overrides", (("chapter", 1), ("_id", 1))),
    Index("overrides", (("by", 1), ("_id", 1))),
    Index("overrides", (("mentee", 1), ("_id", 1))),
    Index("overrides", (("mentor", 1), ("_id", 1))),
    Index("goals", (("relationship", 1), ("_id", 1))),
    Index("relationships", (("chapter", 1), ("state", 1), ("_id", 1))),
)
