"""Parameters of DEPLOYMENT.md: start, ports, stores, health, alerts, stop."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import (
    LAYER_NAMES,
    heading,
    port_of,
    rule_rows,
    start_command,
    status_path,
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what an operator needs.

    Raises:
        RefusalError: nothing serves the agent.
    """
    agent = context.agent
    command = start_command(context)
    if not command:
        raise RefusalError(
            "DEPLOYMENT.md is listed, but no generated file answers to api_server, and there are "
            "no controller and config_manager that could serve in its place",
            "add an API server to generatefiles, or drop the document from generatedocs",
        )
    deployment = agent.data.get("deployment")
    facts = deployment if isinstance(deployment, dict) else {}
    startup = context.meta["meta.dependency.integration"].get("startup")
    steps = startup.get("steps") if isinstance(startup, dict) else []
    base = f"http://127.0.0.1:{port_of(context)}"
    return {
        **heading(context),
        "runtime": str(facts.get("runtime", "")),
        "environment": str(facts.get("environment", "")),
        "api_mode": str(facts.get("apimode", "")),
        "command": command,
        "port": port_of(context),
        "status_url": base + status_path(agent),
        "base_url": base,
        "stores": _stores(context),
        "hard": [*agent.depends_on.hard],
        "soft": [*agent.depends_on.soft],
        "steps": [str(step).replace("_", " ") for step in steps] if isinstance(steps, list) else [],
        "alerts": [row for row in rule_rows(context) if _is_alert(row)],
        "metrics": [*agent.metrics],
    }


def _stores(context: PatternContext) -> list[Plain]:
    """Return the environment variable of each declared layer's real store."""
    memory = context.meta["meta.codegen.schema"].get("memory")
    shared = memory if isinstance(memory, dict) else {}
    rows: list[Plain] = []
    for layer in context.agent.memory:
        name = LAYER_NAMES[layer.name]
        store = shared.get(name)
        connection = store.get("connection") if isinstance(store, dict) else ""
        variable = str(connection).removeprefix("${").removesuffix("}")
        rows.append({"layer": name, "variable": variable, "store": layer.storage_type})
    return rows


def _is_alert(row: Plain) -> bool:
    return isinstance(row, dict) and row["kind"] == "alert"
