"""Compiles `packetrouting`: each inbound action chain into typed steps, each bound to the runtime.

A step takes what the step before it gives. A chain that begins with what its first step does not
take, has a step nobody knows, or does not end in an answer, is a question to the user.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.names import Identifier, InvalidNameError
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.rules.chains import split_chain
from generators.engine.sources.canonical import Plain

_TAKEN: Final = frozenset({"chains", "override_call", "close"})


@dataclass(frozen=True, kw_only=True, slots=True)
class StepKind:
    """A step that the runtime knows.

    Attributes:
        name: as schemas write it; `*` stands for a word that is passed on as the focus.
        part: attribute of the handler whose method carries it out.
        method: that method.
        takes: name of what it takes.
        gives: name of what it gives.
    """

    name: str
    part: str
    method: str
    takes: str
    gives: str


ANSWER: Final = "answer"
STEPS: Final = (
    StepKind(
        name="enrich_with_context",
        part="cases",
        method="enrich",
        takes="received",
        gives="enriched",
    ),
    StepKind(
        name="enrich_with_*_context",
        part="cases",
        method="enrich",
        takes="received",
        gives="enriched",
    ),
    StepKind(
        name="tensor_score", part="cases", method="tensor_score", takes="enriched", gives="scored"
    ),
    StepKind(
        name="risk_assess", part="cases", method="risk_assess", takes="scored", gives="scored"
    ),
    StepKind(
        name="return_results", part="cases", method="return_results", takes="scored", gives=ANSWER
    ),
    StepKind(
        name="distribute_to_domains",
        part="jobs",
        method="distribute_to_domains",
        takes="packet",
        gives="parts",
    ),
    StepKind(
        name="coordinate_tensor_calls",
        part="jobs",
        method="coordinate_tensor_calls",
        takes="parts",
        gives="results",
    ),
    StepKind(
        name="aggregate_results",
        part="jobs",
        method="aggregate_results",
        takes="results",
        gives=ANSWER,
    ),
    StepKind(
        name="apply_override",
        part="overrides",
        method="apply_override",
        takes="asked",
        gives="corrected",
    ),
    StepKind(
        name="reprocess_affected_decisions",
        part="overrides",
        method="reprocess_affected_decisions",
        takes="corrected",
        gives="corrected",
    ),
    StepKind(
        name="audit_log", part="overrides", method="audit_log", takes="corrected", gives=ANSWER
    ),
    StepKind(
        name="update_enrichment_context",
        part="context",
        method="update_enrichment_context",
        takes="packet",
        gives="news",
    ),
    StepKind(
        name="retrigger_relevant_decisions",
        part="context",
        method="retrigger_relevant_decisions",
        takes="news",
        gives=ANSWER,
    ),
)
"""Every step of the runtime's pipelines; a test holds each to the method behind it."""

PAYLOADS: Final = {
    "cases": "TransactionPayload",
    "jobs": "JobPayload",
    "overrides": "OverrideRequest",
    "context": "ContextPayload",
}
"""Shape of the payload by the part that the first step belongs to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of a chain; `focus` is the word that `*` stood for, else empty."""

    name: str
    kind: StepKind
    focus: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Inbound:
    """One packet type that comes in, with its compiled chain."""

    packet_type: str
    source: str
    senders: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def part(self) -> str:
        """The part that the chain begins in."""
        return self.steps[0].kind.part

    @property
    def payload(self) -> str:
        """Name of the shape of the payload."""
        return PAYLOADS[self.part]

    @property
    def action(self) -> str:
        """The chain as the schema writes it."""
        return " -> ".join(step.name for step in self.steps)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outbound:
    """One packet type that goes out, with the fields of its payload."""

    packet_type: str
    destination: str
    fields: tuple[str, ...]


def inbound(context: PatternContext) -> tuple[Inbound, ...]:
    """Return the packet types that come in, in their order; none if the schema routes no packets.

    Raises:
        RefusalError: a packet type is no name or comes twice, or its chain cannot be compiled.
    """
    found: list[Inbound] = []
    for place, entry in enumerate(_entries(context, "inbound")):
        where = f"packetrouting.inbound.{place}"
        kind = _name(str(entry.get("packettype", "")), where)
        if kind in _TAKEN or kind in {each.packet_type for each in found}:
            raise RefusalError(
                f"{where}: the packet type {kind} is taken", "give each packet type its own name"
            )
        source = str(entry.get("source", ""))
        found.append(
            Inbound(
                packet_type=kind,
                source=source,
                senders=senders_of(source),
                steps=compile_chain(str(entry.get("action", "")), where),
            )
        )
    return tuple(found)


def outbound(context: PatternContext) -> tuple[Outbound, ...]:
    """Return the packet types that go out, in their order.

    Raises:
        RefusalError: a packet type is no name or comes twice.
    """
    found: list[Outbound] = []
    for place, entry in enumerate(_entries(context, "outbound")):
        where = f"packetrouting.outbound.{place}"
        kind = _name(str(entry.get("packettype", "")), where)
        if kind in {each.packet_type for each in found}:
            raise RefusalError(
                f"{where}: the packet type {kind} comes twice", "give each packet type its own name"
            )
        fields = entry.get("fields")
        found.append(
            Outbound(
                packet_type=kind,
                destination=str(entry.get("destination", "")),
                fields=tuple(str(each) for each in fields) if isinstance(fields, list) else (),
            )
        )
    return tuple(found)


def compile_chain(action: str, where: str) -> tuple[Step, ...]:
    """Return the steps of a chain such as `a -> b -> c`, checked to fit each other.

    Raises:
        RefusalError: a step is unknown, or takes what the one before it does not give.
    """
    steps = tuple(_step(name, where) for name in split_chain(action))
    given = "received" if steps[0].kind.part == "cases" else steps[0].kind.takes
    for step in steps:
        if step.kind.takes != given:
            fitting = ", ".join(each.name for each in STEPS if each.takes == given)
            raise RefusalError(
                f"{where}.action: {step.name} takes {step.kind.takes}, and there is {given}",
                f"put one of {fitting or 'no further step'} in its place",
            )
        given = step.kind.gives
    if given != ANSWER:
        ends = ", ".join(each.name for each in STEPS if each.gives == ANSWER)
        raise RefusalError(
            f"{where}.action ends in {given}, and not in an answer",
            f"end the chain in one of {ends}",
        )
    return steps


def senders_of(source: str) -> tuple[str, ...]:
    """Return the ids of agents that may send for a source: its last part, a domain's adapter."""
    last = segment(source)
    return (last, f"{last}_adapter") if "/agents/" in source else (last,)


def segment(path: str) -> str:
    """Return the last part of a path, as packets and topics name it."""
    return path.rstrip("/").rsplit("/", 1)[-1]


def _step(name: str, where: str) -> Step:
    for kind in STEPS:
        pattern = re.escape(kind.name).replace(r"\*", "([a-z0-9_]+)")
        match = re.fullmatch(pattern, name)
        if match:
            return Step(name=name, kind=kind, focus=match[1] if match.groups() else "")
    near = difflib.get_close_matches(name, [kind.name for kind in STEPS], n=3, cutoff=0.0)
    raise RefusalError(
        f"{where}.action: no step is called {name!r}", f"write one of {', '.join(near)}"
    )


def _name(text: str, where: str) -> str:
    try:
        return str(Identifier(text))
    except InvalidNameError as error:
        raise RefusalError(
            f"{where}.packettype {text!r} is no identifier",
            "write lower-case words joined by underscores",
        ) from error


def _entries(context: PatternContext, direction: str) -> list[Mapping[str, Plain]]:
    routing = context.agent.data.get("packetrouting")
    entries = routing.get(direction) if isinstance(routing, Mapping) else None
    return (
        [each for each in entries if isinstance(each, Mapping)] if isinstance(entries, list) else []
    )
