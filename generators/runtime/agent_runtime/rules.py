"""Rules over signals in one language (CEL), compiled once and failing closed.

An expression reads signals by name: numbers are CEL doubles (literals are written `1.0`), events
are bools. The CEL library reports run-time errors as truthy values, and NaN makes a comparison
false, so neither can be trusted to escalate. Hence here only a BOOL result computed from possible
values decides a rule; everything else is *undecidable* and counts as fired.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cel_expr_python import cel

from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.signals import Signal

RuleKind = Literal["policy", "trigger", "alert"]
Outcome = Literal["fired", "clear", "not_evaluated"]

RULE_KINDS: Final = ("policy", "trigger", "alert")
SEVERITIES: Final = ("low", "medium", "high", "critical")
"""From harmless to urgent."""

_LONGEST_EXPRESSION: Final = 2_000
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A condition over signals that a schema declares.

    Attributes:
        rule_id: Stable name, unique in its set.
        expression: CEL over exactly `signals`; true means that the rule fires.
        kind: `policy`, `trigger` or `alert`.
        severity: One of `SEVERITIES`.
        signals: Names of the signals the expression reads.
        source: Schema pointer that asked for the rule.
        text: The original prose.
        target: Anchor or team to tell; None means all anchors.
    """

    rule_id: str
    expression: str
    kind: RuleKind
    severity: str
    signals: tuple[str, ...]
    source: str
    text: str
    target: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What one rule said about one set of values."""

    rule: Rule
    outcome: Outcome
    reason: str
    undecidable: bool = False

    @property
    def fired(self) -> bool:
        """Whether the rule asks for an escalation."""
        return self.outcome == "fired"

    @property
    def rule_id(self) -> str:
        """Name of the rule."""
        return self.rule.rule_id


class RuleSet:
    """The compiled rules of one agent. Thread-safe: nothing changes after construction."""

    def __init__(self, signals: Iterable[Signal], rules: Iterable[Rule]) -> None:
        """Compile `rules` over `signals`.

        Raises:
            ConfigError: a name is declared twice, or a rule is not a boolean expression over
                exactly the signals it names.
        """
        self._signals = _unique(signals)
        compiled: dict[str, tuple[Rule, cel.Expression]] = {}
        for rule in rules:
            if rule.rule_id in compiled:
                raise ConfigError(f"rule {rule.rule_id} is declared twice")
            compiled[rule.rule_id] = (rule, _compiled(rule, self._signals))
        self._compiled = tuple(compiled.values())

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The declared signals, in order of declaration."""
        return tuple(self._signals.values())

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, in order of declaration."""
        return tuple(rule for rule, _ in self._compiled)

    def evaluate(self, values: Mapping[str, float | bool]) -> tuple[Verdict, ...]:
        """Judge each rule by `values` (signal name to value, in the signal's unit).

        A rule whose signals are not all given is decided if the others suffice (`a || b` by a true
        `a`), and else reported as `not_evaluated`. A rule that reads
        an impossible value (NaN, infinite, out of bounds, of the wrong type), or whose expression
        cannot be computed, fires with a reason that begins with `undecidable`.

        Returns:
            One verdict a rule, in order of declaration.

        Raises:
            InputBoundsError: a name in `values` is no declared signal.
        """
        checked, impossible = self._check(values)
        verdicts = []
        for rule, expression in self._compiled:
            missing = [name for name in rule.signals if name not in values]
            wrong = [impossible[name] for name in rule.signals if name in impossible]
            if missing:
                verdicts.append(_partly_judged(rule, expression, checked, missing))
            elif wrong:
                verdicts.append(_undecidable(rule, "; ".join(wrong)))
            else:
                verdicts.append(_judged(rule, expression, checked))
        return tuple(verdicts)

    def _check(
        self, values: Mapping[str, float | bool]
    ) -> tuple[dict[str, float | bool], dict[str, str]]:
        """Split `values` into the possible ones and the reasons why the others are not."""
        checked: dict[str, float | bool] = {}
        impossible: dict[str, str] = {}
        for name, value in values.items():
            signal = self._signals.get(name)
            if signal is None:
                raise InputBoundsError(f"{name!r} is not one of: {', '.join(self._signals)}")
            try:
                checked[name] = signal.checked(value)
            except InputBoundsError as error:
                impossible[name] = str(error)
        return checked, impossible


def _unique(signals: Iterable[Signal]) -> dict[str, Signal]:
    by_name: dict[str, Signal] = {}
    for signal in signals:
        if signal.name in by_name:
            raise ConfigError(f"signal {signal.name} is declared twice")
        by_name[signal.name] = signal
    return by_name


def _compiled(rule: Rule, signals: Mapping[str, Signal]) -> cel.Expression:
    """Compile one rule in an environment that knows its own signals and nothing else."""
    where = f"rule {rule.rule_id} ({rule.source})"
    if rule.kind not in RULE_KINDS:
        raise ConfigError(f"{where}: kind {rule.kind!r} is not one of {', '.join(RULE_KINDS)}")
    if rule.severity not in SEVERITIES:
        raise ConfigError(f"{where}: severity {rule.severity!r} is not one of {SEVERITIES}")
    if len(rule.expression) > _LONGEST_EXPRESSION:
        raise ConfigError(f"{where}: longer than {_LONGEST_EXPRESSION} characters")
    undeclared = [name for name in rule.signals if name not in signals]
    if undeclared:
        raise ConfigError(f"{where} reads undeclared signals: {', '.join(undeclared)}")
    words = set(_WORD.findall(rule.expression))
    unread = [name for name in rule.signals if name not in words]
    if unread or not rule.signals:
        raise ConfigError(f"{where} does not read the signals it names: {', '.join(unread)}")
    types = {
        name: cel.Type.BOOL if signals[name].is_event else cel.Type.DOUBLE for name in rule.signals
    }
    try:
        expression = cel.NewEnv(variables=types).compile(rule.expression)
    except RuntimeError as error:
        raise ConfigError(f"{where} does not compile: {error}") from error
    if expression.return_type() != cel.Type.BOOL:
        kind = expression.return_type().name()
        raise ConfigError(f"{where} is {kind} and not a condition: {rule.expression}")
    return expression


def _judged(rule: Rule, expression: cel.Expression, values: Mapping[str, float | bool]) -> Verdict:
    read = {name: values[name] for name in rule.signals if name in values}
    try:
        result = expression.eval(data=read)
    except RuntimeError as error:  # the evaluator gave up, e.g. its iteration budget is exceeded
        return _undecidable(rule, str(error))
    if result.type() != cel.Type.BOOL:
        return _undecidable(rule, str(result.plain_value()))
    shown = ", ".join(f"{name} = {value}" for name, value in read.items())
    outcome: Outcome = "fired" if result.plain_value() is True else "clear"
    return Verdict(rule=rule, outcome=outcome, reason=f"{shown} ({rule.expression})")


def _partly_judged(
    rule: Rule, expression: cel.Expression, values: Mapping[str, float | bool], missing: list[str]
) -> Verdict:
    """Judge by what is given; the evaluator says so if an absent signal could change the result."""
    verdict = _judged(rule, expression, values)
    if not verdict.undecidable:
        return verdict
    reason = f"not given: {', '.join(missing)}"
    return Verdict(rule=rule, outcome="not_evaluated", reason=reason)


def _undecidable(rule: Rule, why: str) -> Verdict:
    reason = f"undecidable: {why} ({rule.expression})"
    return Verdict(rule=rule, outcome="fired", reason=reason, undecidable=True)
