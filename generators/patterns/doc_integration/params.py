"""Parameters of INTEGRATION.md: who connects, how a domain registers, and what it may ask."""

from collections.abc import Mapping

from generators.engine.patterns.context import OperationUse, PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import section, texts
from generators.patterns.documents import endpoint_rows, heading, port_of, shape_fields
from generators.patterns.packet_chains import Inbound, inbound, outbound

_REGISTER = "register_call"
_PACKETS = "process_call"
_NAMED = ("method_names", "packet_types", "event_subscriptions")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the ways into the agent and out of it.

    Raises:
        RefusalError: the agent has neither endpoints nor packets to integrate with.
    """
    incoming = inbound(context)
    if not (incoming or context.operations):
        raise RefusalError(
            f"{context.stem}.md is listed, but the schema declares no endpoint and no packet",
            "declare deployment.endpoints or packetrouting, or drop the document",
        )
    agent = context.agent
    register = _answered(context, _REGISTER)
    door = _answered(context, _PACKETS)
    return {
        **heading(context),
        "base_url": f"http://127.0.0.1:{port_of(context)}",
        "partners": [
            *texts(section(context, "integration", "shareddomains")),
            *texts(section(context, "integration", "connectto")),
        ],
        "registers": register is not None,
        "registration": _endpoint(register),
        "takes_packets": door is not None,
        "door": _endpoint(door),
        "packets": [_packet(each, context) for each in incoming],
        "topic": f"packets.{agent.agent_id}",
        "endpoints": endpoint_rows(context),
        "events": [
            {"type": f"{agent.agent_id}.{use.endpoint.name}", "by": use.endpoint.path}
            for use in context.operations
            if use.publishes
        ],
        "wirings": [*_wirings(context)],
    }


def _answered(context: PatternContext, method: str) -> OperationUse | None:
    return next((use for use in context.operations if use.method == method), None)


def _endpoint(use: OperationUse | None) -> dict[str, Plain]:
    """Return what a caller must know of an endpoint; empty facts if there is none."""
    if use is None:
        return {"where": "", "auth": "", "timeout_ms": 0, "fields": []}
    endpoint = use.endpoint
    return {
        "where": f"{endpoint.method} {endpoint.path}",
        "auth": endpoint.auth or "none",
        "timeout_ms": endpoint.timeout_ms,
        "fields": shape_fields(use.request),
    }


def _packet(entry: Inbound, context: PatternContext) -> Plain:
    answers = {each.destination: each.packet_type for each in outbound(context)}
    return {
        "type": entry.packet_type,
        "senders": ", ".join(entry.senders),
        "payload": entry.payload,
        "action": entry.action,
        "answer": answers.get(entry.source, "") if entry.part == "cases" else "",
    }


def _wirings(context: PatternContext) -> list[Plain]:
    """Return the wirings of the glue from or to the agent, in their order."""
    own = str(context.agent.agent_id)
    declared = context.glue.get("wirings")
    found: list[Plain] = []
    for wiring in declared if isinstance(declared, list) else []:
        if isinstance(wiring, Mapping) and own in (
            wiring.get("from_agent"),
            wiring.get("to_agent"),
        ):
            named = [name for key in _NAMED for name in texts(wiring.get(key))]
            found.append(
                {
                    "from": str(wiring.get("from_agent")),
                    "to": str(wiring.get("to_agent")),
                    "by": str(wiring.get("connection_type")).replace("_", " "),
                    "what": ", ".join(named),
                }
            )
    return found
