"""Every module whose pattern declares `governed` calls the governance bridge of the unit."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, at, of_unit
from generators.engine.gates.imports import local_names
from generators.engine.gates.wiring import (
    GOVERNANCE,
    bridge_classes,
    bridge_sources,
    calls_by_source,
    calls_on,
    handed_over,
    place_of,
    runtime_classes,
)

_REPAIR = "hand the GovernanceBridge to the class and let it observe, audit or authorise"


def _inspect(unit: GateInput) -> Outcome:
    governed = unit.with_trait("governed")
    bridges = bridge_sources(unit, GOVERNANCE)
    own = {source.path for source in bridges}
    classes = bridge_classes(unit, GOVERNANCE)
    behind = runtime_classes(GOVERNANCE)
    outer = calls_by_source(calls_on(unit, classes or behind))
    inner = calls_by_source(calls_on(unit, behind, bridges))
    problems = []
    places = []
    for source in governed:
        calls = inner if source.path in own else outer
        wanted = behind if source.path in own or not classes else classes
        made = calls[source.path][0].node if source.path in calls else None
        made = made or next(handed_over(unit, wanted, source), None)
        if made is not None:
            places.append(place_of(source, made))
            continue
        what = "never calls" if local_names(source, wanted) else "does not import"
        problems.append(
            at(source, source.tree, f"{what} the governance bridge ({_listed(wanted)})", _REPAIR)
        )
    if unit.facts.anchors and not governed:
        message = "the schema declares governance, and no module is governed"
        problems.append(of_unit(unit, message, "ask for a governance bridge in generatefiles"))
    return Outcome(
        problems=tuple(problems), counts={"checked": len(governed)}, places=tuple(places)
    )


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


GATE = Gate(
    gate_id="governance_bridge",
    code="GT017",
    title="Decisions pass the governance bridge",
    phase=3,
    items=("governance_bridge", "compliance_before_output"),
    inspect=_inspect,
)
