"""Each file has exactly the number of lines that the plan promised."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, of_unit

_REPAIR = "plan again; the file was changed after it was planned"


def _inspect(unit: GateInput) -> Outcome:
    problems = []
    for file in unit.plan.files:
        source = unit.sources.get(file.path)
        if source is None:
            continue
        promised = unit.plan.line_counts.get(file.path)
        found = len(source.text.splitlines())
        if promised is None:
            message = f"the plan promises no number of lines for `{file.path}`"
            problems.append(of_unit(unit, message, "plan again", file.path))
        elif promised != found:
            message = f"{found} lines, {promised} are planned"
            problems.append(of_unit(unit, message, _REPAIR, file.path))
    lines = sum(len(source.text.splitlines()) for source in unit.sources.values())
    counts = {"checked": len(unit.plan.files), "lines": lines}
    return Outcome(problems=tuple(problems), counts=counts)


GATE = Gate(
    gate_id="line_counts",
    code="GT013",
    title="Each file has the planned number of lines",
    phase=5,
    items=("files_generated",),
    inspect=_inspect,
)
