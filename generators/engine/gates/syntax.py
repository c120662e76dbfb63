"""Every Python file of the unit can be parsed, without a syntax warning."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem

_REPAIR = "mend the template of the pattern; `doit generate:<agent>` writes it again"


def _inspect(unit: GateInput) -> Outcome:
    files = [source for source in unit.sources.values() if source.path.endswith(".py")]
    problems = tuple(
        Problem(
            path=source.path,
            line=source.error[0],
            column=source.error[1],
            message=f"not valid Python: {source.error[2]}",
            repair=_REPAIR,
        )
        for source in files
        if source.error is not None
    )
    return Outcome(problems=problems, counts={"checked": len(files)})


GATE = Gate(
    gate_id="syntax",
    code="GT001",
    title="Every Python file can be parsed",
    phase=2,
    items=("imports_resolve",),
    inspect=_inspect,
)
