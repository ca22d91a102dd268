"""Plants a marker in every free-text field, through the request that takes it, as whoever may send it.

It knows no field by name: it builds each body from its schema, tries it as each of the people on each thing that the path can name, and
counts a field as planted once such a request was answered with success.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from operate.verify.fields import Field, body_schema, free_text, is_text, resolved, why_public
from operate.verify.markers import Markers, Readers
from operate.verify.system import Reply, System
from shared.clock import system_clock

#: Things of one kind that are tried in a path, and choices of a body's enumerations.
MAX_THINGS = 6
MAX_CHOICES = 8
#: Where a kind of thing is called otherwise in a path.
CALLED = {
    "introductions": "relationships",
    "pairs": "relationships",
    "requests": "relationships",
    "certificate": "certificates",
}
NAMED_THING = re.compile(r"{[^}]*}")
#: Fields that others than the two of a pair may read; `author` is read by nobody else, not even the partner.
READERS: tuple[tuple[str, Readers], ...] = (
    ("/api/profiles/v1/me/reports", "report"),
    ("/api/profiles/v1/members", "personal"),
    ("/api/profiles/v1/me", "personal"),
    ("/api/notifications/v1/me/settings", "personal"),
    ("/api/sessions/v1/pairs/{id}/notes", "author"),  # a note that is not said to be shared
)
#: Fields that take free text of one shape only.
SHAPES = {"PATCH /api/notifications/v1/me/settings /chat": "json://127.0.0.1:9/{}"}
#: Whom a field means by its name, where that is not a role of the journey.
NAMED = {"about": "stranger", "member": "stranger", "to": "stranger"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the journey: `role` is how the report calls her."""

    role: str
    mail: str
    member: str
    token: str


@dataclass(slots=True)
class Garden:
    """What is planted where, and the things that paths can name, by kind."""

    system: System
    markers: Markers
    specs: dict[str, Any]
    #: The platform's time when the journey began.
    now: datetime = field(default_factory=system_clock)
    people: dict[str, Person] = field(default_factory=dict)
    things: dict[str, list[str]] = field(default_factory=dict)
    #: Pages that the two could open while their relationship ran.
    addresses: dict[str, None] = field(default_factory=dict)
    done: set[Field] = field(default_factory=set)
    #: What each of the people was answered last who tried a field.
    refused: dict[Field, dict[str, str]] = field(default_factory=dict)

    def fields(self) -> frozenset[Field]:
        """Every free-text field that is not declared public."""
        return frozenset(each for each in free_text(self.specs) if not why_public(each))

    def missing(self) -> list[Field]:
        """Fields that are neither planted nor declared public."""
        return sorted(self.fields() - self.done, key=str)

    def ask(self, method: str, path: str, by: str = "", body: Any = None) -> Reply:
        """A request by one of the people; what it made or listed can be named from now on."""
        token = self.people[by].token if by else None
        reply = self.system.ask(method, path, token=token, body=body)
        if reply.status < 300:
            self.learn(path, reply)
        return reply

    def plant(self) -> int:
        """Plant what can be planted now; returns how many fields that were."""
        before = len(self.done)
        wanted: dict[tuple[str, str], set[Field]] = {}
        for each in self.missing():
            wanted.setdefault((each.method, each.path), set()).add(each)
        for (method, path), fields in wanted.items():
            self._plant(method, path, fields)
        return len(self.done) - before

    def paths(self, path: str) -> Iterator[str]:
        """The path with the things that it can name."""
        segments = path.split("/")
        kinds = [
            "codes" if segment.startswith("{code}") else CALLED.get(segments[place - 1], segments[place - 1])
            for place, segment in enumerate(segments)
            if segment.startswith("{")
        ]
        for ids in product(*(self.things.get(kind, [])[-MAX_THINGS:] for kind in kinds)):
            named = path
            for id in ids:
                named = NAMED_THING.sub(id, named, count=1)
            yield named

    def learn(self, path: str, reply: Reply) -> None:
        """Remember the ids that an answer names, as the kind that its path does."""
        kind = [segment for segment in path.split("?")[0].split("/") if segment][-1]
        kind = CALLED.get(kind, kind)
        try:
            answer = json.loads(reply.content)
        except ValueError:
            return
        if not isinstance(answer, dict):
            return
        for each in (answer, *(answer.get("items") or ())):
            if not isinstance(each, dict):
                continue
            known, codes = self.things.setdefault(kind, []), self.things.setdefault("codes", [])
            id, code = each.get("id"), each.get("code")
            if isinstance(id, str) and "_" in id and id not in known and "_" not in kind:
                known.append(id)
            if isinstance(code, str) and kind == "certificates" and code not in codes:
                codes.append(code)

    def _plant(self, method: str, path: str, fields: set[Field]) -> None:
        readers: Readers = next((readers for prefix, readers in READERS if path == prefix), "pair")
        for by, named in product(("mentee", "mentor", "staff"), list(self.paths(path))):
            for choice in range(MAX_CHOICES):
                filling = Filling(self, method, path, fields, readers, choice)
                reply = self.ask(method, named, by, filling.body())
                if reply.status < 300:
                    self.done |= filling.written
                    return
                answer = f"{by} got {reply.status} {reply.content[:200].decode(errors='replace')}"
                for each in fields:
                    self.refused.setdefault(each, {})[by] = answer
                if reply.status != 422:
                    break


@dataclass(slots=True)
class Filling:
    """One body for a request, with a marker in each of the fields that are to be planted: its `choice` among what a schema offers."""

    garden: Garden
    method: str
    path: str
    fields: set[Field]
    readers: Readers
    choice: int
    written: set[Field] = field(default_factory=set)

    def body(self) -> dict[str, Any]:
        """The body, with what its schema demands and with what is to be planted."""
        return self._object(body_schema(self._spec, self.method, self.path), "")

    @property
    def _spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = self.garden.specs[self.path.split("/")[2]]
        return spec

    def _object(self, schema: dict[str, Any], pointer: str) -> dict[str, Any]:
        needed = set(schema.get("required", ()))
        return {
            name: self._value(inner, f"{pointer}/{name}", name)
            for name, inner in schema.get("properties", {}).items()
            if name in needed or any(each.pointer.startswith(f"{pointer}/{name}") for each in self.fields)
        }

    def _value(self, schema: dict[str, Any], pointer: str, name: str) -> Any:
        schema = resolved(self._spec, schema)
        here = Field(self.method, self.path, pointer)
        if here in self.fields:
            self.written.add(here)
            return _sentence(here, schema, self.garden.markers.new(str(here), self.readers))
        if "enum" in schema:
            return schema["enum"][self.choice % len(schema["enum"])]
        match schema.get("type"):
            case "array":
                least = max(1, schema.get("minItems", 1))
                return [self._value(schema.get("items", {}), f"{pointer}/*", name) for _ in range(least)]
            case "boolean":
                return self.choice % 2 == 0
            case "integer" | "number":
                return max(1, schema.get("minimum", 1))
            case "object":
                return self._object(schema, pointer)
        match schema.get("format"):
            case "date-time":
                return (self.garden.now + timedelta(days=2)).isoformat()
            case "email":
                return f"{self.garden.markers.drawn}.somebody@example.org"
        return self._named(name) if is_text(schema) else None

    def _named(self, name: str) -> str:
        """Whom or what a field names, by what it is called."""
        role = NAMED.get(name, name)
        if role in self.garden.people:
            return self.garden.people[role].member
        return next(iter(self.garden.things.get(f"{name}s", [])), name)


def _sentence(field: Field, schema: dict[str, Any], marker: str) -> str:
    """Words around a marker, as far as there is room for them; letters and spaces, which every text may hold."""
    if str(field) in SHAPES:
        return SHAPES[str(field)].format(marker)
    words = f"What I keep to myself {marker} is this"
    return words if len(words) <= schema.get("maxLength", len(words)) else marker
