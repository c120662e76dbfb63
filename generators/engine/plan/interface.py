"""What an agent offers to others: endpoints, packets, events, exported classes."""

from collections.abc import Iterator, Mapping, Sequence

from generators.engine.model.agent import Agent, Collection
from generators.engine.names import module_path
from generators.engine.patterns.context import Interface, Offer, PacketOffer, Shape, Target
from generators.engine.patterns.library import Library
from generators.engine.plan.match import Matches, match_agent, shape_of
from generators.engine.plan.roster import Roster, targets_of
from generators.engine.sources.canonical import Plain

_ANY = "*"
_PACKET = "packet"
_PACKET_ROLE = "packet_handler"
_PACKET_TIMEOUT_MS = 30_000
"""Time for the answer to a packet of an agent none of whose endpoints takes packets."""


def planned_interfaces(
    collection: Collection, library: Library, roster: Roster, order: Sequence[str]
) -> dict[str, Interface]:
    """Return the interface of every agent of a collection, by id.

    Args:
        collection: the model.
        library: the patterns.
        roster: the names of the agents.
        order: agent ids in extraction order.
    """
    return {
        str(agent.agent_id): interface_of(
            agent,
            library,
            targets=targets_of(agent, library, roster),
            sequence=order.index(str(agent.agent_id)) + 1,
        )
        for agent in collection.agents
    }


def interface_of(
    agent: Agent,
    library: Library,
    *,
    targets: Mapping[str, Target] | None = None,
    sequence: int = 0,
) -> Interface:
    """Return the interface of `agent`; those who use it are rebuilt when it changes.

    Args:
        agent: the agent.
        library: the patterns.
        targets: whom its client modules speak to, by stem.
        sequence: its position in the extraction order.
    """
    matches = match_agent(agent, library, targets)
    published = (str(use.endpoint.name) for use in matches.operations if use.publishes)
    declared = (event for each in matches.siblings.values() for event in each.pattern.events)
    return Interface(
        agent_id=str(agent.agent_id),
        name=agent.name,
        package=module_path(agent.rootpath),
        sequence=sequence,
        endpoints=agent.endpoints,
        operations=tuple(
            Offer(endpoint=use.endpoint, request=_bare(use.request), response=_bare(use.response))
            for use in matches.operations
        ),
        packets=tuple(_packets(agent, matches)),
        sends=tuple(routed_types(agent, "outbound")),
        exports={
            sibling.module: (sibling.class_name,)
            for sibling in matches.siblings.values()
            if sibling.class_name
        },
        events=tuple(dict.fromkeys((*published, *declared))),
    )


def routed_types(agent: Agent, direction: str) -> list[str]:
    """Return the packet types of `packetrouting.inbound` or `packetrouting.outbound`, each once."""
    routing = agent.data.get("packetrouting")
    routes: Plain = routing.get(direction) if isinstance(routing, dict) else None
    found = [
        str(route["packettype"])
        for route in (routes if isinstance(routes, list) else [])
        if isinstance(route, dict) and route.get("packettype")
    ]
    return [*dict.fromkeys(found)]


def _packets(agent: Agent, matches: Matches) -> Iterator[PacketOffer]:
    """Yield what the agent processes: what patterns name, what is routed, what endpoints do."""
    given = [each for sibling in matches.siblings.values() for each in sibling.pattern.packets]
    named = {kind: each for each in given for kind in each.types if kind != _ANY}
    rest = next((each for each in given if _ANY in each.types), None)
    limits = [each.timeout_ms for each in agent.endpoints if _PACKET in each.name]
    for kind in dict.fromkeys((*named, *routed_types(agent, "inbound"))):
        taken = named.get(kind, rest)
        yield PacketOffer(
            packet_type=kind,
            timeout_ms=next(iter(limits), _PACKET_TIMEOUT_MS),
            request=None if taken is None else shape_of(taken.request),
            response=None if taken is None else shape_of(taken.response),
        )
    if _PACKET_ROLE in matches.siblings:
        for use in matches.operations:
            yield PacketOffer(
                packet_type=str(use.endpoint.name),
                timeout_ms=use.endpoint.timeout_ms,
                request=_bare(use.request),
                response=_bare(use.response),
            )


def _bare(shape: Shape) -> Shape:
    """Return where a shape is, without what it is made of."""
    return Shape(module=shape.module, name=shape.name)
