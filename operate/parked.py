"""`cairn parked`: look at dead letters, and let them go on after a fix."""

from collections.abc import Callable
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table

from operate.here import settings_here
from services.runtime import load_service, open_rooms
from shared import parking
from shared.errors import Transient
from shared.inbox import Poison, apply, read
from shared.log import Record
from shared.service import Room
from shared.settings import SERVICES, BadSetting
from shared.transaction import Tx

T = TypeVar("T")

MAX_VALUE_CHARS = 400


@click.group()
def parked() -> None:
    """Aggregates that were set aside because one of their events could not have its effect."""


@parked.command("list")
def list_parked() -> None:
    """Every parked aggregate of every service: since when, why, and how many events wait behind it."""
    table = Table("service", "aggregate", "since", "waiting", "event", "reason")
    for name, room in _rooms().items():
        for row in parking.listed(room.store):
            table.add_row(
                name, row.aggregate, f"{row.at:%Y-%m-%d %H:%M}Z", str(row.queued), row.type, row.reason
            )
    if table.row_count:
        Console().print(table)
    else:
        click.echo("Nothing is parked.")


@parked.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.argument("aggregate")
def show(service: str, aggregate: str) -> None:
    """One parked aggregate with the records in its queue, as they lie in the log."""
    row, records = _shown(_rooms()[service], aggregate)
    click.echo(
        f"{aggregate} at {service}, since {row.at:%Y-%m-%d %H:%M}Z, {row.queued} in the queue\nreason: {row.reason}"
    )
    for record in records:
        click.echo(f"\n{record.topic} partition {record.partition} offset {record.offset}")
        for name, raw in record.headers:
            click.echo(f"  {name}: {(raw or b'').decode(errors='replace')}")
        click.echo(f"  value: {(record.value or b'').decode(errors='replace')[:MAX_VALUE_CHARS]}")


@parked.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.argument("aggregate", required=False)
@click.option("--all", "everything", is_flag=True, help="Every parked aggregate of the service.")
def retry(service: str, aggregate: str | None, everything: bool) -> None:
    """Let the queued events have their effect now, in order; stops at the first that still cannot."""
    room = _rooms()[service]
    if (aggregate is None) != everything:
        raise click.UsageError("name one aggregate, or give --all")
    if aggregate:
        _shown(room, aggregate)
    wanted = [aggregate] if aggregate else [row.aggregate for row in parking.listed(room.store)]
    parking.resume(room.store)
    stuck = 0
    for one in wanted:
        count, problem = drain(room, one)
        click.echo(
            f"{one}: {count} had their effect" + (f"; the next still cannot: {problem}" if problem else "")
        )
        stuck += bool(problem)
    if stuck:
        raise click.ClickException(f"{stuck} of {len(wanted)} stay parked")


@parked.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.argument("aggregate")
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop(service: str, aggregate: str, *, yes: bool) -> None:
    """Give up the first event in the queue of a parked aggregate; the others stay."""
    room = _rooms()[service]
    _shown(room, aggregate)
    if not yes:
        click.confirm("The first event in the queue will never have its effect here. Go on?", abort=True)
    if not _plainly(lambda: parking.drop_first(room.store, aggregate)):
        raise click.ClickException(f"{aggregate} has nothing in its queue at {service}")
    click.echo("dropped")


def _shown(room: Room, aggregate: str) -> tuple[parking.Parked, list[Record]]:
    found = parking.shown(room.store, aggregate)
    if found is None:
        raise click.ClickException(f"{aggregate} is not parked at {room.service}; see `cairn parked list`")
    return found


def drain(room: Room, aggregate: str) -> tuple[int, str]:
    """Let the queue of one aggregate have its effect; how many events did, and why the next could not (empty: none is left)."""
    reactions = {reaction.fact: reaction for reaction in load_service(room.service).reactions}

    def again(tx: Tx, record: Record) -> None:
        apply(tx, room, reactions, [read(record, reactions)])

    count = 0
    while True:
        try:
            if not parking.retry_first(room.store, aggregate, again):
                return count, ""
            count += 1
        except Poison as problem:
            return count, str(problem)
        except Transient as problem:
            return count, f"try again later: {problem}"
        except Exception as problem:  # noqa: BLE001 - whatever the reaction raises is the operator's to see, in one line
            return count, f"{type(problem).__name__} in the reaction; the worker's log has it in full"


def _rooms() -> dict[str, Room]:
    def opened() -> dict[str, Room]:
        rooms = open_rooms(settings_here(), SERVICES)
        client = next(iter(rooms.values())).store.client
        click.get_current_context().call_on_close(client.close)
        for room in rooms.values():
            room.store.ping()
        return rooms

    return _plainly(opened)


def _plainly(work: Callable[[], T]) -> T:
    try:
        return work()
    except (BadSetting, Transient) as problem:
        raise click.ClickException(str(problem)) from problem
