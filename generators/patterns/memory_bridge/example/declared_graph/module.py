"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by memory_bridge@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from agent_runtime.audit import AuditLog, AuditRecord
from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock
from agent_runtime.decisions import Decision, archive_batch, record_decision
from agent_runtime.flags import MEMORY_SUBSTRATE_VALIDATION, Flags
from agent_runtime.values import JsonObject, JsonValue

from L9.core.memorymanager import (
    ArchiveSpec,
    ArchiveVersion,
    CausalSpec,
    Edge,
    Episode,
    EpisodicSpec,
    Explanation,
    MemoryLayers,
    MemoryTopology,
    Node,
    SemanticSpec,
    WorkingSpec,
)

TOPOLOGY: Final = MemoryTopology(
    agent="tensoraios",
    # TensorAIOS#/memorytopology/workingmemory
    working=WorkingSpec(
        keyspace="l9_tensoraios:tensoraios:working:*",
        ttl_seconds=3600,
        purpose=(
            "Holds the latest tensor state, batches of embeddings and inference results, with "
            "TTL=1hr."
        ),
    ),
    # TensorAIOS#/memorytopology/episodicmemory
    episodic=EpisodicSpec(
        index_by=("domain", "model_version", "inference_timestamp"),
        retention_days=90,
        purpose="Records each training event, each inference and each anomaly that was found.",
    ),
    # TensorAIOS#/memorytopology/semanticmemory
    semantic=SemanticSpec(
        node_types=("material",),
        edge_types=("TRUSTS",),
        purpose=(
            "Keeps entities with their embeddings, and predicted relationships with their "
            "confidence."
        ),
    ),
    # TensorAIOS#/memorytopology/causalmemory
    causal=CausalSpec(
        factors={
            "world_model_context": ("market_condition", "temporal_pattern"),
        },
        purpose=(
            "Answers why the model predicted something, by latent factors and what they "
            "influenced."
        ),
    ),
    # TensorAIOS#/memorytopology/longtermpersistence
    archive=ArchiveSpec(
        prefix="tensoraios_ecosystem/tensoraios",
        retention_days=365,
        purpose="Stores model files (.pt), training datasets and TensorBoard logs.",
    ),
)

ARCHIVE_ABOVE: Final = 0.8  # meta.dependency.integration, archive.at_once_above_criticality
BATCH_HOURS: Final = 24  # meta.dependency.integration, archive.batch_interval_hours


class MemoryBridge:
    """The memory of the agent: what it may keep, where, and for how long."""

    def __init__(self, layers: MemoryLayers, flags: Flags | None = None) -> None:
        """Take the opened layers; with memory validation on, each must answer.

        Raises:
            ConfigError: a layer of `TOPOLOGY` was not opened.
            MemoryLayerError: a layer does not answer.
        """
        if (flags or Flags()).enabled(MEMORY_SUBSTRATE_VALIDATION):
            layers.validate(TOPOLOGY)
        self._layers = layers

    def remember(
        self,
        decision: Decision,
        *,
        audit: AuditLog,
        bus: EventBus | None,
        clock: Clock,
        event_type: str,
    ) -> AuditRecord:
        """Record `decision` in every declared layer under its trace id, then tell the others.

        Raises:
            InputBoundsError: another decision was recorded under this id.
            MemoryLayerError: a layer failed; the failure is audited, and recording it again
                completes what is missing.
        """
        return record_decision(
            decision,
            self._layers,
            audit,
            bus,
            clock=clock,
            archive_above=ARCHIVE_ABOVE,
            event_type=event_type,
        )

    def cache(self, key: str, value: JsonValue) -> None:
        """Keep `value` under `key` for 3600 seconds.

        Raises:
            InputBoundsError: the key is malformed, or the value null or no finite JSON.
        """
        self._layers.require_working().put(key, value)

    def cached(self, key: str) -> JsonValue:
        """Return the live value of `key`, or None.

        Raises:
            InputBoundsError: the key is malformed.
        """
        return self._layers.require_working().get(key)

    def log_episode(
        self,
        decision_id: str,
        data: JsonObject,
        *,
        trace_id: str,
        confidence: float | None = None,
        governance_status: str = "proceeded",
        vector: Sequence[float] | None = None,
    ) -> bool:
        """Log what happened, once; False if it was logged before.

        Raises:
            InputBoundsError: the data is no finite JSON, the confidence not within 0 to 1, the
                vector without direction, or the id taken by another episode.
        """
        episode = Episode(
            decision_id=decision_id,
            agent_id=TOPOLOGY.agent,
            decision_data=data,
            confidence_score=confidence,
            trace_id=trace_id,
            governance_status=governance_status,
        )
        return self._layers.require_episodic().log(episode, vector=vector)

    def recall(
        self, where: Mapping[str, str | int | float | bool] | None = None, *, limit: int = 100
    ) -> tuple[Episode, ...]:
        """Return episodes whose indexed fields equal `where`, newest first.

        Raises:
            InputBoundsError: a field is not indexed, or the limit out of range.
        """
        return self._layers.require_episodic().find(where, limit=limit)

    def alike(self, vector: Sequence[float], k: int = 10) -> tuple[tuple[Episode, float], ...]:
        """Return the `k` episodes whose vectors are most like `vector`, with their cosines.

        Raises:
            InputBoundsError: the vector has no direction, or `k` is below 1.
        """
        return self._layers.require_episodic().nearest(vector, k=k)

    def link_entities(
        self,
        source: str,
        target: str,
        *,
        relation: str = "MATCHES",
        properties: JsonObject | None = None,
    ) -> Edge:
        """Relate two entities, merging with what is known of them and of their relation.

        Raises:
            InputBoundsError: the relation is not declared, a uid is empty or of another type, or
                a property is neither a scalar nor a list of scalars.
        """
        graph = self._layers.require_semantic()
        graph.merge_node("domain_entity", source)
        graph.merge_node("domain_entity", target)
        return graph.merge_edge(relation, source, target, properties)

    def related(self, entity: str) -> tuple[tuple[Edge, Node], ...]:
        """Return the relations of `entity`, each with the entity or decision at its other end."""
        return self._layers.require_semantic().neighbours(entity)

    def trace_cause(self, decision_id: str, factors: Mapping[str, float], *, trace_id: str) -> str:
        """Record which weighted factors led to a decision; return the id of the link.

        Raises:
            InputBoundsError: there is no factor, a weight is not finite, or other factors were
                recorded for the decision.
        """
        causal = self._layers.require_causal()
        return causal.record_factors(decision_id, factors, trace_id=trace_id)

    def explain(self, decision_id: str) -> Explanation | None:
        """Return the factors of a decision, heaviest first, with what stands behind them."""
        return self._layers.require_causal().explain(decision_id)

    def archive(self, key: str, data: bytes) -> ArchiveVersion:
        """Store `data` for good as the newest version of `key`.

        Raises:
            InputBoundsError: the key is no relative path of plain names.
        """
        return self._layers.require_archive().put(key, data)

    def archived(self, key: str, version: str | None = None) -> bytes:
        """Return a version of `key`, by default the newest, checked against its digest.

        Raises:
            InputBoundsError: there is no such version.
            MemoryLayerError: the bytes are not what was stored.
        """
        return self._layers.require_archive().get(key, version)

    def archive_batch(self, start: float) -> int:
        """Archive the episodes of the 24 hours from `start`; return how many.

        Raises:
            MemoryLayerError: a layer failed, or the batch is too large.
        """
        return archive_batch(self._layers, start, hours=BATCH_HOURS)

    def purge(self) -> int:
        """Forget what is past its time to live or retention; return how much that was.

        Raises:
            MemoryLayerError: a layer failed.
        """
        return self._layers.purge()
