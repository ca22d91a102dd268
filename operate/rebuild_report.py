"""`cairn rebuild-report`: a chapter's relationship counts, as they stood at the end of a day, from the feed of public events alone.

Whoever keeps the feed can so prove the numbers of a report years later, without the services that made them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from operate.here import settings_here
from services.notifications.domain.counts import counted
from services.notifications.feed.placing import last_place
from services.notifications.feed.reading import Wanted, read_page, shown
from services.notifications.kinds import CHAPTERS
from services.runtime import open_rooms
from shared.errors import Transient
from shared.service import Room
from shared.settings import BadSetting

A_PAGE = 500


@click.command("rebuild-report")
@click.option(
    "--as-of",
    "day",
    required=True,
    metavar="DATE",
    help="The day, for example 2026-06-30, on the chapter's clock.",
)
@click.option("--chapter", "only", help="Only this chapter; every chapter without it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of tables.")
def rebuild_report(day: str, only: str | None, as_json: bool) -> None:
    """Rebuild relationship counts as they stood at the end of a day, from the feed alone."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise click.BadParameter("write the day like 2026-06-30", param_hint="--as-of") from error
    try:
        room = open_rooms(settings_here(), ["notifications"])["notifications"]
        reports = list(_reports(room, wanted, only))
    except (BadSetting, Transient) as problem:
        raise click.ClickException(str(problem)) from problem
    if only and not reports:
        raise click.ClickException(f"there is no chapter {only}; `cairn chapter list` names them")
    for report in reports:
        if as_json:
            click.echo(json.dumps(report))
        else:
            _print(report)


def _reports(room: Room, day: date, only: str | None) -> Iterator[dict[str, Any]]:
    after = ""
    while found := room.store.reader().find(
        CHAPTERS, {"_id": only or {"$gt": after}}, sort=[("_id", 1)], limit=A_PAGE
    ):
        for chapter in found:
            end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(chapter.time_zone)).astimezone(
                UTC
            )
            yield {"chapter": chapter.id, "as_of": day.isoformat(), **report_of(room, chapter.id, end)}
        if only:
            return
        after = found[-1].id


def report_of(room: Room, chapter: str, until: datetime) -> dict[str, Any]:
    """The chapter's counts from what happened before `until`, by the feed."""
    return counted(_events(room, Wanted((chapter,), until=until)))


def _events(room: Room, wanted: Wanted) -> Iterator[dict[str, Any]]:
    after, last = 0, last_place(room)
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"Reading the feed of {wanted.chapters[0]}", total=None)
        while after < last:
            page = read_page(room, wanted, after, A_PAGE)
            yield from (shown(event) for event in page.events)
            after = page.reached
            progress.update(task, description=f"Reading the feed of {wanted.chapters[0]}: {after} of {last}")


def _print(report: dict[str, Any]) -> None:
    table = Table(title=f"{report['chapter']}, end of {report['as_of']}", title_justify="left")
    table.add_column("relationships")
    table.add_column("count", justify="right")
    for state, count in report["by_state"].items():
        table.add_row(state.replace("_", " "), str(count))
    for name in ("relationships", "started", "sessions_held", "erased"):
        table.add_row(f"[bold]{name.replace('_', ' ')}[/bold]", str(report[name]))
    for reason, count in report["ended_by"].items():
        table.add_row(f"ended: {reason.replace('_', ' ')}", str(count))
    Console().print(table)
