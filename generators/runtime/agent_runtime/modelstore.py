"""Trained models on disk: immutable versions, checked when read, one of them current.

    root/versions/000001-<digest>/model.json           what the model is (JSON)
                                 /weights.safetensors  its arrays, nothing executable
    root/history.json                                  promotions and rollbacks, oldest first

A version's name ends with the start of the SHA-256 of its model.json, which holds the SHA-256 of
the weights: a changed byte in either is found on load. Each write happens beside its destination
and is moved there in one step under a lock that threads and processes share, so that a crash leaves
the old state or the new one.
"""

import fcntl
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from agent_runtime.clock import Clock, isoformat, system_clock
from agent_runtime.errors import ModelStoreError, NoModelError
from agent_runtime.modelrecords import (
    DIGEST,
    PROMOTE,
    ROLLBACK,
    SCHEMA_VERSION,
    VERSION,
    ModelRecord,
    StoredModel,
    Tensors,
    Transition,
    check_tensors,
    json_bytes,
    read_checked,
    record_of,
    short_digest,
    standing_versions,
    sync_folder,
    write_durably,
)
from agent_runtime.values import JsonObject

_KIND: Final = re.compile(r"[a-z][a-z0-9_]*")
_MODEL, _WEIGHTS = "model.json", "weights.safetensors"


class ModelStore:
    """All versions of one kind of model under one folder; safe for threads and processes."""

    def __init__(
        self, root: Path, *, kind: str = "link_model", clock: Clock = system_clock
    ) -> None:
        """Open the store, creating its folder if there is none.

        Args:
            root: folder of the store.
            kind: the only kind of model it accepts, a lower-case identifier.
            clock: stamps versions and transitions.

        Raises:
            ModelStoreError: the kind is no identifier.
        """
        if not _KIND.fullmatch(kind):
            raise ModelStoreError(f"{kind!r} is not a kind of model: use a lower-case identifier")
        self._root = root
        self._versions = root / "versions"
        self._kind = kind
        self._clock = clock
        self._versions.mkdir(parents=True, exist_ok=True)

    def save(
        self,
        tensors: Tensors,
        *,
        metrics: Mapping[str, float],
        data_digest: str,
        parents: tuple[str, ...] = (),
        details: JsonObject | None = None,
    ) -> ModelRecord:
        """Store a new version; it does not become current.

        Args:
            tensors: arrays by name, at least one, of type float32, float64 or int64.
            metrics: finite figures by name.
            data_digest: SHA-256 of the training data, 64 hex digits.
            parents: versions in this store that it descends from.
            details: JSON that the model's class needs to read it back.

        Raises:
            ModelStoreError: an argument is not as described, or a parent is not in the store.
        """
        from safetensors.numpy import save

        check_tensors(tensors)
        if not DIGEST.fullmatch(data_digest):
            raise ModelStoreError("data_digest must be 64 hex digits")
        unknown = sorted(set(parents) - set(self.versions()))
        if unknown:
            raise ModelStoreError(f"parent {unknown[0]} is not in the store")
        weights = save({name: np.ascontiguousarray(array) for name, array in tensors.items()})
        description = {
            "schema_version": SCHEMA_VERSION,
            "kind": self._kind,
            "created_at": isoformat(self._clock()),
            "metrics": dict(metrics),
            "data_digest": data_digest,
            "parents": list(parents),
            "details": details or {},
            "weights_sha256": hashlib.sha256(weights).hexdigest(),
        }
        text = json_bytes(description)
        with self._locked():
            number = 1 + max((int(version[:6]) for version in self.versions()), default=0)
            version = f"{number:06d}-{short_digest(text)}"
            incoming = self._versions / ".incoming"
            if incoming.exists():
                shutil.rmtree(incoming)
            incoming.mkdir()
            write_durably(incoming / _MODEL, text)
            write_durably(incoming / _WEIGHTS, weights)
            incoming.rename(self._versions / version)
            sync_folder(self._versions)
        return record_of(version, description)

    def versions(self) -> tuple[str, ...]:
        """Return the names of all versions, oldest first."""
        return tuple(
            sorted(path.name for path in self._versions.iterdir() if VERSION.fullmatch(path.name))
        )

    def describe(self, version: str) -> ModelRecord:
        """Return what is known about `version`; its weights are not read.

        Raises:
            ModelStoreError: it is not in the store, damaged, foreign or of another kind.
        """
        folder = self._folder(version)
        text = read_checked(folder / _MODEL)
        if short_digest(text) != version[7:]:
            raise ModelStoreError(f"{version}: {_MODEL} was changed after it was stored")
        try:
            description = json.loads(text)
            if description["schema_version"] != SCHEMA_VERSION:
                raise ModelStoreError(
                    f"{version}: schema version {description['schema_version']} cannot be read here"
                )
            record = record_of(version, description)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelStoreError(f"{version}: {_MODEL} is not a model description") from error
        if record.kind != self._kind:
            raise ModelStoreError(f"{version} is a {record.kind}, not a {self._kind}")
        return record

    def load(self, version: str) -> StoredModel:
        """Return `version` with its arrays after checking every byte.

        Raises:
            ModelStoreError: it is not in the store, damaged, foreign or of another kind.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        record = self.describe(version)
        weights = read_checked(self._folder(version) / _WEIGHTS)
        if hashlib.sha256(weights).hexdigest() != record.weights_sha256:
            raise ModelStoreError(f"{version}: {_WEIGHTS} was changed after it was stored")
        try:
            tensors = load(weights)
        except SafetensorError as error:
            raise ModelStoreError(f"{version}: {_WEIGHTS} is not a safetensors file") from error
        return StoredModel(record=record, tensors=tensors)

    def current(self) -> str:
        """Return the version in service.

        Raises:
            NoModelError: none was promoted yet.
            ModelStoreError: the history is damaged.
        """
        stack = standing_versions(self.history())
        if not stack:
            raise NoModelError("no model was promoted yet: train one first")
        return stack[-1]

    def earlier(self) -> str | None:
        """Return the version that a rollback would return to, None if there is none.

        Raises:
            ModelStoreError: the history is damaged.
        """
        before = standing_versions(self.history())[-2:-1]
        return before[0] if before else None

    def load_current(self) -> StoredModel:
        """Return the version in service with its arrays.

        Raises:
            NoModelError: none was promoted yet.
            ModelStoreError: it or the history is damaged.
        """
        return self.load(self.current())

    def promote(self, version: str, *, reason: str) -> Transition:
        """Put `version` into service after checking it; promoting the current one changes nothing.

        Raises:
            ModelStoreError: the version cannot be loaded; the one in service stays.
        """
        self.load(version)
        with self._locked():
            history = self.history()
            stack = standing_versions(history)
            if stack and stack[-1] == version:
                return history[-1]
            return self._append(history, PROMOTE, version, stack[-1] if stack else None, reason)

    def rollback(self, *, reason: str) -> Transition:
        """Return to the version that was in service before the current one was promoted.

        Raises:
            ModelStoreError: there is no earlier one, or it cannot be loaded.
        """
        with self._locked():
            history = self.history()
            stack = standing_versions(history)
            if len(stack) < 2:  # noqa: PLR2004 - the current one and one before
                raise ModelStoreError("there is no earlier version to roll back to")
            self.load(stack[-2])
            return self._append(history, ROLLBACK, stack[-2], stack[-1], reason)

    def history(self) -> tuple[Transition, ...]:
        """Return all promotions and rollbacks, oldest first.

        Raises:
            ModelStoreError: the history is damaged.
        """
        path = self._root / "history.json"
        if not path.exists():
            return ()
        try:
            entries = json.loads(read_checked(path))
            history = tuple(Transition(**entry) for entry in entries)
            standing_versions(history)
        except (ValueError, TypeError) as error:
            raise ModelStoreError("history.json is damaged") from error
        return history

    def _append(
        self,
        history: tuple[Transition, ...],
        action: str,
        version: str,
        previous: str | None,
        reason: str,
    ) -> Transition:
        transition = Transition(
            action=action,
            version=version,
            previous=previous,
            at=isoformat(self._clock()),
            reason=reason,
        )
        entries = [
            {name: getattr(entry, name) for name in Transition.__slots__}
            for entry in (*history, transition)
        ]
        beside = self._root / "history.json.new"
        write_durably(beside, json_bytes(entries))
        beside.replace(self._root / "history.json")
        sync_folder(self._root)
        return transition

    def _folder(self, version: str) -> Path:
        folder = self._versions / version
        if not VERSION.fullmatch(version) or not folder.is_dir() or folder.is_symlink():
            raise ModelStoreError(f"{version!r} is not a version in this store")
        found = sorted(path.name for path in folder.iterdir())
        if found != [_MODEL, _WEIGHTS]:
            raise ModelStoreError(f"{version} holds foreign or missing files: {found}")
        return folder

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the store's lock; `flock` also excludes threads, as each opens the file anew."""
        with (self._root / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
