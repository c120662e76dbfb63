"""What an agent does about the origin of packets: signs its own, and believes those of others.

A packet whose origin cannot be proven is refused and audited before any operation sees it. How
strict that is, the setting `packets.signatures` says:

* `required`: every packet must bear the signature of its sender.
* `keyed` (the default): the same as soon as the key of any agent is trusted. Without one there is
  nothing to hold a signature against: an agent that runs alone takes packets as they come.
* `if_present`: a signature that is there must hold, and packets without one are taken. For the
  time in which releases that do not sign are still running.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from agent_runtime.errors import ConfigError, NotAuthenticatedError
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.packets import new_id
from agent_runtime.packetsigning import sign_packet, signature_of, verify_packet
from agent_runtime.values import JsonObject, JsonValue
from agent_runtime.watch import AuditTrail

SignatureRule = Literal["required", "keyed", "if_present"]
"""Which packets must be signed."""

RULES: Final[tuple[SignatureRule, ...]] = get_args(SignatureRule)
REFUSED: Final = "packet_origin_refused"
"""Action of the audit records of packets whose origin is not proven."""


class PacketSeal:
    """Signs and verifies the packets of one agent. Thread-safe."""

    def __init__(
        self,
        agent: str,
        key: SigningKey,
        keys: KeyRing,
        audit: AuditTrail,
        *,
        rule: SignatureRule = "keyed",
    ) -> None:
        """Take the identity of the agent, and whom it believes.

        Args:
            agent: id of the agent.
            key: signs its packets.
            keys: the trusted keys; those that name an agent sign for it. Rotation takes effect.
            audit: where refusals are kept.
            rule: which packets must be signed.
        """
        self._agent = agent
        self._key = key
        self._keys = keys
        self._audit = audit
        self._rule = rule

    def sign(self, document: JsonObject) -> JsonObject:
        """Return a packet of this agent with its signature, and anything else as it is."""
        if document.get("source_agent") != self._agent or not _is_packet(document):
            return document
        return sign_packet(document, self._key)

    def check(self, document: JsonObject, *, vouched: bool = False) -> None:
        """Return if the origin of a packet is proven, or need not be.

        What is no packet at all is left to whoever reads it: nothing is refused here but origins.

        Args:
            document: the packet as it came.
            vouched: a token that came along proves who sent it, so that no signature is needed;
                one that is there must hold all the same.

        Raises:
            NotAuthenticatedError: the origin is not proven; it is audited.
            MemoryLayerError: the refusal could not be audited.
        """
        if not _is_packet(document) or self._may_pass(document, vouched=vouched):
            return
        try:
            verify_packet(document, self._keys)
        except NotAuthenticatedError as error:
            self._refuse(document, error)
            raise

    def _may_pass(self, document: JsonObject, *, vouched: bool) -> bool:
        if self._rule != "required" and not self._keys.agents:
            return True
        return (vouched or self._rule == "if_present") and signature_of(document) is None

    def _refuse(self, document: JsonObject, error: NotAuthenticatedError) -> None:
        metadata = document.get("metadata")
        told = metadata if isinstance(metadata, Mapping) else {}
        self._audit.append(
            REFUSED,
            actor=self._agent,
            subject=_text(document.get("packet_id")),
            detail={
                "source": _text(document.get("source_agent")),
                "packet_type": _text(told.get("packet_type")),
                "why": str(error),
            },
            trace_id=_text(told.get("trace_id")) or new_id(),
        )


def rule_named(text: str) -> SignatureRule:
    """Return the rule of this name.

    Raises:
        ConfigError: there is no such rule.
    """
    for rule in RULES:
        if rule == text:
            return rule
    raise ConfigError(f"packets.signatures {text!r} is none of {', '.join(RULES)}")


def _is_packet(document: JsonObject) -> bool:
    return isinstance(document.get("metadata"), Mapping) and "source_agent" in document


def _text(value: JsonValue) -> str:
    return value[:128] if isinstance(value, str) else ""
