"""Which packets an agent takes from whom, and what is done with them."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent_runtime.errors import ConfigError, InputBoundsError, PacketError, UnknownAgentError
from agent_runtime.packets import PacketEnvelope


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One entry of the routing table.

    Attributes:
        packet_type: what the packets ask for.
        source: who sends them, as the schema names it.
        senders: ids of the agents that may send for `source`.
        timeout_ms: within it the answer is to be there.
    """

    packet_type: str
    source: str
    senders: tuple[str, ...]
    timeout_ms: int


class RouteTable:
    """The declared routes, and those that domains registered since."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Take the declared routes.

        Raises:
            ConfigError: two routes take one packet type from one sender.
        """
        self._routes: dict[tuple[str, str], Route] = {}
        for route in routes:
            for sender in route.senders:
                if (sender, route.packet_type) in self._routes:
                    raise ConfigError(f"two routes take {route.packet_type} from {sender}")
                self._routes[sender, route.packet_type] = route
        self.packet_types = tuple(dict.fromkeys(kind for _, kind in self._routes))

    def match(self, packet: PacketEnvelope) -> Route:
        """Return the route of a packet.

        Raises:
            UnknownAgentError: nobody knows its sender (404).
            PacketError: its sender does not send packets of this type (400).
        """
        sender, kind = packet.source_agent, packet.metadata.packet_type
        route = self._routes.get((sender, kind))
        if route is not None:
            return route
        known = sorted({name for name, _ in self._routes})
        if sender not in known:
            raise UnknownAgentError(
                f"no agent {sender!r} sends packets here; registered: {', '.join(known) or 'none'}"
            )
        types = ", ".join(sorted(each for name, each in self._routes if name == sender))
        raise PacketError(f"{sender} sends no {kind!r} here; it may send: {types}")

    def admit(self, sender: str, packet_types: Iterable[str]) -> tuple[str, ...]:
        """Let `sender` send `packet_types` from now on, besides what it may already.

        Returns:
            All that it may send now, sorted.

        Raises:
            InputBoundsError: no route takes one of the types.
        """
        by_type = {route.packet_type: route for route in self._routes.values()}
        wanted = tuple(packet_types)
        unknown = sorted(set(wanted) - set(by_type))
        if unknown:
            known = ", ".join(sorted(by_type)) or "none"
            raise InputBoundsError(f"no route takes {', '.join(unknown)}; declared: {known}")
        added = {(sender, kind): by_type[kind] for kind in wanted}
        self._routes = {**added, **self._routes}
        return tuple(sorted(kind for name, kind in self._routes if name == sender))
