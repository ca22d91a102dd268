"""`cairn confirm-all`: follow the confirmation mails in the mailbox of the running local stack, as those who got them would.

Only confirmed people are matched, and an invented sheet brings hundreds who will never open their mail. It goes the way of everybody:
the link of each mail, once, through the HTTP edge.
"""

import click
from rich.console import Console
from rich.progress import track

from deploy.local.alone import running
from deploy.local.surroundings import surroundings
from operate.demo.cast import PROFILES
from operate.demo.own_stack import platform_of
from operate.demo.platform import Platform, link_in
from services.profiles.kinds import CHAPTERS, MEMBERS
from services.runtime import open_rooms
from shared.chapter_clocks import is_sandbox
from shared.settings import read_settings
from shared.transaction import Reader

#: What a link may say: confirmed (or confirmed before), or that it is used, replaced or out of date.
LINK_MAY = (200, 404, 409, 410)


@click.command()
def confirm_all() -> None:
    """Follow the confirmation mails in the local mailbox; links that were followed before do nothing."""
    stack = running(surroundings().data_folder)
    if stack is None:
        raise click.ClickException("no local stack is running (start it with `make up`)")
    followed = follow(platform_of(stack.public_url, stack.environment))
    click.echo(f"{followed} confirmed their address.")
    room = open_rooms(read_settings(stack.environment), ["profiles"])["profiles"]
    with room.store.client:
        left = unconfirmed(room.store.reader())
    if left:
        click.echo(
            f"{left} people have not confirmed theirs. Their mails may still be on their way: run this again in a moment. The mailbox"
            f" keeps the last mails only; where one is gone or too old, {stack.public_url}/sign-in sends another to the address."
        )


def follow(platform: Platform) -> int:
    """Follow the link of each confirmation mail, the oldest first; returns how many people it confirmed."""
    followed = 0
    for id in track(platform.all_mails(), "Reading the mails", console=Console(stderr=True)):
        mail = platform.mail(id)
        if mail is not None and "/confirm/" in mail["text"]:
            answer = platform.ask(
                "POST", f"{PROFILES}/confirmations", {"token": link_in(mail)}, expect=LINK_MAY
            )
            followed += answer.get("status") == "confirmed"
    return followed


def unconfirmed(reader: Reader) -> int:
    """How many people of all chapters have not confirmed their address; those of sandboxes are invented, and need not."""
    there = [each.id for each in reader.find(CHAPTERS, {}, sort=[("_id", 1)]) if not is_sandbox(each.id)]
    return sum(
        reader.count(MEMBERS, {"chapter": id, "confirmed_at": None, "erased_at": None}) for id in there
    )
