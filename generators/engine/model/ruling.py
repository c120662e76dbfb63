"""The rules of an agent: every condition of its schema, compiled to the one rule language."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalSpec:
    """A quantity that rules speak of.

    Attributes:
        name: canonical snake-case name.
        unit: `ratio`, `ms`, `eur`, ... ; `bool` for an event.
        low: smallest possible value, None if unbounded (always None for events).
        high: largest possible value, None if unbounded.
    """

    name: str
    unit: str
    low: float | None
    high: float | None

    @property
    def is_event(self) -> bool:
        """Tell whether the signal is a boolean."""
        return self.unit == "bool"


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSpec:
    """One compiled condition.

    Attributes:
        rule_id: for example `R-tensoraios-02`.
        kind: `policy`, `trigger` or `alert`.
        severity: `low`, `medium`, `high` or `critical`.
        expression: CEL over `signals`.
        signals: names of the signals it reads.
        pointer: schema pointer of the prose, for example `/governance/escalationpolicy`.
        text: the prose.
        target: team or anchors that an alert goes to; None for policies and triggers.
        fires: values of all its signals at which it fires, each as near the threshold as can be.
        holds: sets of values at which it does not fire, each with one condition just not met.
    """

    rule_id: str
    kind: str
    severity: str
    expression: str
    signals: tuple[str, ...]
    pointer: str
    text: str
    target: str | None
    fires: Mapping[str, float | bool]
    holds: tuple[Mapping[str, float | bool], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenCondition:
    """Prose that could not be compiled; it becomes a question."""

    pointer: str
    text: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """All rules of an agent and the signals they read, both in the order of the schema."""

    signals: tuple[SignalSpec, ...]
    rules: tuple[RuleSpec, ...]
    uncompiled: tuple[OpenCondition, ...]

    def signal(self, name: str) -> SignalSpec | None:
        """Return the signal of this name, or None."""
        return next((signal for signal in self.signals if signal.name == name), None)
