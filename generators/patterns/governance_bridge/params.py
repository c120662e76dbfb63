"""Parameters of a governance bridge: signals, rules and policy of an agent, and their tests."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from generators.engine.model.ruling import RuleSpec, Ruling, SignalSpec
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain

_MODES: Final = ("hybrid", "autonomous", "supervised")
_SCOPES: Final = ("full", "gated_by_governance", "none")
_SEVERITIES: Final = ("low", "medium", "high", "critical")
_ANCHOR_WORDS: Final = ("governance", "escalation")
"""Alert targets that mean the anchors themselves."""

_TAKEN: Final = frozenset({"AGENT", "SIGNALS", "RULES", "POLICY", "ESCALATION_TIMEOUT_SECONDS"})
_ONE_THRESHOLD: Final = re.compile(r"\w+ (?P<sign>[<>]) (?P<number>-?[0-9.]+(?:e[-+]?[0-9]+)?)")
_AUTONOMY: Final = "collaborationnetwork.autonomyscope"
_DEFAULT_TIMEOUT: Final = 3_600.0
_LINE: Final = 70
_LONGEST_EXPRESSION: Final = 78
_LONGEST_TEXT: Final = 84
_RUNTIME: Final = "agent_runtime."


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what the bridge declares, and what its tests expect of it.

    Raises:
        RefusalError: the schema names no anchor, or a mode or autonomy without a meaning.
    """
    agent, ruling = context.agent, context.ruling
    policy = _policy(context)
    anchors = [str(anchor["name"]) for anchor in _anchors(context)]
    constants = _constants(ruling.signals)
    thresholds = {signal.name: _threshold(signal.name, ruling.rules) for signal in ruling.signals}
    batches = _batches(ruling, constants, thresholds)
    impossible = _impossible(ruling)
    outside = _outside(ruling, impossible)
    external = _effective(policy, "external_actions")
    internal = _effective(policy, "internal_decisions")
    return {
        "class_name": context.class_name,
        "agent": agent.agent_id,
        "imports": _imports(context),
        "test_imports": _test_imports(context, batches, impossible=bool(impossible)),
        "signals": [
            _signal(signal, constants[signal.name], thresholds[signal.name], context)
            for signal in ruling.signals
        ],
        "rules": [_rule(rule, agent.name) for rule in ruling.rules],
        "policy": policy,
        "timeout_seconds": _timeout(context.meta),
        "anchor_names": [*anchors],
        "effective": {"internal": internal, "external": external},
        "external": {scope: external == scope for scope in _SCOPES},
        "internal": {scope: internal == scope for scope in _SCOPES},
        "holds": policy["mode"] != "autonomous" and internal == "full",
        "conditions": [*_conditions(ruling.rules, anchors)],
        "near_misses": [*_near_misses(ruling.rules)],
        "batches": [*batches],
        "impossible": [*impossible],
        "outside": [*outside],
        "has": {
            "rules": bool(ruling.rules),
            "batches": bool(batches),
            "impossible": bool(impossible),
            "outside": bool(outside),
            "audit_scope": bool(agent.governance.audit_scope),
            "override": agent.governance.human_override,
        },
    }


def _policy(context: PatternContext) -> dict[str, Plain]:
    governance, autonomy = context.agent.governance, context.agent.autonomy
    return {
        "mode": _meant(governance.mode, "governance.mode", _MODES),
        "human_override": governance.human_override,
        "anchors": [*_anchors(context)],
        "internal_decisions": _meant(
            autonomy.internal_decisions, f"{_AUTONOMY}.internaldecisions", _SCOPES
        ),
        "external_actions": _meant(
            autonomy.external_actions, f"{_AUTONOMY}.externalactions", _SCOPES
        ),
        "task_limit": autonomy.task_limit,
        "audit_scope": [*governance.audit_scope],
        "compliance_auditor": governance.compliance_auditor,
    }


def _meant(value: str, field: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise RefusalError(f"{field} {value!r} has no meaning", f"write {' or '.join(allowed)}")
    return value


def _effective(policy: Mapping[str, Plain], scope: str) -> str:
    """Return the scope in effect: a supervised agent asks even for what is left to it."""
    supervised = policy["mode"] == "supervised" and policy[scope] == "full"
    return "gated_by_governance" if supervised else str(policy[scope])


def _imports(context: PatternContext) -> list[Plain]:
    """Return the import lines of the module in groups, sorted as isort does."""
    names = {
        "agent_runtime.clock": ["Clock"],
        "agent_runtime.flags": ["Flags"],
        "agent_runtime.signals": ["Signal"],
        "agent_runtime.tokens": ["TokenVerifier"],
        "agent_runtime.values": ["JsonObject"],
        context.source("escalation_handler", "agent_runtime.escalation"): [
            "Escalation",
            "Escalations",
        ],
        context.source("governance", "agent_runtime.governance"): [
            "Anchor",
            "Approval",
            "AuditTrail",
            "Credential",
            "Governance",
            "Policy",
        ],
        context.source("policy_engine", "agent_runtime.rules"): ["Rule", "RuleSet"],
    }
    return [
        [
            {"module": "collections.abc", "names": ["Iterable", "Mapping"]},
            {"module": "typing", "names": ["Final"]},
        ],
        *_grouped(names),
    ]


def _test_imports(
    context: PatternContext, batches: Sequence[Mapping[str, Plain]], *, impossible: bool
) -> list[Plain]:
    own = {str(row["constant"]) for row in batches}
    errors = {"GovernanceError", "InputBoundsError"}
    external = _effective(_policy(context), "external_actions")
    if external == "gated_by_governance":
        errors |= {"NotAuthenticatedError", "NotAuthorisedError"}
    if _effective(_policy(context), "internal_decisions") == "gated_by_governance":
        errors.add("NotAuthenticatedError")
    names = {
        "agent_runtime.errors": sorted(errors),
        "agent_runtime.flags": ["GOVERNANCE_ENFORCEMENT", "Flags"],
        "agent_runtime.signals": ["Signal"],
        "agent_runtime.testing": ["TRACE", "AgentBench"],
        context.module: [
            *sorted(own | {"AGENT", "ESCALATION_TIMEOUT_SECONDS", "POLICY", "RULES"}),
            context.class_name,
        ],
    }
    standard: list[Plain] = [{"module": "math", "names": []}] if impossible else []
    return [
        [*standard, {"module": "pathlib", "names": ["Path"]}],
        *_grouped(names, {"module": "pytest", "names": []}),
    ]


def _grouped(names: Mapping[str, Sequence[str]], *first: Plain) -> list[Plain]:
    """Return third-party and own modules as two groups; the second only if there is any."""
    runtime: list[Plain] = []
    own: list[Plain] = []
    for module in sorted(names):
        group = runtime if module.startswith(_RUNTIME) else own
        group.append({"module": module, "names": [*names[module]]})
    return [[*first, *runtime], own] if own else [[*first, *runtime]]


def _anchors(context: PatternContext) -> list[dict[str, Plain]]:
    """Return the anchors under their canonical names, with what the meta template knows of them."""
    names = context.agent.governance.anchors
    if not names:
        raise RefusalError(
            "governance.anchors names nobody who could answer an escalation",
            "write governance.anchors: [<name>]",
        )
    aliases = context.glue.get("anchor_aliases")
    aliases = aliases if isinstance(aliases, Mapping) else {}
    known = {
        str(anchor.get("name")): anchor
        for anchor in _records(_at(context.meta, "meta.codegen.schema", "governance", "anchors"))
    }
    canonical = dict.fromkeys(str(aliases.get(name, name)) for name in names)
    anchors: list[dict[str, Plain]] = []
    for name in canonical:
        channels = known.get(name, {}).get("channels")
        anchors.append(
            {
                "name": name,
                "role": str(known.get(name, {}).get("role", "anchor")),
                "channels": channels if isinstance(channels, list) else [],
            }
        )
    return anchors


def _timeout(meta: Mapping[str, Mapping[str, Plain]]) -> float:
    seconds = _at(meta, "meta.dependency.integration", "escalation", "timeout_seconds")
    return float(seconds) if isinstance(seconds, int | float) else _DEFAULT_TIMEOUT


def _at(data: object, *keys: str) -> object:
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _records(value: object) -> list[Mapping[str, Plain]]:
    entries = value if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _constants(signals: Iterable[SignalSpec]) -> dict[str, str]:
    """Return the name of each signal's constant; one that is taken ends in `_SIGNAL`."""
    names: dict[str, str] = {}
    for signal in signals:
        name = signal.name.upper()
        names[signal.name] = f"{name}_SIGNAL" if name in _TAKEN else name
    return names


def _signal(
    signal: SignalSpec, constant: str, threshold: Mapping[str, float], context: PatternContext
) -> dict[str, Plain]:
    pointer = next(rule.pointer for rule in context.ruling.rules if signal.name in rule.signals)
    options: dict[str, Plain] = {} if signal.unit == "ratio" else {"unit": signal.unit}
    bounds = {"low": signal.low, "high": signal.high}
    options |= {name: bound for name, bound in bounds.items() if bound is not None}
    options |= {f"escalate_{side}": number for side, number in threshold.items()}
    return {
        "name": signal.name,
        "constant": constant,
        "options": [{"name": name, "value": value} for name, value in options.items()],
        "source": f"{context.agent.name}#{pointer}",
    }


def _rule(rule: RuleSpec, agent: str) -> dict[str, Plain]:
    return {
        "rule_id": rule.rule_id,
        "expression": _literal(rule.expression, _LONGEST_EXPRESSION),
        "kind": rule.kind,
        "severity": rule.severity,
        "signals": [*rule.signals],
        "source": f"{agent}#{rule.pointer}",
        "text": _literal(rule.text, _LONGEST_TEXT),
        "target": _target(rule),
    }


def _literal(text: str, longest: int) -> dict[str, Plain]:
    """Return a text in parts that fit a line; joined they are the text.

    Args:
        text: Any text.
        longest: What fits after the field's name; shorter parts would be put on one line again.
    """
    written = len(text) + text.count('"') + text.count("\\")
    parts = [text]
    if written > longest:
        parts = textwrap.wrap(
            text, _LINE, drop_whitespace=False, replace_whitespace=False, break_on_hyphens=False
        )
    return {"parts": [*parts], "long": len(parts) > 1}


def _target(rule: RuleSpec) -> str | None:
    return None if rule.target in _ANCHOR_WORDS else rule.target


def _threshold(name: str, rules: Sequence[RuleSpec]) -> dict[str, float]:
    """Return the strictest thresholds (`above`, `below`) of the rules that read only this signal.

    Empty if one of them has another form, or if they overlap: then no value is surely harmless.
    """
    found: dict[str, float] = {}
    for rule in rules:
        if rule.signals != (name,):
            continue
        match = _ONE_THRESHOLD.fullmatch(rule.expression)
        if match is None:
            return {}
        number = float(match["number"])
        if match["sign"] == ">":
            found["above"] = min(number, found.get("above", number))
        else:
            found["below"] = max(number, found.get("below", number))
    crossed = len(found) == len(("above", "below")) and found["above"] < found["below"]
    return {} if crossed else found


def _conditions(rules: Sequence[RuleSpec], anchors: Sequence[str]) -> list[dict[str, Plain]]:
    """Return each distinct condition with who is told when it is just met."""
    groups: dict[str, list[RuleSpec]] = {}
    for rule in rules:
        groups.setdefault(rule.expression, []).append(rule)
    conditions: list[dict[str, Plain]] = []
    for expression, group in groups.items():
        targets: dict[str, None] = {}
        for rule in group:
            target = _target(rule)
            targets.update(dict.fromkeys([target] if target else anchors))
        conditions.append(
            {
                "id": _case(expression),
                "values": dict(group[0].fires),
                "rule_ids": [rule.rule_id for rule in group],
                "severity": max((rule.severity for rule in group), key=_SEVERITIES.index),
                "targets": [*targets],
            }
        )
    return conditions


def _near_misses(rules: Sequence[RuleSpec]) -> list[dict[str, Plain]]:
    """Return for each distinct condition the values at which it is just not met."""
    cases: list[dict[str, Plain]] = []
    seen: set[str] = set()
    for rule in rules:
        if rule.expression in seen:
            continue
        seen.add(rule.expression)
        for values in rule.holds:
            shown = ", ".join(f"{name} = {value}" for name, value in values.items())
            cases.append({"id": _case(shown), "values": dict(values), "rule_id": rule.rule_id})
    return cases


def _batches(
    ruling: Ruling, constants: Mapping[str, str], thresholds: Mapping[str, Mapping[str, float]]
) -> list[dict[str, Plain]]:
    """Return for each threshold of a signal a harmless measurement on it and one just beyond."""
    batches: list[dict[str, Plain]] = []
    for signal in ruling.signals:
        for side, number in thresholds[signal.name].items():
            sign = ">" if side == "above" else "<"
            expression = f"{signal.name} {sign} {number!r}"
            rule = next(rule for rule in ruling.rules if rule.expression == expression)
            batches.append(
                {
                    "id": _case(expression),
                    "constant": constants[signal.name],
                    "at": number,
                    "beyond": rule.fires[signal.name],
                }
            )
    return batches


def _impossible(ruling: Ruling) -> list[dict[str, Plain]]:
    """Return each number with a rule that reads it, and values at which that rule is clear."""
    cases: list[dict[str, Plain]] = []
    for signal in ruling.signals:
        rule = next(rule for rule in ruling.rules if signal.name in rule.signals)
        if not signal.is_event:
            cases.append(
                {"signal": signal.name, "rule_id": rule.rule_id, "values": dict(rule.holds[0])}
            )
    return cases


def _outside(ruling: Ruling, impossible: Sequence[Mapping[str, Plain]]) -> list[dict[str, Plain]]:
    """Return the same cases with each bound and a value beyond it."""
    cases: list[dict[str, Plain]] = []
    for case in impossible:
        signal = next(signal for signal in ruling.signals if signal.name == case["signal"])
        beyond = [] if signal.low is None else [(signal.low, signal.low - 1.0)]
        beyond += [] if signal.high is None else [(signal.high, signal.high + 1.0)]
        cases += [
            {**case, "unit": signal.unit, "bound": bound, "wrong": wrong} for bound, wrong in beyond
        ]
    return cases


def _case(text: str) -> str:
    return textwrap.shorten(text, _LINE, placeholder=" ...")
