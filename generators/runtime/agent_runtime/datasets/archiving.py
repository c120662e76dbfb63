"""Datasets kept for good under the digest of their bytes, so that a training can be repeated."""

import hashlib
from typing import Final, Protocol

from agent_runtime.datasets.prepared import PreparedDataset
from agent_runtime.errors import ModelStoreError

FOLDER: Final = "datasets"


class DatasetShelf(Protocol):
    """Where datasets are kept; a generated memory bridge with an archive is one."""

    def archive(self, key: str, data: bytes) -> object:
        """Store `data` for good as the newest version of `key`."""

    def archived(self, key: str) -> bytes:
        """Return the newest version of `key`."""


def archive_dataset(shelf: DatasetShelf, dataset: PreparedDataset) -> str:
    """Keep `dataset` and return its digest; the same dataset again is kept once.

    Raises:
        MemoryLayerError: the archive failed.
    """
    data = dataset.to_bytes()
    digest = hashlib.sha256(data).hexdigest()
    shelf.archive(f"{FOLDER}/{digest}", data)
    return digest


def archived_dataset(shelf: DatasetShelf, digest: str) -> PreparedDataset:
    """Return the dataset of a digest.

    Raises:
        InputBoundsError: there is none.
        MemoryLayerError: the archive failed.
        ModelStoreError: the bytes are others than those that were kept.
    """
    data = shelf.archived(f"{FOLDER}/{digest}")
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelStoreError(f"dataset {digest[:16]} is not what was archived")
    return PreparedDataset.from_bytes(data)
