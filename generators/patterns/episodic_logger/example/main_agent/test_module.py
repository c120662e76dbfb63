"""What `L9.example.module` promises.

Expected by the schema and by episodic_logger@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.memory.episodic import Scalar
from agent_runtime.memory.layers import MemoryLayers, open_embedded
from agent_runtime.memory.topology import EpisodicSpec, MemoryTopology
from agent_runtime.testing_reasoning import draft, outcome, verdict

from L9.example.module import AGENT, INDEX, EpisodicLogger


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logger(tmp_path: Path, clock: Clock) -> EpisodicLogger:
    topology = MemoryTopology(agent="main_agent", episodic=EpisodicSpec(index_by=INDEX))
    return EpisodicLogger(open_embedded(tmp_path, topology, clock))


@pytest.mark.positive
def test_what_each_mode_said_is_known_afterwards(logger: EpisodicLogger) -> None:
    logger.record(draft(verdict("a", 0.9, confidence=0.7)), outcome("d"))
    trace = logger.trace("d")
    assert trace is not None
    assert (trace.votes["a"].support, trace.votes["a"].confidence) == (0.9, 0.7)
    assert not trace.escalated


@pytest.mark.positive
def test_an_escalation_is_part_of_the_trace(logger: EpisodicLogger) -> None:
    logger.record(draft(verdict("a", 0.9)), outcome("d", "escalated", at=5.0))
    trace = logger.trace("d")
    assert trace is not None
    assert (trace.escalated, trace.decided_at) == (True, 5.0)


@pytest.mark.positive
def test_logging_the_same_decision_again_changes_nothing(logger: EpisodicLogger) -> None:
    for _ in range(2):
        logger.record(draft(verdict("a", 0.9)), outcome("d"))
    assert len(logger.recent(0.0)) == 1


@pytest.mark.positive
def test_the_newest_decisions_come_first_and_old_ones_not_at_all(
    logger: EpisodicLogger, clock: Clock
) -> None:
    for name in ("old", "middle", "new"):
        logger.record(draft(verdict("a", 0.9)), outcome(name))
        clock.now += 10.0
    assert [trace.decision_id for trace in logger.recent(1_010.0)] == ["new", "middle"]


@pytest.mark.positive
def test_a_decision_that_recommends_nothing_is_logged_as_well(logger: EpisodicLogger) -> None:
    logger.record(draft(verdict("rules", 0.0, objections=("broken",))), outcome("d"))
    trace = logger.trace("d")
    assert trace is not None
    assert (trace.votes, trace.objections) == ({}, ("broken",))


@pytest.mark.positive
@pytest.mark.parametrize(
    ("field", "value"),
    sorted({"packet_id": "p-1", "domain": "PlastOS", "governance_escalation": False}.items()),
)
def test_decisions_are_found_by_the_declared_fields(
    logger: EpisodicLogger, field: str, value: Scalar
) -> None:
    logger.record(draft(verdict("a", 0.9)), outcome("d"))
    assert len(logger.find(field, value)) == 1
    assert logger.find(field, "nothing like it") == ()


@pytest.mark.negative
def test_another_draft_under_the_same_decision_is_refused(logger: EpisodicLogger) -> None:
    logger.record(draft(verdict("a", 0.9)), outcome("d"))
    with pytest.raises(InputBoundsError, match="other content"):
        logger.record(draft(verdict("a", 0.8)), outcome("d"))


@pytest.mark.negative
def test_a_field_that_is_not_indexed_is_refused(logger: EpisodicLogger) -> None:
    with pytest.raises(InputBoundsError, match="not indexed"):
        logger.find("mood", "good")


@pytest.mark.negative
def test_an_unknown_decision_has_no_trace(logger: EpisodicLogger) -> None:
    assert logger.trace("never made") is None


@pytest.mark.negative
def test_without_episodic_memory_it_cannot_start() -> None:
    with pytest.raises(ConfigError, match="episodic"):
        EpisodicLogger(MemoryLayers())


@pytest.mark.regression
def test_the_index_is_the_declared_one() -> None:
    assert INDEX == (
        "domain",
        "packet_id",
        "decision_timestamp",
        "confidence_score",
        "governance_escalation",
    )
    assert AGENT == "main_agent"
