"""`cairn sandbox`: a chapter of invented people on a clock of its own, in which an integrator sees whole relationships in seconds.

Its id begins with `sandbox-`, each of its events says `sandbox`, nobody in it is sent a mail, and nothing of it meets other chapters.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import click
import urllib3
from rich.console import Console

from operate.here import settings_here
from operate.sandbox.erasing import erase_chapter
from operate.sandbox.life import STORIES, NotPlayed, play_life
from operate.sandbox.people import Sandbox, account, open_sandbox, sign_in_link
from operate.sandbox.player import serve as serve_lives
from services.profiles.kinds import CHAPTERS
from services.runtime import open_rooms
from shared.chapter_clocks import SANDBOX, is_sandbox
from shared.errors import NotThere, Refused, Transient
from shared.settings import BadSetting

MAX_LISTED = 1_000
MAX_LIVES = 100
MAX_SANDBOXES = 100


@click.group()
def sandbox() -> None:
    """Try events out: invented people, whole relationships in seconds."""


@sandbox.command()
@click.option("--name", default="", help="A word for it; its id is sandbox-NAME. Drawn where none is given.")
@click.option("--time-zone", default="UTC", show_default=True, help="Its clock, an IANA name.")
def create(name: str, time_zone: str) -> None:
    """Open a sandbox, with a service account whose key is shown now and never again."""
    chapter = SANDBOX + (name or secrets.token_hex(3))
    with _open(chapter) as here:
        others = here.room.store.reader().count(
            CHAPTERS, {"_id": {"$gte": SANDBOX, "$lt": SANDBOX + "~", "$ne": chapter}}
        )
        if others >= MAX_SANDBOXES:
            raise click.ClickException(
                f"there are {others} sandboxes; remove one first: `cairn sandbox list`"
            )
        open_sandbox(here, time_zone)
        made = account(here)
    say = Console(highlight=False, soft_wrap=True).print
    say(
        f"{chapter}: opened. Everybody in it is invented; `cairn sandbox erase {chapter}` removes it.",
        markup=False,
    )
    say(f"client id      {made['id']}\nclient secret  {made['key']}", markup=False)
    say("\nPlay a relationship from its proposal to its end, then follow it:", markup=False)
    url = here.settings.public_url
    say(f"  cairn sandbox play {chapter} --story completed", markup=False)
    token = f"{url}/api/notifications/v1/oauth/token"
    say(f"  curl -s -u {made['id']}:{made['key']} -d grant_type=client_credentials {token}", markup=False)
    say(
        f"  curl -s -H 'Authorization: Bearer ACCESS_TOKEN' {url}/api/notifications/v1/relationship-events",
        markup=False,
    )


@sandbox.command(name="list")
def list_sandboxes() -> None:
    """Every sandbox, and how far its clock is ahead."""
    with _open("") as here:
        found = here.room.store.reader().find(
            CHAPTERS, {"_id": {"$gte": SANDBOX, "$lt": SANDBOX + "~"}}, sort=[("_id", 1)], limit=MAX_LISTED
        )
        for each in found:
            click.echo(f"{each.id}\t{each.time_zone}\tahead by {here.room.clocks.ahead(each.id).days} days")
    if not found:
        click.echo("There is no sandbox; `cairn sandbox create` opens one.")


@sandbox.command()
@click.argument("chapter")
@click.option("--story", type=click.Choice(sorted(STORIES)), default="completed", show_default=True)
@click.option(
    "--lives",
    type=click.IntRange(1, MAX_LIVES),
    default=1,
    show_default=True,
    help="How many, one after another.",
)
def play(chapter: str, story: str, lives: int) -> None:
    """Let two new invented people of CHAPTER live a relationship, on the sandbox's own clock."""
    console = Console(highlight=False, soft_wrap=True)
    with _open(_sandboxed(chapter)) as here:
        for _ in range(lives):
            relationship = play_life(here, story, lambda line, _: console.print(f"  {line}", markup=False))
            console.print(f"{relationship}: {story}", markup=False)


@sandbox.command()
@click.argument("chapter")
def sign_in(chapter: str) -> None:
    """Print a link that signs in as the coordinator of CHAPTER, once: she is invented, and is sent no mail."""
    with _open(_sandboxed(chapter)) as here:
        click.echo(sign_in_link(here))


@sandbox.command()
def serve() -> None:
    """Play what integrators ask for over HTTP, until SIGTERM. `make up` and the containers run it."""
    try:
        serve_lives(settings_here())
    except BadSetting as problem:
        raise click.ClickException(str(problem)) from problem


@sandbox.command()
@click.argument("chapter")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(chapter: str, *, yes: bool) -> None:
    """Remove CHAPTER with everything in it. Only a sandbox can be removed."""
    with _open(_sandboxed(chapter)) as here:
        if here.room.store.reader().load(CHAPTERS, chapter) is None:
            raise NotThere("sandbox")
        if not yes:
            click.confirm(f"Remove {chapter} with everything in it?", abort=True)
        click.echo(f"{chapter}: {erase_chapter(here)} documents are gone")


def _sandboxed(chapter: str) -> str:
    if not is_sandbox(chapter):
        raise click.UsageError(f"{chapter} is no sandbox: the id of one begins with {SANDBOX}")
    return chapter


@contextmanager
def _open(chapter: str) -> Iterator[Sandbox]:
    """The platform, as the settings say. What an operator must act on is one line and exit code 1."""
    try:
        settings = settings_here()
        room = open_rooms(settings, ["profiles"])["profiles"]
        try:
            yield Sandbox(chapter, room, settings)
        finally:
            room.store.client.close()
    except Refused as refused:
        raise click.ClickException(refused.detail) from refused
    except (BadSetting, Transient, NotPlayed) as problem:
        raise click.ClickException(str(problem)) from problem
    except urllib3.exceptions.HTTPError as problem:
        raise click.ClickException(f"the APIs do not answer: {type(problem).__name__}") from problem
