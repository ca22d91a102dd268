"""What profiles is: chapters, members and their profiles, sign-in, spreadsheet import, and the list of staff looks."""

from services.profiles.api import (
    apart,
    chapters,
    crossings,
    imports,
    leaving,
    lineage,
    members,
    problems,
    reports,
    sign_in,
)
from services.profiles.chores import CHORES
from services.profiles.commands.imports import FORGET, forget
from services.profiles.kinds import INDEXES
from services.profiles.reactions import REACTIONS
from shared.service import Service

SERVICE = Service(
    name="profiles",
    blueprints=(
        chapters.blp,
        sign_in.blp,
        members.blp,
        apart.blp,
        reports.blp,
        crossings.blp,
        lineage.blp,
        leaving.blp,
        imports.blp,
        problems.blp,
    ),
    reactions=REACTIONS,
    timers={FORGET: forget},
    chores=CHORES,
    indexes=INDEXES,
)
