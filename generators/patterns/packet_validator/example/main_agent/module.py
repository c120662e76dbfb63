"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by packet_validator@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.errors import AgentError
from agent_runtime.routing.receiving import PacketGuard, Protocol, Reason
from agent_runtime.shapes.transactions import (
    ContextPayload,
    JobPayload,
    OverrideRequest,
    TransactionPayload,
)
from agent_runtime.values import JsonObject
from agent_runtime.watch import AuditTrail

from L9.core.packetprotocol import PacketEnvelope

PROTOCOL: Final = Protocol(
    agent="main_agent",
    names=("main_agent", "MainAgent"),  # agent_id, name
    payloads={  # packetrouting.inbound
        "transaction_batch": TransactionPayload,
        "loan_application": TransactionPayload,
        "batch_job": JobPayload,
        "override_request": OverrideRequest,
        "context_update": ContextPayload,
    },
    audited_as="packet_reception_and_routing",  # governance.auditscope
)


class PacketValidator:
    """Checks size, envelope, destination, packet type and payload of a packet, in this order."""

    def __init__(self, audit: AuditTrail) -> None:
        self._guard = PacketGuard(PROTOCOL, audit)

    def check(self, document: JsonObject) -> PacketEnvelope:
        """Return the packet if it keeps the protocol; a refusal is audited with its reason.

        Raises:
            PacketError: it does not; the message names each fault.
            UnknownAgentError: it is addressed to somebody else.
        """
        return self._guard.check(document)

    def refuse(self, document: JsonObject, reason: Reason, error: AgentError) -> AgentError:
        """Audit that a packet is refused for another reason; return the error to raise.

        Raises:
            MemoryLayerError: it could not be audited.
        """
        return self._guard.refuse(document, reason, error)
