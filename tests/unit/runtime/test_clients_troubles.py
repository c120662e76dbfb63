"""Agents that do not answer are audited and escalated once; wrong answers are audited."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.clients.failures import BadAnswerError, UnreachableError
from agent_runtime.clients.opening import open_http, open_packets
from agent_runtime.clients.troubles import REJECTED, UNAVAILABLE
from agent_runtime.errors import DeadlineExceededError
from agent_runtime.packets import parse_packet, reply_packet
from agent_runtime.parts import AgentParts
from agent_runtime.service import EndpointSpec, Operation
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.status import StatusRequest, StatusResponse
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_service import calling_parts, serving

NOWHERE = "http://127.0.0.1:9"
CALL = Call(trace_id=TRACE)
SPEC = EndpointSpec(name="ask", path="/ask", method="POST", timeout_ms=20_000)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path / "bench", agent="caller")


@pytest.fixture
def parts(tmp_path: Path, bench: AgentBench) -> Iterator[AgentParts]:
    with calling_parts(tmp_path, "caller") as made:
        made.troubles.escalate_with(bench.governance)
        yield made


def troubles(parts: AgentParts) -> list[tuple[str, str, str]]:
    return [(r.action, r.subject, r.trace_id) for r in parts.audit.records()]


def ask(parts: AgentParts, url: str) -> None:
    client = open_http(parts, "peer", url)
    try:
        client.ask(SPEC, StatusRequest(), CALL, StatusResponse)
    finally:
        client.close()


def empty() -> Operation:
    return Operation(
        handle=lambda _request, _call: StatusRequest(),
        request=StatusRequest,
        response=StatusRequest,
    )


def status() -> Operation:
    answer = StatusResponse(
        agent="peer",
        version="1",
        status="ready",
        trace_id=TRACE,
        model_version=None,
        governance_mode="hybrid",
        governance_enforced=True,
        pending_escalations=0,
        failing=(),
        flags_off=(),
    )
    return Operation(
        handle=lambda _request, _call: answer, request=StatusRequest, response=StatusResponse
    )


def test_an_agent_that_is_not_there_is_audited_each_time_and_escalated_once(
    parts: AgentParts, bench: AgentBench
) -> None:
    for _ in range(2):
        with pytest.raises(UnreachableError):
            ask(parts, NOWHERE)
    assert troubles(parts) == [(UNAVAILABLE, "peer", TRACE)] * 2
    (escalation,) = bench.escalations.pending()
    assert (escalation.subject, escalation.severity) == ("peer", "high")
    assert "peer does not answer ask" in escalation.reason


def test_after_an_answer_the_next_absence_is_escalated_again(
    parts: AgentParts, bench: AgentBench
) -> None:
    with pytest.raises(UnreachableError):
        ask(parts, NOWHERE)
    with serving((SPEC,), {"ask": status()}) as url:
        ask(parts, url)
    (first,) = bench.escalations.pending()
    bench.escalations.resolve(first.escalation_id, state="approved", by="anchor", answer="seen")
    with pytest.raises(UnreachableError):
        ask(parts, NOWHERE)
    (second,) = bench.escalations.pending()
    assert second.escalation_id != first.escalation_id


def test_an_answer_off_its_shape_is_audited_and_not_escalated(
    parts: AgentParts, bench: AgentBench
) -> None:
    with serving((SPEC,), {"ask": empty()}) as url, pytest.raises(BadAnswerError):
        ask(parts, url)
    assert troubles(parts) == [(REJECTED, "peer", TRACE)]
    assert bench.escalations.pending() == ()


def test_without_a_desk_an_absence_is_audited_only(tmp_path: Path, bench: AgentBench) -> None:
    with calling_parts(tmp_path, "caller") as parts:
        with pytest.raises(UnreachableError):
            ask(parts, NOWHERE)
        assert troubles(parts) == [(UNAVAILABLE, "peer", TRACE)]
    assert bench.escalations.pending() == ()


def test_a_packet_that_nobody_answers_is_audited_and_escalated(
    parts: AgentParts, bench: AgentBench
) -> None:
    with pytest.raises(DeadlineExceededError):
        open_packets(parts, "peer").ask(
            "look", StatusRequest(), CALL, StatusResponse, timeout_ms=50
        )
    assert troubles(parts) == [(UNAVAILABLE, "peer", TRACE)]
    (escalation,) = bench.escalations.pending()
    assert escalation.subject == "peer"


def test_a_packet_answered_off_its_shape_is_audited_and_the_next_good_one_is_not(
    parts: AgentParts,
) -> None:
    payloads = [{}, status().handle(StatusRequest(), CALL).model_dump(mode="json")]
    parts.bus.subscribe(
        "packets.peer",
        "peer",
        lambda sent: sent.reply(
            reply_packet(parse_packet(sent.message), payloads.pop(0), clock=parts.clock).to_json()
        ),
    )
    parts.start()
    client = open_packets(parts, "peer")
    with pytest.raises(BadAnswerError):
        client.ask("look", StatusRequest(), CALL, StatusResponse, timeout_ms=20_000)
    client.ask("look", StatusRequest(), CALL, StatusResponse, timeout_ms=20_000)
    assert troubles(parts) == [(REJECTED, "peer", TRACE)]
