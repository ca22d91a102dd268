"""`cairn confirm-all`: follow the confirmation mails in the mailbox of the running local stack, as those who got them would.

Only confirmed people are matched, and an invented sheet brings hundreds who will never open their mail. It goes the way of everybody:
the link of each mail, once, through the HTTP edge.
"""

import click

from deploy.local.alone import running
from deploy.local.surroundings import surroundings
from operate.demo.cast import PROFILES
from operate.demo.own_stack import platform_of
from operate.demo.platform import link_in

#: What a link may say: confirmed (or confirmed before), or that it is used, replaced or out of date.
LINK_MAY = (200, 404, 409, 410)


@click.command()
def confirm_all() -> None:
    """Follow the confirmation mails in the local mailbox, the last 500 mails of it; links that were followed before do nothing."""
    stack = running(surroundings().data_folder)
    if stack is None:
        raise click.ClickException("no local stack is running (start it with `make up`)")
    platform = platform_of(stack.public_url, stack.environment)
    followed = 0
    for mail in platform.all_mails():
        if "/confirm/" in mail["text"]:
            answer = platform.ask(
                "POST", f"{PROFILES}/confirmations", {"token": link_in(mail)}, expect=LINK_MAY
            )
            followed += answer.get("status") == "confirmed"
    click.echo(f"{followed} confirmed their address.")
