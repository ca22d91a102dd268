"""The story of one pair, told in chapters; each returns what the next needs, and raises `NotSeen` where something did not happen."""

from dataclasses import dataclass
from typing import Any

from rich.console import Console

from operate.demo import pairing, sheet
from operate.demo.cast import confirmed, fresh_word
from operate.demo.passing import Passing
from operate.demo.platform import NotSeen, Person, Platform

STORY_WITHIN_S = 300


@dataclass(frozen=True, slots=True)
class Telling:
    """One telling of the story: where, to whom, and a word that sets it apart from earlier ones."""

    platform: Platform
    console: Console
    word: str
    since: str

    def title(self, text: str) -> None:
        """A heading."""
        self.console.print(f"\n[bold]{text}[/]")

    def say(self, text: str) -> None:
        """What was seen."""
        self.console.print(f"  {text}", markup=False)


def play(platform: Platform, console: Console, *, people: int, seed: int) -> None:
    """Tell it from the operator's first command to the first step."""
    telling = Telling(platform, console, fresh_word(), platform.newest_mail())
    shanghai, zurich = f"shanghai-{telling.word}", f"zurich-{telling.word}"
    passing = Passing(platform, console, [shanghai, zurich], STORY_WITHIN_S)
    try:
        mei, anna = open_chapters(telling, shanghai, zurich)
        imported = sheet.bring_in(telling, mei, people=people, seed=seed)
        pair = pairing.bring_together(telling, mei, anna, imported, passing)
        pairing.meet(telling, pair, passing)
    finally:
        passing.stop()


def open_chapters(telling: Telling, shanghai: str, zurich: str) -> tuple[Person, Person]:
    """An operator opens two chapters; each coordinator gets a mail, and signs in by its link."""
    telling.title("1. An operator opens two chapters")
    wanted = (
        (
            shanghai,
            "Shanghai",
            "Asia/Shanghai",
            ("zh-Hans", "en"),
            "Mei Lin",
            f"mei.{telling.word}@example.org",
        ),
        (zurich, "Zürich", "Europe/Zurich", ("en",), "Anna Frei", f"anna.{telling.word}@example.org"),
    )
    people = []
    for slug, name, zone, locales, coordinator, mail in wanted:
        spoken = [word for locale in locales for word in ("--locale", locale)]
        words = ["--name", name, "--time-zone", zone, *spoken, "--coordinator", f"{coordinator} <{mail}>"]
        telling.platform.command("chapter", "create", slug, *words)
        telling.say(f"$ cairn chapter create {slug} --name {name} --time-zone {zone} …")
        person = confirmed(telling.platform, coordinator, mail, telling.since)
        telling.say(f"{coordinator} followed the link in her mail and is signed in as coordinator of {name}.")
        people.append(person)
    roles = telling.platform.ask("GET", "/api/profiles/v1/me", by=people[0])["roles"]
    if "coordinator" not in roles:
        raise NotSeen(f"the coordinator of Shanghai has the roles {roles}")
    return people[0], people[1]


def shortly(names: list[Any], most: int = 4) -> str:
    """A few of many, in words."""
    told = ", ".join(str(name) for name in names[:most])
    return told if len(names) <= most else f"{told} and {len(names) - most} more"
