"""A case on its way: what each step of a pipeline takes and hands to the next.

The types are the contract between steps. A chain of actions is well formed if each step takes what
the one before it gives, which the compiler checks when it reads the chain and mypy checks again in
the generated module.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent_runtime.packets import PacketEnvelope
from agent_runtime.reasoning.case import Case, Draft, Enrichment, TensorResults
from agent_runtime.reasoning.contracts import Outcome
from agent_runtime.shapes.base import Call
from agent_runtime.values import JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A packet that was read.

    Attributes:
        packet: the packet.
        call: the circumstances.
        case: what it asks to be decided.
        began: when work on it began, in seconds since the epoch.
        reserves: resources that its transactions would have to themselves.
        features: row of numbers by transaction, to look for anomalies in.
        supersedes: the decision that a new one is to replace; None for a first one.
    """

    packet: PacketEnvelope
    call: Call
    case: Case
    began: float
    reserves: tuple[str, ...] = ()
    features: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    supersedes: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Enriched:
    """A received case with what the world and its domain say about it."""

    received: Received
    enrichment: Enrichment


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """An enriched case with what the tensor layer says; `risk` is set by a step that assesses it.

    Attributes:
        enriched: the case.
        tensors: what the tensor layer returned.
        risk: chance that it goes wrong, 0 to 1; None if nothing was scored to tell it by.
    """

    enriched: Enriched
    tensors: TensorResults
    risk: float | None = None

    @property
    def received(self) -> Received:
        """The case as it was received."""
        return self.enriched.received


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """A scored case with the decision about it.

    Attributes:
        scored: the case.
        draft: what reasoning made of it.
        outcome: what governance made of that.
        milliseconds: from reception to decision.
        flags: anomaly scores beyond the threshold, highest first.
    """

    scored: Scored
    draft: Draft
    outcome: Outcome
    milliseconds: float
    flags: Mapping[str, float] = field(default_factory=dict)

    @property
    def received(self) -> Received:
        """The case as it was received."""
        return self.scored.received


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What goes back to the sender.

    Attributes:
        packet_type: type of the answer.
        payload: its content.
        about: what its metadata says of the decision: id, governance status, reasoning trace.
    """

    packet_type: str
    payload: JsonObject
    about: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A packet to somebody who did not ask: `to` is the last part of the schema's destination."""

    to: str
    answer: Answer
