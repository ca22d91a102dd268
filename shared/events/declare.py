"""How an event is declared: a frozen dataclass, past tense, small, without personal text; its docstring is its documentation.

Invariants:
1. A type string names one class for ever. Inside a major version only optional fields are added; anything else is a new version.
2. A field's type is one that JSON Schema can say: str, int, bool, datetime, an enumeration by `Literal`, or tuples of these.
3. A field whose name starts with `sealed_` holds a JWE under the key of one person, which only services with the platform's seal
   can fetch, and nobody once she was erased (`shared.seal`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from shared.errors import Unreadable

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Declared:
    """What is known of an event class: its CloudEvents type (`name`), who announces it, and the kind of aggregate it is about.

    `since` is the version of the public contract in which the type first appeared (`shared.events.contract`).
    """

    name: str
    service: str
    about: str
    public: bool
    since: str
    fact: type[Any]


EVENTS: dict[str, Declared] = {}
_BY_CLASS: dict[type[Any], Declared] = {}
_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {}


def event(
    word: str, *, service: str, about: str, public: bool = False, since: str = "1.0"
) -> Callable[[type[F]], type[F]]:
    """Declare a dataclass as the event `cairn.<word>`, for example `relationship.started.v1`."""

    def declare(fact: Any) -> Any:
        name = f"cairn.{word}"
        if name in EVENTS:
            raise ValueError(f"{name} is declared twice")
        made = Declared(name, service, about, public, since, fact)
        EVENTS[name] = made
        _BY_CLASS[fact] = made
        _DECODERS[name] = msgspec.json.Decoder(fact)
        return fact

    return declare


def declared(fact: Any) -> Declared:
    """The declaration of a fact or of its class."""
    return _BY_CLASS[fact if isinstance(fact, type) else type(fact)]


def write_fact(fact: Any) -> str:
    """The fact's data as the JSON text that goes over the wire and stays in the store."""
    return _ENCODER.encode(fact).decode()


def read_fact(name: str, data: bytes) -> Any:
    """The fact that JSON bytes hold, or `Unreadable`. Fields that this version does not know are ignored."""
    decoder = _DECODERS.get(name)
    if decoder is None:
        raise Unreadable(f"unknown type {name[:200]}")
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not a {name}: {error}") from error
