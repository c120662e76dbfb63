"""Parameters of a semantic updater: the declared node and edge types as records."""

import re
from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.rules.quantities import parse_note
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import entries, texts
from generators.patterns.imports import import_groups

_FIELD: Final = "memorytopology.semanticmemory.structure"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED: Final = frozenset({"id", "title", "type", "uid", "rid"})
_TYPES: Final = (
    ("Vector", ("_vector", "_embedding")),
    ("int", ("_count",)),
    ("float", ("_score", "confidence", "_rate", "_probability", "_weight")),
)
_SAMPLES: Final[Mapping[str, Plain]] = {
    "Vector": [0.5, 0.25],
    "int": 3,
    "float": 0.75,
    "str": "known",
}
_FACTS: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "entity": (
        ("embedding", ("embedding", "vector")),
        ("domain", ("domain",)),
        ("at", ("updated", "timestamp", "seen")),
    ),
    "link": (
        ("relation", ("relation",)),
        ("score", ("prediction_score", "raw_score")),
        ("confidence", ("confidence",)),
        ("model_version", ("model",)),
        ("at", ("updated", "timestamp", "predicted")),
    ),
    "lesson": (
        ("description", ("description", "pattern")),
        ("confidence", ("confidence",)),
        ("at", ("updated", "timestamp", "learned_at")),
    ),
}
"""Which attribute of a fact fills a field, by words in the field's name."""
_RUNTIME: Final = (
    ("dataclasses", ("dataclass",)),
    ("typing", ("Final",)),
    ("agent_runtime.reasoning.case", ("Draft",)),
    ("agent_runtime.reasoning.contracts", ("Outcome",)),
    ("agent_runtime.reasoning.entities", ("merge_decision",)),
    ("agent_runtime.values", ("JsonObject",)),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the declared types with their fields, keys and what fills them.

    Raises:
        RefusalError: nothing is declared, or a type has no key or a field that cannot be kept.
    """
    types = [
        _type(entry, place)
        for place, entry in enumerate(
            entries(context, "memorytopology", "semanticmemory", "structure")
        )
    ]
    if not types:
        raise RefusalError(
            f"{_FIELD} declares no node or edge type that could be updated",
            "write for example `- node_type: domain_entity` with its `fields` there",
        )
    facts = sorted({f"{each['fact']}_facts" for each in types if each["fact"]})
    merges = sorted({"merge_node" if each["node"] else "merge_edge" for each in types})
    memory = context.source("memorymanager", "agent_runtime.memory")
    vectors = any(field["type"] == "Vector" for each in types for field in _listed(each["fields"]))
    lessons = [_lesson(each) for each in types if each["fact"] == "lesson"]
    kinds = [each["node"] for each in types]
    names = [
        *(["Edge"] if False in kinds else []),
        "MemoryLayers",
        *(["Node"] if True in kinds else []),
    ]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "types": [*types],
        "node_types": [each["name"] for each in types if each["node"]],
        "edge_types": [each["name"] for each in types if not each["node"]],
        "lessons": lessons,
        "teaches": bool(lessons),
        "imports": import_groups(
            context.namespace,
            [
                *_RUNTIME,
                ("agent_runtime.reasoning.entities", facts),
                ("agent_runtime.reasoning.graph", [*merges, *(["Vector"] if vectors else [])]),
                (memory, names),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [(context.module, [context.class_name, *(str(each["class"]) for each in types)])],
        ),
    }


def _type(entry: Mapping[str, Plain], place: int) -> dict[str, Plain]:
    where = f"{_FIELD}[{place}]"
    kinds = {key.replace("_", ""): str(value) for key, value in entry.items()}
    name = kinds.get("nodetype") or kinds.get("edgetype") or ""
    node = "nodetype" in kinds
    fields = [parse_note(field).value for field in texts(entry.get("fields"))]
    wrong = [field for field in fields if not _NAME.fullmatch(field) or field in _RESERVED]
    if not _NAME.fullmatch(name) or wrong:
        raise RefusalError(
            f"{where}: {name or 'a type'} or its fields {', '.join(wrong)} cannot be names",
            "use snake case, and none of id, title, type, uid, rid",
        )
    keys = _keys(fields, name, node=node, where=where)
    fact = _fact(keys, node=node)
    return {
        "name": name,
        "class": "".join(part.capitalize() for part in name.split("_")),
        "node": node,
        "ends": [*keys],
        "key": keys[0],
        "target": keys[-1],
        "kind": next((f for f in fields if "relation" in f and f not in keys), ""),
        "has_kind": any("relation" in f and f not in keys for f in fields),
        "fields": [_field(field) for field in fields if field not in keys],
        "sample": {field: _SAMPLES[_type_of(field)] for field in fields if field not in keys},
        "filled": [
            {"name": field, "attribute": _filler(field, fact)}
            for field in fields
            if field not in keys and _filler(field, fact)
        ],
        "fact": fact,
        "writes": bool(fact),
    }


def _lesson(of: Mapping[str, Plain]) -> Plain:
    """Return what the test's lesson, told as `alike` by a sure mode, leaves in an edge."""
    told: Mapping[str, Plain] = {"description": "alike", "confidence": 1.0}
    filled = {str(f["name"]): told.get(str(f["attribute"])) for f in _listed(of["filled"])}
    return {"name": of["name"], "left": {k: v for k, v in filled.items() if v is not None}}


def _listed(value: Plain) -> list[Mapping[str, Plain]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _keys(fields: list[str], name: str, *, node: bool, where: str) -> list[str]:
    """Return the field that identifies a node, or the two that are the ends of an edge."""
    if node:
        keys = [field for field in fields if field.endswith("_id")][:1]
    else:
        ends = [next((f for f in fields if f.startswith(end)), "") for end in ("source", "target")]
        keys = ends if all(ends) else []
    if not keys:
        wanted = "a field that ends in _id" if node else "fields source_... and target_..."
        raise RefusalError(f"{where}: {name} has no key", f"give it {wanted}")
    return keys


def _fact(keys: list[str], *, node: bool) -> str:
    """Return what decisions say of such records, empty if nothing."""
    if node:
        return "entity" if "entity" in keys[0] else ""
    if all("domain" in key for key in keys):
        return "lesson"
    return "link" if all("entity" in key for key in keys) else ""


def _field(name: str) -> dict[str, Plain]:
    return {"name": name, "type": _type_of(name), "sample": _SAMPLES[_type_of(name)]}


def _type_of(name: str) -> str:
    return next((t for t, ends in _TYPES if any(name.endswith(end) for end in ends)), "str")


def _filler(name: str, fact: str) -> str:
    rules = _FACTS.get(fact, ())
    return next((attribute for attribute, words in rules if any(w in name for w in words)), "")
