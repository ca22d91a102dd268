"""Names of people, of chapters and of areas, as the pages show them."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import g

from services.web.apis import Away
from services.web.visitor import get, get_or_none, her
from services.web.words import gettext, language

CARDS_AT_ONCE = 100
#: No page names more people, or more chapters, than these.
MAX_NAMED = 1_000
MAX_CHAPTERS = 1_000
PAGE = 100

Card = Mapping[str, Any]


def cards(ids: Iterable[str]) -> dict[str, Card]:
    """What she may see of these people, by id. Who is not hers to see is left out; so is everybody while profiles is away."""
    wanted = sorted(set(ids))[:MAX_NAMED]
    known: dict[str, Card] = g.setdefault("cards", {})
    missing = [one for one in wanted if one not in known]
    try:
        for start in range(0, len(missing), CARDS_AT_ONCE):
            asked = ",".join(missing[start : start + CARDS_AT_ONCE])
            known |= {card["id"]: card for card in get("profiles", "/cards", ids=asked)["items"]}
    except Away as away:
        g.setdefault("away", set()).add(away.service)
    return {one: known[one] for one in wanted if one in known}


def lineage_names(ids: Iterable[str]) -> dict[str, str]:
    """The names, by id, of those in her lineage who agreed to it; of nobody while profiles is away."""
    wanted = sorted(set(ids))[:MAX_NAMED]
    named: dict[str, str] = {}
    try:
        for start in range(0, len(wanted), CARDS_AT_ONCE):
            asked = ",".join(wanted[start : start + CARDS_AT_ONCE])
            found = get("profiles", "/me/lineage/names", ids=asked)["items"]
            named |= {one["id"]: str(one["name"]) for one in found}
    except Away as away:
        g.setdefault("away", set()).add(away.service)
    return named


def coordinators() -> dict[str, str]:
    """The names of her chapter's coordinators but herself, by id; nobody's while profiles is away."""
    if "coordinators" not in g:
        found = get_or_none("profiles", "/me/coordinators") or {"items": []}
        g.coordinators = {one["id"]: str(one["name"]) for one in found["items"] if one["id"] != her().member}
    named: dict[str, str] = g.coordinators
    return named


def name_of(known: Mapping[str, Card], member: str) -> str:
    """The person's name, or words for somebody whose name cannot be told now."""
    card = known.get(member)
    return str(card["name"]) if card else gettext("somebody")


def areas() -> dict[str, str]:
    """The areas of expertise: their names in the page's language, by slug, in the platform's order."""
    if "areas" not in g:
        tag = language().split("-")[0]
        try:
            g.areas = {
                area["slug"]: area["labels"].get(tag) or area["labels"].get("en") or area["slug"]
                for area in get("profiles", "/areas")["items"]
            }
        except Away:
            g.areas = {}
    found: dict[str, str] = g.areas
    return found


def area_in_text(slug: str | None) -> str:
    """The same inside a sentence: `leadership` for Leadership, but IT stays IT."""
    name = area_name(slug)
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def area_name(slug: str | None) -> str:
    """What people call an area; its slug where the platform's list does not have it."""
    return areas().get(slug or "", (slug or "").replace("-", " "))


def confirmed_members() -> list[dict[str, Any]]:
    """The chapter's confirmed members by name, for a coordinator to choose from: `MAX_NAMED` at most."""
    found: list[dict[str, Any]] = []
    after = ""
    while len(found) < MAX_NAMED:
        page = get("profiles", "/members", confirmed="true", limit=PAGE, after=after)
        found += page["items"]
        after = page["next"] or ""
        if not after:
            break
    return sorted(found, key=lambda one: str(one["name"]).casefold())


def chapters() -> dict[str, str]:
    """Every chapter's name, by its id, in the order of the names: `MAX_CHAPTERS` at most. Sandboxes are among them."""
    found: dict[str, str] = {}
    after = ""
    while len(found) < MAX_CHAPTERS:
        page = get("profiles", "/chapters", limit=PAGE, after=after)
        found |= {chapter["id"]: chapter["name"] for chapter in page["items"]}
        after = page["next"] or ""
        if not after:
            break
    return dict(sorted(found.items(), key=lambda one: one[1].casefold()))
