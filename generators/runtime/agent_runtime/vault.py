"""The vault of personal data: one key a person, and what that key seals.

Each person's data is sealed with a key of that person (AES-256-GCM); the keys lie here and nowhere
else, wrapped by a master key that lies elsewhere. Erasing a person destroys the key: every copy of
the sealed text, in any memory layer, log or archive, is then noise.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent_runtime.clock import Clock
from agent_runtime.database import Database
from agent_runtime.errors import ConfigError, InputBoundsError, MemoryLayerError
from agent_runtime.jsontext import canonical_json
from agent_runtime.secretfile import read_or_make
from agent_runtime.values import JsonObject, JsonValue

SEALED: Final = "sealed"
PERSON: Final = "person"
"""The two fields of the object that stands where a personal value stood."""

ERASED: Final = "erased"
"""What is read where a person was erased."""

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_REFERENCE_DIGITS: Final = 32

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS persons (
    person TEXT PRIMARY KEY,
    wrapped BLOB,
    created_at REAL NOT NULL,
    erased_at REAL
) WITHOUT ROWID;
"""


def open_vault(path: Path, key: Path, clock: Clock) -> "SubjectVault":
    """Open the vault at `path` under the master key in the file `key`, which is made if missing.

    Raises:
        ConfigError: the key file cannot be used or holds no key, or is not there although there
            is a vault: a new key would open nothing in it.
        MemoryLayerError: the vault cannot be opened.
    """
    if path.exists() and not key.exists():
        raise ConfigError(f"the vault needs its master key: put {key.name} back where it was")
    text = read_or_make(
        key, lambda: os.urandom(KEY_BYTES).hex(), what="the master key of personal data"
    )
    try:
        master = bytes.fromhex(text.strip())
    except ValueError as error:
        raise ConfigError(f"{key.name} holds no key in hexadecimal digits") from error
    return SubjectVault(path, master, clock)


class SubjectVault:
    """The keys of persons, each wrapped by the vault's own key. Safe for threads and processes."""

    def __init__(self, path: Path, master: bytes, clock: Clock) -> None:
        """Open the vault at `path`.

        Args:
            path: the file of wrapped keys.
            master: 32 secret bytes that wrap them; kept elsewhere than the file.
            clock: stamps creation and erasure.

        Raises:
            ConfigError: the master key is not 32 bytes long.
            MemoryLayerError: the file cannot be opened.
        """
        if len(master) != KEY_BYTES:
            raise ConfigError(f"the master key of personal data has {KEY_BYTES} bytes")
        self._wrapping = AESGCM(master)
        self._naming = hashlib.sha256(b"reference\0" + master).digest()
        self._clock = clock
        self._database = Database(path, _TABLES, durable=True)

    def reference(self, subject: str) -> str:
        """Return the name that stands for a person in sealed data: not to be guessed without us."""
        digest = hmac.new(self._naming, subject.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return digest.hexdigest()[:_REFERENCE_DIGITS]

    def seal(self, subject: str, field: str, value: JsonValue) -> JsonObject:
        """Return what stands for `value`, the personal `field` of the person `subject`.

        Raises:
            InputBoundsError: the person was erased; nothing about them is taken in again.
            MemoryLayerError: the vault failed.
        """
        person = self.reference(subject)
        nonce = os.urandom(_NONCE_BYTES)
        text = canonical_json(value).encode("ascii")
        sealed = self._key(person).encrypt(nonce, text, _context(person, field))
        return {PERSON: person, SEALED: base64.b64encode(nonce + sealed).decode("ascii")}

    def open(self, field: str, sealed: JsonObject) -> JsonValue:
        """Return the value that was sealed, or `ERASED` if the person was erased since.

        Raises:
            MemoryLayerError: it was not sealed here as this field, or was damaged.
        """
        person = str(sealed.get(PERSON))
        wrapped = self._wrapped(person)
        if wrapped is None:
            return ERASED
        try:
            data = base64.b64decode(str(sealed.get(SEALED)), validate=True)
            text = self._unwrapped(person, wrapped).decrypt(
                data[:_NONCE_BYTES], data[_NONCE_BYTES:], _context(person, field)
            )
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise MemoryLayerError(f"the sealed field {field!r} is damaged") from error
        value: JsonValue = json.loads(text)
        return value

    def erase(self, subject: str) -> bool:
        """Destroy the key of a person for good; tell whether there was one.

        Raises:
            MemoryLayerError: the vault failed; the key may still be there.
        """
        return self.erase_references([self.reference(subject)]) > 0

    def erase_references(self, persons: Iterable[str]) -> int:
        """Destroy the keys of persons given by reference; return how many keys there were.

        After an older vault was restored, give it what `erasures` of the newer one returned.

        Raises:
            MemoryLayerError: the vault failed; keys may still be there.
        """
        erased = 0
        with self._database.write() as connection:
            for person in persons:
                erased += connection.execute(
                    "UPDATE persons SET wrapped = NULL, erased_at = ? "
                    "WHERE person = ? AND wrapped IS NOT NULL",
                    (self._clock(), person),
                ).rowcount
        self._database.rows("VACUUM")  # no page keeps what was overwritten,
        self._database.rows("PRAGMA wal_checkpoint(TRUNCATE)")  # and neither does the log
        return erased

    def erasures(self) -> tuple[str, ...]:
        """Return the references of all erased persons, to be kept beside backups of the vault.

        Raises:
            MemoryLayerError: the vault failed.
        """
        rows = self._database.rows("SELECT person FROM persons WHERE wrapped IS NULL ORDER BY 1")
        return tuple(str(row[0]) for row in rows)

    def erased(self, subject: str) -> bool:
        """Tell whether a person was erased.

        Raises:
            MemoryLayerError: the vault failed.
        """
        rows = self._database.rows(
            "SELECT 1 FROM persons WHERE person = ? AND wrapped IS NULL",
            (self.reference(subject),),
        )
        return bool(rows)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _key(self, person: str) -> AESGCM:
        """Return the key of a person; one that is new gets a key."""
        key = AESGCM.generate_key(KEY_BYTES * 8)
        nonce = os.urandom(_NONCE_BYTES)
        fresh = nonce + self._wrapping.encrypt(nonce, key, person.encode("ascii"))
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO persons (person, wrapped, created_at) VALUES (?, ?, ?)",
                (person, fresh, self._clock()),
            )
        wrapped = self._wrapped(person)
        if wrapped is None:
            raise InputBoundsError("this person was erased: nothing about them is kept any more")
        return self._unwrapped(person, wrapped)

    def _wrapped(self, person: str) -> bytes | None:
        rows = self._database.rows("SELECT wrapped FROM persons WHERE person = ?", (person,))
        if not rows:
            raise MemoryLayerError("data was sealed for a person whom this vault does not know")
        wrapped = rows[0][0]
        return wrapped if isinstance(wrapped, bytes) else None

    def _unwrapped(self, person: str, wrapped: bytes) -> AESGCM:
        try:
            key = self._wrapping.decrypt(
                wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], person.encode("ascii")
            )
        except InvalidTag as error:
            raise MemoryLayerError("the vault was written under another master key") from error
        return AESGCM(key)


def _context(person: str, field: str) -> bytes:
    """What a sealed text is bound to: it cannot be moved to another person or field."""
    return f"{person}/{field}".encode("utf-8", "surrogatepass")
