"""Sealed event fields: the few personal facts that one service must tell another, unreadable to whoever reads the topics.

JWE compact serialisation (RFC 7516), direct encryption with AES-256-GCM; algorithms are pinned on reading. Each field is sealed with
the key of the person whom it is about (`kid`). The keys are in a database of their own, `<namespace>_people_keys`, wrapped by the
platform's seal: whoever holds the topics, a service's database or a backup of them has nothing without it.

Invariants:
1. Erasing a person's key erases every sealed field about her, in every copy, topic and backup of them (R14). A key never comes back:
   where it was, a tombstone stays.
2. A process forgets a key `KEY_CACHED_FOR_S` after it fetched it; from then on what was erased is gone there too.
3. A field whose key was erased reads as None, never as unreadable: whoever opens one goes on without it.
"""

import base64
import binascii
import json
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pymongo import MongoClient
from pymongo.errors import BulkWriteError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.errors import NotThere, Transient, Unreadable
from shared.kinds import Document

KEY_CACHED_FOR_S = 60.0
MAX_KEYS_CACHED = 20_000
#: People whose keys are made or fetched with one request to the database.
MAX_KEYS_AT_ONCE = 1_000
KEY_BITS = 256
#: MongoDB's error code for a unique index that refused a write.
DUPLICATE_KEY = 11000

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ALGORITHMS = ["dir", "A256GCM"]
#: Who a wrapped key says it belongs to, so that keys cannot change places unseen.
_OWNER = "of"


class PeopleKeys:
    """The keys of people, one for each member, and what is sealed with them. Safe to use from many threads."""

    def __init__(self, client: MongoClient[Document], namespace: str, platform: OctKey) -> None:
        self._keys = client[f"{namespace}_people_keys"].get_collection(
            "keys", read_concern=ReadConcern("majority"), write_concern=WriteConcern("majority", j=True)
        )
        self._platform = platform
        self._lock = threading.Lock()
        self._cached: dict[str, tuple[OctKey, float]] = {}

    def make(self, people: Iterable[str]) -> None:
        """Make the keys of these people, many with one request, before the change that seals for them. A key that is there stays."""
        wanted = list(dict.fromkeys(people))
        for start in range(0, len(wanted), MAX_KEYS_AT_ONCE):
            self._make(wanted[start : start + MAX_KEYS_AT_ONCE])

    def seal(self, person: str, content: dict[str, Any]) -> str:
        """The content as a JWE under the person's key, which is made where she has none. `NotThere` where it was erased."""
        if (key := self._fetched([person]).get(person)) is None:
            self._make([person])
            key = self._fetched([person]).get(person)
        if key is None:
            raise NotThere("member")
        return _write(content, key, kid=person)

    def unseal(self, sealed: str) -> dict[str, Any] | None:
        """What was sealed, or None where the person's key was erased.

        `Unreadable` where it was not sealed here, or changed since; `Transient` where the keys do not answer.
        """
        person = _sealed_for(sealed)
        key = self._fetched([person]).get(person)
        return None if key is None else _read(sealed, key)

    def fetch(self, sealed: Iterable[str]) -> None:
        """Have the keys of these fields at hand, so that opening them asks the database nothing. Only saves time: failure is no matter."""
        people = []
        for each in sealed:
            try:
                people.append(_sealed_for(each))
            except Unreadable:
                continue
        try:
            self._fetched(people)
        except Transient:
            return

    def erase(self, person: str) -> None:
        """Delete the person's key, and with it all that was sealed with it. Safe to repeat; also where there never was one."""
        try:
            self._keys.replace_one({"_id": person}, {"erased": True}, upsert=True)
        except PyMongoError as error:
            raise Transient("the keys of people do not answer") from error
        with self._lock:
            self._cached.pop(person, None)

    def _make(self, people: list[str]) -> None:
        made = {person: OctKey.generate_key(KEY_BITS, private=True) for person in people}
        new = [
            {"_id": person, "key": _write({_OWNER: person, **key.as_dict(private=True)}, self._platform)}
            for person, key in made.items()
        ]
        try:
            self._keys.insert_many(new, ordered=False)
        except BulkWriteError as error:
            if any(write["code"] != DUPLICATE_KEY for write in error.details.get("writeErrors", ())):
                raise Transient("the keys of people could not be kept") from error
        except PyMongoError as error:
            raise Transient("the keys of people do not answer") from error
        else:
            self._remember(made)

    def _fetched(self, people: Sequence[str]) -> dict[str, OctKey]:
        """The keys of these people, of those who have one."""
        now = time.monotonic()
        with self._lock:
            cached = {person: self._cached[person] for person in people if person in self._cached}
        keys = {person: key for person, (key, until) in cached.items() if now < until}
        missing = [person for person in people if person not in keys]
        for start in range(0, len(missing), MAX_KEYS_AT_ONCE):
            keys |= self._read_keys(missing[start : start + MAX_KEYS_AT_ONCE])
        return keys

    def _read_keys(self, people: list[str]) -> dict[str, OctKey]:
        try:
            found = list(self._keys.find({"_id": {"$in": people}, "key": {"$exists": True}}))
        except PyMongoError as error:
            raise Transient("the keys of people do not answer") from error
        keys = {}
        for document in found:
            content = _read(document["key"], self._platform)
            if content.pop(_OWNER, None) != document["_id"]:
                raise Unreadable("a person's key stands in another's place")
            keys[str(document["_id"])] = OctKey.import_key(content)
        self._remember(keys)
        return keys

    def _remember(self, keys: dict[str, OctKey]) -> None:
        until = time.monotonic() + KEY_CACHED_FOR_S
        with self._lock:
            if len(self._cached) + len(keys) > MAX_KEYS_CACHED:
                self._cached.clear()
            self._cached |= {person: (key, until) for person, key in keys.items()}


def _write(content: dict[str, Any], key: OctKey, **header: str) -> str:
    text = json.dumps(content, ensure_ascii=False).encode()
    return jwe.encrypt_compact({**_HEADER, **header}, text, key, algorithms=_ALGORITHMS)


def _read(sealed: str, key: OctKey) -> dict[str, Any]:
    try:
        opened = jwe.decrypt_compact(sealed, key, algorithms=_ALGORITHMS)
        content = json.loads(opened.plaintext or b"null")
    except (JoseError, ValueError) as error:
        raise Unreadable(f"a sealed field does not open: {type(error).__name__}") from error
    if not isinstance(content, dict):
        raise Unreadable("a sealed field holds no object")
    return content


def _sealed_for(sealed: str) -> str:
    """The person under whose key the field is sealed, as its header says; whether that is true is seen when it opens."""
    header = sealed.partition(".")[0]
    try:
        person = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise Unreadable("a sealed field does not say whose it is") from error
    if not isinstance(person, str):
        raise Unreadable("a sealed field does not say whose it is")
    return person
