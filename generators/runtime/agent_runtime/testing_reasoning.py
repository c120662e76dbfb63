"""Cases, verdicts and drafts for tests of what reasons, remembers and learns."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from agent_runtime.memory.topology import CausalSpec, EpisodicSpec, MemoryTopology, SemanticSpec
from agent_runtime.observations import CandidatePair
from agent_runtime.policy import Policy
from agent_runtime.reasoning.case import Case, Draft, TensorResults, Verdict
from agent_runtime.reasoning.contracts import GovernanceStatus, Outcome
from agent_runtime.reasoning.synthesis import Synthesizer
from agent_runtime.reasoning.traces import DecisionTrace, Vote
from agent_runtime.rules import Rule
from agent_runtime.shapes.links import ScoredLink
from agent_runtime.signals import Signal
from agent_runtime.testing import DEFAULT_POLICY, TRACE, AgentBench

DOMAIN: Final = "PlastOS"
"""The domain of cases that do not name another."""


def case(
    count: int = 3,
    *,
    domain: str = DOMAIN,
    attributes: Mapping[str, float] | None = None,
    each: Iterable[Mapping[str, float]] = (),
    criticality: float = 0.0,
    deal: int = 1,
    deadline: float | None = None,
) -> Case:
    """Return a case with `count` candidates; `each` are the attributes of single ones."""
    return Case(
        packet_id="p-1",
        trace_id=TRACE,
        packet_type="transaction_batch",
        source="plastos_adapter",
        domain=domain,
        transaction={"deal": deal},
        candidates=tuple(CandidatePair("b", "BUYS", f"s{n}") for n in range(count)),
        attributes=attributes or {},
        candidate_attributes=tuple(each),
        criticality=criticality,
        deadline=deadline,
    )


def tensors(
    *chances: float,
    deviation: float = 0.1,
    anomalies: Mapping[str, float] | None = None,
    embeddings: Mapping[str, tuple[float, ...]] | None = None,
    missing: Mapping[str, str] | None = None,
) -> TensorResults:
    """Return results with the chance of each candidate of `case`."""
    links = tuple(
        ScoredLink(
            index=n,
            subject="b",
            relation="BUYS",
            object=f"s{n}",
            score=chance,
            confidence=chance,
            deviation=deviation,
            factors={},
        )
        for n, chance in enumerate(chances)
    )
    return TensorResults(
        links=links,
        model_version="m1" if links else None,
        anomalies=anomalies or {},
        embeddings=embeddings or {},
        missing=missing or {},
    )


def verdict(
    mode: str,
    *support: float,
    confidence: float = 1.0,
    reasons: tuple[str, ...] = (),
    factors: Mapping[str, float] | None = None,
    objections: tuple[str, ...] = (),
) -> Verdict:
    """Return what a mode says, by candidate."""
    return Verdict(
        mode=mode,
        support=support,
        confidence=confidence,
        reasons=reasons,
        factors=factors or {},
        objections=objections,
    )


def draft(*verdicts: Verdict, domain: str = DOMAIN) -> Draft:
    """Return what equal weights make of `verdicts`."""
    return Synthesizer().combine(case(len(verdicts[0].support), domain=domain), verdicts)


def told_by_tensors(*chances: float, latency_ms: float = 1.0) -> Draft:
    """Return a draft of one sure mode that repeats what the tensor layer said."""
    made = draft(verdict("tensors", *chances))
    return replace(made, tensors=tensors(*chances), latency_ms=latency_ms)


def outcome(decision_id: str, status: GovernanceStatus = "proceeded", at: float = 0.0) -> Outcome:
    """Return how governance left a decision."""
    return Outcome(decision_id=decision_id, governance_status=status, decided_at=at)


def trace(
    decision_id: str,
    support: Mapping[str, float],
    *,
    domain: str = DOMAIN,
    status: str = "proceeded",
) -> DecisionTrace:
    """Return the trace of a decision for which sure modes gave `support`."""
    return DecisionTrace(
        decision_id=decision_id,
        trace_id=TRACE,
        domain=domain,
        confidence=0.8,
        governance_status=status,
        latency_ms=10.0,
        decided_at=0.0,
        votes={mode: Vote(support=value, confidence=1.0) for mode, value in support.items()},
    )


class KnownOutcomes(dict[str, float]):
    """How decisions turned out, by their ids."""

    def outcome(self, decision_id: str) -> float | None:
        """Return how a decision turned out, None while nobody knows."""
        return self.get(decision_id)


class KnownTraces(dict[str, DecisionTrace]):
    """Traces of decisions, by their ids."""

    def trace(self, decision_id: str) -> DecisionTrace | None:
        """Return the trace of a decision, or None."""
        return self.get(decision_id)


def reasoning_bench(
    root: Path,
    *,
    agent: str,
    signals: Iterable[Signal] = (),
    rules: Iterable[Rule] = (),
    policy: Policy = DEFAULT_POLICY,
    semantic: SemanticSpec | None = None,
) -> AgentBench:
    """Return a bench with all layers that reasoning reads and writes."""
    topology = MemoryTopology(
        agent=agent,
        episodic=EpisodicSpec(index_by=("domain",)),
        semantic=semantic or SemanticSpec(),
        causal=CausalSpec(),
    )
    return AgentBench(
        root, agent=agent, signals=signals, rules=rules, policy=policy, topology=topology
    )
