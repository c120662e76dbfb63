"""Facts of an agent as rows for documents; shared by the patterns of the kind `doc`."""

import importlib
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from generators.engine.model.agent import Agent, MemoryLayer
from generators.engine.patterns.context import GeneratedShape, OperationUse, PatternContext, Shape
from generators.engine.sources.canonical import Plain

Row = dict[str, Plain]

LAYER_NAMES = {
    "workingmemory": "working",
    "episodicmemory": "episodic",
    "semanticmemory": "semantic",
    "causalmemory": "causal",
    "longtermpersistence": "archive",
}


def heading(context: PatternContext) -> Row:
    """Return what every document begins with."""
    agent = context.agent
    return {
        "title": agent.title,
        "name": agent.name,
        "agent_id": str(agent.agent_id),
        "role": agent.role,
        "version": agent.version,
        "rootpath": str(agent.rootpath),
        "package": context.package,
        "purpose": context.purpose,
    }


def module_rows(context: PatternContext) -> list[Plain]:
    """Return the modules in the order of the schema, with class and purpose."""
    by_stem = {sibling.stem: sibling for sibling in context.siblings.values()}
    rows: list[Plain] = []
    for file in context.agent.instructions.generate_files:
        sibling = by_stem.get(file.stem)
        if sibling is not None and file.stem != "__init__":
            rows.append(
                {
                    "file": file.path.name,
                    "class": sibling.class_name or "functions",
                    "purpose": file.purpose or sibling.pattern.title,
                    "pattern": sibling.pattern.reference,
                }
            )
    return rows


def module_edges(context: PatternContext) -> list[Plain]:
    """Return (user, used) by stem for each role that a module's pattern needs or uses."""
    edges: list[Plain] = []
    for sibling in context.siblings.values():
        for role in (*sibling.pattern.needs, *sibling.pattern.uses):
            used = context.siblings.get(role)
            if used is not None and "__init__" not in (sibling.stem, used.stem):
                edges.append({"user": sibling.stem, "used": used.stem})
    return edges


def endpoint_rows(context: PatternContext) -> list[Plain]:
    """Return the endpoints with who answers them, in the order of the schema."""
    return [_endpoint_row(use) for use in context.operations]


def _endpoint_row(use: OperationUse) -> Row:
    endpoint = use.endpoint
    return {
        "name": str(endpoint.name),
        "method": endpoint.method,
        "path": endpoint.path,
        "timeout_ms": endpoint.timeout_ms,
        "auth": endpoint.auth or "",
        "open": endpoint.auth is None,
        "answered_by": f"{use.sibling.class_name}.{use.method}",
        "request": use.request.name,
        "response": use.response.name,
        "decides": use.decides,
    }


def shape_fields(shape: Shape) -> list[Plain]:
    """Return the fields of a pydantic model as its JSON Schema describes them."""
    return _fields(schema_of(shape))


def nested_shapes(shapes: Iterable[Shape]) -> list[Plain]:
    """Return the models that occur inside `shapes`, each once, with their fields."""
    found: dict[str, Plain] = {}
    for shape in shapes:
        for name, schema in schema_of(shape).get("$defs", {}).items():
            found[name] = {"name": name, "fields": _fields(schema)}
    return [found[name] for name in sorted(found)]


def schema_of(shape: Shape) -> dict[str, Any]:
    """Return the JSON Schema of a pydantic model, of the runtime or generated."""
    if isinstance(shape, GeneratedShape):
        return dict(shape.schema)
    model = getattr(importlib.import_module(shape.module), shape.name)
    if not issubclass(model, BaseModel):
        raise TypeError(f"{shape.module}:{shape.name} is no pydantic model")
    schema: dict[str, Any] = model.model_json_schema()
    return schema


def _fields(schema: Mapping[str, Any]) -> list[Plain]:
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "type": _type(field),
            "required": name in required,
            "bounds": _bounds(field),
            "description": str(field.get("description", "")),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _type(field: Mapping[str, object]) -> str:
    """Return a short word for the type of a JSON Schema field."""
    options = field.get("anyOf")
    if isinstance(options, list):
        return " or ".join(_type(option) for option in options)
    reference = field.get("$ref")
    if isinstance(reference, str):
        return reference.rsplit("/", 1)[-1]
    items = field.get("items")
    if field.get("type") == "array" and isinstance(items, Mapping):
        return f"list of {_type(items)}"
    values = field.get("additionalProperties")
    if field.get("type") == "object" and isinstance(values, Mapping):
        return f"map of {_type(values)}"
    return str(field.get("type", "any"))


_LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
    "minLength": "shortest",
    "maxLength": "longest",
    "minItems": "fewest",
    "maxItems": "most",
    "pattern": "pattern",
}


def _bounds(field: Mapping[str, object]) -> str:
    return ", ".join(f"{word} {field[key]}" for key, word in _LIMITS.items() if key in field)


def doc_line(module: str, name: str) -> str:
    """Return what the docstring of a function says that it returns, without a full stop."""
    told = inspect.getdoc(getattr(importlib.import_module(module), name)) or ""
    return told.partition("\n")[0].removeprefix("Return ").rstrip(".")


def memory_rows(agent: Agent) -> list[Plain]:
    """Return the declared memory layers."""
    return [
        {
            "layer": LAYER_NAMES[layer.name],
            "store": layer.storage_type,
            "purpose": layer.purpose,
            "keeps": _keeps(layer),
            "index": ", ".join(layer.index_by),
        }
        for layer in agent.memory
    ]


def _keeps(layer: MemoryLayer) -> str:
    if layer.ttl_seconds is not None:
        return f"{layer.ttl_seconds:g} s"
    if layer.retention_days is not None:
        return f"{layer.retention_days:g} days"
    return "shared default" if layer.name == "workingmemory" else "indefinitely"


def rule_rows(context: PatternContext) -> list[Plain]:
    """Return each compiled rule beside the prose it came from."""
    return [
        {
            "id": rule.rule_id,
            "kind": rule.kind,
            "severity": rule.severity,
            "text": rule.text,
            "expression": rule.expression,
            "target": rule.target or "anchors",
            "source": rule.pointer,
        }
        for rule in context.ruling.rules
    ]


def signal_rows(context: PatternContext) -> list[Plain]:
    """Return the signals with unit and bounds."""
    return [
        {
            "name": signal.name,
            "unit": "event" if signal.is_event else signal.unit,
            "low": "" if signal.low is None else f"{signal.low:g}",
            "high": "" if signal.high is None else f"{signal.high:g}",
        }
        for signal in context.ruling.signals
    ]


def document_names(agent: Agent) -> list[Plain]:
    """Return the file names of the agent's documents."""
    return [document.path.name for document in agent.instructions.generate_docs]


def port_of(context: PatternContext) -> int:
    """Return the agent's port: base port of the meta template plus sequence less one."""
    startup = context.meta.get("meta.dependency.integration", {}).get("startup")
    base = startup.get("base_port") if isinstance(startup, dict) else None
    return (base if isinstance(base, int) else 8000) + context.sequence - 1


def server_module(context: PatternContext) -> str:
    """Return the dotted module whose `create_app` serves the agent; empty if none does.

    It is the API server; where an agent lists none, its controller serves.
    """
    server = context.siblings.get("api_server")
    if server is not None:
        return server.module
    if "config_manager" not in context.siblings or "controller" not in context.siblings:
        return ""
    return context.siblings["controller"].module


def start_command(context: PatternContext) -> str:
    """Return the command that serves the agent, empty for an agent that serves nothing."""
    module = server_module(context)
    if not module:
        return ""
    return f"python -m agent_runtime.serve {module}:create_app --port {port_of(context)}"


def status_path(agent: Agent) -> str:
    """Return the path of the status endpoint, empty if none is declared."""
    paths = (e.path for e in agent.endpoints if e.path.endswith("/status") and e.method == "GET")
    return next(paths, "")
