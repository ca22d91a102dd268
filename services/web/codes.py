"""More codes in plain words: where an applicant stands, where an intake leads, what one is told of, what became of people."""

from collections.abc import Mapping

from services.web.words import N_

STANDINGS: Mapping[str, str] = {
    "waiting": N_("Waiting for the next round"),
    "proposed": N_("You have a proposal"),
    "matched": N_("Matched"),
    "not_this_time": N_("Not this time"),
    "withdrawn": N_("Withdrawn"),
}

#: Why an applicant has no proposal after a round, for herself.
WHY_NOT: Mapping[str, str] = {
    "not_confirmed": N_(
        "Your address was not confirmed when the round was made. Follow the link in our mail."
    ),
    "not_in_role": N_("Your details did not have this role when the round was made."),
    "not_eligible": N_("This programme is for others this time; see its conditions."),
    "nobody_fits": N_("Nobody in this round fitted what you look for. You wait on, where you stood."),
    "no_place": N_("There were fewer places than people in this round. You wait on, where you stood."),
}

#: The same for coordinators, in short.
WHY_NOT_IN_SHORT: Mapping[str, str] = {
    "not_confirmed": N_("not confirmed"),
    "not_in_role": N_("role not in the details"),
    "not_eligible": N_("not eligible"),
    "nobody_fits": N_("nobody fitted"),
    "no_place": N_("no place left"),
}

ROUTES: Mapping[str, str] = {
    "mentor": N_("A mentor"),
    "coach": N_("A coach"),
    "adviser": N_("An adviser"),
    "not_yet": N_("Not yet"),
}

CATEGORIES: Mapping[str, str] = {
    "account": N_("Links that you asked for"),
    "relationship": N_("What happens to your pairs, and what needs an answer"),
    "reports": N_("What you report, and what is reported to you"),
    "sessions": N_("Sessions: arranged, moved, cancelled"),
    "steps": N_("Steps: agreed, done, due"),
    "goals": N_("Goals: set, commented"),
    "reminders": N_("A nudge after weeks of silence"),
    "thanks": N_("Thanks and certificates"),
    "surveys": N_("Pulses and questions on what became of you"),
    "staff": N_("Silent pairs and failing receivers, for coordinators"),
}
CHANNELS: Mapping[str, str] = {"mail": N_("by mail"), "chat": N_("by chat"), "off": N_("not at all")}
DIGESTS: Mapping[str, str] = {
    "off": N_("Each thing at once"),
    "daily": N_("Once a day, at 8 in the morning"),
    "weekly": N_("Once a week, on Monday at 8"),
}
QUIET_FOR: Mapping[str, str] = {
    "nothing": N_("Nothing: there are no quiet hours"),
    "chat": N_("Chat messages"),
    "everything": N_("Chat messages and mails"),
}

CONFLICTS: Mapping[str, str] = {
    "reporting_line": N_("One of us reports to the other, or we have the same manager"),
    "household": N_("We share a household"),
    "investor": N_("One of us has invested in the other's company"),
    "recruiter": N_("One of us recruits, or could hire the other"),
    "competitor": N_("We work for competitors"),
    "other": N_("Another reason, which I need not name"),
}
#: The same about two others, for coordinators.
CONFLICTS_OF_OTHERS: Mapping[str, str] = {
    "reporting_line": N_("Reporting line"),
    "household": N_("Household"),
    "investor": N_("Investor"),
    "recruiter": N_("Recruiter"),
    "competitor": N_("Competitors"),
    "other": N_("Another reason"),
}
REPORT_STATES: Mapping[str, str] = {
    "open": N_("not read yet"),
    "in_hand": N_("in hand"),
    "closed": N_("settled"),
}

PULSE_MOMENTS: Mapping[str, str] = {
    "start": N_("At the start"),
    "middle": N_("Half-way"),
    "end": N_("At the end"),
}
SCALES: Mapping[str, str] = {
    "stress": N_("Stress"),
    "resilience": N_("Resilience"),
    "purpose": N_("Purpose"),
    "accomplishment": N_("Accomplishment"),
}
#: What each scale asks.
SCALE_QUESTIONS: Mapping[str, str] = {
    "stress": N_("How much stress do you feel these days?"),
    "resilience": N_("How well do you get up again after something went wrong?"),
    "purpose": N_("How much purpose do you see in what you do?"),
    "accomplishment": N_("How much do you feel that you get done what matters to you?"),
}
OUTCOME_MOMENTS: Mapping[str, str] = {
    "start": N_("At the start"),
    "end": N_("At the end"),
}
GROUPS: Mapping[str, str] = {
    "matched": N_("Matched"),
    "not_matched": N_("Applied, not matched"),
}
