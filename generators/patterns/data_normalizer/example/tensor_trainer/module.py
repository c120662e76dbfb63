"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by data_normalizer@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Sequence
from typing import Final

from agent_runtime.datasets.archiving import archive_dataset, archived_dataset
from agent_runtime.datasets.prepared import PreparedDataset, prepare_dataset
from agent_runtime.datasets.records import OutcomeRecord

from L9.orchestration.tensor_trainer.memory_bridge import MemoryBridge

VALID_SHARE: Final = 0.1
TEST_SHARE: Final = 0.1
SEED: Final = 0


class DataNormalizer:
    """Makes the same dataset of the same records, whatever their order, and keeps it for good."""

    def __init__(self, memory: MemoryBridge) -> None:
        self._memory = memory

    def prepare(self, records: Sequence[OutcomeRecord], *, seed: int = SEED) -> PreparedDataset:
        """Clean, scale and split `records`, and archive the dataset under its digest.

        Of several outcomes of a link the last counts. Measures are scaled by what the training
        part shows, so that nothing held out shapes it.

        Args:
            records: the outcomes.
            seed: another seed is another split.

        Raises:
            InputBoundsError: no link came about.
            MemoryLayerError: the archive failed.
        """
        dataset = prepare_dataset(records, valid=VALID_SHARE, test=TEST_SHARE, seed=seed)
        archive_dataset(self._memory, dataset)
        return dataset

    def archived(self, digest: str) -> PreparedDataset:
        """Return the dataset of a digest, as it was trained on.

        Raises:
            InputBoundsError: there is none.
            MemoryLayerError: the archive failed.
            ModelStoreError: the bytes are others than those that were kept.
        """
        return archived_dataset(self._memory, digest)
