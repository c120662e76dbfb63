"""Path and time-out of each declared endpoint stand in the code."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, of_unit
from generators.engine.gates.literals import number_constants, text_constants

_REPAIR = "let the API server declare it from `context.operations`"


def _inspect(unit: GateInput) -> Outcome:
    texts = text_constants(unit.modules())
    numbers = number_constants(unit.modules())
    problems = []
    places = []
    for endpoint in unit.facts.endpoints:
        if endpoint.path in texts:
            places.append(texts[endpoint.path])
        else:
            message = f"the path `{endpoint.path}` of {endpoint.name} is not in the code"
            problems.append(of_unit(unit, message, _REPAIR))
        if not {endpoint.timeout_ms, endpoint.timeout_ms / 1000} & set(numbers):
            message = f"the time-out {endpoint.timeout_ms} ms of {endpoint.name} is not in the code"
            problems.append(of_unit(unit, message, _REPAIR))
    counts = {"checked": len(unit.facts.endpoints)}
    return Outcome(problems=tuple(problems), counts=counts, places=tuple(places))


GATE = Gate(
    gate_id="endpoints_declared",
    code="GT025",
    title="The declared endpoints are in the code",
    phase=5,
    items=("channels_match",),
    inspect=_inspect,
)
