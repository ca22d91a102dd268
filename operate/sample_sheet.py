"""`cairn sample-sheet`: a spreadsheet of invented people, tidy or as coordinators really have them.

The same arguments give the same bytes. Every person is invented and every address is under a reserved name.
"""

from pathlib import Path

import click

from operate.sample.making import Format, Planted, RoleFrom, make_sample, make_samples


def a_sheet(*, people: int, seed: int, dirty: bool = False) -> bytes:
    """The .xlsx that the command writes, for those who want it without a file."""
    return make_sample(people, seed, dirty=dirty).raw


@click.command()
@click.option("--people", default=200, show_default=True, help="How many people to invent.")
@click.option(
    "--seed", default=7, show_default=True, help="The same seed gives the same people and the same file."
)
@click.option("--dirty", is_flag=True, help="As coordinators really have them; prints the troubles planted.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["xlsx", "csv"]),
    help="By default what --out ends with, else xlsx.",
)
@click.option(
    "--role-from", type=click.Choice(["column", "sheet", "file"]), default="column", show_default=True
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; by default people.xlsx.",
)
def sample_sheet(
    people: int, seed: int, dirty: bool, file_format: Format | None, role_from: RoleFrom, out: Path | None
) -> None:
    """Write a spreadsheet of invented people."""
    chosen: Format = file_format or ("csv" if out is not None and out.suffix.lower() == ".csv" else "xlsx")
    try:
        samples = make_samples(people, seed, dirty=dirty, file_format=chosen, role_from=role_from)
    except ValueError as refused:
        raise click.UsageError(str(refused)) from None
    folder = out.parent if out else Path()
    for sample in samples:
        path = out if out and len(samples) == 1 else folder / sample.filename
        try:
            path.write_bytes(sample.raw)
        except OSError as failed:
            raise click.ClickException(
                f"cannot write {path}: {failed.strerror}. Choose another place with --out."
            ) from None
        click.echo(f"{path}: {people:,} invented people, {len(sample.raw):,} bytes")
        for found in sample.planted:
            click.echo(_line(found))


def _line(found: Planted) -> str:
    value = " ".join(found.value.split())
    return f"  {found.sheet} row {found.row}, {found.column}: {found.what} [{found.code or 'read without a problem'}] {value}"
