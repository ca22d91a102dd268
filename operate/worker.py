"""`cairn worker`: relays, inboxes, timers and chores of this process's services."""

import click

from services.worker import main
from shared.settings import BadSetting, read_settings


@click.command()
def worker() -> None:
    """Run until SIGTERM; what fails for good ends the process, for its supervisor to start it again."""
    try:
        main(read_settings())
    except BadSetting as error:
        raise click.ClickException(str(error)) from error
