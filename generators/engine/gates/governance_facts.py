"""Anchors, compliance auditor and audit scope stand in the code as the schema declares them."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, of_unit
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
    problems = tuple(
        of_unit(unit, f"the {what} `{text}` is not in the code", _REPAIR)
        for what, text in declared
        if text not in texts
    )
    places = tuple(texts[text] for _, text in declared if text in texts)
    return Outcome(problems=problems, counts={"checked": len(declared)}, places=places)


GATE = Gate(
    gate_id="governance_declared",
    code="GT020",
    title="Anchors, auditor and audit scope are those of the schema",
    phase=5,
    items=("anchors_match", "audit_scope_match", "compliance_wired"),
    inspect=_inspect,
)
