"""Every module whose pattern declares `publishes` calls the event publisher or the bus."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, at
from generators.engine.gates.wiring import (
    PUBLISHER,
    bridge_classes,
    calls_by_source,
    calls_on,
    function_calls,
    place_of,
    runtime_classes,
)

_REPAIR = "hand the EventPublisher to the class and publish what happened"
_PUBLISHING = "publish"


def _inspect(unit: GateInput) -> Outcome:
    declared = unit.with_trait("publishes")
    classes = bridge_classes(unit, PUBLISHER) | runtime_classes(PUBLISHER)
    calls = [c for c in calls_on(unit, classes, declared) if c.method.startswith(_PUBLISHING)]
    by_source = calls_by_source(calls)
    problems = tuple(
        at(source, source.tree, "no event is published", _REPAIR)
        for source in declared
        if source.path not in by_source
        and not any(function_calls(source, frozenset({"record_decision"})))
    )
    places = tuple(place_of(call.source, call.node) for call in calls)
    return Outcome(problems=problems, counts={"checked": len(declared)}, places=places)


GATE = Gate(
    gate_id="events_published",
    code="GT024",
    title="Modules that publish events do so",
    phase=3,
    items=("channels_match",),
    inspect=_inspect,
)
