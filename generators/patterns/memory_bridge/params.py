"""Parameters of a memory bridge: the declared layers of one agent and what they imply."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from generators.engine.model.agent import MemoryLayer
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import entries, texts
from generators.patterns.imports import import_groups, number, text_parts
from generators.patterns.memory_bridge.personal import personal_fields

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_KEYSPACE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_:.-]{0,80}\*?")
_COLUMNS: Final = frozenset(
    ["decision_id", "agent_id", "timestamp", "confidence_score", "trace_id", "governance_status"]
)
_DEFAULT_TTL: Final = 3600
_DEFAULT_ABOVE: Final = 0.8
_DEFAULT_HOURS: Final = 24
_CODEGEN: Final = "meta.codegen.schema"
_INTEGRATION: Final = "meta.dependency.integration"
_SHAPES: Final = "agent_runtime.shapes.decision_log"
_LOG_IMPORTS: Final = (
    ("agent_runtime.routing.decision_log", ("read_log",)),
    ("agent_runtime.shapes.base", ("Call",)),
    (_SHAPES, ("DecisionLogRequest", "DecisionLogResponse")),
)
_LOG_TEST_IMPORTS: Final = (
    ("agent_runtime.shapes.base", ("Call",)),
    (_SHAPES, ("DecisionLogRequest",)),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what the bridge declares, and what its tests expect of it.

    Raises:
        RefusalError: no layer is declared, or a name in one is no identifier.
    """
    layers: dict[str, dict[str, Plain] | None] = {
        "working": _working(context),
        "episodic": _episodic(context),
        "semantic": _semantic(context),
        "causal": _causal(context),
        "archive": _archive(context),
    }
    if not any(layers.values()):
        raise RefusalError(
            "memorytopology declares no layer that a memory bridge could serve",
            "declare at least one, for example memorytopology.workingmemory with its keyspace",
        )
    has = {name: layer is not None for name, layer in layers.items()}
    batches = has["episodic"] and has["archive"]
    asked = any(use.method == "decision_log_call" for use in context.operations)
    if asked and not has["episodic"]:
        raise RefusalError(
            "an endpoint asks for the decision log, and memorytopology declares no episodicmemory",
            "declare memorytopology.episodicmemory with retention and indexby",
        )
    personal = personal_fields(context)
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        **layers,
        "personal": [*personal],
        "has": {**has, "batches": batches, "decision_log": asked, "personal": bool(personal)},
        "imports": _imports(context, has, batches=batches, asked=asked, personal=bool(personal)),
        "test_imports": _test_imports(context, has, batches=batches, asked=asked),
        "declared": [name for name, there in has.items() if there],
        "opened_later": next(name for name, there in has.items() if there),
    }


def _working(context: PatternContext) -> dict[str, Plain] | None:
    layer = context.agent.layer("workingmemory")
    if layer is None:
        return None
    keyspace = layer.keyspace or f"{context.agent.agent_id}:working:*"
    if not _KEYSPACE.fullmatch(keyspace):
        raise RefusalError(
            f"memorytopology.workingmemory.keyspace {keyspace!r} is no name pattern",
            f"write keyspace: {context.agent.agent_id}:working:*",
        )
    prefix = str(_at(context, _CODEGEN, "memory", "working", "keyspace_prefix") or "")
    prefix = _filled(prefix, context)
    default = _at(context, _CODEGEN, "memory", "working", "ttl_seconds")
    ttl = layer.ttl_seconds or (default if isinstance(default, int | float) else _DEFAULT_TTL)
    return {
        "keyspace": f"{prefix}:{keyspace}" if prefix else keyspace,
        "ttl_seconds": number(ttl),
        "purpose": text_parts(layer.purpose),
        "source": _source(context, layer),
    }


def _episodic(context: PatternContext) -> dict[str, Plain] | None:
    layer = context.agent.layer("episodicmemory")
    if layer is None:
        return None
    for name in layer.index_by:
        _check_name("episodicmemory.indexby", name)
    index_by = list(dict.fromkeys(layer.index_by))
    days = layer.retention_days
    fields = [name for name in index_by if name not in _COLUMNS]
    return {
        "index_by": [*index_by],
        "data": {name: f"{name} 1" for name in fields or ["note"]},
        "retention_days": None if days is None else number(days),
        "forgets": days is not None,
        "indexed": bool(index_by),
        "purpose": text_parts(layer.purpose),
        "source": _source(context, layer),
    }


def _semantic(context: PatternContext) -> dict[str, Plain] | None:
    layer = context.agent.layer("semanticmemory")
    if layer is None:
        return None
    nodes, edges = [], []
    for entry in entries(context, "memorytopology", "semanticmemory", "structure"):
        nodes += [str(value) for key, value in entry.items() if _plain(key) == "nodetype"]
        edges += [str(value) for key, value in entry.items() if _plain(key) == "edgetype"]
    for name in (*nodes, *edges):
        _check_name("semanticmemory.structure", name)
    shared = texts(_at(context, _INTEGRATION, "semantic", "node_types"))
    shared_edges = texts(_at(context, _INTEGRATION, "semantic", "edge_types"))
    return {
        "node_types": [*_without(nodes, shared)],
        "edge_types": [*_without(edges, shared_edges)],
        "all_node_types": [*dict.fromkeys([*shared, *nodes])],
        "all_edge_types": [*dict.fromkeys([*shared_edges, *edges])],
        "purpose": text_parts(layer.purpose),
        "source": _source(context, layer),
    }


def _causal(context: PatternContext) -> dict[str, Plain] | None:
    layer = context.agent.layer("causalmemory")
    if layer is None:
        return None
    factors: list[Plain] = []
    for entry in entries(context, "memorytopology", "causalmemory", "schema"):
        factor = str(entry.get("factor", ""))
        influences = texts(entry.get("influences"))
        for name in (factor, *influences):
            _check_name("causalmemory.schema", name)
        factors.append({"name": factor, "influences": [*influences]})
    pairs: list[Plain] = [
        {"factor": str(entry["name"]), "influenced": str(influenced)}
        for entry in factors
        if isinstance(entry, Mapping)
        for influenced in texts(entry["influences"])
        if influenced != entry["name"]
    ]
    return {
        "factors": factors,
        "pairs": pairs,
        "declares": bool(pairs),
        "purpose": text_parts(layer.purpose),
        "source": _source(context, layer),
    }


def _archive(context: PatternContext) -> dict[str, Plain] | None:
    layer = context.agent.layer("longtermpersistence")
    if layer is None:
        return None
    parts = (
        str(_at(context, _CODEGEN, "memory", "archive", "prefix") or ""),
        str(_at(context, _INTEGRATION, "archive", "prefix") or "{agent}/"),
    )
    prefix = _filled("".join(parts), context).strip("/")
    above = _at(context, _INTEGRATION, "archive", "at_once_above_criticality")
    hours = _at(context, _INTEGRATION, "archive", "batch_interval_hours")
    limit = above if isinstance(above, int | float) else _DEFAULT_ABOVE
    days = layer.retention_days
    return {
        "prefix": prefix,
        "retention_days": None if days is None else number(days),
        "forgets": days is not None,
        "above": float(limit),
        "beyond": round((1.0 + limit) / 2.0, 6),
        "at_once": limit < 1.0,
        "batch_hours": number(hours if isinstance(hours, int | float) else _DEFAULT_HOURS),
        "purpose": text_parts(layer.purpose),
        "source": _source(context, layer),
    }


def _imports(
    context: PatternContext,
    has: Mapping[str, bool],
    *,
    batches: bool,
    asked: bool,
    personal: bool,
) -> list[Plain]:
    wanted = {
        "working": ["WorkingSpec"],
        "episodic": ["Episode", "EpisodicSpec"],
        "semantic": ["Edge", "Node", "SemanticSpec"],
        "causal": ["CausalSpec", "Explanation"],
        "archive": ["ArchiveSpec", "ArchiveVersion"],
    }
    names = [name for layer, found in wanted.items() if has[layer] for name in found]
    collections = ["Mapping"] if has["episodic"] or has["causal"] else []
    collections += ["Sequence"] if has["episodic"] else []
    values = ["JsonObject"] if has["episodic"] or has["semantic"] else []
    values += ["JsonValue"] if has["working"] else []
    decisions = ["Decision", "record_decision", *(["archive_batch"] if batches else [])]
    return import_groups(
        context.namespace,
        [
            ("collections.abc", collections),
            ("typing", ["Final"]),
            (_audit(context), ["AuditLog", "AuditRecord"]),
            ("agent_runtime.bus", ["EventBus"]),
            ("agent_runtime.clock", ["Clock"]),
            ("agent_runtime.decisions", decisions),
            ("agent_runtime.flags", ["Flags", "MEMORY_SUBSTRATE_VALIDATION"]),
            ("agent_runtime.personal", ["PersonalFields"] if personal else []),
            ("agent_runtime.values", values),
            (_memory(context), ["MemoryLayers", "MemoryTopology", *names]),
            *(_LOG_IMPORTS if asked else ()),
        ],
    )


def _test_imports(
    context: PatternContext, has: Mapping[str, bool], *, batches: bool, asked: bool
) -> list[Plain]:
    constants = ["TOPOLOGY", context.class_name]
    constants += ["ARCHIVE_ABOVE"] if has["archive"] else []
    constants += ["BATCH_HOURS"] if batches else []
    return import_groups(
        context.namespace,
        [
            ("agent_runtime.decisions", ["Decision"]),
            ("agent_runtime.errors", ["ConfigError", "InputBoundsError"]),
            ("agent_runtime.flags", ["Flags", "MEMORY_SUBSTRATE_VALIDATION"]),
            ("agent_runtime.testing", ["AgentBench", "TRACE"]),
            (_memory(context), ["MemoryLayers"]),
            *(_LOG_TEST_IMPORTS if asked else ()),
            (context.module, constants),
        ],
    )


def _audit(context: PatternContext) -> str:
    """Return the source of the log: the compliance auditor if the schema links it."""
    auditor = context.agent.governance.compliance_auditor or ""
    return context.source(PurePosixPath(auditor).stem, "agent_runtime.audit")


def _memory(context: PatternContext) -> str:
    return context.source("memorymanager", "agent_runtime.memory")


def _filled(text: str, context: PatternContext) -> str:
    for word, value in (
        ("{collection}", context.collection),
        ("{system}", context.collection.removesuffix("_ecosystem")),
        ("{namespace}", context.namespace),
        ("{agent}", str(context.agent.agent_id)),
    ):
        text = text.replace(word, value)
    return text


def _source(context: PatternContext, layer: MemoryLayer) -> str:
    return f"{context.agent.name}#{layer.pointer}"


def _at(context: PatternContext, template: str, *keys: str) -> object:
    data: object = context.meta.get(template)
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _without(names: list[str], known: list[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name not in known]


def _plain(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")


def _check_name(field: str, name: str) -> None:
    if not _IDENTIFIER.fullmatch(name):
        raise RefusalError(
            f"memorytopology.{field} {name!r} is no identifier",
            "write letters, digits and underscores, not beginning with a digit",
        )
