"""Values for the rules' tests; a test names only what matters to it."""

from datetime import UTC, datetime
from typing import Any

from services.profiles.domain.members import Member
from services.profiles.domain.profile import Profile
from services.profiles.spreadsheet.values import PersonRow

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_member(**said: Any) -> Member:
    """Anna, an unconfirmed mentee."""
    usual: dict[str, Any] = {
        "id": "mem_anna",
        "chapter": "zurich",
        "name": "Anna Meier",
        "mail": "anna@example.org",
        "locale": "de",
        "time_zone": "Europe/Zurich",
        "roles": ("mentee",),
        "via": "registration",
        "joined_at": NOON,
        "profile": Profile(),
    }
    return Member(**usual | said)


def a_row(**said: Any) -> PersonRow:
    """Anna's row in a sheet."""
    usual: dict[str, Any] = {
        "sheet": "People",
        "row": 2,
        "name": "Anna Meier",
        "mail": "anna@example.org",
        "roles": ("mentee",),
    }
    return PersonRow(**usual | said)


def seal(_member: str, content: dict[str, Any]) -> str:
    """Stands for the platform's seal: unreadable enough for a test."""
    return f"sealed {len(content)} fields"
