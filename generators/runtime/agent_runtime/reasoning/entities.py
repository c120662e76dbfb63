"""What a decision says of entities, of links, and of what one domain taught another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agent_runtime.clock import isoformat
from agent_runtime.decisions import Decision, write_graph
from agent_runtime.domains import domain_key
from agent_runtime.memory.semantic import SemanticMemory
from agent_runtime.reasoning.analogy import PRECEDENTS_OF
from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.contracts import Outcome

_DOMAIN: Final = "domain:"


@dataclass(frozen=True, kw_only=True, slots=True)
class EntityFact:
    """An entity of a case; `embedding` is None if the tensor layer gave none."""

    uid: str
    domain: str
    embedding: tuple[float, ...] | None
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkFact:
    """A link that the tensor layer scored; `at` is ISO 8601."""

    source: str
    target: str
    relation: str
    score: float
    confidence: float
    model_version: str | None
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonFact:
    """What one domain's past taught about a case of another."""

    source: str
    target: str
    description: str
    confidence: float
    at: str


def entity_facts(draft: Draft, outcome: Outcome) -> Iterator[EntityFact]:
    """Yield the entities of the candidates, each once, in their order."""
    for uid in dict.fromkeys(end for pair in draft.case.candidates for end in pair[::2]):
        yield EntityFact(
            uid=uid,
            domain=draft.case.domain,
            embedding=draft.tensors.embeddings.get(uid),
            at=isoformat(outcome.decided_at),
        )


def link_facts(draft: Draft, outcome: Outcome) -> Iterator[LinkFact]:
    """Yield the scored candidates."""
    for link in draft.tensors.links:
        yield LinkFact(
            source=link.subject,
            target=link.object,
            relation=link.relation,
            score=link.score,
            confidence=link.confidence,
            model_version=outcome.model_version or draft.tensors.model_version,
            at=isoformat(outcome.decided_at),
        )


def lesson_facts(draft: Draft, outcome: Outcome) -> Iterator[LessonFact]:
    """Yield what precedents of other domains contributed to a decision."""
    for verdict in draft.verdicts:
        for name in verdict.factors:
            domain = name.removeprefix(PRECEDENTS_OF)
            lent = domain not in (name, domain_key(draft.case.domain))
            if lent and verdict.confidence > 0.0:
                yield LessonFact(
                    source=f"{_DOMAIN}{domain}",
                    target=f"{_DOMAIN}{draft.case.domain}",
                    description=verdict.reasons[0] if verdict.reasons else verdict.mode,
                    confidence=verdict.confidence,
                    at=isoformat(outcome.decided_at),
                )


def merge_decision(graph: SemanticMemory, draft: Draft, outcome: Outcome, agent: str) -> None:
    """Merge the decision as a node, with what it is about and whom it was escalated to.

    Raises:
        InputBoundsError: the draft is no valid decision.
        MemoryLayerError: the store failed.
    """
    decision = Decision(
        decision_id=outcome.decision_id,
        agent_id=agent,
        confidence=draft.confidence,
        criticality=draft.case.criticality,
        result=list(draft.ranking),
        factors=draft.factors,
        entities=tuple(fact.uid for fact in entity_facts(draft, outcome)),
        governance_status=outcome.governance_status,
        trace_id=draft.case.trace_id,
        escalated_to=outcome.escalations,
    )
    write_graph(decision, graph)
