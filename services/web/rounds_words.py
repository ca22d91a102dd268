"""What a round is, does and asks for, in plain words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from babel.dates import get_day_names
from babel.numbers import format_decimal

from services.web.people import area_in_text, area_name
from services.web.refusals import REFUSALS
from services.web.sentences import language_name, named, reason_in_short
from services.web.words import N_, babel_locale, gettext, ngettext

KINDS: Mapping[str, str] = {
    "welfare": N_("Best total"),
    "stable": N_("Stable"),
    "calm": N_("Calm"),
}
#: One line each: what it promises.
PROMISES: Mapping[str, str] = {
    "welfare": N_(
        "The pairs that are worth the most together, with proof. Some two may rather have each other."
    ),
    "stable": N_("No two would both rather have each other. Costs a few points of the total."),
    "calm": N_("Nearly the best total, and no two would both gain more than a few points with each other."),
}
STATES: Mapping[str, str] = {
    "asked": N_("Waiting"),
    "computing": N_("Being computed"),
    "draft": N_("Draft"),
    "failed": N_("Came to nothing"),
    "cancelled": N_("Cancelled"),
    "publishing": N_("Going out"),
    "published": N_("Published"),
}
#: How a state's badge looks.
LOOKS: Mapping[str, str] = {
    "asked": "now",
    "computing": "now",
    "draft": "warn",
    "failed": "bad",
    "cancelled": "",
    "publishing": "now",
    "published": "good",
}
#: Why a proposal could not go out any more.
SKIPPED: Mapping[str, str] = {
    "not_confirmed": N_("not confirmed"),
    "withdrawn": N_("withdrawn"),
    "conflict": N_("a conflict"),
    "not_eligible": N_("not eligible"),
    "paired_before": N_("paired before"),
    "no_seat": N_("matched meanwhile, or has as many proposals as may be"),
    "no_place_left": N_("no place left"),
    "outdated": N_("an answer taken back"),
}
#: By the first word of a step: the engine counts its looks ("scan 2").
STEPS: Mapping[str, str] = {
    "read": N_("Reading who has applied"),
    "pin": N_("Keeping the applicants as they are now"),
    "start": N_("Getting ready; the first time on a machine it takes a minute"),
    "scan": N_("Looking at all pairs"),
    "guess": N_("Estimating what each place is worth"),
    "flow": N_("Choosing the best pairs"),
    "proof": N_("Looking for anything better"),
    "seats": N_("Finding out where a place would help most"),
    "calm": N_("Looking for two who would both gain too much"),
    "bound": N_("Working out how much would be possible at best"),
    "stops": N_("Counting what stops which pairs"),
    "blocking": N_("Counting who would rather have each other"),
    "reasons": N_("Collecting what stopped those left over"),
    "report": N_("Writing the report"),
    "keep": N_("Keeping the draft"),
}
PAIR_STOPS: Mapping[str, str] = {
    "confirmed": N_("One of the two has not confirmed the mail address yet."),
    "route": N_("One of the two was advised another way than mentoring at intake."),
    "same_person": N_("They are the same person."),
    "chapter": N_("They are in chapters that have not agreed to share their people."),
    "exclusion": N_("One of the two would rather not meet the other. Who it is, nobody else is told."),
    "conflict": N_("They have a conflict of interest: a reporting line, a household or the like."),
    "language": N_("They have no common language."),
    "hour": N_("They have too few common free hours."),
    "area": N_("The mentor offers nothing that the mentee wants."),
    "ahead": N_("The mentor is not far enough ahead in what the mentee wants."),
    "nothing_for_mentee": N_("It would give the mentee no reason that can be shown."),
    "nothing_for_mentor": N_("It would give the mentor no reason that can be shown."),
    "floor": N_("Their score is below the round's floor."),
}
#: The same of two who have met; to the engine it is an exclusion.
MET: Mapping[str, str] = {
    "already_paired": N_("They have been brought together already, and that is still under way."),
    "paired_before": N_(
        "They have been brought together before. A round proposes them again once both say that they would like it."
    ),
}

#: The same, of how many pairs.
PAIR_STOPS_IN_SHORT: Mapping[str, str] = {
    "confirmed": N_("a mail address is not confirmed"),
    "route": N_("advised another way at intake"),
    "same_person": N_("the same person on both sides"),
    "chapter": N_("chapters that do not share people"),
    "exclusion": N_("kept apart, or together before"),
    "conflict": N_("a conflict of interest"),
    "language": N_("no common language"),
    "hour": N_("too few common free hours"),
    "area": N_("nothing offered that is wanted"),
    "ahead": N_("not far enough ahead"),
    "nothing_for_mentee": N_("no reason for the mentee"),
    "nothing_for_mentor": N_("no reason for the mentor"),
    "floor": N_("below the round's floor"),
}


#: What the engine refuses, in words that do not tell which rule stands between which two; for one field of the form in its own words.
ENGINE_REFUSALS: Mapping[str, str] = {
    "locked_pair_stopped": N_(
        "A rule stands between two people who are to stay together. Take the tick off, or mend what stands between them."
    ),
    "unknown_group": N_("A bonus names a group that is not there, or one of a private question."),
    "option_without_effect": N_(
        "A stable round counts no points beside those of the pairs. Leave them out, or choose another kind of round."
    ),
    "option_without_effect/stay": N_(
        "A stable round counts no points for staying. Set “Points for a pair of that draft” to 0, or choose another kind of round."
    ),
    "option_without_effect/bonus": N_(
        "A stable round counts no points for groups. Set all of “More points for groups left behind” to 0, or choose another kind of round."
    ),
    "option_without_effect/tolerance_ppm": N_(
        "A stable round does not look for the best total. Set “Millionths that may be missing” to 0, or choose another kind of round."
    ),
    "locked_over_seats": N_("More pairs are to stay together than there are places. Take some ticks off."),
    "unknown_person": N_("One of those who are to stay together does not wait in this cycle any more."),
}


#: Codes whose sentence is about a form or a page: what is wrong with a round is in the detail.
OF_A_FORM = ("invalid", "not_found")


def asked_in_words(this_round: Mapping[str, Any]) -> str:
    """The kind of a round, and what else was asked for: what tells two drafts of one minute apart."""
    asked = this_round["options"]
    said = [named(KINDS, this_round["kind"])]
    if asked["calm"] is not None:
        said.append(ngettext("at most %(num)d point", "at most %(num)d points", asked["calm"]))
    if asked["floor"]:
        said.append(gettext("from %(points)s points on", points=_grouped(asked["floor"])))
    if asked["tolerance_ppm"]:
        said.append(gettext("to within %(parts)s millionths", parts=_grouped(asked["tolerance_ppm"])))
    if asked["locked"]:
        said.append(ngettext("%(num)d pair stays", "%(num)d pairs stay", len(asked["locked"])))
    if asked["stay"]:
        said.append(gettext("a pair of the draft before: +%(num)d", num=asked["stay"]))
    if asked["bonus"]:
        said.append(ngettext("points for %(num)d group", "points for %(num)d groups", len(asked["bonus"])))
    if this_round["seed"]:
        said.append(gettext("seed %(num)s", num=this_round["seed"]))
    return " · ".join(said)


def _grouped(value: int) -> str:
    """With the language's marks between thousands."""
    return format_decimal(value, locale=babel_locale())


def progress_in_words(progress: Mapping[str, Any]) -> str:
    """What the worker is at, and how far; first that it began anew, where it did because Cairn was upgraded."""
    words = _step_in_words(progress)
    if progress.get("upgraded"):
        return gettext("Begun anew, because Cairn was upgraded meanwhile. %(now)s", now=words)
    return words


def _step_in_words(progress: Mapping[str, Any]) -> str:
    step, done, of = progress["step"], int(progress["done"]), int(progress["of"])
    if step == "waiting":
        if not of:
            return gettext("It begins in a moment.")
        return ngettext("%(num)d round comes first.", "%(num)d rounds come first.", of)
    known = STEPS.get(str(step).split(" ")[0])
    words = gettext(known) if known else str(step)
    return gettext("%(step)s: %(done)s of %(total)s", step=words, done=done, total=of) if of > 1 else words


def fault_in_words(fault: Mapping[str, Any]) -> str:
    """Why a round came to nothing, and what to do. There is no form before her whose fields were marked."""
    code = str(fault["code"])
    known = ENGINE_REFUSALS.get(code) or (None if code in OF_A_FORM else REFUSALS.get(code))
    return gettext(known) if known else str(fault["detail"])


def stopped_by(stops: Iterable[Mapping[str, Any]]) -> list[str]:
    """What stands between two people, in sentences; each once."""
    codes = dict.fromkeys(str(one["code"]) for one in stops)
    known = {**PAIR_STOPS, **MET}
    return [named(known, code) for code in codes]


def parts_in_words(parts: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """What a score is the sum of."""
    return [(_part(part), int(part["points"])) for part in parts]


def _part(part: Mapping[str, Any]) -> str:
    area, value = area_name(part["area"]) if part["area"] else "", int(part["value"])
    match part["code"]:
        case "wants":
            return gettext("%(area)s is wanted", area=area)
        case "asked":
            return gettext("%(area)s is asked for", area=area)
        case "gap":
            return ngettext(
                "%(num)d year ahead in %(area)s",
                "%(num)d years ahead in %(area)s",
                value,
                area=area_in_text(part["area"]),
            )
    return reason_in_short(part, area)


def change_in_words(change: Mapping[str, Any], side: str) -> str:
    """A change that would help somebody left over, as half a sentence."""
    name, value = change["name"] or "", int(change["value"] or 0)
    match change["code"]:
        case "confirmed":
            return gettext("Confirming the mail address")
        case "route":
            return gettext("An intake that leads to a mentor")
        case "no_seat" if side == "mentee":
            return gettext("Fewer proposals or pairs: she has as many as may be")
        case "no_seat":
            return gettext("A free place; a proposal without an answer takes one as well")
        case "language":
            return gettext("Speaking %(language)s as well", language=language_name(name))
        case "hour":
            hour = f"{get_day_names(locale=babel_locale())[value // 24]}, {value % 24:02}:00"
            return gettext("Being free for one more hour: %(hour)s", hour=hour)
        case "area" if side == "mentee":
            return gettext("Looking for %(area)s as well", area=area_in_text(name))
        case "area":
            return gettext("Offering %(area)s as well", area=area_in_text(name))
        case "ahead":
            return ngettext(
                "A programme that asks for no more than %(num)d year ahead in %(area)s",
                "A programme that asks for no more than %(num)d years ahead in %(area)s",
                value, area=area_in_text(name),
            )  # fmt: skip
        case "chapter":
            return gettext("An agreement with the chapter %(chapter)s to share people", chapter=name)
    return str(change["code"])
