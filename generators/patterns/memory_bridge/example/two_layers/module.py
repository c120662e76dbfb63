"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by memory_bridge@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from agent_runtime.audit import AuditLog, AuditRecord
from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock
from agent_runtime.decisions import Decision, record_decision
from agent_runtime.flags import MEMORY_SUBSTRATE_VALIDATION, Flags
from agent_runtime.personal import PersonalFields
from agent_runtime.values import JsonObject, JsonValue

from L9.core.memorymanager import Episode, EpisodicSpec, MemoryLayers, MemoryTopology, WorkingSpec

TOPOLOGY: Final = MemoryTopology(
    agent="sensor_watch",
    # SensorWatch#/memorytopology/workingmemory
    working=WorkingSpec(
        keyspace="l9_sensor_watch:sensor_watch:working:*",
        ttl_seconds=600,
        purpose="Holds the latest readings and their scores, with TTL=10min.",
    ),
    # SensorWatch#/memorytopology/episodicmemory
    episodic=EpisodicSpec(
        index_by=("sensor_id", "timestamp"),
        retention_days=30,
        purpose="Records each batch of readings and what was unusual about it.",
    ),
    # memorytopology.personal, and `personal: true` in records
    personal=(PersonalFields(subject="buyer_id", fields=("contact_name", "contact_email")),),
)


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
            event_type=event_type,
        )

    def cache(self, key: str, value: JsonValue) -> None:
        """Keep `value` under `key` for 600 seconds.

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

    def purge(self) -> int:
        """Forget what is past its time to live or retention; return how much that was.

        Raises:
            MemoryLayerError: a layer failed.
        """
        return self._layers.purge()
