"""`cairn chapter`: open a chapter with its coordinators, and see which chapters there are.

It goes the way of every other change: the rules of profiles, through its store's one door, with events. Safe to repeat.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from babel import Locale, UnknownLocaleError

from operate.here import settings_here
from services.profiles.commands import chapters
from services.profiles.domain import words
from services.profiles.kinds import CHAPTERS
from services.runtime import open_rooms
from services.web.words import LANGUAGES
from shared.call import Call
from shared.chapter_clocks import is_sandbox
from shared.errors import Refused, Transient
from shared.ids import new_id
from shared.kinds import Document
from shared.service import Room
from shared.settings import BadSetting

MAX_COORDINATORS = 20
MAX_LISTED = 1_000

_PERSON = re.compile(r"\s*\"?(?P<name>[^<>\"]*?)\"?\s*<(?P<mail>[^<>\s]+)>\s*")
_SAID = {
    "invited": "{name} is a coordinator; a mail with a link to sign in goes to {mail}",
    "appointed": "{mail} was a member, and is a coordinator now",
    "already_there": "{mail} is a coordinator already",
}


class Person(click.ParamType[tuple[str, str]]):
    """`Mei Lin <mei@example.org>`: a name and an address."""

    name = "NAME <MAIL>"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """The name and the address, as they were typed."""
        if isinstance(value, tuple):
            return value
        parts = _PERSON.fullmatch(value)
        if parts is None or not parts["name"]:
            self.fail(
                f'{value!r} is no name with an address; write it like "Mei Lin <mei@example.org>"', param, ctx
            )
        return parts["name"], parts["mail"]


@click.group()
def chapter() -> None:
    """Create and look at chapters."""


@chapter.command()
@click.argument("slug")
@click.option("--name", required=True, help="What people call it, for example Shanghai.")
@click.option("--time-zone", required=True, help="Its clock, an IANA name, for example Asia/Shanghai.")
@click.option(
    "--locale",
    "locales",
    multiple=True,
    default=("en",),
    show_default=True,
    help="A language; the first is the default.",
)
@click.option("--region", default="local", show_default=True, help="The region that keeps its personal data.")
@click.option(
    "--coordinator",
    "coordinators",
    multiple=True,
    type=Person(),
    help='Who answers for it: "Mei Lin <mei@example.org>".',
)
def create(
    slug: str,
    name: str,
    time_zone: str,
    locales: tuple[str, ...],
    region: str,
    coordinators: tuple[tuple[str, str], ...],
) -> None:
    """Open the chapter SLUG, with its coordinators. What is there already stays as it is."""
    if is_sandbox(slug):
        raise click.UsageError(f"{slug} would be a sandbox; `cairn sandbox create` opens one")
    if len(coordinators) > MAX_COORDINATORS:
        raise click.UsageError(f"a chapter is opened with at most {MAX_COORDINATORS} coordinators")
    asked = chapters.Asked(slug, name, time_zone, locales, region)
    with profiles_room() as room:
        for locale in locales:
            _refuse_unknown(words.locale(locale))
        people = [(words.person_name(person), words.address(mail)) for person, mail in coordinators]
        opened = room.store.change(operator_call(room, slug), lambda tx: chapters.open_chapter(tx, asked))
        click.echo(f"{slug}: {'opened' if opened['status'] == 'opened' else 'already there'}")
        for person, mail in people:
            done = _appoint(room, slug, person, mail)
            click.echo(f"{slug}: {_SAID[done['status']].format(name=person, mail=mail)}")


@chapter.command(name="list")
def list_chapters() -> None:
    """Every chapter: id, name, time zone, languages, region."""
    with profiles_room() as room:
        found = room.store.reader().find(CHAPTERS, {}, sort=[("_id", 1)], limit=MAX_LISTED)
    for each in found:
        click.echo("\t".join((each.id, each.name, each.time_zone, ",".join(each.locales), each.region)))
    if not found:
        click.echo("There are no chapters yet; see `cairn chapter create --help`.")


def _refuse_unknown(locale: str) -> None:
    try:
        Locale.parse(locale, sep="-")
    except UnknownLocaleError as unknown:
        raise click.UsageError(
            f"{locale} is no language that is known here. Cairn has words for {' and '.join(LANGUAGES)}; any other that there is can be"
            " named, such as de-CH, and is shown in English."
        ) from unknown


def _appoint(room: Room, slug: str, name: str, mail: str) -> Document:
    return room.store.change(
        operator_call(room, slug), lambda tx: chapters.appoint_coordinator(tx, room, slug, name, mail)
    )


def operator_call(room: Room, slug: str) -> Call:
    """Each run is a call of its own: what makes a repeat harmless is that the commands look at what is there."""
    return Call(id=new_id("call"), at=room.now(slug), chapter=slug, asker="operator")


@contextmanager
def profiles_room() -> Iterator[Room]:
    """The room of profiles, as the settings say. What an operator must act on is one line and exit code 1."""
    try:
        room = open_rooms(settings_here(), ["profiles"])["profiles"]
        try:
            yield room
        finally:
            room.store.client.close()
    except Refused as refused:
        raise click.ClickException(refused.detail) from refused
    except (BadSetting, Transient) as problem:
        raise click.ClickException(str(problem)) from problem
