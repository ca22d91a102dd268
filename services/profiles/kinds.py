"""What profiles keeps, and the indexes that its reads and its rules need."""

from datetime import timedelta

from services.profiles.domain.acquaintances import Acquaintance
from services.profiles.domain.apart import Apart
from services.profiles.domain.chapters import Chapter
from services.profiles.domain.crossings import Crossing
from services.profiles.domain.erasures import Erasure
from services.profiles.domain.imports import Import, PeopleChunk, ProblemPage, SheetMemory, Upload
from services.profiles.domain.lineage import Line, Named
from services.profiles.domain.looks import Look
from services.profiles.domain.members import Member
from services.profiles.domain.reports import Report
from services.profiles.domain.sign_in import Link, Session
from shared.kinds import Index, Kind

CHAPTERS = Kind("chapter", "chapters", Chapter)
MEMBERS = Kind("member", "members", Member)
LINKS = Kind("link", "links", Link)
SESSIONS = Kind("session", "sign_in_sessions", Session)
ACQUAINTANCES = Kind("acquaintance", "acquaintances", Acquaintance)
LINES = Kind("line of a lineage", "lineage_lines", Line)
NAMED = Kind("consent to be named", "lineage_named", Named)
LOOKS = Kind("look", "looks", Look)
APART = Kind("entry", "apart", Apart)
REPORTS = Kind("report", "reports", Report)
CROSSINGS = Kind("crossing", "crossings", Crossing)
ERASURES = Kind("erasure", "erasures", Erasure)
IMPORTS = Kind("import", "imports", Import)
UPLOADS = Kind("upload", "import_uploads", Upload)
PROBLEM_PAGES = Kind("problem_page", "import_problems", ProblemPage)
PEOPLE_CHUNKS = Kind("people_chunk", "import_people", PeopleChunk)
SHEET_MEMORIES = Kind("sheet_memory", "sheet_memories", SheetMemory)

#: How long an expired link is still told apart from a wrong one, and an ended session stays for an audit.
LINKS_KEPT_FOR = timedelta(days=30)
SESSIONS_KEPT_FOR = timedelta(days=1)

INDEXES = (
    Index("members", (("mail", 1), ("chapter", 1)), unique=True),
    Index("members", (("chapter", 1), ("_id", 1))),
    Index("members", (("chapter", 1), ("confirmed_at", 1), ("_id", 1))),
    Index("links", (("expires_at", 1),), expires_s=int(LINKS_KEPT_FOR.total_seconds())),
    Index("sign_in_sessions", (("ends_at", 1),), expires_s=int(SESSIONS_KEPT_FOR.total_seconds())),
    Index("acquaintances", (("chapter", 1), ("people", 1))),
    Index("lineage_lines", (("chapter", 1), ("mentor", 1))),
    Index("lineage_lines", (("chapter", 1), ("mentee", 1))),
    Index("looks", (("chapter", 1), ("member", 1), ("_id", 1))),
    Index("members", (("chapter", 1), ("roles", 1))),
    Index("links", (("member", 1),)),
    Index("sign_in_sessions", (("member", 1),)),
    Index("apart", (("chapter", 1), ("member", 1), ("_id", 1))),
    Index("apart", (("chapter", 1), ("other", 1), ("_id", 1))),
    Index("reports", (("chapter", 1), ("_id", 1))),
    Index("reports", (("chapter", 1), ("by", 1), ("_id", 1))),
    Index("crossings", (("chapter", 1), ("_id", 1))),
    Index("crossings", (("chapter", 1), ("member", 1), ("_id", 1))),
    Index("crossings", (("to", 1), ("_id", 1))),
    Index("erasures", (("finished_at", 1),)),
    Index("erasures", (("chapter", 1),)),
    Index("imports", (("chapter", 1), ("_id", 1))),
    Index("imports", (("state", 1), ("_id", 1))),
)
