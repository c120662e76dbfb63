"""Parameters of the unified configuration: what the meta templates say, for one collection."""

from collections.abc import Mapping
from typing import Final

from generators.engine.model.agent import Agent
from generators.engine.patterns.context import SystemContext
from generators.engine.sources.canonical import Plain

_STORES = {
    "working": ("redis", "url"),
    "episodic": ("postgres", "url"),
    "semantic": ("neo4j", "url"),
    "causal": ("hypergraph", "url"),
    "archive": ("s3", "bucket"),
}

BUS_FILE: Final = "${L9_BUS_FILE}"
"""Reference to the variable that names the bus of the system; each agent alone if it is unset."""

POLICIES_FILE: Final = "{collection}_policies.json"
"""The register of policies, beside the configuration."""


def params(context: SystemContext) -> Mapping[str, Plain]:
    """Return the configuration as sections of plain data."""
    shared = context.meta["meta.codegen.schema"]
    contracts = context.meta["meta.dependency.integration"]
    fill = _Placeholders(context)
    sections: dict[str, Plain] = {
        "memory_backends": _memory_backends(_section(shared, "memory")),
        "governance": {
            **_section(shared, "governance"),
            "escalation": contracts.get("escalation"),
            "audit": contracts.get("audit"),
            "harmonization": context.glue.get("governance_harmonization"),
        },
        "communication": {
            **_section(shared, "communication"),
            "protocol": context.glue.get("protocol"),
            "packet": contracts.get("packet"),
            "event": contracts.get("event"),
            "rest": contracts.get("rest"),
            "harmonization": context.glue.get("communication_harmonization"),
        },
        "memory": {
            "episodic": contracts.get("episodic"),
            "semantic": contracts.get("semantic"),
            "causal": contracts.get("causal"),
            "archive": contracts.get("archive"),
            "harmonization": context.glue.get("memory_harmonization"),
        },
        "logging": _section(shared, "logging"),
        "monitoring": _section(shared, "monitoring"),
        "feature_flags": _section(shared, "feature_flags"),
        "bus": {"file": BUS_FILE},
        "auditing": {"policies": POLICIES_FILE.format(collection=context.collection.name)},
        "startup": {**_section(contracts, "startup"), "order": [*context.starts]},
        "integration": contracts.get("pair_test"),
        "registry": [_registered(context, agent_id) for agent_id in context.order],
        "wirings": _wirings(context),
    }
    return {
        "title": context.collection.title,
        "collection": str(context.collection.name),
        "version": context.collection.version,
        "sections": [{"name": key, "value": {key: fill.of(val)}} for key, val in sections.items()],
    }


class _Placeholders:
    """Fills `{collection}`, `{system}` and `{namespace}`; those of an agent stay."""

    def __init__(self, context: SystemContext) -> None:
        name = str(context.collection.name)
        self._values = {
            "{collection}": name,
            "{system}": name.removesuffix("_ecosystem"),
            "{namespace}": context.namespace,
        }

    def of(self, value: Plain) -> Plain:
        """Return `value` with the placeholders in all its texts filled in."""
        if isinstance(value, dict):
            return {key: self.of(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if isinstance(value, str):
            for mark, text in self._values.items():
                value = value.replace(mark, text)
        return value


def _section(data: Mapping[str, Plain], key: str) -> dict[str, Plain]:
    value = data.get(key)
    return dict(value) if isinstance(value, dict) else {}


def _memory_backends(memory: Mapping[str, Plain]) -> Plain:
    """Return the stores under the names of the guide: redis, postgres, neo4j, hypergraph, s3."""
    backends: dict[str, Plain] = {}
    for layer, (name, key) in _STORES.items():
        store = memory.get(layer)
        if isinstance(store, dict):
            rest = {k: v for k, v in store.items() if k != "connection"}
            backends[name] = {key: store.get("connection"), "layer": layer, **rest}
    return backends


def _registered(context: SystemContext, agent_id: str) -> Plain:
    agent = context.collection.agent(agent_id)
    startup = _section(context.meta["meta.dependency.integration"], "startup")
    base = startup.get("base_port")
    port = (base if isinstance(base, int) else 8000) + context.order.index(agent_id)
    return {
        "agent": agent_id,
        "rootpath": str(agent.rootpath),
        "base_url": f"http://127.0.0.1:{port}",
        "endpoints": [_endpoint(agent, index) for index in range(len(agent.endpoints))],
    }


def _endpoint(agent: Agent, index: int) -> Plain:
    endpoint = agent.endpoints[index]
    return {
        "name": str(endpoint.name),
        "method": endpoint.method,
        "path": endpoint.path,
        "timeout_ms": endpoint.timeout_ms,
    }


def _wirings(context: SystemContext) -> Plain:
    """Return the wirings among agents of this collection, built or not: they are its contract."""
    known = {str(agent.agent_id) for agent in context.collection.agents}
    wirings = context.glue.get("wirings")
    return [
        wiring
        for wiring in (wirings if isinstance(wirings, list) else [])
        if isinstance(wiring, dict)
        and wiring.get("from_agent") in known
        and wiring.get("to_agent") in known
    ]
