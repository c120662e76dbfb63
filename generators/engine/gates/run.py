"""All gates, in the order of their codes, and how they are run over one unit."""

from generators.engine.gates import (
    audit_wires,
    dangerous_calls,
    docstrings,
    document_facts,
    documents,
    empty_functions,
    endpoints,
    escalation_wires,
    flag_wires,
    governance_facts,
    governance_wires,
    guards,
    import_cycles,
    line_counts,
    links,
    machine_paths,
    marked_tests,
    memory_facts,
    memory_wires,
    placeholders,
    planned_files,
    promises,
    publishing,
    rootpath,
    secrets,
    signatures,
    swallowed_errors,
    syntax,
    type_hints,
    undeclared_imports,
    unfinished,
    wildcard_imports,
)
from generators.engine.gates.gate import Gate, GateInput, GateResult

_MODULES = (
    audit_wires,
    dangerous_calls,
    docstrings,
    document_facts,
    documents,
    empty_functions,
    endpoints,
    escalation_wires,
    flag_wires,
    governance_facts,
    governance_wires,
    guards,
    import_cycles,
    line_counts,
    links,
    machine_paths,
    memory_facts,
    memory_wires,
    placeholders,
    planned_files,
    promises,
    publishing,
    rootpath,
    secrets,
    signatures,
    swallowed_errors,
    syntax,
    marked_tests,
    type_hints,
    undeclared_imports,
    unfinished,
    wildcard_imports,
)

GATES: tuple[Gate, ...] = tuple(
    sorted((module.GATE for module in _MODULES), key=lambda gate: gate.code)
)
GATE_IDS: tuple[str, ...] = tuple(gate.gate_id for gate in GATES)


def run_gates(unit: GateInput) -> tuple[GateResult, ...]:
    """Hold one unit against every gate.

    Args:
        unit: The unit, from `read_unit`.
    """
    return tuple(gate.check(unit) for gate in GATES)
