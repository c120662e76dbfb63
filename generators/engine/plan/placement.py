"""Where an agent's code may lie: in a folder of its own below the root namespace."""

from collections.abc import Mapping

from generators.engine.findings import Finding, Place
from generators.engine.model.agent import Agent, Collection

Places = Mapping[str, Mapping[str, Place]]
Reasons = Mapping[str, tuple[str, ...]]


def check_placement(
    collection: Collection, namespace: str, *, places: Places, blocked: Reasons
) -> tuple[tuple[Finding, ...], dict[str, tuple[str, ...]]]:
    """Hold the rootpath of each agent against the root namespace.

    Args:
        collection: the model.
        namespace: the root namespace that everything is imported under.
        places: by agent id, the place of each pointer.
        blocked: why agents are stopped already, by id.

    Returns:
        What is wrong, and why agents are stopped with that counted in.
    """
    found = tuple(
        finding
        for agent in collection.agents
        if (finding := _misplaced(agent, namespace, places[agent.agent_id])) is not None
    )
    stopped = dict(blocked)
    for finding in found:
        if finding.agent is not None:
            reason = f"{finding.code} {finding.place}: {finding.message}"
            stopped[finding.agent] = (*stopped.get(finding.agent, ()), reason)
    return found, stopped


def _misplaced(agent: Agent, namespace: str, places: Mapping[str, Place]) -> Finding | None:
    first, _, rest = agent.rootpath.partition("/")
    if first != namespace:
        message = f"{agent.rootpath} does not lie below {namespace}, the root namespace"
        repair = f"write {namespace}/{agent.rootpath}, or root_namespace: {first} in the glue"
    elif not rest:
        message = f"{agent.rootpath} is the root namespace itself, which all agents share"
        repair = f"give the agent a folder of its own, such as {namespace}/{agent.agent_id}"
    elif rest.split("/")[0] == "tests":
        message = f"{agent.rootpath} lies among the tests"
        repair = f"give the agent a folder of its own, such as {namespace}/{agent.agent_id}"
    else:
        return None
    return Finding(
        code="PL010",
        place=places.get("/rootpath", places[""]),
        agent=agent.agent_id,
        pointer="/rootpath",
        message=message,
        repair=repair,
    )
