"""Parameters of a governance bridge: signals, rules and policy of an agent, and their tests."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from generators.engine.model.ruling import RuleSpec, SignalSpec
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.governance_bridge import expectations
from generators.patterns.imports import import_groups

_GATED: Final = "gated_by_governance"
_MODES: Final = ("hybrid", "autonomous", "supervised")
_SCOPES: Final = ("full", _GATED, "none")
_TAKEN: Final = frozenset({"AGENT", "SIGNALS", "RULES", "POLICY", "ESCALATION_TIMEOUT_SECONDS"})
_AUTONOMY: Final = "collaborationnetwork.autonomyscope"
_DEFAULT_TIMEOUT: Final = 3_600.0
_LINE: Final = 70
_LONGEST_EXPRESSION: Final = 78
_LONGEST_TEXT: Final = 84


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what the bridge declares, and what its tests expect of it.

    Raises:
        RefusalError: the schema names no anchor, or a mode or autonomy without a meaning.
    """
    agent, ruling = context.agent, context.ruling
    policy = _policy(context)
    anchors = [str(anchor["name"]) for anchor in _anchors(context)]
    constants = _constants(ruling.signals)
    thresholds = {
        signal.name: expectations.threshold(signal.name, ruling.rules) for signal in ruling.signals
    }
    batches = expectations.batches(ruling, constants, thresholds)
    impossible = expectations.impossible(ruling)
    outside = expectations.outside(ruling, impossible)
    external = _effective(policy, "external_actions")
    internal = _effective(policy, "internal_decisions")
    return {
        "class_name": context.class_name,
        "agent": agent.agent_id,
        "imports": _imports(context),
        "test_imports": _test_imports(context, policy, batches),
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
        "conditions": [*expectations.conditions(ruling.rules, anchors)],
        "near_misses": [*expectations.near_misses(ruling.rules)],
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
    return _GATED if supervised else str(policy[scope])


def _imports(context: PatternContext) -> list[Plain]:
    """Return the import lines of the module in groups."""
    governance = ("Anchor", "Approval", "AuditTrail", "Credential", "Governance", "Policy")
    escalation = context.source("escalation_handler", "agent_runtime.escalation")
    return import_groups(
        context.namespace,
        [
            ("collections.abc", ("Iterable", "Mapping")),
            ("typing", ("Final",)),
            ("agent_runtime.clock", ("Clock",)),
            ("agent_runtime.flags", ("Flags",)),
            ("agent_runtime.signals", ("Signal",)),
            ("agent_runtime.tokens", ("TokenVerifier",)),
            ("agent_runtime.values", ("JsonObject",)),
            (escalation, ("Escalation", "Escalations")),
            (context.source("governance", "agent_runtime.governance"), governance),
            (context.source("policy_engine", "agent_runtime.rules"), ("Rule", "RuleSet")),
        ],
    )


def _test_imports(
    context: PatternContext, policy: Mapping[str, Plain], batches: Sequence[Mapping[str, Plain]]
) -> list[Plain]:
    """Return the import lines of the test from other modules, in groups."""
    errors = {"GovernanceError", "InputBoundsError"}
    if _effective(policy, "external_actions") == _GATED:
        errors |= {"NotAuthenticatedError", "NotAuthorisedError"}
    if _effective(policy, "internal_decisions") == _GATED:
        errors |= {"NotAuthenticatedError"}
    declared = ("AGENT", "ESCALATION_TIMEOUT_SECONDS", "POLICY", "RULES", context.class_name)
    return import_groups(
        context.namespace,
        [
            ("agent_runtime.errors", errors),
            ("agent_runtime.flags", ("GOVERNANCE_ENFORCEMENT", "Flags")),
            ("agent_runtime.signals", ("Signal",)),
            ("agent_runtime.testing", ("TRACE", "AgentBench")),
            (context.module, (*declared, *(str(row["constant"]) for row in batches))),
        ],
    )


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
        "target": expectations.target(rule),
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
