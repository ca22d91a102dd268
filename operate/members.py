"""`cairn member`: erase a person who cannot ask for it herself, by her word to an operator.

It goes the way of her own request: the rules of profiles, through its store's one door, with the tombstone.
"""

import click

from operate.chapters import operator_call, profiles_room
from services.profiles.commands import erasures
from services.profiles.domain import words
from services.profiles.kinds import CHAPTERS, ERASURES, MEMBERS

#: Erasures that one run of `again` goes through.
MAX_ERASURES = 100_000


@click.group()
def member() -> None:
    """Erase people."""


@member.command()
@click.argument("chapter")
@click.argument("mail")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(chapter: str, mail: str, *, yes: bool) -> None:
    """Erase the member of CHAPTER with the address MAIL. It cannot be undone."""
    with profiles_room() as room:
        if room.store.reader(chapter).load(CHAPTERS, chapter) is None:
            raise click.ClickException(f"there is no chapter {chapter}; see `cairn chapter list`")
        found = room.store.reader(chapter).first(MEMBERS, {"mail": words.address(mail)})
        if found is None:
            raise click.ClickException(f"{chapter} has no member with this address")
        if not yes:
            click.confirm(f"Erase {found.id} of {chapter}, for good?", abort=True)
        room.store.change(operator_call(room, chapter), lambda tx: erasures.erase(tx, found.id, "operator"))
        erasures.complete(room, found.id, chapter)
        click.echo(f"{found.id}: erased")


@member.command()
def erase_again() -> None:
    """After a backup was restored: erase the keys of everybody who was erased before, which the backup may have brought back."""
    with profiles_room() as room:
        found = room.store.reader().find(ERASURES, {}, limit=MAX_ERASURES)
        for erasure in found:
            room.people.erase(erasure.id)
        click.echo(f"{len(found)} people: their keys are gone")
