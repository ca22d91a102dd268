"""5,000 people: the bounds are of processor time, and generous; run with -s to see the figures."""

import time
import tracemalloc
from itertools import pairwise

import pytest

from operate.sample.making import Format, make_sample
from operate.sample.records import SAMPLE_QUESTIONS
from services.profiles.areas import DEFAULT_AREAS
from services.profiles.spreadsheet import guess_mapping, read_people, read_workbook

PEOPLE = 5_000
OPEN_WITHIN_S, GUESS_WITHIN_S, READ_WITHIN_S = 15.0, 5.0, 10.0
PEOPLE_FOR_MEMORY, MEMORY_BYTES = 1_000, 30 * 1024 * 1024


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_five_thousand_people_are_read_in_seconds(file_format: Format) -> None:
    raw = make_sample(PEOPLE, 7, dirty=True, file_format=file_format).raw
    marks = [time.process_time()]
    workbook = read_workbook(raw, f"x.{file_format}")
    marks.append(time.process_time())
    mapping = guess_mapping(workbook, areas=DEFAULT_AREAS, questions=SAMPLE_QUESTIONS)
    marks.append(time.process_time())
    reading = read_people(workbook, mapping, areas=DEFAULT_AREAS, questions=SAMPLE_QUESTIONS)
    marks.append(time.process_time())
    opening, guessing, reading_s = (round(b - a, 2) for a, b in pairwise(marks))
    print(f"\n{file_format}: {len(raw):,} bytes, open {opening} s, guess {guessing} s, read {reading_s} s")  # noqa: T201
    assert len(reading.people) > PEOPLE - 30
    assert opening < OPEN_WITHIN_S
    assert guessing < GUESS_WITHIN_S
    assert reading_s < READ_WITHIN_S


def test_a_reading_needs_little_memory() -> None:
    raw = make_sample(PEOPLE_FOR_MEMORY, 7, file_format="csv").raw
    tracemalloc.start()
    try:
        workbook = read_workbook(raw, "x.csv")
        read_people(workbook, guess_mapping(workbook, areas=DEFAULT_AREAS), areas=DEFAULT_AREAS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    print(f"\npeak {peak / 2**20:.0f} MB")  # noqa: T201
    assert peak < MEMORY_BYTES
