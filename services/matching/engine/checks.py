"""Bounds checks that the rules and the people share. Each returns the value it was given, or raises
`EngineError`."""

from collections.abc import Collection, Iterable, Mapping

from services.matching.engine.errors import EngineError

TEXT_MAX_CHARS = 100


def whole(value: object, low: int, high: int, where: str) -> int:
    """A whole number from `low` to `high`; True, 1.0 and "1" are not whole numbers."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise EngineError("bad_value", f"give a whole number from {low} to {high}", where=where)
    if not low <= value <= high:
        raise EngineError("out_of_bounds", f"give a whole number from {low} to {high}", where=where)
    return value


def flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise EngineError("bad_value", "give true or false", where=where)
    return value


def text(value: object, where: str) -> str:
    """A name, slug or id: 1 to 100 characters."""
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX_CHARS:
        raise EngineError("bad_value", f"give a text of 1 to {TEXT_MAX_CHARS} characters", where=where)
    return value


def one_of(value: object, allowed: Collection[str], where: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise EngineError("bad_value", f"give one of: {', '.join(sorted(allowed))}", where=where)
    return value


def texts(value: object, most: int, where: str) -> frozenset[str]:
    """A collection of names without regard to order or repeats; a lone text is refused, it would be read
    letter by letter."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Collection):
        raise EngineError("bad_value", "give a list of texts", where=where)
    _few(value, most, where)
    return frozenset(text(one, where) for one in value)


def numbers(value: object, low: int, high: int, most: int, where: str) -> frozenset[int]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Collection):
        raise EngineError("bad_value", "give a list of whole numbers", where=where)
    _few(value, most, where)
    return frozenset(whole(one, low, high, where) for one in value)


def levels(value: object, low: int, high: int, most: int, where: str) -> dict[str, int]:
    """A table from a slug to a whole number, in the slugs' order."""
    entries = table(value, most, where)
    return {key: whole(entries[key], low, high, f"{where}/{key}") for key in sorted(entries)}


def table(value: object, most: int, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise EngineError("bad_value", "give a table of names and values", where=where)
    _few(value, most, where)
    for key in value:
        text(key, where)
    return value


def only(keys: Iterable[str], allowed: Collection[str], code: str, where: str) -> None:
    """Refuse any key that is not allowed; the first in alphabetical order is named."""
    for key in sorted(keys):
        if key not in allowed:
            raise EngineError(
                code,
                f"{key!r} is not known here; known: {', '.join(sorted(allowed))}",
                where=f"{where}/{key}",
            )


def _few(value: Collection[object], most: int, where: str) -> None:
    if len(value) > most:
        raise EngineError("too_many", f"give at most {most}, not {len(value)}", where=where)
