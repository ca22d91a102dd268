"""Where the demo is played when nobody says where: on the running local stack, or on one of its own."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from deploy.local.alone import running
from deploy.local.ports import free_port
from deploy.local.stack import running_stack
from deploy.local.surroundings import surroundings
from operate.demo.platform import Platform


@contextlib.contextmanager
def some_stack(console: Console) -> Iterator[Platform]:
    """The platform of the running stack; where none runs, one in a temporary folder that is gone afterwards."""
    with some_system(console) as (platform, _):
        yield platform


@contextlib.contextmanager
def some_system(console: Console) -> Iterator[tuple[Platform, dict[str, str]]]:
    """The same, with what the programs of the stack have in their environment."""
    around = surroundings()
    stack = running(around.data_folder)
    if stack is not None:
        console.print(f"Playing on the running stack, {stack.public_url}", markup=False)
        yield platform_of(stack.public_url, stack.environment), stack.environment
        return
    console.print("No stack is running here: one is started for this, and removed afterwards.")
    with tempfile.TemporaryDirectory(prefix="cairn-demo-") as folder:
        own = replace(around, data_folder=Path(folder))
        say = lambda line: console.print(f"  {line}", style="dim", markup=False)  # noqa: E731
        with running_stack(own, port=free_port(), split=False, say=say) as made:
            yield platform_of(made.public_url, made.environment), made.environment


def platform_of(url: str, environment: dict[str, str]) -> Platform:
    """A running stack as the demo reaches it; `environment` is what its programs have."""
    mailbox = environment["CAIRN_MAILBOX_URL"]
    settings = [f"{name}={value}" for name, value in environment.items() if name.startswith("CAIRN_")]
    return Platform(url, mailbox, mailbox, ["env", *settings, sys.executable, "-m", "operate"])
