"""What profiles is: chapters, members and their profiles, sign-in, spreadsheet import, and the list of staff looks."""

from services.profiles.api import chapters, members, sign_in
from services.profiles.kinds import INDEXES
from services.profiles.reactions import REACTIONS
from shared.service import Service

SERVICE = Service(
    name="profiles",
    blueprints=(chapters.blp, sign_in.blp, members.blp),
    reactions=REACTIONS,
    indexes=INDEXES,
)
