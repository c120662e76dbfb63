"""Each station of a packet leaves a line in the channel declared for it, under its trace."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.errors import ConfigError, PacketError
from agent_runtime.logs import AgentLogs
from agent_runtime.routing.loglines import PipelineChannels, PipelineLog
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_routing import decided_case

NAMES = ("reception", "routing", "reasoning", "governance", "performance")
CHANNELS = PipelineChannels(**dict(zip(NAMES, NAMES, strict=True)))


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path / "bench", agent="hub")


@pytest.fixture
def logs(tmp_path: Path, bench: AgentBench) -> Iterator[AgentLogs]:
    made = AgentLogs(tmp_path, {n: f"{n}.log" for n in NAMES}, agent="hub", clock=bench.clock)
    yield made
    made.close()


def lines(folder: Path, channel: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / f"{channel}.log").read_text().splitlines()]


def test_a_packet_is_told_of_when_it_comes_and_when_it_is_answered(
    logs: AgentLogs, bench: AgentBench, tmp_path: Path
) -> None:
    packet = decided_case(bench).received.packet
    answer = replace(packet, destination_agent="plastos")
    log = PipelineLog(logs, CHANNELS)
    log.received(packet)
    log.answered(packet, answer)
    (received,), (answered,) = lines(tmp_path, "reception"), lines(tmp_path, "routing")
    assert (received["event"], received["packet_id"]) == ("received", packet.packet_id)
    assert (received["source"], received["packet_type"]) == ("plastos", "trade")
    assert (answered["event"], answered["to"], answered["answer"]) == (
        "answered",
        "plastos",
        "trade",
    )
    assert received["trace_id"] == answered["trace_id"] == TRACE


def test_a_refusal_names_the_reason_even_of_rubbish(logs: AgentLogs, tmp_path: Path) -> None:
    log = PipelineLog(logs, CHANNELS)
    log.refused({"packet_id": 7}, PacketError("no"))
    (refused,) = lines(tmp_path, "reception")
    assert (refused["event"], refused["level"]) == ("refused", "warning")
    assert (refused["status"], refused["reason"], refused["packet_id"]) == (400, "no", 7)
    assert refused["source"] is None


@pytest.mark.parametrize(("escalations", "noted"), [((), 0), (("e-1",), 1)])
def test_a_decision_is_told_with_its_reasons_its_time_and_what_it_escalated(
    logs: AgentLogs,
    bench: AgentBench,
    tmp_path: Path,
    escalations: tuple[str, ...],
    noted: int,
) -> None:
    case = decided_case(bench)
    draft = replace(case.draft, latency_ms=12.5)
    PipelineLog(logs, CHANNELS).record(draft, replace(case.outcome, escalations=escalations))
    (told,), (timed,) = lines(tmp_path, "reasoning"), lines(tmp_path, "performance")
    assert (told["decision_id"], told["domain"], told["confidence"]) == ("d-1", "PlastOS", 0.75)
    assert (told["reasons"], told["objections"]) == (["likeliest"], ["R-1"])
    assert (timed["decision_id"], timed["latency_ms"], timed["trace_id"]) == ("d-1", 12.5, TRACE)
    escalated = lines(tmp_path, "governance")
    assert [line["escalations"] for line in escalated] == [["e-1"]] * noted


def test_a_channel_that_is_not_declared_is_refused(logs: AgentLogs) -> None:
    with pytest.raises(ConfigError, match="no log channel 'nowhere'"):
        PipelineLog(logs, replace(CHANNELS, routing="nowhere"))
