"""Confidential text: field by field, under one data key per relationship and service (R14).

MongoDB's explicit client-side encryption (AEAD_AES_256_CBC_HMAC_SHA_512, random); data keys live in a key vault collection of the
service, wrapped by the platform's root key. Erasing a relationship's key erases its text, in every copy and backup of the documents.

Invariants:
1. Text is encrypted before a transaction opens and decrypted after it was read: no key is fetched inside a transaction.
2. A process forgets a data key `KEY_CACHED_FOR_MS` after it fetched it; from then on erased text is gone there too.
"""

import threading

from bson.binary import UUID_SUBTYPE, Binary
from bson.codec_options import CodecOptions
from pymongo import MongoClient
from pymongo.encryption import ClientEncryption
from pymongo.errors import DuplicateKeyError, EncryptionError, PyMongoError

from shared.errors import Transient
from shared.kinds import Document

KEY_CACHED_FOR_MS = 60_000
ALGORITHM = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
KEYS_COLLECTION = "text_keys"
#: BSON's binary subtype of client-side encrypted values.
ENCRYPTED_SUBTYPE = 6


class Vault:
    """Encrypts and decrypts the confidential text of one service. Safe to use from many threads."""

    def __init__(self, client: MongoClient[Document], database: str, root: bytes) -> None:
        self._client = client
        self._database = database
        self._root = root
        self._lock = threading.Lock()
        self._encryption: ClientEncryption[Document] | None = None

    def hide(self, relationship: str, text: str) -> bytes:
        """The text as ciphertext under the relationship's key, which is made on first use."""
        key = self._key(relationship)
        return bytes(self._open().encrypt(text, ALGORITHM, key_id=key))

    def show(self, hidden: bytes) -> str | None:
        """The text again, or None where its key was erased. `Transient` where the key vault does not answer."""
        try:
            return str(self._open().decrypt(Binary(hidden, ENCRYPTED_SUBTYPE)))
        except EncryptionError as error:
            if isinstance(error.cause, PyMongoError):
                raise Transient("the key vault does not answer") from error
            return None  # all that is left to miss is the key

    def erase(self, relationship: str) -> None:
        """Delete the relationship's key, and with it every text that was hidden under it. Never inside a transaction: `shared.erasing`."""
        encryption = self._open()
        if (document := encryption.get_key_by_alt_name(relationship)) is not None:
            encryption.delete_key(document["_id"])

    def prepare(self) -> None:
        """Create what the vault needs in the database; safe to repeat. Part of `cairn init`."""
        keys = self._client[self._database][KEYS_COLLECTION]
        keys.create_index(
            "keyAltNames", unique=True, partialFilterExpression={"keyAltNames": {"$exists": True}}
        )

    def _key(self, relationship: str) -> Binary:
        encryption = self._open()
        document = encryption.get_key_by_alt_name(relationship)
        if document is not None:
            return Binary(document["_id"], UUID_SUBTYPE)
        try:
            return encryption.create_data_key("local", key_alt_names=[relationship])
        except (DuplicateKeyError, EncryptionError):
            return self._key(relationship)

    def _open(self) -> ClientEncryption[Document]:
        with self._lock:
            if self._encryption is None:
                self._encryption = ClientEncryption(
                    {"local": {"key": self._root}},
                    f"{self._database}.{KEYS_COLLECTION}",
                    self._client,
                    CodecOptions(),
                    key_expiration_ms=KEY_CACHED_FOR_MS,
                )
            return self._encryption
