"""What `L9.example.module` promises.

Expected by the schema and by data_normalizer@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.datasets.records import OutcomeRecord, read_outcome
from agent_runtime.errors import InputBoundsError, MemoryLayerError, ModelStoreError
from agent_runtime.testing import AgentBench
from agent_runtime.testing_links import market
from agent_runtime.testing_outcomes import outcome_documents

from L9.orchestration.tensor_trainer.data_normalizer import (
    SEED,
    TEST_SHARE,
    VALID_SHARE,
    DataNormalizer,
)
from L9.orchestration.tensor_trainer.memory_bridge import TOPOLOGY, MemoryBridge

LINKS = market().all_triples
RECORDS = tuple(
    read_outcome(each, source="adapter") for each in outcome_documents(len(LINKS), at=1_000.0)
)


@pytest.fixture
def memory(tmp_path: Path) -> MemoryBridge:
    return MemoryBridge(AgentBench(tmp_path, agent="tensor_trainer", topology=TOPOLOGY).layers)


@pytest.fixture
def normalizer(memory: MemoryBridge) -> DataNormalizer:
    return DataNormalizer(memory)


def later(record: OutcomeRecord, *, succeeded: bool) -> OutcomeRecord:
    return replace(
        record, record_id="later", succeeded=succeeded, occurred_at=record.occurred_at + 1.0
    )


def mixed(records: Sequence[OutcomeRecord]) -> list[OutcomeRecord]:
    return [*records[5:], *records[4::-1]]


@pytest.mark.positive
def test_the_order_of_records_changes_nothing(normalizer: DataNormalizer) -> None:
    one, two = normalizer.prepare(RECORDS), normalizer.prepare(mixed(RECORDS))
    assert one.digest == two.digest
    assert one.to_bytes() == two.to_bytes()


@pytest.mark.positive
def test_a_dataset_is_found_again_by_its_digest(normalizer: DataNormalizer) -> None:
    dataset = normalizer.prepare(RECORDS)
    assert normalizer.archived(dataset.digest) == dataset


@pytest.mark.positive
def test_every_link_is_in_one_part_and_the_parts_have_their_shares(
    normalizer: DataNormalizer,
) -> None:
    parts = normalizer.prepare(RECORDS).links
    assert sorted(parts.all_triples) == sorted(LINKS)
    assert len(parts.valid) == pytest.approx(VALID_SHARE * len(LINKS), rel=0.5)
    assert len(parts.test) == pytest.approx(TEST_SHARE * len(LINKS), rel=0.5)


@pytest.mark.positive
def test_another_seed_is_another_split_of_the_same_records(
    normalizer: DataNormalizer,
) -> None:
    one, two = normalizer.prepare(RECORDS), normalizer.prepare(RECORDS, seed=SEED + 1)
    assert one.digest != two.digest
    assert one.lineage.records_digest == two.lineage.records_digest


@pytest.mark.positive
def test_of_several_outcomes_of_a_link_the_last_counts(
    normalizer: DataNormalizer,
) -> None:
    dataset = normalizer.prepare([*RECORDS, later(RECORDS[0], succeeded=False)])
    assert RECORDS[0].link not in dataset.links.all_triples
    assert dataset.lineage.superseded == 1


@pytest.mark.positive
def test_measures_are_scaled_by_the_training_part(normalizer: DataNormalizer) -> None:
    dataset = normalizer.prepare(RECORDS)
    trained = [each for each in RECORDS if each.link in set(dataset.links.train)]
    scaled = sorted(dataset.scaled(each)["price"] for each in trained)
    assert scaled[len(scaled) // 2] == pytest.approx(0.0)
    assert scaled[-1] <= 3.0


@pytest.mark.negative
def test_without_a_link_that_came_about_there_is_no_dataset(
    normalizer: DataNormalizer,
) -> None:
    with pytest.raises(InputBoundsError, match="no link came about"):
        normalizer.prepare([later(RECORDS[0], succeeded=False)])


@pytest.mark.negative
def test_a_digest_that_nobody_knows_is_refused(normalizer: DataNormalizer) -> None:
    with pytest.raises((InputBoundsError, MemoryLayerError)):
        normalizer.archived("0" * 64)


@pytest.mark.negative
def test_other_bytes_under_a_digest_are_refused(
    memory: MemoryBridge, normalizer: DataNormalizer
) -> None:
    dataset = normalizer.prepare(RECORDS)
    memory.archive(f"datasets/{dataset.digest}", b"changed")
    with pytest.raises(ModelStoreError, match="not what was archived"):
        normalizer.archived(dataset.digest)
