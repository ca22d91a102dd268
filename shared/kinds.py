"""How values become documents and come back: a `Kind` for each collection of values, and the one codec between them.

Invariants:
1. A document is its value's fields, with `id` kept as `_id`, plus three fields of the store: `_rev`, how often it was saved; `_seq`, how
   many events it has announced; `_pos`, where the last of them stands in the outbox.
2. Reading ignores what it does not know, so that an older process reads a newer one's documents.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, cast

import msgspec

Document = dict[str, Any]


class Identified(Protocol):
    """What every stored value has: its id and the chapter it belongs to."""

    @property
    def id(self) -> str: ...
    @property
    def chapter(self) -> str: ...


V = TypeVar("V", bound=Identified)


@dataclass(frozen=True, slots=True)
class Kind(Generic[V]):
    """One kind of stored value: `name` is its word in event sources and errors, `collection` where it is kept."""

    name: str
    collection: str
    value: type[V]


@dataclass(frozen=True, slots=True)
class Index:
    """An index that a service needs. `keys` as MongoDB writes them; `only` is a partial filter; `expires_s` makes it a TTL index."""

    collection: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    sparse: bool = False
    only: tuple[tuple[str, Any], ...] = ()
    expires_s: int | None = None


def to_document(value: Identified) -> Document:
    """The fields of a value as MongoDB keeps them."""
    fields = cast(Document, msgspec.to_builtins(value, builtin_types=(datetime, bytes), enc_hook=_plain))
    fields["_id"] = fields.pop("id")
    return fields


def _plain(value: Any) -> Any:
    """A number that MongoDB gave back as one of 64 bits, inside what has no type of its own."""
    if isinstance(value, int):
        return int(value)
    raise NotImplementedError(f"a {type(value).__name__} cannot be kept")


def from_document(kind: Kind[V], document: Document) -> V:
    """The value that a document holds. A document that does not fit is our own fault: `msgspec.ValidationError`."""
    return msgspec.convert({**document, "id": document["_id"]}, kind.value, builtin_types=(datetime, bytes))
