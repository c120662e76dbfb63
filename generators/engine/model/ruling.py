"""The rules of an agent: every condition of its schema, compiled to the one rule language."""

from collections.abc import Mapping
from dataclasses import dataclass

from generators.engine.model.agent import Agent
from generators.engine.rules.conditions import Condition, SignalUse, merge_signals
from generators.engine.rules.policies import (
    Reward,
    parse_alert,
    parse_policy,
    parse_reward,
    parse_trigger,
)
from generators.engine.rules.samples import compares_signals, fires, holds
from generators.engine.rules.uncompiled import Uncompiled

_DAY_MS = 86_400_000.0
_SEVERITY = {"ops": "medium", "team": "medium", "escalation": "critical"}
_BOUNDS = {"ratio": (0.0, 1.0), "ms": (0.0, None), "eur": (0.0, None), "count": (0.0, None)}


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


@dataclass(frozen=True, slots=True)
class OpenCondition:
    """Prose that could not be compiled; it becomes a question.

    `symbols` names the thresholds that only lack a number, each with the unit of its signal.
    """

    pointer: str
    text: str
    reason: str
    symbols: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RewardSpec:
    """A compiled reward or penalty function: a metric to follow, or a condition to be met.

    Attributes:
        kind: `reward` or `penalty`.
        pointer: schema pointer of the prose.
        text: the prose.
        metric: name of the metric, None for a condition.
        expression: CEL of the condition, None for a metric.
        signals: names of the signals it reads.
        window_days: after how many days the outcome is known, None if the prose does not say.
    """

    kind: str
    pointer: str
    text: str
    metric: str | None
    expression: str | None
    signals: tuple[str, ...]
    window_days: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """All rules of an agent and the signals they read, both in the order of the schema."""

    signals: tuple[SignalSpec, ...]
    rules: tuple[RuleSpec, ...]
    uncompiled: tuple[OpenCondition, ...]
    rewards: tuple[RewardSpec, ...] = ()

    def signal(self, name: str) -> SignalSpec | None:
        """Return the signal of this name, or None."""
        return next((signal for signal in self.signals if signal.name == name), None)


def bounds_of(unit: str) -> tuple[float | None, float | None]:
    """Return the smallest and largest possible value of a quantity in `unit`."""
    return _BOUNDS.get(unit, (None, None))


def compile_ruling(agent: Agent) -> Ruling:
    """Compile the escalation policy, triggers and alerts of `agent`."""
    drafts: list[_Draft] = []
    uncompiled: list[OpenCondition] = []
    thresholds = agent.governance.thresholds

    def take(kind: str, pointer: str, parsed: Condition | Uncompiled, target: str | None) -> None:
        if isinstance(parsed, Uncompiled):
            uncompiled.append(OpenCondition(pointer, parsed.text, parsed.reason))
        elif parsed.symbols:
            reason = f"no value for {', '.join(parsed.symbols)}"
            units = {use.name: use.unit for use in parsed.signals}
            symbols = tuple((name, units.get(name, "number")) for name in parsed.symbols)
            uncompiled.append(OpenCondition(pointer, parsed.text, reason, symbols))
        elif compares_signals(parsed.tree):
            reason = "it compares two signals; compare each with a number"
            uncompiled.append(OpenCondition(pointer, parsed.text, reason))
        else:
            drafts.append(_Draft(kind, pointer, parsed, target))

    policy = agent.governance.escalation_policy
    for clause in parse_policy(policy, thresholds).clauses if policy else ():
        take("policy", "/governance/escalationpolicy", clause, None)
    for index, text in enumerate(agent.autonomy.escalation_triggers):
        pointer = f"/learningsystem/autonomyprofile/escalationtriggers/{index}"
        take("trigger", pointer, parse_trigger(text, thresholds), None)
    for index, text in enumerate(agent.alerting):
        alert = parse_alert(text, thresholds)
        pointer = f"/deployment/alerting/{index}"
        if isinstance(alert, Uncompiled):
            take("alert", pointer, alert, None)
        else:
            take("alert", pointer, alert.condition, alert.target)
    signals, conflicts = merge_signals(draft.condition for draft in drafts)
    uncompiled += [OpenCondition("/governance", c.text, c.reason) for c in conflicts]
    rules = tuple(_rule(agent.agent_id, n, draft) for n, draft in enumerate(drafts, start=1))
    rewards, opened = _rewards(agent)
    return Ruling(
        signals=tuple(_signal(use) for use in signals),
        rules=rules,
        uncompiled=(*uncompiled, *opened),
        rewards=rewards,
    )


def _rewards(agent: Agent) -> tuple[tuple[RewardSpec, ...], tuple[OpenCondition, ...]]:
    """Compile the reward and the penalty function."""
    found: list[RewardSpec] = []
    opened: list[OpenCondition] = []
    prose = (("reward", agent.learning.reward), ("penalty", agent.learning.penalty))
    for kind, text in prose:
        pointer = f"/reasoningengine/reasoningfeedbackloop/{kind}function"
        parsed = parse_reward(text, agent.governance.thresholds) if text else None
        if isinstance(parsed, Uncompiled):
            opened.append(OpenCondition(pointer, text, parsed.reason))
        elif parsed is not None:
            found.append(_reward(kind, pointer, parsed))
    return tuple(found), tuple(opened)


def _reward(kind: str, pointer: str, parsed: Reward) -> RewardSpec:
    uses = parsed.condition.signals if parsed.condition else ()
    uses = (parsed.metric,) if parsed.metric else uses
    window = parsed.window.canonical if parsed.window else None
    return RewardSpec(
        kind=kind,
        pointer=pointer,
        text=parsed.text,
        metric=parsed.metric.name if parsed.metric else None,
        expression=parsed.condition.expression if parsed.condition else None,
        signals=tuple(use.name for use in uses),
        window_days=window / _DAY_MS if window is not None else None,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    kind: str
    pointer: str
    condition: Condition
    target: str | None


def _rule(agent_id: str, number: int, draft: _Draft) -> RuleSpec:
    condition = draft.condition
    return RuleSpec(
        rule_id=f"R-{agent_id}-{number:02d}",
        kind=draft.kind,
        severity=_SEVERITY.get(draft.target or draft.kind, "high"),
        expression=condition.expression,
        signals=tuple(use.name for use in condition.signals),
        pointer=draft.pointer,
        text=condition.text.strip(),
        target=draft.target,
        fires=fires(condition.tree),
        holds=holds(condition.tree),
    )


def _signal(use: SignalUse) -> SignalSpec:
    low, high = bounds_of(use.unit)
    return SignalSpec(name=use.name, unit=use.unit, low=low, high=high)
