"""The pages, by what people do on them."""

from services.web.pages import (
    applications,
    certificates,
    coordinator,
    details,
    doors,
    imports,
    meetings,
    member,
    pairs,
    programmes,
    rounds,
)

BLUEPRINTS = (
    doors.pages,
    member.pages,
    details.pages,
    pairs.pages,
    meetings.pages,
    coordinator.pages,
    programmes.pages,
    applications.pages,
    imports.pages,
    rounds.pages,
    certificates.pages,
)
