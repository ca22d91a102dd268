"""`cairn demo`: one pair, from a coordinator's spreadsheet to a first session, played against a running stack.

It goes the way that people go (HTTP, the links in mails, an operator's command), and says what it saw at each step. It exits 0 only when
every step was seen to happen.
"""

import shlex
import sys
import time

import click
from rich.console import Console

from operate.demo.own_stack import some_stack
from operate.demo.platform import NotSeen, Platform
from operate.demo.story import play


@click.command()
@click.option(
    "--url", help="Where pages and APIs are; the running local stack if left out, or one of the demo's own."
)
@click.option("--mailbox", help="Where the mail catcher answers (HTTP).")
@click.option(
    "--operator",
    help="How an operator calls `cairn` there, for example `docker compose exec -T profiles-api cairn`.",
)
@click.option("--hooks", help="Where the platform reaches the catcher's /hooks/; like --mailbox if left out.")
@click.option(
    "--people", default=24, show_default=True, type=click.IntRange(12, 400), help="How many are in the sheet."
)
@click.option("--seed", default=7, show_default=True, help="Which people are invented.")
def demo(
    url: str | None, mailbox: str | None, operator: str | None, hooks: str | None, people: int, seed: int
) -> None:
    """Play the story of one pair and show the events as they pass."""
    console = Console(highlight=False, soft_wrap=True)
    if url and not (mailbox and operator):
        raise click.UsageError("--url needs --mailbox and --operator as well")
    started_s = time.monotonic()
    try:
        if url and mailbox and operator:
            play(
                Platform(url, mailbox, hooks or mailbox, shlex.split(operator)),
                console,
                people=people,
                seed=seed,
            )
        else:
            with some_stack(console) as platform:
                started_s = time.monotonic()
                play(platform, console, people=people, seed=seed)
    except NotSeen as problem:
        console.print(f"\n[bold red]Not seen:[/] {problem}", markup=True)
        sys.exit(1)
    console.print(f"\n[bold green]Every step was seen to happen[/], in {time.monotonic() - started_s:.0f} s.")
