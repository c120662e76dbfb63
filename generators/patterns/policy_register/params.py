"""Parameters of the register of policies: what the rules of each agent compile to, and a digest."""

from collections.abc import Mapping
from typing import cast

from agent_runtime.auditing.register import policies_digest

from generators.engine.model.agent import Agent
from generators.engine.model.ruling import RuleSpec, SignalSpec, compile_ruling
from generators.engine.patterns.context import SystemContext
from generators.engine.sources.canonical import Plain


def params(context: SystemContext) -> Mapping[str, Plain]:
    """Return the register of all agents of the collection, built or not: it is their contract."""
    agents: dict[str, Plain] = {
        name: _entry(context.collection.agent(name)) for name in context.order
    }
    return {
        "register": {
            "collection": str(context.collection.name),
            "version": context.collection.version,
            "agents": agents,
        }
    }


def _entry(agent: Agent) -> dict[str, Plain]:
    """Return the policies of an agent as an auditor reads them, with their digest."""
    ruling = compile_ruling(agent)
    entry: dict[str, Plain] = {
        "signals": [_signal(signal) for signal in ruling.signals],
        "rules": [_rule(rule, agent) for rule in ruling.rules],
    }
    return {**entry, "digest": policies_digest(cast("Mapping[str, object]", entry))}


def _signal(signal: SignalSpec) -> dict[str, Plain]:
    return {"name": signal.name, "unit": signal.unit, "low": signal.low, "high": signal.high}


def _rule(rule: RuleSpec, agent: Agent) -> dict[str, Plain]:
    return {
        "rule_id": rule.rule_id,
        "expression": rule.expression,
        "kind": rule.kind,
        "severity": rule.severity,
        "signals": [*rule.signals],
        "source": f"{agent.name}#{rule.pointer}",
        "text": rule.text,
        "target": rule.target,
    }
