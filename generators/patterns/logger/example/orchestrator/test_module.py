"""What `L9.example.module` promises.

Expected by the schema and by logger@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, PacketError
from agent_runtime.logs import AgentLogs, ChannelLog
from agent_runtime.shapes.base import DecisionShape
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_routing import decided_case
from agent_runtime.tracing import bind_trace

from L9.agents.main.logger import CHANNELS, ESCALATIONS, MainAgentLogger

AGENT = "main_agent"
DECISION = DecisionShape(decision_id="d-1", trace_id=TRACE, confidence=0.75, criticality=0.5)


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[AgentLogs]:
    made = AgentLogs(tmp_path, CHANNELS, agent=AGENT, clock=ManualClock())
    yield made
    made.close()


@pytest.fixture
def logger(logs: AgentLogs) -> MainAgentLogger:
    return MainAgentLogger(logs)


def lines(folder: Path, channel: str) -> list[dict[str, object]]:
    text = (folder / CHANNELS[channel]).read_text()
    return [json.loads(line) for line in text.splitlines()]


def log_of(logger: MainAgentLogger, method: str) -> ChannelLog:
    found = getattr(logger, method)
    assert isinstance(found, ChannelLog)
    return found


METHODS = {
    "reception": "reception",
    "reasoning": "reasoning",
    "routing": "routing",
    "governance": "governance",
    "performance": "performance",
}


@pytest.mark.positive
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_line_goes_to_the_file_of_its_channel_and_to_no_other(
    logger: MainAgentLogger, tmp_path: Path, channel: str
) -> None:
    log_of(logger, METHODS[channel]).info("told", amount=3)
    (line,) = lines(tmp_path, channel)
    assert (line["event"], line["amount"], line["level"]) == ("told", 3, "info")
    assert (line["agent"], line["channel"]) == (AGENT, channel)
    assert all(not lines(tmp_path, other) for other in CHANNELS if other != channel)


@pytest.mark.positive
def test_a_line_carries_the_trace_that_is_worked_under(
    logger: MainAgentLogger, tmp_path: Path
) -> None:
    with bind_trace(TRACE):
        logger.reception.warning("told")
    (line,) = lines(tmp_path, "reception")
    assert line["trace_id"] == TRACE


@pytest.mark.positive
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_decision_is_told_to_the_channel_that_is_named(
    logger: MainAgentLogger, tmp_path: Path, channel: str
) -> None:
    logger.decided("judge", DECISION, channel=channel)
    (line,) = lines(tmp_path, channel)
    assert (line["event"], line["operation"], line["decision_id"]) == ("decided", "judge", "d-1")
    assert (line["confidence"], line["criticality"]) == (0.75, 0.5)


@pytest.mark.positive
def test_what_a_decision_escalated_is_told_to_governance(
    logger: MainAgentLogger, tmp_path: Path
) -> None:
    escalated = DECISION.model_copy(update={"escalations": ("e-1",)})
    logger.decided("judge", escalated, channel="reception")
    noted = lines(tmp_path, "governance")[-1]
    assert (noted["event"], noted["level"]) == ("escalated", "warning")
    assert (noted["decision_id"], noted["escalations"]) == ("d-1", ["e-1"])


@pytest.mark.positive
def test_each_station_of_a_packet_is_told_to_its_channel(
    logger: MainAgentLogger, tmp_path: Path
) -> None:
    case = decided_case(AgentBench(tmp_path / "bench", agent=AGENT))
    packet = case.received.packet
    logger.received(packet)
    logger.refused({}, PacketError("no"))
    logger.answered(packet, packet)
    logger.record(case.draft, replace(case.outcome, escalations=("e-1",)))
    told = {channel: [line["event"] for line in lines(tmp_path, channel)] for channel in CHANNELS}
    assert {"received", "refused"} <= {*told["reception"]}
    assert "answered" in told["routing"]
    assert "decided" in told["reasoning"]
    assert "decided" in told["performance"]
    assert "escalated" in told["governance"]
    assert sum(map(len, told.values())) == 6


@pytest.mark.regression
def test_the_channels_are_those_that_the_schema_declares() -> None:
    assert CHANNELS == {
        "reception": "L9/logs/main_agent/reception.log",
        "reasoning": "L9/logs/main_agent/reasoning.log",
        "routing": "L9/logs/main_agent/routing.log",
        "governance": "L9/logs/main_agent/governance.log",
        "performance": "L9/logs/main_agent/performance.log",
    }
    assert ESCALATIONS == "governance"


@pytest.mark.negative
def test_a_decision_for_an_undeclared_channel_is_refused(
    logger: MainAgentLogger, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="no log channel 'nowhere'"):
        logger.decided("judge", DECISION, channel="nowhere")
    assert all(not lines(tmp_path, channel) for channel in CHANNELS)


@pytest.mark.negative
def test_a_secret_is_not_written(logger: MainAgentLogger, tmp_path: Path) -> None:
    logger.reception.error("refused", token="s3cret-value")
    assert "s3cret-value" not in (tmp_path / CHANNELS["reception"]).read_text()


@pytest.mark.negative
def test_a_line_after_the_end_is_lost_and_counted(logs: AgentLogs, logger: MainAgentLogger) -> None:
    logs.close()
    logger.reception.info("late")
    assert logs.lost == 1
