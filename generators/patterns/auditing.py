"""What an auditor's schema says of its audits, for the patterns of its modules and documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.model.ruling import Ruling
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import event_signal, number_signal

Row = dict[str, Plain]

SEVERITIES: Final = ("low", "medium", "high", "critical")
DEFAULT_LEVEL: Final = 0.99

_TOPICS: Final = (
    ("conduct", "compliance_checker", (("rule", "violat"),)),
    ("policies", "policy_validator", (("policy", "violat"),)),
    ("bias", "bias_detector", (("bias", "detect"), ("bias",))),
    ("drift", "drift_analyzer", (("drift",),)),
    ("fraud", "fraud_detector", (("fraud",),)),
)

ROLES: Final = {topic: role for topic, role, _ in _TOPICS}
"""Who finds violations, by topic."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of violation: the signal of the rules that names it, and what else they measure.

    Attributes:
        topic: which audit finds it, e.g. `bias`.
        name: name of the signal.
        severity: highest of the rules that read it.
        measured: whether the signal is a number.
        source: schema field of the first rule that reads it.
        levels: further numeric signals that tell how much there is of it.
    """

    topic: str
    name: str
    severity: str
    measured: bool
    source: str
    levels: tuple[str, ...]

    def row(self) -> Row:
        """Return the kind as parameters."""
        return {
            "topic": self.topic,
            "name": self.name,
            "severity": self.severity,
            "measured": self.measured,
            "source": self.source,
            "levels": [*self.levels],
        }


def kinds_of(context: PatternContext) -> tuple[Kind, ...]:
    """Return the kinds of violation that the agent's modules can find.

    Raises:
        RefusalError: no rule of the schema names the kind that a module finds.
    """
    return tuple(kind_of(context, topic) for topic, role, _ in _TOPICS if role in context.siblings)


def kind_of(context: PatternContext, topic: str) -> Kind:
    """Return the kind of violation that audits of `topic` find.

    Raises:
        RefusalError: no rule of the schema names it.
    """
    words = next(found for name, _, found in _TOPICS if name == topic)
    ruling = context.ruling
    name = next((n for each in words if (n := event_signal(ruling, *each))), "")
    name = name or next((n for each in words if (n := number_signal(ruling, *each))), "")
    if not name:
        wanted = "_".join(words[-1])
        raise RefusalError(
            f"governance.escalationpolicy names no violation of the kind {topic}",
            f"add a condition to governance.escalationpolicy whose name holds {wanted}",
        )
    signal = ruling.signal(name)
    rules = [rule for rule in ruling.rules if name in rule.signals]
    severity = max((rule.severity for rule in rules), key=SEVERITIES.index)
    stem = name.split("_")[0]
    return Kind(
        topic=topic,
        name=name,
        severity=severity,
        measured=signal is not None and not signal.is_event,
        source=rules[0].pointer.strip("/").replace("/", "."),
        levels=_levels(ruling, name, stem),
    )


def _levels(ruling: Ruling, name: str, stem: str) -> tuple[str, ...]:
    return tuple(
        signal.name
        for signal in ruling.signals
        if not signal.is_event and signal.name != name and stem in signal.name.split("_")
    )


def auditing(context: PatternContext) -> Mapping[str, Plain]:
    """Return the section `auditing` of the schema.

    Raises:
        RefusalError: there is none.
    """
    section = context.agent.data.get("auditing")
    if not isinstance(section, Mapping):
        raise RefusalError(
            "the schema has no section auditing",
            "write what is examined, at least auditing.samplingrate and auditing.windowseconds",
        )
    return section


def rows_of(context: PatternContext, name: str, example: str) -> list[Row]:
    """Return a list of the section `auditing` that must not be empty.

    Raises:
        RefusalError: there is no section, or nothing in the list.
    """
    found = auditing(context).get(name)
    rows = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    if not rows:
        raise RefusalError(f"auditing.{name} lists nothing", f"list in auditing.{name} {example}")
    return rows


def level_of(context: PatternContext) -> float:
    """Return the declared confidence of comparisons."""
    return number_of(auditing(context), "confidencelevel", DEFAULT_LEVEL)


def number_of(row: Mapping[str, Plain], name: str, otherwise: float) -> float:
    """Return the number under `name`, or `otherwise`."""
    value = row.get(name)
    return float(value) if isinstance(value, int | float) else otherwise


def text_of(row: Mapping[str, Plain], name: str, otherwise: str = "") -> str:
    """Return the text under `name`, or `otherwise`."""
    value = row.get(name)
    return value if isinstance(value, str) else otherwise


def watched_of(context: PatternContext) -> dict[str, list[str]]:
    """Return the event types that the agent observes by agent, as the glue wires it.

    Raises:
        RefusalError: no wiring lets it observe anything.
    """
    wirings = context.glue.get("wirings")
    found: dict[str, list[str]] = {}
    for wiring in wirings if isinstance(wirings, list) else []:
        if not isinstance(wiring, dict) or wiring.get("connection_type") != "event_observe":
            continue
        types = wiring.get("event_subscriptions")
        if wiring.get("from_agent") == context.agent.agent_id and isinstance(types, list):
            found.setdefault(str(wiring["to_agent"]), []).extend(str(each) for each in types)
    if not found:
        raise RefusalError(
            f"no wiring lets {context.agent.agent_id} observe the events of another agent",
            "add a wiring of connection_type event_observe from it to the glue",
        )
    return {agent: [*dict.fromkeys(types)] for agent, types in sorted(found.items())}


def source_row(row: Mapping[str, Plain]) -> Row:
    """Return where entries come from, as parameters."""
    return {"event": text_of(row, "event"), "each": text_of(row, "each")}
