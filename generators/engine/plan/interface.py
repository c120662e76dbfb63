"""What an agent offers to others: endpoints, packets, events, exported classes."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import chain

from generators.engine.model.agent import Agent, Collection
from generators.engine.names import module_path
from generators.engine.patterns.context import Interface, Offer, PacketOffer, Shape, Target
from generators.engine.patterns.library import Library
from generators.engine.patterns.pattern import PacketOperation
from generators.engine.plan.match import Matches, match_agent, shape_of
from generators.engine.plan.roster import Roster, targets_of
from generators.engine.rules.chains import split_chain
from generators.engine.sources.canonical import Plain

_ANY = "*"
_PACKET = "packet"
_PACKET_ROLES = ("packet_handler", "packet_router")
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
    return [*_routes(agent, direction)]


def _routes(agent: Agent, direction: str) -> dict[str, str]:
    """Return the first step of the action by packet type; empty for those without an action."""
    routing = agent.data.get("packetrouting")
    routes: Plain = routing.get(direction) if isinstance(routing, dict) else None
    found: dict[str, str] = {}
    for route in routes if isinstance(routes, list) else []:
        if isinstance(route, dict) and route.get("packettype"):
            first = split_chain(str(route.get("action", "")))[0]
            found.setdefault(str(route["packettype"]), first)
    return found


def _packets(agent: Agent, matches: Matches) -> Iterator[PacketOffer]:
    """Yield what the agent processes: packet types that are routed or named, what endpoints do.

    Where a schema routes packets, what patterns name and it does not route never comes in.
    """
    given = [each for sibling in matches.siblings.values() for each in sibling.pattern.packets]
    routes = _routes(agent, "inbound")
    named = [kind for each in given for kind in each.types if kind != _ANY]
    limits = [each.timeout_ms for each in agent.endpoints if _PACKET in each.name]
    for kind in routes or dict.fromkeys(named):
        taken = _taken(kind, routes.get(kind, ""), given)
        yield PacketOffer(
            packet_type=kind,
            timeout_ms=next(iter(limits), _PACKET_TIMEOUT_MS),
            request=None if taken is None else shape_of(taken.request),
            response=None if taken is None else shape_of(taken.response),
        )
    if any(role in matches.siblings for role in _PACKET_ROLES):
        for use in matches.operations:
            if use.announces:
                continue
            yield PacketOffer(
                packet_type=str(use.endpoint.name),
                timeout_ms=use.endpoint.timeout_ms,
                request=_bare(use.request),
                response=_bare(use.response),
            )


def _taken(kind: str, step: str, given: Sequence[PacketOperation]) -> PacketOperation | None:
    """Return what says of a packet type how it is processed: by its name, its first step, or `*`.

    Args:
        kind: the packet type.
        step: first step of its declared action, empty if it is not routed.
        given: what patterns say of packets.
    """
    by_name = (each for each in given if kind in each.types)
    by_step = (each for each in given if any(fnmatchcase(step, form) for form in each.begins))
    rest = (each for each in given if _ANY in each.types)
    return next(chain(by_name, by_step, rest), None)


def _bare(shape: Shape) -> Shape:
    """Return where a shape is, without what it is made of."""
    return Shape(module=shape.module, name=shape.name)
