"""The files are exactly those of the plan: none is missing, none is more, none lies elsewhere."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, of_unit

_ITEMS = ("files_generated", "generatefiles_match", "generatedocs_match", "no_unplanned_file")


def _inspect(unit: GateInput) -> Outcome:
    planned = {file.path for file in unit.plan.files}
    present = set(unit.sources)
    missing = [
        of_unit(unit, f"`{path}` is planned and was not made", "run `doit generate` again", path)
        for path in sorted(planned - present)
    ]
    surplus = [
        of_unit(
            unit, f"`{path}` is not in the plan", "remove it, or ask for it in the schema", path
        )
        for path in sorted(present - planned)
    ]
    counts = {"checked": len(planned | present), "planned": len(planned), "made": len(present)}
    return Outcome(problems=(*missing, *surplus), counts=counts)


GATE = Gate(
    gate_id="files_as_planned",
    code="GT011",
    title="The files are exactly those of the plan",
    phase=5,
    items=_ITEMS,
    inspect=_inspect,
)
