"""A round, two yeses, a trial, a first session and a step; and an integrator who was told of it all."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from icalendar import Calendar
from standardwebhooks.webhooks import Webhook

from operate.demo.cast import signed_in
from operate.demo.passing import Passing
from operate.demo.platform import NotSeen, Person, Platform, seen

if TYPE_CHECKING:
    from operate.demo.story import Telling

MATCHING = "/api/matching/v1"
SESSIONS = "/api/sessions/v1"
NOTIFICATIONS = "/api/notifications/v1"
#: How soon the demo's meetings begin: the time that it waits for them.
SOON = timedelta(seconds=3)
#: To each: sign in, plan the introduction, it is planned, it has another time, please vote, the trial, the session planned and moved.
MAILS_OF_THE_STORY = 8


@dataclass(frozen=True, slots=True)
class Pair:
    """The two of the story, their relationship, and the integrator's secret."""

    id: str
    mentee: Person
    mentor: Person
    hook: str
    secret: str
    before: str


def bring_together(
    telling: "Telling", mei: Person, anna: Person, members: list[dict[str, Any]], passing: Passing
) -> Pair:
    """A programme, a cycle, a round; the best proposal's two accept to meet."""
    platform = telling.platform
    telling.title("3. An integrator subscribes to relationship events")
    hook = f"demo-{telling.word}"
    subscribed = platform.ask(
        "POST", f"{NOTIFICATIONS}/webhooks", {"url": f"{platform.hooks_url}/hooks/{hook}"}, by=mei, expect=201
    )
    telling.say(f"Its secret is shown once: {subscribed['secret'][:10]}…")

    telling.title("4. A programme, a cycle, a round")
    proposals = _round(telling, mei, passing)
    names = {one["id"]: one for one in members}
    best = max(proposals, key=lambda one: (one["w"], one["mentee"]))
    mentee, mentor = names[best["mentee"]], names[best["mentor"]]
    telling.say(f"The best pair: {mentee['name']} and {mentor['name']} (score {best['w']}).")
    for side in ("mentee", "mentor"):
        codes = ", ".join(
            f"{reason['code']}{' ' + reason['area'] if reason['area'] else ''}"
            for reason in best[f"reasons_{side}"]
        )
        if not codes:
            raise NotSeen(f"a reason for the {side}")
        telling.say(f"   for the {side}: {codes}")
    _nothing_crosses(telling, anna)

    telling.title("5. Both accept to meet; the introduction is held; each votes, sealed")
    before = platform.newest_mail()
    one = signed_in(platform, mentee["name"], mentee["mail"], mei.chapter)
    other = signed_in(platform, mentor["name"], mentor["mail"], mei.chapter)
    mine = seen(lambda: _between(platform, one, other), "the proposal did not reach the mentee's page")
    pair = Pair(mine["id"], one, other, hook, subscribed["secret"], before)
    for person in (one, other):
        platform.ask("POST", f"{MATCHING}/relationships/{pair.id}/answer", {"answer": "accept"}, by=person)
        telling.say(f"{person.name} accepts to meet.")
    seen(
        lambda: passing.of(pair.id, "cairn.relationship.introduction_agreed.v1"), "no introduction was agreed"
    )
    return pair


def meet(telling: "Telling", pair: Pair, passing: Passing) -> None:
    """The introduction, the votes, the trial, a first session with its calendar invitation, and a step."""
    platform = telling.platform
    _held(telling, pair, "introduction", pair.mentee)
    seen(lambda: _state(platform, pair) == "voting", "the held introduction did not open the vote")
    platform.ask("POST", f"{MATCHING}/relationships/{pair.id}/vote", {"vote": "yes"}, by=pair.mentee)
    unseen = platform.ask("GET", f"{MATCHING}/relationships/{pair.id}", by=pair.mentor)
    if unseen["state"] != "voting" or unseen["my_vote"] is not None:
        raise NotSeen("a vote that stays sealed until both are in")
    telling.say(f"{pair.mentee.name} votes; {pair.mentor.name} cannot see that she did.")
    platform.ask("POST", f"{MATCHING}/relationships/{pair.id}/vote", {"vote": "yes"}, by=pair.mentor)
    started = seen(
        lambda: passing.of(pair.id, "cairn.relationship.started.v1"), "two yeses did not start a trial"
    )
    telling.say(f"Two yeses open together: the trial runs until {started[0]['data']['trial_ends_at'][:10]}.")

    telling.title("6. The first session, and a step")
    session = _held(telling, pair, "regular", pair.mentor)
    text = "Write to two people who do the work I want to do"
    step = platform.ask(
        "POST", f"{SESSIONS}/sessions/{session}/steps", {"text": text}, by=pair.mentee, expect=201
    )
    told = seen(lambda: passing.of(step["id"], "cairn.step.agreed.v1"), "the step was not announced")
    if text in str(told) or text not in str(
        platform.ask("GET", f"{SESSIONS}/pairs/{pair.id}/steps", by=pair.mentor)
    ):
        raise NotSeen("a step that the two can read and no event shows")
    telling.say("They agree on one step. The two can read it; the event says only that there is one.")

    telling.title("7. Who was told what")
    _mails(telling, pair)
    _webhook(telling, pair)


def _round(telling: "Telling", mei: Person, passing: Passing) -> list[dict[str, Any]]:
    platform = telling.platform
    programme = platform.ask(
        "POST", f"{MATCHING}/programmes", {"name": "City programme 2026"}, by=mei, expect=201
    )
    zone = ZoneInfo("Asia/Shanghai")
    now = platform.now().astimezone(zone)
    opens = now - timedelta(days=1)
    closes = now + timedelta(days=30)
    cycle = platform.ask(
        "POST",
        f"{MATCHING}/cycles",
        {
            "programme": programme["id"],
            "name": "Autumn",
            "opens_local": f"{opens:%Y-%m-%dT%H:%M}",
            "closes_local": f"{closes:%Y-%m-%dT}23:59",
        },
        by=mei,
        expect=201,
    )
    telling.say(f"The cycle takes applications until {closes:%d %B} 23:59 in Shanghai.")
    entered = seen(lambda: _everyone(platform, mei, cycle["id"]), "nobody could be entered into the cycle")
    telling.say(f"{entered} applications are in.")
    path = f"{MATCHING}/cycles/{cycle['id']}/rounds"
    draft = platform.ask("POST", path, {"seed": 7}, by=mei, expect=201)
    again = platform.ask("POST", path, {"seed": 7}, by=mei, expect=201)
    if [_pair(one) for one in draft["proposals"]] != [_pair(one) for one in again["proposals"]] or not draft[
        "proposals"
    ]:
        raise NotSeen("the same proposals from the same input and seed")
    telling.say(
        f"A draft proposes {len(draft['proposals'])} pairs; {len(draft['left_over'])} people are left over, each with the rule that stopped"
        " them. The same input and seed give the same draft."
    )
    platform.ask("POST", f"{MATCHING}/rounds/{draft['id']}/publication", {}, by=mei)
    telling.say("She looks at it, and publishes.")
    seen(
        lambda: passing.count("cairn.relationship.proposed.v1") == len(draft["proposals"]),
        f"{len(draft['proposals'])} proposals to be announced",
    )
    return list(draft["proposals"])


def _everyone(platform: Platform, mei: Person, cycle: str) -> int:
    return int(
        platform.ask(
            "POST", f"{MATCHING}/cycles/{cycle}/applications", {"everyone": True}, by=mei, expect=(200, 201)
        )["entered"]
    )


def _pair(one: dict[str, Any]) -> tuple[str, str, int]:
    return one["mentee"], one["mentor"], one["w"]


def _nothing_crosses(telling: "Telling", anna: Person) -> None:
    found = telling.platform.ask("GET", f"{MATCHING}/relationships", by=anna)["items"]
    if found:
        raise NotSeen("a coordinator of Zurich who sees nothing of Shanghai")
    telling.say("Anna, in Zurich, sees none of it.")


def _between(platform: Platform, one: Person, other: Person) -> dict[str, Any] | None:
    mine = platform.ask("GET", f"{MATCHING}/me/relationships", by=one)["items"]
    return next((found for found in mine if found["other"] == other.member), None)


def _state(platform: Platform, pair: Pair) -> str:
    return str(platform.ask("GET", f"{MATCHING}/relationships/{pair.id}", by=pair.mentee)["state"])


def _held(telling: "Telling", pair: Pair, purpose: str, by: Person) -> str:
    """Plan a session, move it, and hold it when its time has come; its id."""
    platform = telling.platform
    seen(lambda: _may_plan(platform, pair, by, purpose), f"the {purpose} session could not be planned")
    now = platform.now()
    body = {"mode": "call", "starts_at": (now + timedelta(days=2)).isoformat()}
    session = platform.ask("POST", f"{SESSIONS}/pairs/{pair.id}/sessions", body, by=by, expect=201)
    moved = {"starts_at": (now + SOON).isoformat()}
    platform.ask("PATCH", f"{SESSIONS}/sessions/{session['id']}", moved, by=by)
    telling.say(
        f"{by.name} plans the {'introduction' if purpose == 'introduction' else 'first session'}, then finds a nearer time."
    )

    attendance = f"{SESSIONS}/sessions/{session['id']}/attendance"

    def said_by_one() -> bool:
        answer = platform.ask("POST", attendance, {"held": True}, by=by, expect=(200, 409))
        return "id" in answer

    seen(said_by_one, "the session could not be held when its time had come")
    other = pair.mentor if by == pair.mentee else pair.mentee
    if platform.ask("POST", attendance, {"held": True}, by=other)["state"] != "held":
        raise NotSeen("a session that counts as held once both say so")
    telling.say("They meet, and both say so.")
    return str(session["id"])


def _may_plan(platform: Platform, pair: Pair, by: Person, purpose: str) -> bool:
    stage = {"introduction": "introduction", "regular": "running"}[purpose]
    found = platform.ask("GET", f"{SESSIONS}/pairs/{pair.id}", by=by, expect=(200, 404))
    return bool(found.get("stage") == stage)


def _mails(telling: "Telling", pair: Pair) -> None:
    """Each of the two was told each thing once, in order, with invitations that calendars understand."""
    platform = telling.platform
    for person in (pair.mentee, pair.mentor):
        mails = seen(partial(_all_mails, platform, person.mail, pair.before), f"the mails to {person.name}")
        invitations = [part for mail in mails for part in _invitations(platform, mail)]
        if len({mail["message_id"] for mail in mails}) != len(mails) or any(
            mail["times_received"] != 1 for mail in mails
        ):
            raise NotSeen(f"no mail twice to {person.name}")
        if not invitations:
            raise NotSeen(f"a calendar invitation to {person.name}")
        telling.say(f"{person.name} got {len(mails)} mails: " + "; ".join(mail["subject"] for mail in mails))
        zone = invitations[0]["DTSTART"].params.get("TZID", "UTC")
        revisions = ", ".join(
            dict.fromkeys(f"{event['UID'][4:10]}:{event['SEQUENCE']}" for event in invitations)
        )
        telling.say(f"   with {len(invitations)} calendar updates in {zone} (revisions {revisions})")


def _all_mails(platform: Platform, address: str, since: str) -> list[dict[str, Any]] | None:
    """The mails of the story to one of the pair, once all have come."""
    mails = platform.mails(address, since)
    return mails if len(mails) >= MAILS_OF_THE_STORY else None


def _invitations(platform: Platform, mail: dict[str, Any]) -> list[Any]:
    found = []
    for number, attachment in enumerate(mail["attachments"]):
        if attachment["filename"] and attachment["filename"].endswith(".ics"):
            calendar = Calendar.from_ical(platform.attachment(mail["id"], number))
            found += list(calendar.walk("VEVENT"))
    return found


def _webhook(telling: "Telling", pair: Pair) -> None:
    """The integrator's receiver got the relationship's events, signed, in order, each once."""
    wanted = ["proposed", "introduction_agreed", "introduction_held", "started", "session_held"]

    def told() -> list[dict[str, Any]] | None:
        mine = [hook for hook in telling.platform.hooks(pair.hook) if pair.id in hook["body"]]
        return mine if len(mine) >= len(wanted) else None

    hooks = seen(told, "the integrator's webhook was not told of the relationship")
    verifier = Webhook(pair.secret)
    events = [
        verifier.verify(hook["body"], {name.lower(): text for name, text in hook["headers"].items()})
        for hook in hooks
    ]
    words = [event["type"].split(".")[2] for event in events]
    if words != wanted:
        raise NotSeen(f"the relationship's events in order at the webhook; it got {words}")
    telling.say(f"The integrator's webhook got, signed and in order: {', '.join(words)}.")
