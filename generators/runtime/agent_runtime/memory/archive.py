"""Archive: immutable, versioned, checksummed objects under one prefix an agent."""

import hashlib
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore

from agent_runtime.clock import Clock
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.memory.topology import ArchiveSpec

_SEGMENT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_VERSION: Final = re.compile(r"\d{14}-[0-9a-f]{64}")
MS_A_DAY: Final = 86_400_000
MAX_SEGMENTS: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveVersion:
    """One immutable version of an object.

    Attributes:
        key: the object's path below the agent's prefix.
        version: time stamp and digest; versions of a key sort by age.
        size: bytes.
    """

    key: str
    version: str
    size: int

    @property
    def stored_ms(self) -> int:
        """When it was stored, in milliseconds since the epoch."""
        return int(self.version[:14])

    @property
    def sha256(self) -> str:
        """The digest of its bytes, 64 hexadecimal digits."""
        return self.version[15:]


class Archive(Protocol):
    """Long-term storage of whole objects."""

    def put(self, key: str, data: bytes) -> ArchiveVersion:
        """Store a new version of `key`; older versions stay as they are."""

    def get(self, key: str, version: str | None = None) -> bytes:
        """Return the bytes of a version, by default the newest, checked against its digest."""

    def versions(self, key: str) -> tuple[ArchiveVersion, ...]:
        """Return all versions of `key`, oldest first."""

    def keys(self, prefix: str = "") -> tuple[str, ...]:
        """Return the keys that have a version and start with `prefix`, sorted."""

    def purge(self) -> int:
        """Remove versions past the declared retention and return how many there were."""

    def close(self) -> None:
        """Release what the layer holds open."""


class ObjectArchive:
    """The archive on any object store: ``<prefix>/<key>/<time>-<sha256>``.

    The name of a version holds its digest, so two writers can never replace each other's bytes,
    with or without conditional writes in the store.
    """

    def __init__(self, store: ObjectStore, spec: ArchiveSpec, clock: Clock) -> None:
        self._store = store
        self._spec = spec
        self._clock = clock
        self._guard = threading.Lock()

    def put(self, key: str, data: bytes) -> ArchiveVersion:
        """Store `data` as the newest version of `key`.

        The same bytes again, while they are the newest version, make no new version.

        Raises:
            InputBoundsError: the key is no relative path of plain names.
            MemoryLayerError: the store failed.
        """
        digest = hashlib.sha256(data).hexdigest()
        with self._guard:
            known = self.versions(key)
            if known and known[-1].sha256 == digest:
                return known[-1]
            stamp = int(self._clock() * 1000)
            if known:  # strictly newer than the newest, whatever the clock says
                stamp = max(stamp, known[-1].stored_ms + 1)
            stored = ArchiveVersion(key=key, version=f"{stamp:014d}-{digest}", size=len(data))
            try:
                obstore.put(self._store, self._path(key, stored.version), data)
            except (BaseError, OSError) as error:
                raise MemoryLayerError(f"archive: {error}") from error
        return stored

    def get(self, key: str, version: str | None = None) -> bytes:
        """Return the bytes of `version` of `key`, by default the newest.

        Raises:
            InputBoundsError: there is no such key or version, or it is malformed.
            MemoryLayerError: the store failed, or the bytes do not match their digest.
        """
        if version is None:
            known = self.versions(key)
            if not known:
                raise InputBoundsError(f"nothing is archived under {key!r}")
            version = known[-1].version
        elif not _VERSION.fullmatch(version):
            raise InputBoundsError(f"{version!r} is no version")
        try:
            data = bytes(obstore.get(self._store, self._path(key, version)).bytes())
        except FileNotFoundError as error:
            raise InputBoundsError(f"{key!r} has no version {version!r}") from error
        except (BaseError, OSError) as error:
            raise MemoryLayerError(f"archive: {error}") from error
        if hashlib.sha256(data).hexdigest() != version[15:]:
            raise MemoryLayerError(f"archive: {key!r} {version!r} does not match its digest")
        return data

    def versions(self, key: str) -> tuple[ArchiveVersion, ...]:
        """Return all versions of `key`, oldest first.

        Raises:
            InputBoundsError: the key is no relative path of plain names.
            MemoryLayerError: the store failed.
        """
        return tuple(found for found in self._list(_checked(key)) if found.key == key)

    def keys(self, prefix: str = "") -> tuple[str, ...]:
        """Return the keys that start with `prefix`, sorted.

        Raises:
            MemoryLayerError: the store failed.
        """
        found = {version.key for version in self._list("")}
        return tuple(sorted(key for key in found if key.startswith(prefix)))

    def purge(self) -> int:
        """Remove versions older than the declared retention and return how many there were.

        Raises:
            MemoryLayerError: the store failed.
        """
        if self._spec.retention_days is None:
            return 0
        oldest = int(self._clock() * 1000) - self._spec.retention_days * MS_A_DAY
        stale = [found for found in self._list("") if found.stored_ms < oldest]
        for found in stale:
            try:
                obstore.delete(self._store, self._path(found.key, found.version))
            except (BaseError, OSError) as error:
                raise MemoryLayerError(f"archive: {error}") from error
        return len(stale)

    def close(self) -> None:
        """Nothing is held open."""

    def _path(self, key: str, version: str) -> str:
        return f"{self._spec.prefix}/{_checked(key)}/{version}"

    def _list(self, key: str) -> list[ArchiveVersion]:
        root = f"{self._spec.prefix}/"
        try:
            objects = obstore.list(self._store, root + key).collect()
        except (BaseError, OSError) as error:
            raise MemoryLayerError(f"archive: {error}") from error
        found = []
        for item in objects:
            name, _, version = item["path"].removeprefix(root).rpartition("/")
            if _VERSION.fullmatch(version):
                found.append(ArchiveVersion(key=name, version=version, size=item["size"]))
        return sorted(found, key=lambda each: (each.key, each.version))


def open_local_archive(root: Path, spec: ArchiveSpec, clock: Clock) -> ObjectArchive:
    """Open an archive in the folder `root`, which is created.

    Raises:
        MemoryLayerError: the folder cannot be made.
    """
    try:
        store = LocalStore(root, mkdir=True)
    except (BaseError, OSError) as error:
        raise MemoryLayerError(f"archive: {error}") from error
    return ObjectArchive(store, spec, clock)


def _checked(key: str) -> str:
    segments = key.split("/")
    if len(segments) > MAX_SEGMENTS or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise InputBoundsError(f"archive key {key!r} is no relative path of plain names")
    return key
