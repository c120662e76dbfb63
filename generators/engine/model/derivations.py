"""What the model derives from a schema beyond its words, for the plan and the ingest report."""

from collections.abc import Iterator

from generators.engine.model.agent import Agent
from generators.engine.model.fields import Locate
from generators.engine.rules.quantities import parse_quantity
from generators.engine.rules.units import find_unit
from generators.engine.sources.derived import Derived


def read_quantity(text: str, unit: str) -> float | None:
    """Read `250ms`, `1 week` or `5 percent` as a number of `unit`; None where it is none.

    Args:
        text: the schema's words.
        unit: the unit wanted: `ms`, `hours`, `ratio` or `count`.
    """
    quantity = parse_quantity(text)
    wanted, given = find_unit(unit), find_unit(quantity.unit) if quantity.unit else None
    if quantity.value is None or quantity.canonical is None or wanted is None:
        return None
    if given is None:
        return quantity.value
    if given.base != wanted.base:
        return None
    return round(quantity.canonical / float(wanted.scale), 9)


def derived_facts(agent: Agent, locate: Locate) -> Iterator[Derived]:
    """Yield what was concluded about an agent: its id, dependencies, methods and full paths."""
    if "agent_id" not in agent.data:
        yield _fact("/agent_id", agent.agent_id, "from endpoint paths and rootpath", locate)
    for endpoint in agent.endpoints:
        if not _given(agent, endpoint.pointer, "method"):
            how = "a path of this name is only read"
            yield _fact(f"{endpoint.pointer}/method", endpoint.method, how, locate)
    for file in agent.instructions.generate_files:
        yield _fact(file.pointer, file.path, "below the rootpath", locate)
    for layer in agent.memory:
        if layer.ttl_seconds is not None:
            value = f"{layer.ttl_seconds:g} s"
            yield _fact(f"{layer.pointer}/purpose", value, "time to live in the purpose", locate)
        if layer.retention_days is not None:
            value = f"{layer.retention_days:g} days"
            yield _fact(f"{layer.pointer}/retention", value, "retention in days", locate)
    if agent.autonomy.task_limit is not None:
        pointer = "/learningsystem/autonomyprofile/tasklimit"
        yield _fact(pointer, str(agent.autonomy.task_limit), "tasks at a time", locate)
    if agent.learning.temporal_scope_days is not None:
        value = f"{agent.learning.temporal_scope_days:g} days"
        yield _fact("/reasoningengine/temporalscope", value, "window of the past", locate)


def _fact(pointer: str, value: str, how: str, locate: Locate) -> Derived:
    return Derived(pointer=pointer, place=locate(pointer), value=str(value), how=how)


def _given(agent: Agent, pointer: str, key: str) -> bool:
    deployment = agent.data.get("deployment")
    endpoints = deployment.get("endpoints") if isinstance(deployment, dict) else None
    number = int(pointer.rpartition("/")[2])
    entry = endpoints[number] if isinstance(endpoints, list) else None
    return isinstance(entry, dict) and key in entry
