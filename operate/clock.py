"""`cairn clock`: move the clock of a local stack forward, so that a year of mentoring can be tried in a minute."""

from datetime import timedelta
from pathlib import Path

import click

from operate.here import settings_here
from services.runtime import clock_of
from shared.clock import MovedClock, advance, duration
from shared.settings import BadSetting


@click.group()
def clock() -> None:
    """The clock of the local stack; in any other mode it is the machine's, and cannot be moved."""


@clock.command()
def show() -> None:
    """What time it is for the platform (ISO 8601): the machine's time, or that of a local stack whose clock was moved."""
    try:
        click.echo(clock_of(settings_here())().isoformat())
    except BadSetting as problem:
        raise click.ClickException(str(problem)) from problem


@clock.command("advance")
@click.argument("by")
def advance_clock(by: str) -> None:
    """Move it forward BY a length of time: 21d, 36h, 1w2d. What falls due in between happens within moments."""
    file = _settings()
    try:
        offset = advance(file, duration(by))
    except ValueError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"It is now {MovedClock(file)():%Y-%m-%d %H:%M:%S}Z for the stack, {_said(offset)} ahead.")


def _said(length: timedelta) -> str:
    minutes, seconds = divmod(length.seconds, 60)
    parts = {"day": length.days, "hour": minutes // 60, "minute": minutes % 60, "second": seconds}
    return " ".join(f"{number} {unit}{'s' * (number != 1)}" for unit, number in parts.items() if number)


def _settings() -> Path:
    try:
        settings = settings_here()
    except BadSetting as problem:
        raise click.ClickException(str(problem)) from problem
    if settings.clock_file is None:
        raise click.ClickException(
            "the clock can only be moved in local mode, where CAIRN_CLOCK_FILE names its file"
        )
    return settings.clock_file
