"""What stands in an applicant's way, in the page's language: a programme's condition, or something she can mend herself."""

from collections.abc import Mapping
from typing import Any

from services.web.people import area_name
from services.web.sentences import language_name
from services.web.words import gettext


def in_the_way(found: Mapping[str, Any], role: str) -> str:
    """One of matching's `in_the_way` or `unmet`, with what she can do about it; matching's own words where the page knows none."""
    match found.get("code"):
        case "not_confirmed":
            return gettext("Your address is not confirmed. Follow the link in our mail.")
        case "not_in_role":
            return gettext("Your details do not have this role any more. Add it first.")
    wanted = [str(one) for one in found["wanted"]]
    match found["rule"]:
        case "languages_any":
            return gettext(
                "It works in one of these languages: %(list)s. Add yours to your details if you speak it.",
                list=", ".join(language_name(one) for one in wanted),
            )
        case "areas_any" if role == "mentee":
            return gettext(
                "It is about: %(list)s. Add one of these areas to what you look for.",
                list=", ".join(area_name(one) for one in wanted),
            )
        case "areas_any":
            return gettext(
                "It is about: %(list)s. Add one of these areas to what you can share.",
                list=", ".join(area_name(one) for one in wanted),
            )
        case "years_at_least":
            return gettext(
                "It asks for experience in one area, in years: %(years)s. Add yours to your details if you have them.",
                years=wanted[0],
            )
        case "answers":
            return gettext(
                "It is for those who answer %(question)s with one of: %(list)s. Answer this in your details if it is true of you.",
                question=found["question"],
                list=", ".join(wanted),
            )
    return str(found.get("detail", ""))
