"""An orchestrator's surroundings for tests: a plain reasoner, a small tensor layer, a formatter.

Nothing here is a mock: each does its work, only by rules that a test can compute by hand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent_runtime.approvals import Approval, Credential
from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock
from agent_runtime.config import load_settings
from agent_runtime.errors import AgentError, MemoryLayerError
from agent_runtime.escalation import Escalation
from agent_runtime.governance import Governance
from agent_runtime.jsontext import canonical_json
from agent_runtime.observations import CandidatePair
from agent_runtime.packets import PacketEnvelope, new_packet
from agent_runtime.parts import STANDARD_SETTINGS, AgentParts
from agent_runtime.reasoning.case import Case, Draft, Enrichment, TensorResults, Verdict
from agent_runtime.reasoning.contracts import GovernanceStatus, Outcome
from agent_runtime.routing.cases import read_case
from agent_runtime.routing.deciding import Deciding, DecisionSignals, DecisionWatch
from agent_runtime.routing.enrichment import Enricher
from agent_runtime.routing.fields import MatchScore, match_scores
from agent_runtime.routing.formatting import answer_of
from agent_runtime.routing.ledger import CaseLedger
from agent_runtime.routing.steps import CaseSteps
from agent_runtime.routing.tensors import Coordinator, TensorCalls, TensorPlan
from agent_runtime.routing.work import Answer, Decided, Enriched, Notice, Scored
from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse, RankedObservation
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import EmbeddingRequest, EmbeddingResponse, EntityEmbedding
from agent_runtime.shapes.links import ScoredLink, ScoreRequest, ScoreResponse
from agent_runtime.shapes.transactions import TransactionPayload
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.tokens import Claims
from agent_runtime.values import JsonObject, JsonValue

MODEL = "v7"


def chance(subject: str, target: str) -> float:
    """Return the chance of a link by `PlainTensors`: by the lengths of its names, 0.1 to 0.9."""
    return 0.1 + 0.8 * (len(subject) * len(target) % 10) / 9.0


@dataclass
class PlainTensors:
    """A tensor layer: chances by names, vectors by spelling, anomaly by the first feature.

    Attributes:
        fault: raised by each call while it is set.
        asked: the requests, in their order.
        version: version of the model.
    """

    fault: AgentError | None = None
    asked: list[ScoreRequest | EmbeddingRequest | AnomalyRequest] = field(default_factory=list)
    version: str = MODEL

    def score_candidates(self, request: ScoreRequest, call: Call) -> ScoreResponse:
        """Score each candidate by `chance`."""
        self._ask(request)
        links = [
            ScoredLink(
                index=index,
                subject=each.subject,
                relation=each.relation,
                object=each.object,
                score=chance(each.subject, each.object),
                confidence=chance(each.subject, each.object),
                deviation=0.0,
                factors={},
            )
            for index, each in enumerate(request.candidates)
        ]
        return ScoreResponse(
            decision_id="scored",
            trace_id=call.trace_id,
            confidence=max(link.confidence for link in links),
            model_version=self.version,
            ranking=tuple(sorted(links, key=lambda link: -link.confidence)),
        )

    def generate_embeddings(self, request: EmbeddingRequest, call: Call) -> EmbeddingResponse:
        """Embed each entity as its length and its number of vowels, plus one each."""
        self._ask(request)
        return EmbeddingResponse(
            trace_id=call.trace_id,
            model_version=self.version,
            dimension=2,
            embeddings=tuple(
                EntityEmbedding(
                    entity=name,
                    vector=(len(name) + 1.0, sum(name.count(v) for v in "aeiou") + 1.0),
                    neighbours=(),
                )
                for name in request.entities
            ),
        )

    def detect_anomaly(self, request: AnomalyRequest, call: Call) -> AnomalyResponse:
        """Take the first feature of each row as its anomaly score."""
        self._ask(request)
        ranking = tuple(
            RankedObservation(row=row, score=values[0], isolation=values[0], flagged=False)
            for row, values in enumerate(request.observations)
        )
        return AnomalyResponse(
            decision_id="detected",
            trace_id=call.trace_id,
            confidence=1.0,
            threshold=0.95,
            basis="fitted",
            ranking=tuple(sorted(ranking, key=lambda each: -each.score)),
        )

    def _ask(self, request: ScoreRequest | EmbeddingRequest | AnomalyRequest) -> None:
        self.asked.append(request)
        if self.fault is not None:
            raise self.fault


@dataclass
class PlainReasoner:
    """Backs each candidate by the chance that the tensor layer gave it; unscored ones get none.

    Attributes:
        confidence: of every draft; without it the support of the best candidate.
        seen: the cases with their enrichment, in their order.
    """

    confidence: float | None = None
    seen: list[tuple[Case, Enrichment]] = field(default_factory=list)

    def decide(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Draft:
        """Rank the scored candidates by their chance."""
        self.seen.append((case, enrichment))
        scores = {link.index: link.confidence for link in tensors.links}
        support = tuple(scores.get(index, 0.0) for index in range(len(case.candidates)))
        ranking = tuple(sorted(scores, key=lambda index: (-scores[index], index)))
        sure = max(support, default=0.0) if self.confidence is None else self.confidence
        verdict = Verdict(mode="tensor_guided_scoring", support=support, confidence=sure)
        return Draft(
            case=case,
            ranking=ranking,
            support=support,
            confidence=sure,
            verdicts=(verdict,),
            factors={"tensor_score": sure},
            reasons=("ranked by the tensor layer",),
        )


@dataclass
class ListRecorder:
    """Keeps decisions in a list; raises while `broken`."""

    broken: bool = False
    kept: list[tuple[Draft, Outcome]] = field(default_factory=list)

    def record(self, draft: Draft, outcome: Outcome) -> None:
        """Keep one decision."""
        if self.broken:
            raise MemoryLayerError("the disk is full")
        self.kept.append((draft, outcome))


@dataclass
class ListLog:
    """Keeps what is told about packets, in its order: the event, and what it is about."""

    told: list[tuple[str, str]] = field(default_factory=list)

    def received(self, packet: PacketEnvelope) -> None:
        """Keep the type of a packet that came in."""
        self.told.append(("received", packet.metadata.packet_type))

    def refused(self, document: JsonObject, error: AgentError) -> None:
        """Keep the error that one was refused with."""
        del document
        self.told.append(("refused", type(error).__name__))

    def answered(self, packet: PacketEnvelope, answer: PacketEnvelope) -> None:
        """Keep the type of an answer."""
        del packet
        self.told.append(("answered", answer.metadata.packet_type))


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainPayload:
    """What `PlainFormatter` answers."""

    match_scores: tuple[MatchScore, ...]


class PlainFormatter:
    """Answers `plain_results`, and tells `monitoring` of each decision."""

    def answer(self, decided: Decided) -> Answer:
        """Return the scores."""
        payload = PlainPayload(match_scores=match_scores(decided))
        return answer_of("plain_results", payload, decided)

    def notices(self, decided: Decided) -> tuple[Notice, ...]:
        """Return one notice."""
        told = Answer(packet_type="telemetry", payload={"domain": decided.received.case.domain})
        return (Notice(to="monitoring", answer=told),)


@dataclass(frozen=True)
class KeptMemory:
    """Keeps values in a dictionary, as working memory does."""

    values: dict[str, JsonValue] = field(default_factory=dict)

    def cache(self, key: str, value: JsonValue) -> None:
        """Keep a value."""
        self.values[key] = value

    def cached(self, key: str) -> JsonValue:
        """Return a kept value, or None."""
        return self.values.get(key)


def plain_steps(
    bench: AgentBench,
    root: Path,
    *,
    governance: DecisionWatch,
    tensors: PlainTensors | None = None,
    reasoner: PlainReasoner | None = None,
    recorders: tuple[ListRecorder, ...] = (),
    signals: DecisionSignals | None = None,
) -> CaseSteps:
    """Return the steps of an orchestrator over `bench`, its ledger in `root`."""
    layer = tensors or PlainTensors()
    return CaseSteps(
        agent=bench.agent,
        enricher=Enricher(factors=(), governance=governance, clock=bench.clock),
        tensors=plain_coordinator(layer, governance, bench.clock),
        deciding=Deciding(
            agent=bench.agent,
            reasoner=reasoner or PlainReasoner(),
            governance=governance,
            ledger=CaseLedger(root / "cases.db", bench.clock),
            audit=bench.audit,
            clock=bench.clock,
            signals=signals or DecisionSignals(),
            audited_as="decided",
            event_type="process_packet",
            recorders=recorders,
        ),
        formatter=PlainFormatter(),
        bus=bench.bus,
        clock=bench.clock,
    )


def plain_coordinator(
    layer: PlainTensors, governance: DecisionWatch, clock: Clock, *, timeout_ms: int = 2000
) -> Coordinator:
    """Return a coordinator of links and anomalies over `layer`."""
    return Coordinator(
        TensorPlan(methods=("link_prediction", "anomaly_detection"), timeout_ms=timeout_ms),
        TensorCalls.of(layer),
        governance,
        clock=clock,
    )


def asking(
    bench: AgentBench,
    packet_type: str,
    payload: JsonObject,
    *,
    source: str = "plastos",
    key: str | None = None,
    flags: tuple[str, ...] = (),
) -> PacketEnvelope:
    """Return a packet of `source` to the agent of `bench`."""
    return new_packet(
        source,
        bench.agent,
        payload,
        clock=bench.clock,
        packet_type=packet_type,
        trace_id=TRACE,
        idempotency_key=key,
        governance_flags=flags,
    )


def trade(
    *links: tuple[str, str, str],
    domain: str = "PlastOS",
    transaction: str = "t1",
    criticality: float = 0.0,
    features: Iterable[float] = (),
    attributes: Mapping[str, float] | None = None,
    reserves: Iterable[str] = (),
) -> JsonObject:
    """Return the payload of one transaction with candidate `links`."""
    return {
        "domain": domain,
        "criticality": criticality,
        "transactions": [
            {
                "transaction_id": transaction,
                "candidates": [
                    {"subject": subject, "relation": relation, "object": target}
                    for subject, relation, target in (CandidatePair(*link) for link in links)
                ],
                "features": list(features),
                "attributes": dict(attributes or {}),
                "reserves": list(reserves),
            }
        ],
    }


def heard(bus: EventBus, topic: str) -> list[JsonObject]:
    """Subscribe to `topic` and return the list that its messages go to when the bus is pumped."""
    messages: list[JsonObject] = []
    consumer = f"test-{topic}".replace(".", "-").replace("*", "all")
    bus.subscribe(topic, consumer, lambda delivery: messages.append(delivery.message))
    return messages


@dataclass(frozen=True)
class BenchBridge:
    """The governance of a bench under the method names of a generated governance bridge."""

    governance: Governance

    def observe_all(
        self, values: Mapping[str, float | bool], *, subject: str, trace_id: str
    ) -> tuple[Escalation, ...]:
        """Judge the named signals together; return what was escalated."""
        return self.governance.observe(values, subject=subject, trace_id=trace_id)

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> Escalation:
        """Ask the anchors about `subject`."""
        return self.governance.escalate(subject, reason, severity, trace_id=trace_id)

    def permit(self, decision: str, *, subject: str | None = None, trace_id: str) -> Approval:
        """Permit a decision inside the agent."""
        return self.governance.authorise_internal(decision, subject=subject, trace_id=trace_id)

    def answer(
        self, escalation_id: str, *, token: Credential, approve: bool, reason: str, trace_id: str
    ) -> Escalation:
        """Approve or refuse what was escalated."""
        return self.governance.answer(
            escalation_id, token=token, approve=approve, reason=reason, trace_id=trace_id
        )

    def override(
        self, escalation_id: str, *, token: Credential, decision: str, trace_id: str
    ) -> Escalation:
        """Replace a decision."""
        return self.governance.override(
            escalation_id, token=token, decision=decision, trace_id=trace_id
        )


def open_parts(root: Path, agent: str, clock: Clock) -> AgentParts:
    """Open the parts of an agent below `root`; no token is believed, verified claims are."""
    given = {
        f"L9_{agent.upper()}__DATA__FOLDER": str(root / "data"),
        f"L9_{agent.upper()}__LOGGING__FOLDER": str(root / "logs"),
    }
    return AgentParts(agent, load_settings(agent, STANDARD_SETTINGS, given), clock=clock)


def claims_of(agent: str, clock: Clock, *roles: str) -> Claims:
    """Return what the service shell makes of a token with `roles`."""
    return Claims(
        subject="tester",
        roles=frozenset(roles),
        audience=agent,
        token_id="t-1",  # noqa: S106 - a name
        key_id="k-1",
        issued_at=clock(),
        expires_at=clock() + 60.0,
    )


def decided_case(
    bench: AgentBench,
    *,
    packet_type: str = "trade",
    domain: str = "PlastOS",
    status: GovernanceStatus = "proceeded",
) -> Decided:
    """Return a decision whose every field is known: see the constants in it."""
    packet = asking(
        bench, packet_type, trade(("a", "BUYS", "b"), ("a", "BUYS", "c"), domain=domain)
    )
    received = read_case(
        packet,
        TransactionPayload.model_validate_json(canonical_json(packet.payload)),
        Call(trace_id=TRACE),
        began=bench.clock(),
    )
    first = received.case.candidates[0]
    return Decided(
        scored=Scored(
            enriched=Enriched(
                received=received,
                enrichment=Enrichment(factors={"market_conditions": 0.25}, gaps=("weather",)),
            ),
            tensors=TensorResults(
                embeddings={first.subject: (1.0, 0.5)},
                model_version=MODEL,
                missing={"anomaly_detection": "late"},
            ),
            risk=0.4,
        ),
        draft=Draft(
            case=received.case,
            ranking=(1,),
            support=(0.2, 0.75),
            confidence=0.75,
            verdicts=(Verdict(mode="symbolic", support=(0.2, 0.75), confidence=0.75),),
            factors={"tensor_score": 0.75},
            reasons=("likeliest",),
            objections=("R-1",),
        ),
        outcome=Outcome(
            decision_id="d-1",
            governance_status=status,
            decided_at=bench.clock(),
            model_version=MODEL,
        ),
        milliseconds=12.5,
        flags={"t1": 0.97},
    )
