"""Matching: programmes, cycles, applications, rounds, and the pair from its proposal to its trial."""

from services.matching.api import BLUEPRINTS
from services.matching.commands.jobs import JOBS
from services.matching.commands.offering import offer_on
from services.matching.commands.rounds import carry_on
from services.matching.commands.rubbish import clear
from services.matching.kinds import INDEXES
from services.matching.reactions import REACTIONS, TIMERS
from shared.erasing import ERASE_KEYS
from shared.service import Chore, Service

SERVICE = Service(
    name="matching",
    blueprints=BLUEPRINTS,
    reactions=REACTIONS,
    timers=TIMERS,
    chores=(
        Chore("publications", carry_on, every_s=5.0),
        Chore("offers", offer_on, every_s=5.0),
        Chore("rounds", JOBS.step, every_s=1.0, stop=JOBS.stop),
        Chore("rests of rounds", clear, every_s=5.0),
        ERASE_KEYS,
    ),
    indexes=INDEXES,
)
