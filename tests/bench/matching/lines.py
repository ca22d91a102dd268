"""A market from JSON lines (FORMAT.md): the rules first, then a person a line."""

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from services.matching.engine import Answer, EngineError, Person, Rules, pack, snapshot

KNOWN = frozenset(one.name for one in fields(Person))
NEEDED = ("id", "chapter", "roles")


def packed_lines(written: bytes) -> bytes:
    """The same market, packed. Raises `EngineError`, its `where` naming the line (from 1), the field or the person."""
    first, *rest = written.splitlines() or [b""]
    rules = Rules.from_dict(_object(first, 1))
    return pack(snapshot(_people(rest), rules))


def _people(lines: list[bytes]) -> Iterator[Person]:
    for number, line in enumerate(lines, start=2):
        if line.strip():
            yield _person(_object(line, number), number)


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        raise EngineError(
            "bad_market", "give one JSON object a line, in UTF-8", where=f"line {number}"
        ) from wrong
    if not isinstance(said, dict):
        raise EngineError("bad_market", "give one JSON object a line", where=f"line {number}")
    return said


def _person(said: dict[str, Any], number: int) -> Person:
    for key in sorted(said.keys() - KNOWN):
        raise EngineError("bad_market", "leave this field out", where=f"line {number}/{key}")
    for key in NEEDED:
        if key not in said:
            raise EngineError("bad_market", "this field is missing", where=f"line {number}/{key}")
    answers = said.pop("answers", {})
    if not isinstance(answers, dict):
        raise EngineError("bad_market", "give a table of answers", where=f"line {number}/answers")
    return Person(**said, answers={key: _answer(one, number) for key, one in answers.items()})


def _answer(said: object, number: int) -> Answer:
    if not isinstance(said, dict) or said.keys() != {"value", "consented"}:
        detail = "give each answer as value and consented"
        raise EngineError("bad_market", detail, where=f"line {number}/answers")
    return Answer(value=said["value"], consented=said["consented"])
