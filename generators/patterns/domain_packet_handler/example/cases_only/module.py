"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by domain_packet_handler@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.parts import AgentParts
from agent_runtime.reasoning.contracts import Compliance, Observer, Reasoner, Recorder
from agent_runtime.routing.deciding import Announcer, AnomalyOffice, Deciding, DecisionSignals
from agent_runtime.routing.desk import Chain
from agent_runtime.routing.ledger import CaseLedger
from agent_runtime.routing.steps import CaseSteps, EnrichStep, Formatter, ScoreStep
from agent_runtime.routing.work import Answer
from agent_runtime.shapes.base import Call

from L9.agents.main.governance_bridge import GovernanceBridge
from L9.core.packetprotocol import PacketEnvelope

AGENT: Final = "main_agent"
SIGNALS: Final = DecisionSignals(  # governance.escalationpolicy, escalationtriggers
    confidence=("decision_confidence", "reasoning_confidence"),
    criticality=("criticality", "domain_criticality"),
    conflict="",
    violation="potential_ethical_violation_detected",
    memory_failure="memory_sync_failure",
    override="governance_override_requested",
)
DECISIONS_AUDITED_AS: Final = "reasoning_decisions_with_confidence"  # governance.auditscope
EVENT_TYPE: Final = "process_packet"


class DomainPacketHandler:
    """One method a packet type; each is the chain that the schema declares for it."""

    def __init__(
        self,
        parts: AgentParts,
        governance: GovernanceBridge,
        enricher: EnrichStep,
        tensors: ScoreStep,
        reasoner: Reasoner,
        *,
        formatter: Formatter,
        anomalies: AnomalyOffice | None = None,
        compliance: Compliance | None = None,
        episodes: Recorder | None = None,
        graph: Recorder | None = None,
        causes: Recorder | None = None,
        telemetry: Observer | None = None,
        drift: Observer | None = None,
        log: Observer | None = None,
        announcer: Announcer | None = None,
    ) -> None:
        """Open the ledger of cases in the agent's folder, and put the steps together.

        Raises:
            MemoryLayerError: the ledger cannot be opened.
        """
        self._ledger = CaseLedger(parts.folder / "cases.db", parts.clock)
        self._cases = CaseSteps(
            agent=AGENT,
            enricher=enricher,
            tensors=tensors,
            deciding=Deciding(
                agent=AGENT,
                reasoner=reasoner,
                governance=governance,
                ledger=self._ledger,
                audit=parts.audit,
                clock=parts.clock,
                signals=SIGNALS,
                audited_as=DECISIONS_AUDITED_AS,
                event_type=EVENT_TYPE,
                recorders=[each for each in (episodes, graph, causes) if each is not None],
                observers=[each for each in (telemetry, drift, log) if each is not None],
                compliance=compliance,
                anomalies=anomalies,
                announcer=announcer,
            ),
            formatter=formatter,
            bus=parts.bus,
            clock=parts.clock,
        )

    def chains(self) -> Mapping[str, Chain]:
        """Return what carries out each packet type."""
        return {
            "transaction_batch": self.transaction_batch,
        }

    def transaction_batch(self, packet: PacketEnvelope, call: Call) -> Answer:
        """Carry out `enrich_with_context -> tensor_score -> return_results`.

        Raises:
            AgentError: a step refused.
        """
        received = self._cases.receive(packet, call)
        enriched = self._cases.enrich(received)
        scored = self._cases.tensor_score(enriched)
        return self._cases.return_results(scored)

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()
