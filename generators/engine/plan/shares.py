"""What each unit sees of the glue, so that a wiring of others makes nothing of it again."""

from collections.abc import Mapping

from generators.engine.model.agent import Agent
from generators.engine.plan.interface import routed_types
from generators.engine.plan.roster import wirings
from generators.engine.sources.canonical import Plain


def glue_share(glue: Mapping[str, Plain], agent: Agent | None) -> dict[str, Plain]:
    """Return the glue with the wirings that concern one agent; without any for shared links.

    An agent's are those that it speaks by, and those of packets to it that its own schema does not
    route: there the wiring alone says who may send. Who calls, observes or sends what the schema
    routes makes no difference to it, so that callers can be added beside an agent that is built.

    Args:
        glue: the glue of the collection, or a share of it.
        agent: the agent; None for the facades that several agents link.
    """
    shared = {name: value for name, value in glue.items() if name != "wirings"}
    if agent is None:
        return {**shared, "wirings": []}
    routed = frozenset(routed_types(agent, "inbound"))
    kept: list[Plain] = [
        {**wiring} for wiring in wirings(glue) if _concerns(wiring, str(agent.agent_id), routed)
    ]
    return {**shared, "wirings": kept}


def _concerns(wiring: Mapping[str, Plain], agent_id: str, routed: frozenset[str]) -> bool:
    if wiring.get("from_agent") == agent_id:
        return True
    types = wiring.get("packet_types")
    return (
        wiring.get("to_agent") == agent_id
        and isinstance(types, list)
        and not routed.issuperset(str(each) for each in types)
    )
