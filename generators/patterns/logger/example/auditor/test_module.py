"""What `L9.example.module` promises.

Expected by the schema and by logger@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError
from agent_runtime.logs import AgentLogs, ChannelLog
from agent_runtime.shapes.base import DecisionShape
from agent_runtime.testing import TRACE
from agent_runtime.tracing import bind_trace

from L9.governance.tensor_auditor.logger import CHANNELS, ESCALATIONS, TensorAuditorLogger

AGENT = "tensor_auditor"
DECISION = DecisionShape(decision_id="d-1", trace_id=TRACE, confidence=0.75, criticality=0.5)


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[AgentLogs]:
    made = AgentLogs(tmp_path, CHANNELS, agent=AGENT, clock=ManualClock())
    yield made
    made.close()


@pytest.fixture
def logger(logs: AgentLogs) -> TensorAuditorLogger:
    return TensorAuditorLogger(logs)


def lines(folder: Path, channel: str) -> list[dict[str, object]]:
    text = (folder / CHANNELS[channel]).read_text()
    return [json.loads(line) for line in text.splitlines()]


def log_of(logger: TensorAuditorLogger, method: str) -> ChannelLog:
    found = getattr(logger, method)
    assert isinstance(found, ChannelLog)
    return found


METHODS = {
    "compliance": "compliance",
    "bias": "bias",
    "drift": "drift",
    "violations": "violations",
}


@pytest.mark.positive
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_line_goes_to_the_file_of_its_channel_and_to_no_other(
    logger: TensorAuditorLogger, tmp_path: Path, channel: str
) -> None:
    log_of(logger, METHODS[channel]).info("told", amount=3)
    (line,) = lines(tmp_path, channel)
    assert (line["event"], line["amount"], line["level"]) == ("told", 3, "info")
    assert (line["agent"], line["channel"]) == (AGENT, channel)
    assert all(not lines(tmp_path, other) for other in CHANNELS if other != channel)


@pytest.mark.positive
def test_a_line_carries_the_trace_that_is_worked_under(
    logger: TensorAuditorLogger, tmp_path: Path
) -> None:
    with bind_trace(TRACE):
        logger.compliance.warning("told")
    (line,) = lines(tmp_path, "compliance")
    assert line["trace_id"] == TRACE


@pytest.mark.positive
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_decision_is_told_to_the_channel_that_is_named(
    logger: TensorAuditorLogger, tmp_path: Path, channel: str
) -> None:
    logger.decided("judge", DECISION, channel=channel)
    (line,) = lines(tmp_path, channel)
    assert (line["event"], line["operation"], line["decision_id"]) == ("decided", "judge", "d-1")
    assert (line["confidence"], line["criticality"]) == (0.75, 0.5)


@pytest.mark.positive
def test_what_a_decision_escalated_is_told_to_violations(
    logger: TensorAuditorLogger, tmp_path: Path
) -> None:
    escalated = DECISION.model_copy(update={"escalations": ("e-1",)})
    logger.decided("judge", escalated, channel="compliance")
    noted = lines(tmp_path, "violations")[-1]
    assert (noted["event"], noted["level"]) == ("escalated", "warning")
    assert (noted["decision_id"], noted["escalations"]) == ("d-1", ["e-1"])


@pytest.mark.regression
def test_the_channels_are_those_that_the_schema_declares() -> None:
    assert CHANNELS == {
        "compliance": "L9/logs/tensoraios_ecosystem/tensor_auditor/compliance.log",
        "bias": "L9/logs/tensoraios_ecosystem/tensor_auditor/bias.log",
        "drift": "L9/logs/tensoraios_ecosystem/tensor_auditor/drift.log",
        "violations": "L9/logs/tensoraios_ecosystem/tensor_auditor/violations.log",
    }
    assert ESCALATIONS == "violations"


@pytest.mark.negative
def test_a_decision_for_an_undeclared_channel_is_refused(
    logger: TensorAuditorLogger, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="no log channel 'nowhere'"):
        logger.decided("judge", DECISION, channel="nowhere")
    assert all(not lines(tmp_path, channel) for channel in CHANNELS)


@pytest.mark.negative
def test_a_secret_is_not_written(logger: TensorAuditorLogger, tmp_path: Path) -> None:
    logger.compliance.error("refused", token="s3cret-value")
    assert "s3cret-value" not in (tmp_path / CHANNELS["compliance"]).read_text()


@pytest.mark.negative
def test_a_line_after_the_end_is_lost_and_counted(
    logs: AgentLogs, logger: TensorAuditorLogger
) -> None:
    logs.close()
    logger.compliance.info("late")
    assert logs.lost == 1
