"""What `L9.example.module` promises.

Expected by the schema and by domain_packet_handler@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import MemoryLayerError, PacketError
from agent_runtime.routing.enrichment import Enricher
from agent_runtime.routing.ledger import CaseLedger
from agent_runtime.routing.work import Answer
from agent_runtime.shapes.base import Call
from agent_runtime.testing import TRACE
from agent_runtime.testing_routing import (
    ListRecorder,
    PlainFormatter,
    PlainReasoner,
    PlainTensors,
    open_parts,
    plain_coordinator,
    trade,
)
from agent_runtime.values import JsonObject

from L9.agents.main.domain_packet_handler import (
    AGENT,
    DECISIONS_AUDITED_AS,
    EVENT_TYPE,
    SIGNALS,
    DomainPacketHandler,
)
from L9.agents.main.governance_bridge import GovernanceBridge
from L9.core.packetprotocol import new_packet

CASES = ("transaction_batch",)
CALL = Call(trace_id=TRACE)
LINKS = (("a", "BUYS", "b"), ("a", "BUYS", "bb"), ("a", "BUYS", "bbb"))


class Hub:
    """The handler over real stores, a plain reasoner and a plain tensor layer."""

    def __init__(self, root: Path) -> None:
        self.clock = ManualClock()
        self.parts = open_parts(root, AGENT, self.clock)
        parts = self.parts
        self.governance = GovernanceBridge.wire(
            audit=parts.audit,
            escalations=parts.escalations,
            approvals=parts.verifier,
            clock=parts.clock,
        )
        self.recorder = ListRecorder()
        self.observers = (ListRecorder(), ListRecorder(), ListRecorder())
        self.tensors = PlainTensors()
        self.coordinator = plain_coordinator(self.tensors, self.governance, self.clock)
        self.handler = DomainPacketHandler(
            parts,
            self.governance,
            Enricher(factors=(), governance=self.governance, clock=self.clock),
            self.coordinator,
            PlainReasoner(),
            formatter=PlainFormatter(),
            episodes=self.recorder,
            telemetry=self.observers[0],
            drift=self.observers[1],
            log=self.observers[2],
        )

    def send(self, kind: str, payload: JsonObject) -> Answer:
        """Have a packet carried out by the chain of its type."""
        packet = new_packet(
            "sender", AGENT, payload, clock=self.clock, packet_type=kind, trace_id=TRACE
        )
        return self.handler.chains()[kind](packet, CALL)

    def decide(self, kind: str = CASES[0]) -> str:
        """Have a case decided; return the id of the decision."""
        return str(self.send(kind, trade(*LINKS)).about["decision_id"])

    def close(self) -> None:
        """Close everything."""
        self.handler.close()
        self.coordinator.close()
        self.parts.close()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path)
    yield made
    made.close()


def audited(hub: Hub, action: str) -> list[str]:
    """Return the subjects of the audit records of `action`."""
    return [record.subject for record in hub.parts.audit.records() if record.action == action]


@pytest.mark.positive
@pytest.mark.parametrize("kind", CASES)
def test_a_case_is_scored_decided_recorded_and_answered(hub: Hub, kind: str) -> None:
    answer = hub.send(kind, trade(*LINKS))
    ((draft, outcome),) = hub.recorder.kept
    assert answer.about["decision_id"] == outcome.decision_id
    assert [link.subject for link in draft.case.candidates] == ["plastos:a"] * 3
    assert len(hub.tensors.asked) == 1
    assert audited(hub, DECISIONS_AUDITED_AS) == [outcome.decision_id]
    assert [each.kept for each in hub.observers] == [hub.recorder.kept] * 3


@pytest.mark.positive
def test_there_is_one_chain_for_each_packet_type_of_the_schema(hub: Hub) -> None:
    assert tuple(hub.handler.chains()) == ("transaction_batch",)


@pytest.mark.positive
def test_decisions_survive_a_restart(hub: Hub, tmp_path: Path) -> None:
    name = hub.decide()
    hub.handler.close()
    ledger = CaseLedger(hub.parts.folder / "cases.db", hub.clock)
    assert ledger.get(name).domain == "PlastOS"
    ledger.close()


@pytest.mark.regression
def test_the_signals_are_those_of_the_schema() -> None:
    assert (SIGNALS.confidence, SIGNALS.criticality) == (
        ("decision_confidence", "reasoning_confidence"),
        ("criticality", "domain_criticality"),
    )
    assert EVENT_TYPE == "process_packet"


@pytest.mark.negative
@pytest.mark.parametrize("kind", CASES)
def test_a_payload_of_another_shape_is_refused(hub: Hub, kind: str) -> None:
    with pytest.raises(PacketError, match=r"payload\.transactions"):
        hub.send(kind, {"domain": "PlastOS"})
    assert hub.recorder.kept == []


@pytest.mark.negative
def test_a_decision_that_cannot_be_recorded_is_withheld_and_escalated(hub: Hub) -> None:
    hub.recorder.broken = True
    with pytest.raises(MemoryLayerError, match="the disk is full"):
        hub.decide()
    assert "not fully recorded" in hub.parts.escalations.pending()[-1].reason
    assert [each.kept for each in hub.observers] == [[], [], []]


@pytest.mark.negative
def test_a_tensor_layer_that_fails_leaves_no_number_behind(hub: Hub) -> None:
    hub.tensors.fault = MemoryLayerError("away")
    hub.decide()
    ((draft, outcome),) = hub.recorder.kept
    assert (draft.ranking, outcome.model_version) == ((), None)
