"""Parameters of a config manager: every setting of the agent, with default, bounds and source."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import LAYER_NAMES, port_of
from generators.patterns.domain_records import domain_of

_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
_SIGNATURES: Final = ("required", "keyed", "if_present")
_STORES: Final = {
    "working": ("redis", "url"),
    "episodic": ("postgres", "url"),
    "semantic": ("neo4j", "url"),
    "causal": ("hypergraph", "url"),
    "archive": ("s3", "bucket"),
}
_SHARED_SECTIONS: Final = (
    "governance",
    "communication",
    "memory",
    "startup",
    "integration",
    "registry",
    "wirings",
)
_KINDS: Final = {bool: "flag", int: "integer", float: "number", str: "text", list: "texts"}

Row = dict[str, Plain]


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the settings, and the facts that the tests of the module check."""
    rows = list(setting_rows(context))
    secrets = [row for row in rows if row["secret"]]
    limit = context.agent.autonomy.task_limit
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "settings": [*rows],
        "port": port_of(context),
        "limited": limit is not None,
        "limit": limit or 0,
        "secrets": [{"key": row["key"], "variable": row["variable"]} for row in secrets],
        "has_secrets": bool(secrets),
        **_facts(rows),
    }


def _facts(rows: Sequence[Row]) -> dict[str, Plain]:
    """Return what the tests hold each setting to: its default, its limits, where it comes from."""
    defaults: list[Plain] = []
    taken: list[Plain] = []
    accepted: list[Plain] = []
    refused: list[Plain] = []
    for row in rows:
        key = row["key"]
        options = {str(o["name"]): o["value"] for o in _mappings(row["options"])}
        if "default" in options:
            defaults.append({"key": key, "kind": row["kind"], "value": options["default"]})
        elif not row["secret"]:
            taken.append({"key": key, "kind": row["kind"], "variable": row["variable"]})
        for name, outside in (("low", -1), ("high", 1)):
            limit = options.get(name)
            if isinstance(limit, int | float):
                accepted.append({"key": key, "value": str(limit)})
                refused.append({"key": key, "value": str(limit + outside)})
        choices = options.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            accepted.append({"key": key, "value": str(choice)})
            refused.append({"key": key, "value": f"{choice}X"})
    return {
        "defaults": defaults,
        "taken": taken,
        "has_taken": bool(taken),
        "accepted": accepted,
        "refused": refused,
    }


def _mappings(value: Plain) -> list[dict[str, Plain]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def setting_rows(context: PatternContext) -> Iterator[Row]:
    """Yield each setting of the agent in the order in which documents show them."""
    agent = str(context.agent.agent_id)
    yield _row("data.folder", "path", default=f".l9/{agent}", source="one folder an agent")
    bus_source = "the bus that agents share; in data.folder if unset"
    yield _row("bus.file", "path", variable="L9_BUS_FILE", source=bus_source)
    yield from _clients(context)
    yield _row("server.host", "text", default="127.0.0.1", source="loopback unless told otherwise")
    port_source = "meta.dependency.integration#/startup/base_port"
    yield _row(
        "server.port", "integer", default=port_of(context), low=1, high=65535, source=port_source
    )
    yield _row(
        "server.max_body_bytes", "integer", default=1_048_576, low=1, source="1 MiB a request"
    )
    yield from _limits(context)
    yield from _logging(context)
    yield _row(
        "tokens.keys", "text", variable="L9_TRUSTED_KEYS", source="public keys (JWKS) of issuers"
    )
    yield _row(
        "packets.signatures", "text", default="keyed", source="which packets must be signed",
        choices=_SIGNATURES,
    )  # fmt: skip
    yield from _stores(context)
    yield from _shared(context)


def _clients(context: PatternContext) -> Iterator[Row]:
    """Yield where each agent is that this one calls."""
    targets = [each.target for each in context.siblings.values() if each.target is not None]
    for agent in dict.fromkeys(agent for target in targets for agent in target.agents):
        source = "base URL; where the registry puts the agent if unset"
        yield _row(f"clients.{agent}", "text", source=source)
    if "domain_bridge" in context.siblings:
        source = "base URL of the domain agent; where the bridge says if unset"
        yield _row(f"clients.{_key(domain_of(context))}", "text", source=source)


def _key(domain: str) -> str:
    """Return how a domain is written in names, as `agent_runtime.domains.domain_key` does."""
    return "".join(each for each in domain.lower() if each.isascii() and each.isalnum())


def _limits(context: PatternContext) -> Iterator[Row]:
    rest = _section(context.meta["meta.dependency.integration"], "rest")
    rate = _section(rest, "rate_limit")
    source = "meta.dependency.integration#/rest/rate_limit"
    for name in ("requests_per_second", "burst"):
        value = rate.get(name)
        if isinstance(value, int | float):
            yield _row(f"limits.{name}", "number", default=value, low=1, source=f"{source}/{name}")
    if context.agent.autonomy.task_limit is not None:
        yield _row(
            "limits.parallel",
            "integer",
            default=context.agent.autonomy.task_limit,
            low=1,
            source=f"{context.agent.name}#/learningsystem/autonomyprofile/tasklimit",
        )


def _logging(context: PatternContext) -> Iterator[Row]:
    logging = _section(context.meta["meta.codegen.schema"], "logging")
    agent = str(context.agent.agent_id)
    yield _row("logging.folder", "path", default=f".l9/{agent}/logs", source="below data.folder")
    for name, value in logging.items():
        source = f"meta.codegen.schema#/logging/{name}"
        choices = _LEVELS if name == "level" else ()
        yield _row(
            f"logging.{name}", _kind(value), default=_filled(context, value), source=source,
            choices=choices,
        )  # fmt: skip


def _stores(context: PatternContext) -> Iterator[Row]:
    """Yield the leaves of `memory_backends`: addresses are secrets that the environment holds."""
    memory = _section(context.meta["meta.codegen.schema"], "memory")
    declared = {LAYER_NAMES[layer.name] for layer in context.agent.memory}
    for layer, (name, address) in _STORES.items():
        store = _section(memory, layer)
        source = f"meta.codegen.schema#/memory/{layer}"
        connection = str(store.get("connection", "")).removeprefix("${").removesuffix("}")
        yield _row(
            f"memory_backends.{name}.{address}",
            "text",
            variable=connection or None,
            secret=True,
            source=f"{source}/connection" if layer in declared else f"{source} (not declared here)",
        )
        yield _row(f"memory_backends.{name}.layer", "text", default=layer, source=source)
        for key, value in store.items():
            if key != "connection":
                yield _row(
                    f"memory_backends.{name}.{key}", _kind(value),
                    default=_filled(context, value), source=f"{source}/{key}",
                )  # fmt: skip


def _shared(context: PatternContext) -> Iterator[Row]:
    """Yield what the shared file holds besides, taken as it is."""
    for name in ("collection", "version"):
        yield _row(name, "text", source="the shared file")
    shared = context.meta["meta.codegen.schema"]
    for name in ("monitoring", "feature_flags"):
        value = _filled(context, _section(shared, name))
        yield _row(name, "data", default=value, source=f"meta.codegen.schema#/{name}")
    if "policy_validator" in context.siblings:
        source = "register of all agents' policies; as good as empty if unset"
        yield _row("auditing.policies", "path", source=source)
    else:
        yield _row("auditing", "data", source="the shared file")
    for name in _SHARED_SECTIONS:
        yield _row(name, "data", source="the shared file")


def _row(
    key: str,
    kind: str,
    *,
    source: str,
    default: Plain = None,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[Plain] = (),
    variable: str | None = None,
    secret: bool = False,
) -> Row:
    given: dict[str, Plain] = {"default": default, "low": low, "high": high, "variable": variable}
    options: list[Plain] = [
        {"name": name, "value": value} for name, value in given.items() if value is not None
    ]
    if choices:
        options.append({"name": "choices", "value": [*choices]})
    if secret:
        options.append({"name": "secret", "value": True})
    return {
        "key": key,
        "kind": kind,
        "options": options,
        "source": source,
        "secret": secret,
        "variable": variable or "",
        "shown_default": "" if default is None or kind == "data" else str(default),
    }


def _kind(value: Plain) -> str:
    return _KINDS.get(type(value), "data")


def _filled(context: PatternContext, value: Plain) -> Plain:
    """Fill the placeholders that stand for names of this collection."""
    if isinstance(value, dict):
        return {key: _filled(context, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(context, item) for item in value]
    if not isinstance(value, str):
        return value
    names = {
        "{collection}": context.collection,
        "{system}": context.collection.removesuffix("_ecosystem"),
        "{namespace}": context.namespace,
        "{agent}": str(context.agent.agent_id),
    }
    for mark, name in names.items():
        value = value.replace(mark, name)
    return value


def _section(data: Mapping[str, Plain], key: str) -> dict[str, Plain]:
    value = data.get(key)
    return dict(value) if isinstance(value, dict) else {}
