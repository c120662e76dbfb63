"""What the model store keeps about a version and its history, and the files it keeps it in.

Everything read here may have been tampered with: it is checked and refused, never repaired.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import ModelStoreError
from agent_runtime.values import JsonObject

Tensor = NDArray[np.float32] | NDArray[np.float64] | NDArray[np.int64]
Tensors = Mapping[str, Tensor]

SCHEMA_VERSION: Final = 1
LARGEST_FILE: Final = 2 * 1024**3
VERSION: Final = re.compile(r"[0-9]{6}-[0-9a-f]{16}")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_DTYPES: Final = frozenset({"float32", "float64", "int64"})
PROMOTE, ROLLBACK = "promote", "rollback"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRecord:
    """What is known about a version without reading its weights.

    Attributes:
        version: its name in the store.
        kind: which class can read it.
        created_at: ISO 8601 in UTC.
        metrics: figures measured when it was trained.
        data_digest: SHA-256 of the data it learnt from.
        parents: versions it descends from.
        details: whatever else its class needs, as JSON.
        weights_sha256: checksum of the weights file.
    """

    version: str
    kind: str
    created_at: str
    metrics: Mapping[str, float]
    data_digest: str
    parents: tuple[str, ...]
    details: JsonObject
    weights_sha256: str


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredModel:
    """A version whose checksums have been verified."""

    record: ModelRecord
    tensors: Tensors


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """One entry of the history: what became current, and instead of what."""

    action: str
    version: str
    previous: str | None
    at: str
    reason: str


def standing_versions(history: tuple[Transition, ...]) -> list[str]:
    """Replay the history: the versions that stand, the current one last.

    Raises:
        TypeError: an entry has fields of another type.
        ValueError: an entry does not follow from those before it.
    """
    stack: list[str] = []
    for entry in history:
        if not VERSION.fullmatch(entry.version):
            raise ValueError(f"{entry.version!r} is not a version")
        if entry.action == PROMOTE:
            stack.append(entry.version)
        elif entry.action == ROLLBACK and stack[-2:-1] == [entry.version]:
            stack.pop()
        else:
            raise ValueError(f"{entry.action} to {entry.version} does not fit what came before")
    return stack


def record_of(version: str, description: Mapping[str, object]) -> ModelRecord:
    """Check a description and make it a record.

    Raises:
        KeyError: a field is missing.
        TypeError: a field is of another type.
        ValueError: a metric is not a number.
    """
    kind, created_at = description["kind"], description["created_at"]
    digest, weights_sha256 = description["data_digest"], description["weights_sha256"]
    metrics, parents, details = (description[name] for name in ("metrics", "parents", "details"))
    if not (isinstance(kind, str) and isinstance(created_at, str) and isinstance(digest, str)):
        raise TypeError("kind, created_at and data_digest must be text")
    if not (isinstance(metrics, dict) and isinstance(parents, list) and isinstance(details, dict)):
        raise TypeError("metrics, parents and details must be an object, a list and an object")
    if not isinstance(weights_sha256, str):
        raise TypeError("weights_sha256 must be text")
    return ModelRecord(
        version=version,
        kind=kind,
        created_at=created_at,
        metrics={str(name): float(value) for name, value in metrics.items()},
        data_digest=digest,
        parents=tuple(str(parent) for parent in parents),
        details=details,
        weights_sha256=weights_sha256,
    )


def check_tensors(tensors: Tensors) -> None:
    """Refuse arrays that a store does not keep.

    Raises:
        ModelStoreError: there is none, one is of another type than float32, float64 or int64, or
            holds a value that is not finite.
    """
    if not tensors:
        raise ModelStoreError("a model without arrays cannot be stored")
    for name, array in tensors.items():
        if array.dtype.name not in _DTYPES:
            raise ModelStoreError(f"array {name} is of type {array.dtype}, which is not accepted")
        if not bool(np.isfinite(array).all()):
            raise ModelStoreError(f"array {name} holds a value that is not finite")


def json_bytes(value: object) -> bytes:
    """Write JSON with sorted keys, so that equal content has equal bytes.

    Raises:
        ModelStoreError: `value` holds what JSON cannot carry, or a number that is not finite.
    """
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ModelStoreError(f"metrics and details must be finite JSON: {error}") from error
    return (text + "\n").encode()


def short_digest(content: bytes) -> str:
    """Return the first 16 hex digits of the SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()[:16]


def read_checked(path: Path) -> bytes:
    """Read a regular file of reasonable size; links are refused.

    Raises:
        ModelStoreError: it is missing, no regular file, or too large.
    """
    if path.is_symlink() or not path.is_file():
        raise ModelStoreError(f"{path.name} is not a regular file")
    if path.stat().st_size > LARGEST_FILE:
        raise ModelStoreError(f"{path.name} is larger than {LARGEST_FILE} bytes")
    return path.read_bytes()


def write_durably(path: Path, content: bytes) -> None:
    """Write `content` and wait until the disk has it."""
    with path.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in `folder`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
