"""The declared escalation rules are in the code, exactly, and something feeds them."""

import re
from collections.abc import Iterator

from generators.engine.gates.declarations import contradictions, declarations
from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, of_unit
from generators.engine.gates.literals import text_constants
from generators.engine.gates.wiring import (
    GOVERNANCE,
    bridge_classes,
    bridge_sources,
    calls_on,
    place_of,
    runtime_classes,
)

_RULE_ID = re.compile(r"R-[a-z0-9_]+-\d{2,}")
_FEEDING = ("observe", "escalate")
_REPAIR = "let the governance bridge declare the rules of `context.ruling`, and call `observe`"


def _inspect(unit: GateInput) -> Outcome:
    rules = unit.facts.rules
    texts = text_constants(unit.modules())
    problems = [*_missing(unit, texts), *_otherwise(unit), *_invented(unit, texts)]
    places = [texts[rule.rule_id] for rule in rules if rule.rule_id in texts]
    if rules:
        for name, feeds in (("the bridge", _bridge_feeds), ("a module", _module_feeds)):
            found = feeds(unit)
            places += found[:1]
            if not found:
                message = f"{name} never observes or escalates: no rule can fire"
                problems.append(of_unit(unit, message, _REPAIR))
    return Outcome(problems=tuple(problems), counts={"checked": len(rules)}, places=tuple(places))


def _missing(unit: GateInput, texts: dict[str, str]) -> Iterator[Problem]:
    for rule in unit.facts.rules:
        if rule.rule_id not in texts:
            message = f"the rule {rule.rule_id} ({rule.text}) is not in the code"
            yield of_unit(unit, message, _REPAIR)
        elif rule.expression not in texts:
            message = f"the rule {rule.rule_id} does not say `{rule.expression}`"
            yield of_unit(unit, message, _REPAIR)


def _otherwise(unit: GateInput) -> Iterator[Problem]:
    """Find rules that bear the id of a declared one and say something else."""
    known = {rule.rule_id: rule for rule in unit.facts.rules}
    for found in declarations(unit.modules(), "Rule"):
        rule = known.get(str(found.given.get("rule_id")))
        if rule is not None:
            declared = {
                "expression": rule.expression,
                "kind": rule.kind,
                "severity": rule.severity,
                "target": rule.target,
            }
            yield from contradictions(found, declared, f"the rule {rule.rule_id}", _REPAIR)


def _invented(unit: GateInput, texts: dict[str, str]) -> Iterator[Problem]:
    known = {rule.rule_id for rule in unit.facts.rules}
    for text, place in sorted(texts.items()):
        if known and _RULE_ID.fullmatch(text) and text not in known:
            path, _, line = place.rpartition(":")
            yield Problem(
                path=path,
                line=int(line),
                column=1,
                message=f"the rule {text} is not declared by the schema",
                repair=_REPAIR,
            )


def _bridge_feeds(unit: GateInput) -> list[str]:
    calls = calls_on(unit, runtime_classes(GOVERNANCE), bridge_sources(unit, GOVERNANCE))
    return [place_of(c.source, c.node) for c in calls if c.method.startswith(_FEEDING)]


def _module_feeds(unit: GateInput) -> list[str]:
    own = bridge_sources(unit, GOVERNANCE)
    others = tuple(source for source in unit.modules() if source not in own)
    calls = calls_on(unit, bridge_classes(unit, GOVERNANCE), others)
    return [place_of(c.source, c.node) for c in calls if c.method.startswith(_FEEDING)]


GATE = Gate(
    gate_id="escalation",
    code="GT019",
    title="The declared rules are compiled into the code and fed",
    phase=3,
    items=("escalation_wired", "escalation_policy_match"),
    inspect=_inspect,
)
