"""Contexts of single patterns, over a small agent that a test may change."""

from collections.abc import Iterable, Mapping

from generators.engine.build.load_library import load_library
from generators.engine.model.agent import Endpoint
from generators.engine.model.ruling import compile_ruling
from generators.engine.names import Identifier
from generators.engine.patterns.context import OperationUse, PatternContext, Shape, Sibling
from generators.engine.patterns.pattern import Pattern
from generators.engine.sources.canonical import Plain
from tests.unit.engine.collection_builder import load, schema

META: Mapping[str, Mapping[str, Plain]] = {
    "meta.codegen.schema": {
        "memory": {
            "working": {"ttl_seconds": 90, "keyspace_prefix": "l9_{system}"},
            "archive": {"prefix": "{collection}/"},
        },
        "communication": {"token_roles": {"governance_token": "governance"}},
    },
    "meta.dependency.integration": {
        "semantic": {"node_types": ["domain_entity"], "edge_types": ["MATCHES"]},
        "archive": {
            "prefix": "{agent}/",
            "at_once_above_criticality": 0.9,
            "batch_interval_hours": 6,
        },
        "packet": {
            "fields": {"packet_id": "uuid"},
            "metadata": {},
            "refusals": {"unknown_agent": 410},
        },
        "event": {"fields": {"trace_id": "uuid", "agent": "agent_id"}, "event_data": {}},
    },
}
GLUE: Mapping[str, Plain] = {
    "communication_harmonization": {
        "event_topic": "events.{agent}.{event_type}",
        "packet_topic": "packets.{agent}",
    }
}


def pattern_of(pattern_id: str) -> Pattern:
    pattern = load_library().get(pattern_id)
    assert pattern is not None
    return pattern


def sibling(role: str) -> Sibling:
    pattern = pattern_of(role)
    return Sibling(
        role=role,
        stem=role,
        module=f"L9.agents.probe.{role}",
        class_name=pattern.class_name,
        pattern=pattern,
    )


def operation(name: str, *, auth: str | None = None, decides: bool = True) -> OperationUse:
    return OperationUse(
        endpoint=Endpoint(
            name=Identifier(name),
            path=f"/probe/v1/{name}",
            method="POST",
            timeout_ms=250,
            auth=auth,
            pointer="/deployment/endpoints/0",
        ),
        sibling=sibling("anomaly_detector"),
        method="detect_call",
        request=Shape(module="agent_runtime.shapes.anomaly", name="AnomalyRequest"),
        response=Shape(module="agent_runtime.shapes.anomaly", name="AnomalyResponse"),
        decides=decides,
    )


def context(
    pattern_id: str,
    *,
    meta: Mapping[str, Mapping[str, Plain]] = META,
    glue: Mapping[str, Plain] = GLUE,
    operations: Iterable[OperationUse] = (),
    roles: Iterable[str] = (),
    **changes: object,
) -> PatternContext:
    agent = load(schema(**changes)).collection.agent("probe")
    return PatternContext(
        agent=agent,
        sequence=1,
        collection="probe_ecosystem",
        namespace="L9",
        stem=pattern_id,
        path=f"L9/agents/probe/{pattern_id}.py",
        purpose="",
        pointer="Probe#/cursorinstructions/generatefiles/0",
        module=f"L9.agents.probe.{pattern_id}",
        package="L9.agents.probe",
        class_name=pattern_of(pattern_id).class_name,
        siblings={role: sibling(role) for role in roles},
        operations=tuple(operations),
        ruling=compile_ruling(agent),
        links={},
        dependencies={},
        meta=meta,
        glue=glue,
    )


def params(of: PatternContext) -> Mapping[str, Plain]:
    return pattern_of(of.stem).compute(of)
