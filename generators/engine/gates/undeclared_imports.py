"""A file imports the standard library, its own unit, and what the plan allows it; nothing else.

Linked code imports what its owner likes, but never the compiler: an agent runs without it.
"""

import sys

from generators.engine.gates.gate import Gate, GateInput, Outcome, at
from generators.engine.gates.imports import below, imported_names

_FORBIDDEN = frozenset({"generators"})
_REPAIR = "declare it: `imports` of pattern.yaml, `linkexisting` or `depends_on.hard` of the schema"


def _inspect(unit: GateInput) -> Outcome:
    problems = []
    checked = 0
    for source in unit.python():
        allowed = source.planned.imports if source.planned else ()
        for node, module, name in imported_names(source):
            checked += 1
            if module.startswith("."):
                message = f"`{module}` is a relative import; write the whole path"
                problems.append(at(source, node, message, "import by the dotted path"))
            elif not (_is_allowed(module, allowed) or _is_allowed(f"{module}.{name}", allowed)):
                message = f"`{module}` is imported but not declared"
                problems.append(at(source, node, message, _REPAIR))
    for source in unit.linked:
        for node, module, _ in imported_names(source):
            checked += 1
            if module.partition(".")[0] in _FORBIDDEN:
                message = f"linked code imports `{module}`, which agents run without"
                problems.append(at(source, node, message, "take it from agent_runtime"))
    return Outcome(problems=tuple(problems), counts={"checked": checked})


def _is_allowed(module: str, allowed: tuple[str, ...]) -> bool:
    top = module.partition(".")[0]
    if top in _FORBIDDEN:
        return False
    return top in sys.stdlib_module_names or below(module, allowed)


GATE = Gate(
    gate_id="no_undeclared_import",
    code="GT008",
    title="Every import is declared in the plan",
    phase=2,
    items=("no_undeclared_import",),
    inspect=_inspect,
)
