"""`cairn sample-history`: chapters of invented people with a year behind them, to see how pages and ticks do at size.

It fills the services' databases as a restored backup would: documents, without announcing anything, so that nobody is told of what never
happened. Invented chapters are called `sample-…`; every address is under a reserved name.
"""

import click
from rich.progress import Progress

from operate.here import settings_here
from operate.history.filling import Filling
from operate.history.people import invented_chapters
from operate.history.years import a_year
from services.runtime import open_rooms
from shared.errors import Transient
from shared.ids import new_id
from shared.service import Room
from shared.settings import SERVICES, BadSetting

MOST_CHAPTERS, MOST_MEMBERS = 200, 200_000


@click.command()
@click.option("--chapters", default=20, show_default=True, type=click.IntRange(1, MOST_CHAPTERS))
@click.option("--members", default=20_000, show_default=True, type=click.IntRange(20, MOST_MEMBERS))
@click.option(
    "--seed", default=7, show_default=True, help="The same seed gives the same people and the same year."
)
def sample_history(chapters: int, members: int, seed: int) -> None:
    """Fill the running stack with chapters of invented people and a year of mentoring."""
    try:
        rooms = open_rooms(settings_here(), SERVICES)
        name = new_id("s").removeprefix("s_")[-8:]
        said = fill(rooms, chapters=chapters, members=members, seed=seed, name=name)
    except (BadSetting, Transient) as problem:
        raise click.ClickException(str(problem)) from None
    for what, number in said.items():
        click.echo(f"{number:>9,} {what}")
    click.echo(
        f"The chapters are sample-{name}-1 and so on; every mentee's, mentor's and pair's page has a year to show."
    )


def fill(rooms: dict[str, Room], *, chapters: int, members: int, seed: int, name: str) -> dict[str, int]:
    """Fill these rooms, showing how far it is; returns how many documents of each collection were written."""
    now = rooms["matching"].clock()
    filling = Filling(rooms)
    with Progress() as progress:
        task = progress.add_task("Inventing a year", total=members)
        for chapter in invented_chapters(chapters, members, seed=seed, name=name, now=now):
            filling.add(chapter.documents(now))
            for pairs in a_year(chapter, rooms, now=now):
                filling.add(pairs)
            progress.advance(task, len(chapter.members))
        filling.close()
    return filling.written
