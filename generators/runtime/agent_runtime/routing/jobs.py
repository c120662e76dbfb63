"""The steps of chains about a job: one part a domain, scored side by side, answered together."""

from dataclasses import dataclass

from agent_runtime.domains import domain_key
from agent_runtime.errors import AgentError, PacketError
from agent_runtime.packets import PacketEnvelope
from agent_runtime.routing.cases import read_case
from agent_runtime.routing.receiving import read_payload
from agent_runtime.routing.steps import CaseSteps
from agent_runtime.routing.work import Answer, Received, Scored
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.transactions import JobPayload
from agent_runtime.values import JsonValue

JOB_RESULTS = "job_results"


@dataclass(frozen=True, kw_only=True)
class JobSteps:
    """Steps of chains that end in one decision a domain."""

    cases: CaseSteps

    def distribute_to_domains(self, packet: PacketEnvelope, call: Call) -> tuple[Received, ...]:
        """Read the part of each domain.

        Raises:
            PacketError: the payload is not what it must be, or names a domain twice.
        """
        job = read_payload(packet, JobPayload)
        if len({domain_key(part.domain) for part in job.parts}) < len(job.parts):
            raise PacketError("payload.parts names a domain twice")
        began = self.cases.clock()
        return tuple(read_case(packet, part, call, began=began) for part in job.parts)

    def coordinate_tensor_calls(self, parts: tuple[Received, ...]) -> tuple[Scored, ...]:
        """Enrich the parts and score them side by side."""
        return self.cases.tensors.score_all(tuple(self.cases.enrich(part) for part in parts))

    def aggregate_results(self, parts: tuple[Scored, ...]) -> Answer:
        """Decide each part; one that fails is named with its reason and fails no other.

        Raises:
            AgentError: every part failed; that of the first.
        """
        results: dict[str, JsonValue] = {}
        decisions: dict[str, JsonValue] = {}
        failed: dict[str, JsonValue] = {}
        first: AgentError | None = None
        for part in parts:
            domain = part.received.case.domain
            try:
                decided = self.cases.decide(part)
            except AgentError as error:
                failed[domain] = str(error)
                first = first or error
                continue
            results[domain] = self.cases.formatter.answer(decided).payload
            decisions[domain] = decided.outcome.decision_id
        if first is not None and not results:
            raise first
        return Answer(
            packet_type=JOB_RESULTS,
            payload={"results": results, "failed": failed},
            about={"decisions": decisions},
        )
