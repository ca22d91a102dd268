"""`make bench-events`: the figures R1, R3, R4, R7, R8 and R9 of the event path (events.md section 6), one JSON object a line on standard
output. R4 is measured to an effect and (R4w) to a webhook.

A ratio's two sides run in turns on the same parts; medians are of the rounds. A ratio says something on a busy machine too, a rate or a
latency does not: the first line and the last tell the load of the machine.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from shared.garbage import look_seldom
from tests.bench import (
    edge_requests,
    effect_latency,
    inbox_effects,
    relay_drain,
    webhook_deliveries,
    webhook_latency,
)
from tests.bench.ground import Ground, machine, note, opened

Measure = Callable[[Ground, int, bool], list[dict[str, Any]]]
EVENTS, QUICK_EVENTS = 20_000, 5_000


def _events(quick: bool) -> int:
    return QUICK_EVENTS if quick else EVENTS


MEASURES: dict[str, Measure] = {
    "R1": lambda ground, rounds, quick: [relay_drain.measure(ground, rounds, _events(quick))],
    "R3": lambda ground, rounds, quick: edge_requests.measure(ground, rounds, 1.0 if quick else 3.0),
    "R4": lambda ground, rounds, quick: effect_latency.measure(ground, rounds, 1.5 if quick else 5.0),
    "R4w": lambda ground, rounds, quick: webhook_latency.measure(ground, rounds, 3.0 if quick else 10.0),
    "R7": lambda ground, rounds, quick: [
        webhook_deliveries.measure_stuck(ground, rounds, 3.0 if quick else 10.0)
    ],
    "R8": lambda ground, rounds, quick: webhook_deliveries.measure_rates(
        ground, rounds, 1_000 if quick else 5_000
    ),
    "R9": lambda ground, rounds, quick: [inbox_effects.measure(ground, rounds, _events(quick))],
}


@click.command()
@click.option(
    "--rounds", default=5, show_default=True, type=click.IntRange(1, 50), help="Rounds of each ratio."
)
@click.option("--quick", is_flag=True, help="Smaller backlogs and shorter slices: a look, not a result.")
@click.option(
    "--only", multiple=True, type=click.Choice(list(MEASURES)), help="Measure only this (repeatable)."
)
@click.option("--seed", default=7, show_default=True, help="Of what is random: when posts come.")
@click.option(
    "--mongo-url", envvar="CAIRN_TEST_MONGO_URL", help="Use this MongoDB instead of one of our own."
)
@click.option(
    "--kafka", envvar="CAIRN_TEST_KAFKA_BOOTSTRAP", help="Use this Kafka instead of one of our own."
)
def main(
    rounds: int, quick: bool, only: tuple[str, ...], seed: int, mongo_url: str | None, kafka: str | None
) -> None:
    """Measure the event path on MongoDB and Kafka of its own, on free ports."""
    with (
        tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder,
        opened(Path(folder), mongo_url, kafka, seed) as ground,
    ):
        look_seldom()  # as a worker does; both sides of a ratio have it
        click.echo(json.dumps(machine(ground)))
        for name in only or MEASURES:
            note(f"{name} begins")
            for result in MEASURES[name](ground, rounds, quick):
                click.echo(json.dumps(result))
        click.echo(json.dumps({**machine(ground), "measure": "machine afterwards"}))


if __name__ == "__main__":
    main()
