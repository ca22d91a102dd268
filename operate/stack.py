"""`cairn up` and `cairn clean-data`: the local stack as a person sees it."""

import contextlib
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

import click

from deploy.local.alone import alone
from deploy.local.stack import Stack, running_stack
from deploy.local.supervision import Supervisor, log_folder
from deploy.local.surroundings import surroundings

LOOK_EVERY_S = 2.0
STOPPED_WHILE_STARTING = 130  # as shells have it for Ctrl-C
# What clean-data removes; nothing else in the folder is ours.
DATA = ("mongod", "kafka", "mail", "secrets", "logs", "clock.json", "ports.json", "supervisord.conf")


@click.command()
@click.option("--port", default=8080, show_default=True, help="Where pages and APIs are reached.")
@click.option("--split", is_flag=True, help="One API and one worker process for each service.")
def up(port: int, split: bool) -> None:
    """Start MongoDB, Kafka and all services on this machine; Ctrl-C stops them."""
    started = time.monotonic()
    ready = False
    try:
        with _stopped_by_signals(), running_stack(surroundings(), port=port, split=split, say=_say) as stack:
            ready = True
            _show(stack, ready_after_s=time.monotonic() - started)
            try:
                _watch(stack.supervisor)
            finally:
                _say("\nStopping")
    except KeyboardInterrupt:
        _say("Everything has stopped; the data is kept.")
        if not ready:
            sys.exit(STOPPED_WHILE_STARTING)


@click.command()
def clean_data() -> None:
    """Remove what the local stack has stored: databases, topics, mails, keys, logs. Refuses while it runs."""
    folder = surroundings().data_folder
    if not folder.exists():
        _say("There is no data.")
        return
    with alone(folder, _say, wanted_for="remove its data"):
        for name in DATA:
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    _say(f"The data in {folder} is gone.")


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """The first of SIGINT, SIGTERM and SIGHUP is a KeyboardInterrupt; of later ones only SIGINT, which hurries."""
    asked = False

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if number == signal.SIGINT or not asked:
            asked = True
            raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(supervisor: Supervisor) -> None:
    """Say when a program was started again; ends with KeyboardInterrupt, or CannotStart if the supervisor is gone."""
    starts = {name: state["start"] for name, state in supervisor.states().items()}
    while True:
        time.sleep(LOOK_EVERY_S)
        for name, state in supervisor.states().items():
            if state["start"] != starts[name]:
                starts[name] = state["start"]
                _say(f"{name} ended and was started again: see {supervisor.log_of(name)}")


def _show(stack: Stack, *, ready_after_s: float) -> None:
    url = stack.public_url
    broker = stack.environment["CAIRN_KAFKA_BOOTSTRAP"].rpartition("@")[2]  # without credentials
    _say(
        f"""
Cairn is ready ({ready_after_s:.0f} s).

  Pages      {url}/
  Mailbox    {url}/mailbox   (all mail ends here; nothing leaves this machine)
  Events     {url}/events   (what integrators follow; Kafka at {broker})
  APIs       {url}/api/profiles/docs   (also matching, sessions, notifications)
  Health     {url}/health/ready
  Logs       {log_folder(stack.supervisor.folder)}

To sign in: make a chapter with its coordinator in another terminal, and follow the link in the mailbox:

  .venv/bin/cairn chapter create --help

Stop with Ctrl-C; the data stays for the next start.
"""
    )


def _say(line: str) -> None:
    click.echo(line)
