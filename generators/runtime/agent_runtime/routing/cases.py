"""Reads the payload of a packet into the case that reasoning sees."""

from agent_runtime.domains import SEPARATOR, domain_key
from agent_runtime.errors import InputBoundsError, PacketError
from agent_runtime.guards import identifier, within
from agent_runtime.observations import CandidatePair
from agent_runtime.packets import PacketEnvelope
from agent_runtime.reasoning.case import Case
from agent_runtime.routing.work import Received
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.transactions import Transaction, TransactionPayload

LONGEST_ENTITY = 256


def read_case(
    packet: PacketEnvelope,
    payload: TransactionPayload,
    call: Call,
    *,
    began: float,
    supersedes: str | None = None,
) -> Received:
    """Return what `payload` of `packet` asks to be decided.

    Attributes of several transactions count by the largest value, so that a limit which one of
    them passes is passed by the case.

    Raises:
        PacketError: a transaction or an entity is named wrongly, a number is not finite, or rows
            of features differ in length.
    """
    try:
        return Received(
            packet=packet,
            call=call,
            case=_case(packet, payload, call),
            began=began,
            reserves=tuple(
                dict.fromkeys(
                    identifier(name, name="resource")
                    for each in payload.transactions
                    for name in each.reserves
                )
            ),
            features=_features(payload.transactions),
            supersedes=supersedes,
        )
    except InputBoundsError as error:
        raise PacketError(f"payload: {error}") from error


def qualified(domain: str, name: str) -> str:
    """Return the name of an entity as models and memory know it: `<domain>:<name>`.

    Raises:
        InputBoundsError: it is no name, or belongs to another domain.
    """
    checked = identifier(name, name="entity", longest=LONGEST_ENTITY)
    prefix, separator, _ = checked.partition(SEPARATOR)
    key = domain_key(domain)
    if not separator:
        return f"{key}{SEPARATOR}{checked}"
    if prefix != key:
        raise InputBoundsError(f"entity {checked!r} is none of the domain {domain}")
    return checked


def _case(packet: PacketEnvelope, payload: TransactionPayload, call: Call) -> Case:
    names = [each.transaction_id for each in payload.transactions]
    if len(set(names)) < len(names):
        raise InputBoundsError("a transaction occurs twice")
    attributes: dict[str, float] = {}
    for each in payload.transactions:
        for name, value in each.attributes.items():
            checked = within(value, None, None, name)
            attributes[name] = max(checked, attributes.get(name, checked))
    return Case(
        packet_id=packet.packet_id,
        trace_id=packet.metadata.trace_id,
        packet_type=packet.metadata.packet_type,
        source=packet.source_agent,
        domain=payload.domain,
        transaction=payload.model_dump(mode="json", exclude={"respond"}),
        candidates=tuple(
            dict.fromkeys(
                CandidatePair(
                    qualified(payload.domain, pair.subject),
                    pair.relation,
                    qualified(payload.domain, pair.object),
                )
                for each in payload.transactions
                for pair in each.candidates
            )
        ),
        attributes=attributes,
        criticality=payload.criticality,
        deadline=call.deadline,
    )


def _features(transactions: tuple[Transaction, ...]) -> dict[str, tuple[float, ...]]:
    rows = {each.transaction_id: each.features for each in transactions if each.features}
    if len({len(row) for row in rows.values()}) > 1:
        raise InputBoundsError("rows of features differ in length")
    for row in rows.values():
        for value in row:
            within(value, None, None, "a feature")
    return rows
