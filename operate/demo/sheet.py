"""The coordinator's spreadsheet: mapped, tried dry, imported; everybody gets one mail."""

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from operate.demo.cast import PROFILES, confirmed
from operate.demo.platform import NotSeen, Person, seen
from operate.sample_sheet import a_sheet

if TYPE_CHECKING:
    from operate.demo.story import Telling

MAX_PAGES = 50


def bring_in(telling: "Telling", mei: Person, *, people: int, seed: int) -> list[dict[str, Any]]:
    """Import the sheet and confirm everybody but the last two; the members as the coordinator lists them."""
    platform = telling.platform
    telling.title("2. The coordinator of Shanghai imports her spreadsheet")
    raw = a_sheet(people=people, seed=seed, dirty=True)
    made = platform.ask(
        "POST", f"{PROFILES}/imports", by=mei, expect=201, files={"file": ("申请 Mentoring 2026.xlsx", raw)}
    )
    columns = [column["heading"] for one in made["sheets"] for column in one["columns"]]
    telling.say(f"She uploads {len(raw) // 1024} kB with the columns {', '.join(columns)[:160]}")
    base = f"{PROFILES}/imports/{made['id']}"
    platform.ask("PUT", f"{base}/mapping", {"mapping": made["mapping"]}, by=mei)
    telling.say("Each column has a guess; she takes them as they are.")
    tried = platform.ask("POST", f"{base}/dry-run", {}, by=mei)
    problems = tried["problems"]
    if not problems or _members(telling, mei) != []:
        raise NotSeen("a dry run that lists problem rows and writes nothing")
    telling.say(
        f"A dry run finds {tried['people']} people and {tried['problems_total']} problems, and writes nothing:"
    )
    for problem in problems[:4]:
        telling.say(
            f"   row {problem['row']}, {problem['column']}: {problem['message']} {problem['what_to_do']}"
        )
    platform.ask("POST", f"{base}/run", {"take": "good_rows"}, by=mei, expect=202)
    done = seen(lambda: _finished(platform.ask("GET", base, by=mei)), "the import did not end")
    members = [_record(telling, mei, one["id"]) for one in _members(telling, mei)]
    if done["state"] != "done" or len(members) != tried["people"]:
        raise NotSeen(
            f"an import of {tried['people']} people; it is {done['state']} with {len(members)} members"
        )
    telling.say(f"The import took {len(members)} people.")
    _confirm(telling, members)
    return members


def _confirm(telling: "Telling", members: list[dict[str, Any]]) -> None:
    platform = telling.platform
    for one in members[:-2]:
        confirmed(platform, one["name"], one["mail"], telling.since)
    late = [one["mail"] for one in members[-2:]]
    for mail in late:
        seen(partial(platform.mails, mail, telling.since), f"no confirmation mail came to {mail}")
    counted = Counter(len(platform.mails(one["mail"], telling.since)) for one in members)
    if counted != {1: len(members)}:
        raise NotSeen(f"exactly one mail for each person; seen: {dict(counted)} (mails: people)")
    telling.say(
        f"Each of them got exactly one mail, the confirmation; {len(members) - 2} followed its link, two have not yet."
    )


def _members(telling: "Telling", mei: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = ""
    for _ in range(MAX_PAGES):
        page = telling.platform.ask("GET", f"{PROFILES}/members?limit=100&after={after}", by=mei)
        found += page["items"]
        after = page["next"] or ""
        if not after:
            break
    return [one for one in found if one["id"] != mei.member]


def _record(telling: "Telling", mei: Person, member: str) -> dict[str, Any]:
    reason = "?reason=following+the+import+of+the+demo"
    record: dict[str, Any] = telling.platform.ask("GET", f"{PROFILES}/members/{member}{reason}", by=mei)
    return record


def _finished(state: dict[str, Any]) -> dict[str, Any] | None:
    return state if state["state"] in ("done", "failed") else None
