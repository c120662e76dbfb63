"""Modules say what they take and offer: no star import, no private name of another module."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, at
from generators.engine.gates.imports import imported_names

_REPAIR = "import the public names that are used"


def _inspect(unit: GateInput) -> Outcome:
    problems = []
    checked = 0
    for source in unit.python():
        for node, module, name in imported_names(source):
            checked += 1
            if name == "*":
                problems.append(at(source, node, f"everything is imported from {module}", _REPAIR))
            elif name.startswith("_") and not name.startswith("__"):
                problems.append(at(source, node, f"`{name}` of {module} is private", _REPAIR))
    return Outcome(problems=tuple(problems), counts={"checked": checked})


GATE = Gate(
    gate_id="explicit_imports",
    code="GT031",
    title="Only named, public things are imported",
    phase=2,
    items=("imports_resolve",),
    inspect=_inspect,
)
