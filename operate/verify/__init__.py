"""`cairn verify-confidentiality`: proves on a running local system that what the two of a pair write is readable by the two only (R14).

It plants marker text in every free-text field that the services' schemas know, drives the whole journey of a pair to its completion and
what follows, and then looks for the markers everywhere but with the two: staff, operator and integrator APIs, every page that anybody can
open, every event on every topic, exports, logs, metrics, mail to others, the databases, and the files of MongoDB and Kafka on the disk. It
exits 0 only where nothing was found and no field was left out. The clock of the local stack is moved: by a month, in two steps.
"""

import sys

import click
from rich.console import Console

from operate.demo.own_stack import some_system
from operate.demo.platform import NotSeen
from operate.verify.asking import CannotVerify
from operate.verify.fields import free_text, why_public
from operate.verify.journey import drive
from operate.verify.later import LATER_DAYS
from operate.verify.local import LocalSystem
from operate.verify.planting import Garden
from operate.verify.search import Verdict, search

MAX_SHOWN = 20


@click.command(name="verify-confidentiality")
@click.option(
    "--fields", "list_fields", is_flag=True, help="Say of each text field whether it was planted or why not."
)
def verify_confidentiality(*, list_fields: bool) -> None:
    """Prove that the text of a pair is readable by the two only."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        with some_system(console) as (platform, environment):
            console.print(f"Its clock moves {LATER_DAYS} days forward on the way.")
            garden = drive(LocalSystem(platform, environment), lambda line: console.print(line, markup=False))
            verdict = search(garden)
    except (CannotVerify, NotSeen) as problem:
        raise click.ClickException(str(problem)) from problem
    if list_fields:
        _fields(console, garden)
    _tell(console, garden, verdict)
    sys.exit(0 if verdict.confidential else 1)


def _tell(console: Console, garden: Garden, verdict: Verdict) -> None:
    console.print(f"\nLooked for {len(garden.markers.planted)} markers in:")
    for place in verdict.looked:
        found = f"[bold red]{len(place.findings)} found[/]" if place.findings else "[green]nothing found[/]"
        console.print(f"  {place.place}: {place.things} things, {place.size_bytes:,} bytes: {found}")
        for finding in place.findings[:MAX_SHOWN]:
            console.print(f"    {finding}", markup=False)
    for each in verdict.unplanted:
        console.print(f"  [bold red]neither planted nor declared public:[/] {each}")
        for answer in next(
            (told for field, told in garden.refused.items() if str(field) == each), {}
        ).values():
            console.print(f"      {answer}", markup=False)
    console.print(f"The two themselves can read {verdict.read_by_the_pair} of them.")
    told = "[bold green]Confidential[/]" if verdict.confidential else "[bold red]Not confidential[/]"
    console.print(f"{told}: {len(garden.done)} free-text fields planted, by the services' own schemas.")


def _fields(console: Console, garden: Garden) -> None:
    for each in sorted(free_text(garden.specs), key=str):
        said = "planted" if each in garden.done else why_public(each) or "left out"
        console.print(f"  {each}: {said}", markup=False)
