"""Records a decision in every declared memory layer under one trace id, and tells the others.

A failing layer does not keep the other layers from being written; the failure goes to the audit
log and is raised, and recording the same decision again completes what is missing and doubles
nothing. The event goes out last, so that a listener never hears of a decision that is not there.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from agent_runtime.audit import AuditLog, AuditRecord
from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.events import new_event
from agent_runtime.fields import FieldReader
from agent_runtime.jsontext import canonical_json
from agent_runtime.memory.episodic import MAX_LIMIT, Episode
from agent_runtime.memory.layers import MemoryLayers
from agent_runtime.memory.semantic import SemanticMemory
from agent_runtime.values import JsonObject, JsonValue

RECORDED: Final = "decision_recorded"
WRITE_FAILED: Final = "memory_write_failed"
_DECISION_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,94}")

SECONDS_AN_HOUR: Final = 3600.0
ARCHIVE_ABOVE: Final = 0.8
"""Criticality above which a decision is archived at once instead of in its day's batch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What an agent decided and why.

    Attributes:
        decision_id: unique plain name; recording it again is the same decision.
        agent_id: who decided.
        confidence: from 0 to 1.
        criticality: from 0 to 1.
        result: what was decided.
        factors: what it was decided upon, by name, with finite weights; negative speaks against.
        entities: uids of the domain entities it is about.
        governance_status: e.g. ``approved``, ``escalated``, ``not_required``.
        trace_id: joins the records of one causal chain.
        attributes: more fields of the episode, such as those that the schema indexes by.
        escalated_to: policies or anchors that it was escalated to.
        vector: what to find it by likeness with, or None.

    Raises:
        InputBoundsError: a name is malformed, the trace id no UUID, or a number out of bounds.
    """

    decision_id: str
    agent_id: str
    confidence: float
    criticality: float
    result: JsonValue
    factors: Mapping[str, float]
    entities: tuple[str, ...]
    governance_status: str
    trace_id: str
    attributes: JsonObject = field(default_factory=dict)
    escalated_to: tuple[str, ...] = ()
    vector: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        reader = FieldReader(self.to_json())
        reader.agent("agent_id")
        reader.uuid("trace_id")
        reader.ratio("confidence")
        reader.ratio("criticality")
        problems = list(reader.problems)
        if not _DECISION_ID.fullmatch(self.decision_id):
            problems.append(f"decision_id {self.decision_id!r} is no plain name")
        if not self.governance_status or not all(self.entities) or not all(self.escalated_to):
            problems.append("governance_status, entities and escalated_to must not be empty texts")
        problems.extend(
            f"the weight of factor {name!r} is not finite, or it has no name"
            for name, weight in self.factors.items()
            if not name or not math.isfinite(weight)
        )
        if problems:
            raise InputBoundsError("; ".join(problems))

    def to_json(self) -> JsonObject:
        """Return the decision as the JSON object that memory keeps; attributes come beside it."""
        return {
            **self.attributes,
            "decision_id": self.decision_id,
            "agent_id": self.agent_id,
            "confidence": self.confidence,
            "criticality": self.criticality,
            "result": self.result,
            "factors": dict(self.factors),
            "entities": list(self.entities),
            "governance_status": self.governance_status,
            "trace_id": self.trace_id,
        }


def record_decision(
    decision: Decision,
    layers: MemoryLayers,
    audit: AuditLog,
    bus: EventBus | None,
    *,
    clock: Clock,
    archive_above: float = ARCHIVE_ABOVE,
    event_type: str = RECORDED,
) -> AuditRecord:
    """Write `decision` to every declared layer and the audit log, then publish its event.

    Personal data in it is sealed first.

    Args:
        decision: what to record.
        layers: the memory of the agent; undeclared layers are skipped.
        audit: where the record and every failure go.
        bus: where the event goes; None if the agent has no event stream.
        clock: gives the event's time stamp.
        archive_above: criticality from which on the decision is archived at once (exclusive).
        event_type: type of the event, e.g. the operation that decided.

    Returns:
        The audit record of the decision.

    Raises:
        InputBoundsError: a part of the decision is not what a layer accepts, or another decision
            was recorded under this id.
        MemoryLayerError: layers, the audit log or the bus failed; record it again to complete it.
    """
    decision = seal_decision(decision, layers)
    written, failures = [], []
    for layer, write in _writers(decision, layers, archive_above):
        try:
            write()
            written.append(layer)
        except MemoryLayerError as error:
            failures.append(f"{layer}: {error}")
            _audit(audit, decision, WRITE_FAILED, {"layer": layer, "error": str(error)})
    if failures:
        raise MemoryLayerError(f"decision {decision.decision_id}: {'; '.join(failures)}")
    detail: JsonObject = {
        "layers": written,
        "confidence": decision.confidence,
        "criticality": decision.criticality,
        "governance_status": decision.governance_status,
    }
    record = _audit(audit, decision, RECORDED, detail)
    if bus is not None:
        _publish(decision, bus, event_type, clock)
    return record


def seal_decision(decision: Decision, layers: MemoryLayers) -> Decision:
    """Return `decision` with the personal fields of its result and attributes sealed.

    Raises:
        InputBoundsError: a person was erased.
        MemoryLayerError: the vault failed.
    """
    sealed = layers.sealed({"result": decision.result, "attributes": decision.attributes})
    attributes = sealed["attributes"]
    return replace(
        decision,
        result=sealed["result"],
        attributes=attributes if isinstance(attributes, Mapping) else decision.attributes,
    )


def archive_batch(layers: MemoryLayers, start: float, *, hours: float = 24.0) -> int:
    """Archive the episodes of the `hours` that begin at `start` as one batch of JSON lines.

    Args:
        layers: the memory of the agent; without episodic memory or archive there is no batch.
        start: first moment of the batch, in seconds since the epoch.
        hours: how long the batch is.

    Returns:
        How many episodes the batch holds; a time without episodes makes no batch.

    Raises:
        MemoryLayerError: a layer failed, or there are `MAX_LIMIT` episodes or more.
    """
    if layers.episodic is None or layers.archive is None:
        return 0
    name = f"{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H%M%S}"
    end = start + hours * SECONDS_AN_HOUR
    episodes = layers.episodic.find(since=start, until=end, limit=MAX_LIMIT)
    if len(episodes) == MAX_LIMIT:
        raise MemoryLayerError(f"batch {name} has {MAX_LIMIT} episodes or more: make it shorter")
    if episodes:
        lines = [_line(episode) for episode in reversed(episodes)]
        layers.archive.put(f"batches/{name}.jsonl", "".join(lines).encode("ascii"))
    return len(episodes)


def write_graph(decision: Decision, graph: SemanticMemory) -> None:
    """Merge a decision, its entities and the policies it was escalated to into the graph.

    Raises:
        InputBoundsError: a name cannot be a node.
        MemoryLayerError: the store failed.
    """
    uid = f"decision:{decision.decision_id}"
    graph.merge_node(
        "agent_decision",
        uid,
        {
            "agent": decision.agent_id,
            "confidence": decision.confidence,
            "governance_status": decision.governance_status,
            "trace_id": decision.trace_id,
        },
    )
    for entity in decision.entities:
        graph.merge_node("domain_entity", entity)
        graph.merge_edge("INFLUENCES", entity, uid, {"trace_id": decision.trace_id})
    for policy in decision.escalated_to:
        graph.merge_node("governance_policy", f"policy:{policy}")
        graph.merge_edge("ESCALATED_TO", uid, f"policy:{policy}", {"trace_id": decision.trace_id})


def _writers(
    decision: Decision, layers: MemoryLayers, archive_above: float
) -> list[tuple[str, Callable[[], object]]]:
    """Pair the name of each declared layer with what writes the decision to it."""
    document = decision.to_json()
    writers: list[tuple[str, Callable[[], object]]] = []
    if layers.episodic is not None:
        episodic = layers.episodic
        writers.append(
            ("episodic", lambda: episodic.log(_episode(decision), vector=decision.vector))
        )
    if layers.working is not None:
        working = layers.working
        writers.append(
            ("working", lambda: working.put(f"decision:{decision.decision_id}", document))
        )
    if layers.semantic is not None:
        semantic = layers.semantic
        writers.append(("semantic", lambda: write_graph(decision, semantic)))
    if layers.causal is not None and decision.factors:
        causal = layers.causal
        writers.append(
            (
                "causal",
                lambda: causal.record_factors(
                    decision.decision_id, decision.factors, trace_id=decision.trace_id
                ),
            )
        )
    if layers.archive is not None and decision.criticality > archive_above:
        archive = layers.archive
        data = canonical_json(document).encode("ascii")
        writers.append(
            ("archive", lambda: archive.put(f"decisions/{decision.decision_id}.json", data))
        )
    return writers


def _episode(decision: Decision) -> Episode:
    return Episode(
        decision_id=decision.decision_id,
        agent_id=decision.agent_id,
        decision_data=decision.to_json(),
        confidence_score=decision.confidence,
        trace_id=decision.trace_id,
        governance_status=decision.governance_status,
    )


def _audit(audit: AuditLog, decision: Decision, action: str, detail: JsonObject) -> AuditRecord:
    return audit.append(
        action,
        actor=decision.agent_id,
        subject=decision.decision_id,
        detail=detail,
        trace_id=decision.trace_id,
    )


def _publish(decision: Decision, bus: EventBus, event_type: str, clock: Clock) -> None:
    event = new_event(
        event_type,
        decision.agent_id,
        decision_id=decision.decision_id,
        confidence=decision.confidence,
        result=decision.result,
        trace_id=decision.trace_id,
        clock=clock,
        governance_status=decision.governance_status,
        criticality=decision.criticality,
    )
    bus.publish(
        event.topic,
        event.to_json(),
        key=decision.decision_id,
        message_id=f"{decision.agent_id}:{decision.decision_id}:{event_type}",
    )


def _line(episode: Episode) -> str:
    fields: JsonObject = {
        "decision_id": episode.decision_id,
        "agent_id": episode.agent_id,
        "timestamp": episode.timestamp,
        "decision_data": episode.decision_data,
        "confidence_score": episode.confidence_score,
        "trace_id": episode.trace_id,
        "governance_status": episode.governance_status,
    }
    return f"{canonical_json(fields)}\n"
