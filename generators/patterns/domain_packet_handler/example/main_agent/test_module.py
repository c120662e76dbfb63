"""What `L9.example.module` promises.

Expected by the schema and by domain_packet_handler@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import (
    AgentError,
    InputBoundsError,
    MemoryLayerError,
    NotAuthenticatedError,
    NotAuthorisedError,
    PacketError,
)
from agent_runtime.routing.enrichment import Enricher
from agent_runtime.routing.ledger import CaseLedger
from agent_runtime.routing.work import Answer
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.transactions import OverrideRequest
from agent_runtime.testing import TRACE
from agent_runtime.testing_routing import (
    ListRecorder,
    PlainFormatter,
    PlainReasoner,
    PlainTensors,
    claims_of,
    open_parts,
    plain_coordinator,
    trade,
)
from agent_runtime.values import JsonObject

from L9.agents.main.domain_packet_handler import (
    AGENT,
    DECISIONS_AUDITED_AS,
    EVENT_TYPE,
    OVERRIDES_AUDITED_AS,
    SIGNALS,
    DomainPacketHandler,
)
from L9.agents.main.governance_bridge import GovernanceBridge
from L9.agents.main.world_model_bridge import WORLD, WorldModelBridge
from L9.core.packetprotocol import new_packet
from L9.worldmodel.interface import WorldModel

CASES = ("transaction_batch", "loan_application")
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
        world = WorldModelBridge(WorldModel(WORLD, parts.sightings, parts.clock))
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
            world=world,
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
    assert tuple(hub.handler.chains()) == (
        "transaction_batch",
        "loan_application",
        "batch_job",
        "override_request",
        "context_update",
    )


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


@pytest.mark.positive
def test_two_domains_that_reserve_one_resource_are_brought_before_the_anchors(hub: Hub) -> None:
    hub.send(CASES[0], trade(*LINKS, reserves=("line-1",)))
    before = len(hub.parts.escalations.pending())
    hub.send(CASES[0], trade(*LINKS, domain="OtherOS", reserves=("line-1",)))
    assert len(hub.parts.escalations.pending()) > before


@pytest.mark.positive
def test_batch_job_is_decided_domain_by_domain(hub: Hub) -> None:
    parts = [trade(*LINKS), trade(*LINKS, domain="OtherOS")]
    answer = hub.send("batch_job", {"job": "nightly", "parts": parts})
    results = answer.payload["results"]
    assert isinstance(results, dict)
    assert list(results) == ["PlastOS", "OtherOS"]
    assert len(hub.recorder.kept) == 2


@pytest.mark.negative
def test_batch_job_that_names_a_domain_twice_is_refused(hub: Hub) -> None:
    parts = [trade(*LINKS), trade(*LINKS)]
    with pytest.raises(PacketError, match="names a domain twice"):
        hub.send("batch_job", {"job": "nightly", "parts": parts})
    assert hub.recorder.kept == []


@pytest.mark.negative
def test_override_request_without_a_governance_token_changes_nothing(hub: Hub) -> None:
    name = hub.decide()
    payload = {"decision_id": name, "action": "replace", "reason": "r", "ranking": []}
    with pytest.raises(NotAuthenticatedError):
        hub.send("override_request", payload)
    assert len(hub.recorder.kept) == 1


@pytest.mark.positive
def test_override_request_replaces_a_decision_and_is_audited(hub: Hub) -> None:
    name = hub.decide()
    packet = new_packet(
        "governance",
        AGENT,
        {"decision_id": name, "action": "replace", "reason": "r", "ranking": []},
        clock=hub.clock,
        packet_type="override_request",
        trace_id=TRACE,
    )
    token = claims_of(AGENT, hub.clock, "governance")
    answer = hub.handler.override_request(packet, Call(trace_id=TRACE, token=token))
    _, outcome = hub.recorder.kept[-1]
    assert answer.payload["replaced_by"] == outcome.decision_id
    assert (outcome.supersedes, outcome.governance_status) == (name, "overridden")
    assert name in audited(hub, OVERRIDES_AUDITED_AS)


@pytest.mark.positive
def test_context_update_makes_the_decisions_it_is_about_again(hub: Hub) -> None:
    name = hub.decide()
    seen: JsonObject = {
        "connector": WORLD.connectors[0],
        "subject": "plastos:a",
        "values": {"price": 2.0},
    }
    again = hub.send("context_update", seen).payload["retriggered"]
    assert isinstance(again, dict)
    assert list(again) == [name]
    assert hub.recorder.kept[-1][1].supersedes == name


@pytest.mark.negative
def test_context_update_of_a_connector_that_is_not_declared_is_refused(hub: Hub) -> None:
    seen: JsonObject = {"connector": "rumour", "subject": "plastos:a", "values": {"price": 2.0}}
    with pytest.raises(AgentError, match="'rumour' is not declared"):
        hub.send("context_update", seen)


@pytest.mark.positive
def test_an_override_rejects_what_the_agent_preferred_in_other_decisions_too(hub: Hub) -> None:
    first, second = hub.decide(), hub.decide()
    request = OverrideRequest(decision_id=first, action="replace", reason="too risky")
    token = claims_of(AGENT, hub.clock, "governance")
    response = hub.handler.override_call(request, Call(trace_id=TRACE, token=token))
    assert (response.subject, response.approver) == (first, "tester")
    assert response.governance_status == "overridden"
    superseded = {outcome.supersedes for _, outcome in hub.recorder.kept[2:]}
    assert superseded == {first, second}
    assert first in audited(hub, OVERRIDES_AUDITED_AS)


@pytest.mark.positive
def test_an_approval_lets_a_decision_stand(hub: Hub) -> None:
    request = OverrideRequest(decision_id=hub.decide(), action="approve", reason="fine")
    token = claims_of(AGENT, hub.clock, "governance")
    response = hub.handler.override_call(request, Call(trace_id=TRACE, token=token))
    assert (response.governance_status, response.replaced_by) == ("approved", None)
    assert len(hub.recorder.kept) == 1


@pytest.mark.negative
def test_an_override_by_somebody_else_is_refused(hub: Hub) -> None:
    request = OverrideRequest(decision_id=hub.decide(), action="replace", reason="r")
    token = claims_of(AGENT, hub.clock, "service")
    with pytest.raises(NotAuthorisedError):
        hub.handler.override_call(request, Call(trace_id=TRACE, token=token))
    assert len(hub.recorder.kept) == 1


@pytest.mark.negative
def test_a_decision_that_was_never_made_cannot_be_overridden(hub: Hub) -> None:
    request = OverrideRequest(decision_id="nothing", action="approve", reason="r")
    with pytest.raises(InputBoundsError, match="no decision 'nothing'"):
        hub.handler.override_call(request, CALL)


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
