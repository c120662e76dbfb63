"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by semantic_updater@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from dataclasses import dataclass
from typing import Final

from agent_runtime.reasoning.case import Draft
from agent_runtime.reasoning.contracts import Outcome
from agent_runtime.reasoning.entities import entity_facts, lesson_facts, link_facts, merge_decision
from agent_runtime.reasoning.graph import Vector, merge_edge, merge_node
from agent_runtime.values import JsonObject

from L9.core.memorymanager import Edge, MemoryLayers, Node

AGENT: Final = "main_agent"


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainEntity:
    """A record of the declared type `domain_entity`; None where nobody said."""

    entity_id: str
    domain: str | None = None
    entity_type: str | None = None
    embedding_vector: Vector | None = None
    trust_score: float | None = None
    last_updated: str | None = None

    def properties(self) -> JsonObject:
        """Return the fields that are no key."""
        return {
            "domain": self.domain,
            "entity_type": self.entity_type,
            "embedding_vector": self.embedding_vector,
            "trust_score": self.trust_score,
            "last_updated": self.last_updated,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class TensorPrediction:
    """A record of the declared type `tensor_prediction`; None where nobody said."""

    source_entity_id: str
    target_entity_id: str
    relationship_type: str | None = None
    prediction_score: float | None = None
    confidence: float | None = None
    model_version: str | None = None
    timestamp: str | None = None

    def properties(self) -> JsonObject:
        """Return the fields that are no key."""
        return {
            "relationship_type": self.relationship_type,
            "prediction_score": self.prediction_score,
            "confidence": self.confidence,
            "model_version": self.model_version,
            "timestamp": self.timestamp,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossDomainPattern:
    """A record of the declared type `cross_domain_pattern`; None where nobody said."""

    source_domain: str
    target_domain: str
    pattern_description: str | None = None
    confidence: float | None = None
    learned_from_count: int | None = None

    def properties(self) -> JsonObject:
        """Return the fields that are no key."""
        return {
            "pattern_description": self.pattern_description,
            "confidence": self.confidence,
            "learned_from_count": self.learned_from_count,
        }


class SemanticUpdater:
    """Merges records by their keys: a later one adds to what is known and doubles nothing."""

    def __init__(self, layers: MemoryLayers) -> None:
        """Take the opened layers.

        Raises:
            ConfigError: semantic memory was not opened.
        """
        self._graph = layers.require_semantic()

    def merge_domain_entity(self, record: DomainEntity) -> Node:
        """Merge a node; its key is `entity_id`.

        Raises:
            InputBoundsError: the key is empty or belongs to a node of another type.
        """
        return merge_node(self._graph, "domain_entity", record.entity_id, record)

    def merge_tensor_prediction(self, record: TensorPrediction) -> Edge:
        """Merge an edge from `source_entity_id` to `target_entity_id`; missing ends are made.

        Raises:
            InputBoundsError: an end is empty.
        """
        return merge_edge(
            self._graph,
            "tensor_prediction",
            record.source_entity_id,
            record.target_entity_id,
            record,
            kind=record.relationship_type or "",
        )

    def merge_cross_domain_pattern(self, record: CrossDomainPattern) -> Edge:
        """Merge an edge from `source_domain` to `target_domain`; missing ends are made.

        Raises:
            InputBoundsError: an end is empty.
        """
        return merge_edge(
            self._graph,
            "cross_domain_pattern",
            record.source_domain,
            record.target_domain,
            record,
        )

    def record(self, draft: Draft, outcome: Outcome) -> None:
        """Merge a decision, and what it says of entities and links; again changes nothing.

        Raises:
            InputBoundsError: a name cannot be a node.
            MemoryLayerError: the store failed.
        """
        merge_decision(self._graph, draft, outcome, AGENT)
        for entity in entity_facts(draft, outcome):
            self.merge_domain_entity(
                DomainEntity(
                    entity_id=entity.uid,
                    domain=entity.domain,
                    embedding_vector=entity.embedding,
                    last_updated=entity.at,
                )
            )
        for link in link_facts(draft, outcome):
            self.merge_tensor_prediction(
                TensorPrediction(
                    source_entity_id=link.source,
                    target_entity_id=link.target,
                    relationship_type=link.relation,
                    prediction_score=link.score,
                    confidence=link.confidence,
                    model_version=link.model_version,
                    timestamp=link.at,
                )
            )
        for lesson in lesson_facts(draft, outcome):
            self.merge_cross_domain_pattern(
                CrossDomainPattern(
                    source_domain=lesson.source,
                    target_domain=lesson.target,
                    pattern_description=lesson.description,
                    confidence=lesson.confidence,
                )
            )
