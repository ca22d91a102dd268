"""The `cairn` command.

Each subcommand lives in the module that COMMANDS names, which is imported only when that command is typed:
`cairn up` must not wait for what only the others need.
"""

import importlib
import sys

import click

from deploy.local.surroundings import CannotStart

# name: (module, the click command in it, the line that `cairn --help` shows)
COMMANDS = {
    "up": ("operate.stack", "up", "Start everything on this machine; Ctrl-C stops it."),
    "clean-data": ("operate.stack", "clean_data", "Remove the local stack's data; refuses while it runs."),
    "init": ("operate.init", "init", "Create topics, indexes and secrets; safe to repeat."),
    "worker": ("operate.worker", "worker", "Run relays, consumers, timers and chores of the services."),
    "mail-catcher": ("deploy.mail_catcher", "mail_catcher", "Receive mail for the local mailbox page."),
    "chapter": ("operate.chapters", "chapter", "Create and look at chapters."),
    "member": ("operate.members", "member", "Erase a person, for her."),
    "parked": ("operate.parked", "parked", "List, show, retry and drop parked aggregates."),
    "events": ("operate.events", "events", "Watch events as they pass."),
    "confirm-all": (
        "operate.confirmations",
        "confirm_all",
        "Follow the confirmation mails in the local mailbox.",
    ),
    "clock": ("operate.clock", "clock", "Move the local stack's clock."),
    "sandbox": (
        "operate.sandbox",
        "sandbox",
        "Try events out: invented people, whole relationships in seconds.",
    ),
    "rebuild-report": (
        "operate.rebuild_report",
        "rebuild_report",
        "Relationship counts as of a day, from the feed of events alone.",
    ),
    "demo": ("operate.demo", "demo", "Play the story of one pair against a running stack."),
    "sample-history": ("operate.history", "sample_history", "Fill the stack with a year of invented people."),
    "verify-confidentiality": (
        "operate.verify",
        "verify_confidentiality",
        "Prove that a pair's text is readable by the two only.",
    ),
    "sample-sheet": ("operate.sample_sheet", "sample_sheet", "Write a spreadsheet of invented people."),
}


class LazyCommands(click.Group):
    """A group that knows its commands' names and imports each when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
def cairn() -> None:
    """Cairn: mentoring for chapters."""


def main() -> None:
    """The entry point. What a person must act on is one line on stderr and exit code 1."""
    try:
        cairn()
    except CannotStart as error:
        click.echo(f"cairn: {error}", err=True)
        sys.exit(1)
