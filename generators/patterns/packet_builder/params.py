"""Parameters of a packet builder: whom it asks, by which packet, and how its tests set that up."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext, Sibling
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event
from generators.patterns.domain_records import (
    deal_of,
    domain_of,
    listed,
    mapping,
    matching_of,
    records_of,
    rules_of,
    sample_of,
)
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the packet's type and address, and records that lead to a packet.

    Raises:
        RefusalError: no packet of the agent is wired, or packets are not to be audited.
    """
    orchestrator, packet_type = wired_packet(context)
    client = _client_of(context, orchestrator)
    is_open = _is_open(context, orchestrator, packet_type)
    event = audit_event(context, "packet")
    if not event:
        raise RefusalError(
            "governance.auditscope does not name the event of a packet that is sent",
            "write for example `- packet_creation_and_routing` in governance.auditscope",
        )
    siblings = context.siblings
    translator, checker = siblings["data_translator"], siblings["compatibility_checker"]
    matcher, bridge = siblings["pair_matcher"], siblings["governance_bridge"]
    deal = deal_of(context)
    samples = fitting(context)
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "domain": domain_of(context),
        "orchestrator": orchestrator,
        "packet_type": packet_type,
        "audit_event": event,
        "translator_class": translator.class_name,
        "checker_class": checker.class_name,
        "governance_class": bridge.class_name,
        "client_class": client.class_name,
        "send": f"send_{packet_type}",
        "samples": [*samples],
        "deal": str(deal.get("record", "")),
        "broken": _broken(context, samples),
        "has": {"deal": bool(deal), "open": is_open},
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ("Final",)),
                ("agent_runtime.adapter.intake", ("take_in",)),
                ("agent_runtime.adapter.told", ("documents_of", "packet_key", "translated")),
                ("agent_runtime.clients.packets", ("OpenPayload",) if is_open else ()),
                ("agent_runtime.shapes.adapter", ("TranslateRequest", "TranslateResponse")),
                ("agent_runtime.shapes.base", ("Call",)),
                ("agent_runtime.translation.book", ("RecordBook",)),
                ("agent_runtime.values", ("JsonObject",)),
                (bridge.module, (bridge.class_name,)),
                (checker.module, (checker.class_name,)),
                (client.module, (client.class_name,)),
                (matcher.module, ("TERMS",)),
                (translator.module, ("DOMAIN", "PLAN", translator.class_name)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (checker.module, (checker.class_name,)),
                (client.module, (client.class_name,)),
                (translator.module, ("DOMAIN", translator.class_name)),
                (context.module, ("AUDIT_EVENT", "PACKET_TYPE", context.class_name)),
            ],
        ),
    }


def wired_packet(context: PatternContext) -> tuple[str, str]:
    """Return whom the agent sends packets, and of which type: the first such wiring of the glue.

    Raises:
        RefusalError: there is none.
    """
    for each in listed(context.glue.get("wirings")):
        wiring = mapping(each)
        types = listed(wiring.get("packet_types"))
        if wiring.get("from_agent") == context.agent.agent_id and types:
            return str(wiring["to_agent"]), str(types[0])
    raise RefusalError(
        f"the glue wires {context.agent.agent_id} to nobody who takes its packets",
        "add a wiring with connection_type: packet_send and packet_types to the glue",
    )


def _client_of(context: PatternContext, orchestrator: str) -> Sibling:
    client = context.siblings["main_agent_client"]
    if client.target is not None and orchestrator not in client.target.agents:
        raise RefusalError(
            f"packets of {context.agent.agent_id} go to {orchestrator}, and {client.stem}.py "
            f"speaks to {', '.join(client.target.agents)}",
            "wire the packets to the agent that the client file is named after",
        )
    return client


def _is_open(context: PatternContext, orchestrator: str, packet_type: str) -> bool:
    """Tell whether the client takes any content, because the receiver tells no shape of it."""
    peer = context.peers.get(orchestrator)
    offers = peer.packets if peer is not None else ()
    return not any(each.packet_type == packet_type and each.request for each in offers)


def fitting(context: PatternContext) -> list[dict[str, Plain]]:
    """Return a record of each type, such that the offer is what the demand asks for, and pays."""
    matching = matching_of(context)
    supply, demand = mapping(matching["supply"]), mapping(matching["demand"])
    records = records_of(context)
    samples = {str(each["name"]): sample_of(each) for each in records}
    offer, wish = samples[str(supply["record"])], samples[str(demand["record"])]
    for rule in rules_of(matching):
        fields = [str(name) for name in listed(rule["demand"])]
        _meet(offer, wish, str(rule["supply"]), fields, str(rule["relation"]))
    return [{"record": name, "document": document} for name, document in samples.items()]


def _meet(
    offer: dict[str, Plain], wish: dict[str, Plain], field: str, wanted: list[str], relation: str
) -> None:
    """Let an offer keep a rule, within what both records may hold."""
    if relation == "equals":
        wish[wanted[0]] = offer[field]
    elif relation == "within":
        low, high = (float(str(wish[name])) for name in wanted)
        wish[wanted[0]], wish[wanted[1]] = min(low, high), max(low, high)
        offer[field] = (low + high) / 2
    else:
        offer[field] = wish[wanted[0]]


def _broken(context: PatternContext, samples: list[dict[str, Plain]]) -> list[Plain]:
    """Return a record type and a required field of it."""
    return [samples[0]["record"], str(records_of(context)[0]["key"])]
