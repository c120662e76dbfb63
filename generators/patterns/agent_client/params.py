"""Parameters of a client: what the glue wires, in the shapes that the callee offers."""

from collections.abc import Iterator, Mapping

from generators.engine.patterns.context import Interface, Offer, PatternContext, Shape, Target
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.agent_client.imported import module_imports, test_imports
from generators.patterns.roles import role_of

_OPEN = Shape(module="agent_runtime.clients.packets", name="OpenPayload")
_LISTS = {
    "api_call": "method_names",
    "packet_send": "packet_types",
    "event_observe": "event_subscriptions",
}
Row = dict[str, Plain]


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the calls, packets and events of the wirings from this agent to the client's agents.

    Raises:
        RefusalError: nothing is wired, or what is wired has no shape that the callee offers.
    """
    target = context.target
    if target is None:
        raise RefusalError(
            f"{context.stem}.py names no other agent of the collection before its suffix",
            "name the file after the agent that it calls, or give the file another pattern",
        )
    peers = [context.peers[agent] for agent in target.agents if agent in context.peers]
    calls = _calls(context, peers)
    packets = _packets(context, peers)
    events = _events(context, peers)
    if not (calls or packets or events):
        raise RefusalError(
            f"the glue wires {context.agent.agent_id} to nothing of {' or '.join(target.agents)}",
            "add a wiring with connection_type, and method_names, packet_types or "
            "event_subscriptions, to the glue",
        )
    shapes = {(each.module, each.name) for each in _shapes(calls, packets)}
    has: Row = {
        "calls": bool(calls),
        "packets": bool(packets),
        "events": bool(events),
        "shared": target.shared,
        "asks": any(each["answered"] for each in packets),
        "tokens": any(each["role"] for each in calls),
        "typed": bool(calls or packets),
    }
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "label": _label(target, peers),
        "targets": [_address(context, peer) for peer in peers],
        "first": peers[0].agent_id,
        "calls": [*calls],
        "packets": [*packets],
        "events": [*events],
        "has": has,
        "imports": module_imports(context, shapes, has),
        "test_imports": test_imports(context, calls, packets, has),
    }


def _calls(context: PatternContext, peers: list[Interface]) -> list[Row]:
    """Return the endpoints that are called; of several agents those that all of them offer."""
    rows: list[Row] = []
    for peer in peers[:1]:
        offers = {str(offer.endpoint.name): offer for offer in peer.operations}
        for name in _wired(context, peer, "api_call"):
            offer = offers.get(name)
            if offer is None:
                raise RefusalError(
                    f"the wiring to {peer.agent_id} calls {name}, which no module of it answers",
                    f"declare {name} in its deployment.endpoints with a module that answers it, or "
                    "drop it from method_names of the glue",
                )
            rows.append(_call(context, peer, offer))
    return rows


def _call(context: PatternContext, peer: Interface, offer: Offer) -> Row:
    endpoint = offer.endpoint
    for shape in (offer.request, offer.response):
        owned = shape.module.startswith(f"{peer.package}.")
        if owned and peer.agent_id not in context.dependencies:
            raise RefusalError(
                f"{peer.agent_id} keeps the shape {shape.name} of {endpoint.name} to itself",
                f"add {peer.agent_id} to depends_on.hard, or call it by packets",
            )
    return {
        "name": str(endpoint.name),
        "constant": str(endpoint.name).upper(),
        "method": endpoint.method,
        "path": endpoint.path,
        "where": f"{endpoint.method} {endpoint.path}",
        "timeout_ms": endpoint.timeout_ms,
        "role": role_of(endpoint, context) or "",
        "request": offer.request.name,
        "request_module": offer.request.module,
        "response": offer.response.name,
        "response_module": offer.response.module,
    }


def _packets(context: PatternContext, peers: list[Interface]) -> list[Row]:
    rows: list[Row] = []
    for peer in peers[:1]:
        offers = {offer.packet_type: offer for offer in peer.packets}
        for kind in _wired(context, peer, "packet_send"):
            offer = offers.get(kind)
            request = offer.request if offer is not None else None
            response = offer.response if offer is not None else None
            rows.append(
                {
                    "type": kind,
                    "send": f"send_{kind}",
                    "ask": f"ask_{kind}",
                    "constant": f"{kind}_timeout_ms".upper(),
                    "timeout_ms": offer.timeout_ms if offer is not None else 0,
                    "answered": response is not None,
                    "request": (request or _OPEN).name,
                    "request_module": (request or _OPEN).module,
                    "response": response.name if response is not None else "",
                    "response_module": response.module if response is not None else "",
                }
            )
    return rows


def _events(context: PatternContext, peers: list[Interface]) -> list[Row]:
    """Return the types of events that are observed, each with the agents that publish it."""
    types: dict[str, list[Plain]] = {}
    for peer in peers:
        for name in _wired(context, peer, "event_observe"):
            types.setdefault(name, []).append(peer.agent_id)
    return [
        {"type": name, "method": f"on_{name}", "read": f"read_{name}", "agents": agents}
        for name, agents in types.items()
    ]


def _wired(context: PatternContext, peer: Interface, connection: str) -> list[str]:
    """Return what the glue names in the wirings of a connection type to `peer`, each once."""
    wirings = context.glue.get("wirings")
    found: list[str] = []
    for wiring in wirings if isinstance(wirings, list) else []:
        if isinstance(wiring, dict) and (
            wiring.get("from_agent") == context.agent.agent_id
            and wiring.get("to_agent") == peer.agent_id
            and wiring.get("connection_type") == connection
        ):
            named = wiring.get(_LISTS[connection])
            found += [str(each) for each in named] if isinstance(named, list) else []
    return [*dict.fromkeys(found)]


def _shapes(calls: list[Row], packets: list[Row]) -> Iterator[Shape]:
    for row in (*calls, *packets):
        for part in ("request", "response"):
            if row[part]:
                yield Shape(module=str(row[f"{part}_module"]), name=str(row[part]))


def _address(context: PatternContext, peer: Interface) -> Row:
    startup = context.meta.get("meta.dependency.integration", {}).get("startup")
    base = startup.get("base_port") if isinstance(startup, dict) else None
    port = (base if isinstance(base, int) else 8000) + peer.sequence - 1
    return {"agent": peer.agent_id, "url": f"http://127.0.0.1:{port}"}


def _label(target: Target, peers: list[Interface]) -> str:
    return f"the agents of the kind {target.name}" if target.shared else peers[0].name
