"""Codes in plain words: why a service refused, why two people might meet, why somebody is left over.

The codes are the services' own and never change their meaning; what is not known here is told in the service's words.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale, UnknownLocaleError

from services.web import times
from services.web.apis import Problem
from services.web.codes import OUTCOME_MOMENTS
from services.web.refusals import REFUSALS
from services.web.words import N_, babel_locale, gettext, ngettext

AWAY: Mapping[str, str] = {
    "profiles": N_("Profiles and sign-in do not answer at the moment"),
    "matching": N_("Proposals and applications do not answer at the moment"),
    "sessions": N_("Meetings and steps do not answer at the moment"),
    "notifications": N_("Mail does not answer at the moment"),
    "mailbox": N_("The mail catcher does not answer at the moment"),
    "": N_("A part of Cairn does not answer at the moment"),
}

STILL_WORKS: Mapping[str, Sequence[str]] = {
    "profiles": (
        N_("Who is signed in stays signed in for a while, and can answer proposals and arrange meetings."),
    ),
    "matching": (
        N_("You can still arrange meetings and agree on steps."),
        N_("You can still change your details."),
    ),
    "sessions": (N_("You can still answer proposals and vote."), N_("You can still change your details.")),
    "notifications": (N_("Everything but mail works. Mails that are due will be sent later, each once."),),
}

#: What services say about single fields, where this side can meet it; told in the page's language.
FIELD_FAULTS = (
    N_("The name has no letters. Write the name as others should read it."),
    N_("The name holds a link or an address. Write only the name."),
    N_("This is not a mail address. Write it like mei@example.org."),
    N_("This is not a mail address that mail can be sent to. Write it like mei@example.org."),
    N_("Something stands here twice."),
    N_("This holds a character that cannot be kept: NUL, or half of a pair. Type it again."),
    N_("Choose at least one role: mentee or mentor."),
    N_("Keep at least one role: mentee or mentor."),
    N_("Write a minute as 2026-11-30T23:59."),
    N_("There is no such minute in any calendar that we use."),
    N_("The window closes before it opens."),
    N_("This has passed on the chapter's clock."),
    N_("A window is open for at most 366 days."),
    N_("at most 732 days ahead"),
    N_("no such member in your chapter"),
    N_("The host of the address cannot be found."),
    N_("The address does not lead to a public server."),
    N_("The address must start with https:// and use port 443."),
    N_("Give an https:// address: a host and a path, without a user name or a fragment."),
)


def told(problem: Problem) -> str:
    """A refusal as one or two sentences for the person who was refused."""
    known = REFUSALS.get(problem.code)
    if known and not (problem.code == "invalid" and not problem.errors):
        return gettext(known)
    return gettext(problem.detail) if problem.detail else gettext("That did not work.")


def faults(problem: Problem, *fields: str) -> dict[str, str]:
    """What was wrong, by the form's fields; under `""` what belongs to none of them. A field is named by its path's end or start."""
    found: dict[str, str] = {}
    for path, detail in problem.errors:
        names = ("-".join(path[-2:]), path[-1], path[0])
        found.setdefault(next((name for name in names if name in fields), ""), gettext(detail))
    return found or {"": told(problem)}


def language_name(tag: str) -> str:
    """What the page's language calls a language: `de` is German."""
    try:
        return Locale.parse(tag.replace("-", "_")).get_display_name(babel_locale()) or tag
    except (ValueError, UnknownLocaleError):
        return tag


def reason_for_mentee(reason: Mapping[str, Any], name: str, area: str) -> str:
    """Why the mentee might want to meet this mentor."""
    years = int(reason.get("value") or 0)
    match reason["code"]:
        case "wants" if years > 0:
            return ngettext(
                "You are looking for %(area)s: %(name)s has worked in it %(num)d year longer than you.",
                "You are looking for %(area)s: %(name)s has worked in it %(num)d years longer than you.",
                years, area=area, name=name,
            )  # fmt: skip
        case "wants":
            return gettext("You are looking for %(area)s, and %(name)s offers it.", area=area, name=name)
        case "gap":
            return ngettext(
                "In %(area)s, %(name)s is %(num)d year ahead of you.",
                "In %(area)s, %(name)s is %(num)d years ahead of you.",
                years, area=area, name=name,
            )  # fmt: skip
        case "learns":
            return gettext(
                "%(name)s could also show you %(area)s, which you want to learn.", area=area, name=name
            )
    return _reason_for_both(reason)


def reason_for_mentor(reason: Mapping[str, Any], name: str, area: str) -> str:
    """Why the mentor might want to meet this mentee."""
    match reason["code"]:
        case "asked":
            return gettext(
                "%(name)s is looking for %(area)s, where you have experience to share.", area=area, name=name
            )
        case "likes":
            return gettext("You like to pass on %(area)s, and %(name)s wants it.", area=area, name=name)
        case "learns":
            return gettext("%(name)s could show you %(area)s, which you want to learn.", area=area, name=name)
    return _reason_for_both(reason)


def _reason_for_both(reason: Mapping[str, Any]) -> str:
    value = int(reason.get("value") or 0)
    match reason["code"]:
        case "hours":
            return ngettext(
                "You are both free in the same hour of the week.",
                "You are both free in the same %(num)d hours of the week.",
                value,
            )
        case "languages":
            return gettext(
                "You both speak %(language)s.", language=language_name(str(reason.get("key") or ""))
            )
        case "answer":
            return gettext("Your answers to a question of the programme go well together.")
    return gettext("The programme's rules suggest it.")


def reason_in_short(reason: Mapping[str, Any], area: str) -> str:
    """The same in two or three words, for a coordinator's table."""
    value = int(reason.get("value") or 0)
    match reason["code"]:
        case "wants" | "gap" if value > 0:
            return gettext("%(area)s +%(num)d y", area=area, num=value)
        case "wants" | "gap" | "asked":
            return area
        case "likes":
            return gettext("likes to teach %(area)s", area=area)
        case "learns":
            return gettext("learns %(area)s", area=area)
        case "hours":
            return ngettext("%(num)d common hour", "%(num)d common hours", value)
        case "languages":
            return language_name(str(reason.get("key") or ""))
        case "answer":
            return gettext("answers to “%(question)s”", question=reason.get("key") or "")
    return str(reason["code"])


LEFT_OVER: Mapping[str, str] = {
    "confirmed": N_("has not confirmed the mail address yet"),
    "route": N_("was advised another way than mentoring at intake"),
    "no_seat": N_("has as many proposals or pairs as may be, or no free place"),
    "nobody": N_("there is nobody on the other side"),
    "seats": N_("pairs were possible; others were chosen"),
    "same_person": N_("the only possible partner was the same person"),
    "chapter": N_("possible partners are in another chapter"),
    "exclusion": N_("kept apart, or together before"),
    "conflict": N_("conflict of interest with every possible partner"),
    "language": N_("no common language"),
    "hour": N_("no common free hour"),
    "area": N_("nobody offers or wants the same areas"),
    "ahead": N_("nobody is far enough ahead in the areas wanted"),
    "nothing_for_mentee": N_("no pair would give the mentee a reason"),
    "nothing_for_mentor": N_("no pair would give the mentor a reason"),
    "floor": N_("every possible pair scores below the round's floor"),
}


#: The same of those whom the engine was not even told of.
LEFT_OUT: Mapping[str, str] = {"role": N_("role not in the details"), "not_eligible": N_("not eligible")}


def why_left_over(code: str) -> str:
    """Why somebody has no proposal in a round, for coordinators."""
    return named(LEFT_OVER, code) if code in LEFT_OVER else named(LEFT_OUT, code)


STATES: Mapping[str, str] = {
    "proposed": N_("Proposed"),
    "introduction": N_("Getting to know each other"),
    "booked": N_("Introduction arranged"),
    "voting": N_("Sealed vote"),
    "trial": N_("Trial term"),
    "active": N_("Full term"),
    "review": N_("Looking back"),
    "paused": N_("Paused"),
    "completed": N_("Complete"),
    "declined": N_("Did not come about"),
    "lapsed": N_("Ran out of time"),
    "not_started": N_("Not started"),
    "ended": N_("Ended"),
}

MODES: Mapping[str, str] = {"call": N_("Call"), "in_person": N_("In person"), "letters": N_("Letters")}
PURPOSES: Mapping[str, str] = {"introduction": N_("Introduction"), "regular": N_("Session")}
ROLES: Mapping[str, str] = {"mentee": N_("Mentee"), "mentor": N_("Mentor"), "coordinator": N_("Coordinator")}


def outcome_moment(moment: str) -> str:
    """When somebody is asked what became of her: at the start, at the end, or `months_<n>` after it."""
    _, later, months = moment.partition("months_")
    if later and months.isdecimal():
        return times.months_later(int(months))
    return named(OUTCOME_MOMENTS, moment)


def one_word(pair: Mapping[str, Any] | None) -> str:
    """What one side's word on a meeting is worth, by the pair's own rules where they are known."""
    if pair is None:
        return gettext("It counts once the other of you has said so too.")
    later = times.in_hours(pair["rules"]["word_hours"])
    return gettext("It counts once the other of you has said so too, or %(later)s.", later=later)


def named(names: Mapping[str, str], code: str) -> str:
    """The word for a code of one of these lists."""
    return gettext(names[code]) if code in names else code
