"""Hold the formatted files of a unit against all gates, and record what each of them says."""

from collections.abc import Mapping
from dataclasses import replace

from generators.engine.build.compile import facade_patterns
from generators.engine.evidence.names import canonical_anchor
from generators.engine.findings import findings_json
from generators.engine.gates.facts import NO_FACTS, UnitFacts, agent_facts
from generators.engine.gates.gate import Gate, GateResult, read_unit
from generators.engine.gates.run import GATES, run_gates
from generators.engine.model.agent import Agent
from generators.engine.model.ruling import compile_ruling
from generators.engine.plan.plan_agent import linked_modules
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.sources.canonical import Plain


def gate_record(
    plan: UnitPlan,
    texts: Mapping[str, str],
    agent: Agent | None,
    *,
    glue: Mapping[str, Plain],
    flags: Mapping[str, bool],
    floors: Mapping[str, float],
) -> dict[str, object]:
    """Run the gates over one unit.

    Args:
        plan: its plan, with line counts.
        texts: its formatted files by repository path.
        agent: the model it was made from; None for shared units.
        glue: the glue of the collection: facades, and what schemas call the anchors.
        flags: state of the feature flags.
        floors: smallest share that passes, by id of the gates that measure one.
    """
    facts = unit_facts(agent, glue)
    results = run_gates(read_unit(plan, texts, facts=facts, flags=flags, floors=floors))
    entries = [_entry(gate, result) for gate, result in zip(GATES, results, strict=True)]
    findings = [finding for result in results for finding in findings_json(result.findings)]
    return {
        "check": "gate",
        "passed": all(result.passed for result in results),
        "results": entries,
        "skipped": [],
        "findings": findings,
    }


def flags_in_effect(
    template: Mapping[str, object], environment: Mapping[str, bool]
) -> dict[str, bool]:
    """Return the state of each flag: the environment's word, else the master template's."""
    declared = template.get("feature_flags")
    known = declared.items() if isinstance(declared, Mapping) else ()
    return {str(name): environment.get(str(name), value is True) for name, value in known}


def gate_floors(template: Mapping[str, object]) -> dict[str, float]:
    """Return the `minimum` of each gate of the master template that has one."""
    families = template.get("gates")
    gates = families.values() if isinstance(families, Mapping) else ()
    entries = (gate for family in gates if isinstance(family, list) for gate in family)
    return {
        str(gate["id"]): float(gate["minimum"])
        for gate in entries
        if isinstance(gate, Mapping) and isinstance(gate.get("minimum"), int | float)
    }


def unit_facts(agent: Agent | None, glue: Mapping[str, Plain]) -> UnitFacts:
    """Return what the schema says of a unit, with anchors as the master template calls them."""
    if agent is None:
        return NO_FACTS
    links = tuple(linked_modules(agent, facade_patterns(glue)).values())
    facts = agent_facts(agent, compile_ruling(agent), links)
    anchors = dict.fromkeys(canonical_anchor(anchor, glue) for anchor in facts.anchors)
    return replace(facts, anchors=tuple(anchors))


def _entry(gate: Gate, result: GateResult) -> dict[str, object]:
    return {
        "gate_id": gate.gate_id,
        "title": gate.title,
        "phase": gate.phase,
        "items": list(gate.items),
        "passed": result.passed,
        "findings": findings_json(result.findings),
        "evidence": dict(result.evidence),
        "places": list(result.places),
    }
