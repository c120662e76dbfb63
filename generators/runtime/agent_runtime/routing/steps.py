"""The steps of chains about one case: receive, enrich, score, assess, answer."""

from dataclasses import dataclass, replace
from typing import Protocol

from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock
from agent_runtime.observations import CandidatePair
from agent_runtime.packets import PacketEnvelope, new_packet
from agent_runtime.routing.cases import read_case
from agent_runtime.routing.deciding import Deciding, HumanWord
from agent_runtime.routing.ledger import KeptCase
from agent_runtime.routing.receiving import read_payload
from agent_runtime.routing.work import Answer, Decided, Enriched, Notice, Received, Scored
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.transactions import JobPayload, TransactionPayload


class EnrichStep(Protocol):
    """Adds context; a generated context enricher is one."""

    def enrich(self, received: Received, focus: str = "") -> Enriched:
        """Return the case with its context."""
        ...


class ScoreStep(Protocol):
    """Asks the tensor layer; a generated tensor coordinator is one."""

    def score(self, enriched: Enriched) -> Scored:
        """Return the case with what the tensor layer said in time."""
        ...

    def score_all(self, cases: tuple[Enriched, ...]) -> tuple[Scored, ...]:
        """Return each case with what the tensor layer said; they are asked side by side."""
        ...


class Formatter(Protocol):
    """Shapes decisions into packets; a generated packet formatter is one."""

    def answer(self, decided: Decided) -> Answer:
        """Return what the asking domain gets."""
        ...

    def notices(self, decided: Decided) -> tuple[Notice, ...]:
        """Return what others are told of it."""
        ...


@dataclass(frozen=True, kw_only=True)
class CaseSteps:
    """Steps of chains that end in one decision.

    Attributes:
        agent: id of the agent.
        enricher: adds context.
        tensors: asks the tensor layer.
        deciding: decides and records.
        formatter: shapes answers and notices.
        bus: where notices and later answers go.
        clock: gives the time.
    """

    agent: str
    enricher: EnrichStep
    tensors: ScoreStep
    deciding: Deciding
    formatter: Formatter
    bus: EventBus
    clock: Clock

    def receive(self, packet: PacketEnvelope, call: Call) -> Received:
        """Read the case of a packet.

        Raises:
            PacketError: its payload is not what it must be.
        """
        payload = read_payload(packet, TransactionPayload)
        return read_case(packet, payload, call, began=self.clock())

    def enrich(self, received: Received, focus: str = "") -> Enriched:
        """Add what the world model and the domain say."""
        return self.enricher.enrich(received, focus)

    def tensor_score(self, enriched: Enriched) -> Scored:
        """Add what the tensor layer says in time."""
        return self.tensors.score(enriched)

    def risk_assess(self, scored: Scored) -> Scored:
        """Set the risk: how far the likeliest link is from certain, or the highest anomaly score.

        The greater of the two counts; without either it stays unknown.
        """
        told = [1.0 - link.confidence for link in scored.tensors.links[:1]]
        told += [max(scored.tensors.anomalies.values())] if scored.tensors.anomalies else []
        return replace(scored, risk=max(told)) if told else scored

    def return_results(self, scored: Scored) -> Answer:
        """Reason, decide, record, tell the others and return the results.

        Raises:
            AgentError: no decision is possible, or it could not be recorded.
        """
        return self.formatter.answer(self.decide(scored))

    def decide(self, scored: Scored, word: HumanWord | None = None) -> Decided:
        """Decide a case and send the notices about it; see `Deciding.decide`."""
        decided = self.deciding.decide(scored, word)
        for notice in self.formatter.notices(decided):
            self._send(notice, decided)
        return decided

    def again(self, decision_id: str, call: Call, word: HumanWord | None = None) -> Decided:
        """Make a decision again, with what is known now, and send its domain the new results.

        Raises:
            InputBoundsError: there is no such decision.
            AgentError: no decision is possible, or it could not be recorded.
        """
        kept = self.deciding.ledger.get(decision_id)
        received = read_case(
            kept.packet,
            part_of(kept.packet, kept.domain),
            call,
            began=self.clock(),
            supersedes=decision_id,
        )
        decided = self.decide(self.tensor_score(self.enrich(received)), word)
        self.send(decided)
        return decided

    def candidates(self, kept: KeptCase) -> tuple[CandidatePair, ...]:
        """Return the links that a kept case could have recommended.

        Raises:
            PacketError: its packet is not what it must be.
        """
        payload = part_of(kept.packet, kept.domain)
        call = Call(trace_id=kept.packet.metadata.trace_id)
        return read_case(kept.packet, payload, call, began=self.clock()).case.candidates

    def send(self, decided: Decided) -> None:
        """Send the results of a decision to the domain that asked, in a packet of their own."""
        packet = decided.received.packet
        answer = self.formatter.answer(decided)
        self._send(Notice(to=packet.source_agent, answer=answer), decided)

    def _send(self, notice: Notice, decided: Decided) -> None:
        outcome = decided.outcome
        packet = new_packet(
            self.agent,
            notice.to,
            notice.answer.payload,
            clock=self.clock,
            packet_type=notice.answer.packet_type,
            trace_id=decided.received.case.trace_id,
            idempotency_key=f"{outcome.decision_id}:{notice.answer.packet_type}",
        )
        about = {**packet.metadata.extensions, **notice.answer.about}
        metadata = replace(
            packet.metadata, extensions=about, in_reply_to=decided.received.packet.packet_id
        )
        self.bus.publish(
            f"packets.{notice.to}",
            replace(packet, metadata=metadata).to_json(),
            key=outcome.decision_id,
            message_id=(
                f"{self.agent}:{outcome.decision_id}:{notice.answer.packet_type}:"
                f"{outcome.governance_status}"
            ),
        )


def part_of(packet: PacketEnvelope, domain: str) -> TransactionPayload:
    """Return what a packet asks of `domain`: its payload, or the domain's part of a job.

    Raises:
        PacketError: the payload is not what it must be.
    """
    if "parts" not in packet.payload:
        return read_payload(packet, TransactionPayload)
    job = read_payload(packet, JobPayload)
    return next(part for part in job.parts if part.domain == domain)
