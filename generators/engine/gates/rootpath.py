"""The agent's modules and documents lie under the root path that its schema declares."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, of_unit

_REPAIR = "give the file a path below the root path in the schema"


def _inspect(unit: GateInput) -> Outcome:
    files = unit.plan.in_role("module", "doc") if unit.plan.rootpath else ()
    prefix = f"{unit.plan.rootpath}/"
    problems = tuple(
        of_unit(unit, f"`{file.path}` lies outside `{unit.plan.rootpath}`", _REPAIR, file.path)
        for file in files
        if not file.path.startswith(prefix)
    )
    return Outcome(problems=problems, counts={"checked": len(files)})


GATE = Gate(
    gate_id="under_rootpath",
    code="GT012",
    title="Modules and documents lie under the root path",
    phase=5,
    items=("rootpath_match",),
    inspect=_inspect,
)
