"""`cairn init`: topics, indexes and keys; safe to repeat."""

import click

from services.initialise import initialise
from shared.errors import Transient
from shared.settings import BadSetting, read_settings


@click.command()
def init() -> None:
    """Create what is missing of topics, indexes and keys, and say what was made."""
    try:
        initialise(read_settings(), lambda line: click.echo(f"init: {line}"))
    except (BadSetting, Transient) as error:
        raise click.ClickException(str(error)) from error
