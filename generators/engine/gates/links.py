"""Every module that the schema links is imported by at least one module of the agent."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, of_unit
from generators.engine.gates.imports import below, imported_names

_REPAIR = "take the name from the link in the pattern (`context.source`), or remove the link"


def _inspect(unit: GateInput) -> Outcome:
    used = {
        name
        for source in unit.modules()
        for _, module, inner in imported_names(source)
        for name in (module, f"{module}.{inner}")
    }
    missing = [link for link in unit.facts.links if not any(below(n, (link,)) for n in used)]
    problems = tuple(
        of_unit(unit, f"`{link}` is linked by the schema and imported nowhere", _REPAIR)
        for link in missing
    )
    places = tuple(link for link in unit.facts.links if link not in missing)
    return Outcome(problems=problems, counts={"checked": len(unit.facts.links)}, places=places)


GATE = Gate(
    gate_id="links_verified",
    code="GT010",
    title="Every linked module is used",
    phase=5,
    items=("links_match",),
    inspect=_inspect,
)
