"""Anchors, auditor, audit scope, mode and limits stand in the code as the schema declares them."""

from collections.abc import Iterator

from generators.engine.gates.declarations import contradictions, declarations
from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at, of_unit
from generators.engine.gates.literals import text_constants

_REPAIR = "let the governance bridge declare it from `context.agent.governance`"


def _inspect(unit: GateInput) -> Outcome:
    texts = text_constants(unit.modules())
    facts = unit.facts
    declared = [
        *(("anchor", anchor) for anchor in facts.anchors),
        *((("compliance auditor", facts.compliance_auditor),) if facts.compliance_auditor else ()),
        *(("audit scope", scope) for scope in facts.audit_scope),
    ]
    problems = [
        of_unit(unit, f"the {what} `{text}` is not in the code", _REPAIR)
        for what, text in declared
        if text not in texts
    ]
    problems += _otherwise(unit)
    places = tuple(texts[text] for _, text in declared if text in texts)
    return Outcome(problems=tuple(problems), counts={"checked": len(declared)}, places=places)


def _otherwise(unit: GateInput) -> Iterator[Problem]:
    """Find policies and anchors that are not those of the schema."""
    facts = unit.facts
    for found in declarations(unit.modules(), "Policy"):
        yield from contradictions(found, facts.policy, "the policy", _REPAIR)
    for found in declarations(unit.modules(), "Anchor"):
        name = found.given.get("name")
        if facts.anchors and name not in facts.anchors:
            message = f"the anchor `{name}` is not declared by the schema"
            yield at(found.source, found.node, message, _REPAIR)


GATE = Gate(
    gate_id="governance_declared",
    code="GT020",
    title="Anchors, auditor and audit scope are those of the schema",
    phase=5,
    items=("anchors_match", "audit_scope_match", "compliance_wired"),
    inspect=_inspect,
)
