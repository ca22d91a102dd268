"""The catalogue of events for people, open to anybody. What is in it comes from notifications; an event's own words stay English."""

from collections.abc import Mapping

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from services.web.integrations import address_of, as_json, in_short
from services.web.visitor import get
from services.web.words import N_

pages = Blueprint("event_catalogue", __name__)

RULE_TITLES: Mapping[str, str] = {
    "order": N_("Order"),
    "duplicates": N_("Duplicates"),
    "versions": N_("Versions"),
    "erasure": N_("Erasure"),
    "privacy": N_("Privacy"),
    "kept": N_("How long"),
}
#: What the catalogue says of each rule, marked for translation; `tests/edges/test_web_integrations.py` holds the two together.
RULES = (
    N_(
        "Events of one relationship come in the order of their sequence, which rises and may skip numbers. "
        "There is no order between relationships."
    ),
    N_(
        "Each event comes at least once. The same id is the same event: keep the ids that you have dealt with, "
        "or the highest sequence of each relationship."
    ),
    N_(
        "Inside a version fields and values are only added; ignore those that you do not know. "
        "A new version is announced beside the old one for 6 months."
    ),
    N_(
        "After relationship.erased delete everything that you keep about that relationship, except counts. "
        "Its earlier events lose their member ids in the feed."
    ),
    N_("No event holds a name, an address or anything that somebody wrote. Ids are pseudonyms."),
    N_("The feed keeps events for as long as the chapter exists; the log of deliveries is kept for 90 days."),
)


@pages.get("/events")
def events() -> ResponseReturnValue:
    found = get("notifications", "/events")
    return render_template(
        "event_catalogue.html",
        catalogue=found,
        rule_titles=RULE_TITLES,
        in_short=in_short,
        as_json=as_json,
        asyncapi=address_of("/asyncapi.json"),
        feed=address_of("/relationship-events"),
    )
