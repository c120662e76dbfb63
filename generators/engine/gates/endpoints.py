"""Path and time-out of each declared endpoint are in the code; nothing else is said of it."""

from collections.abc import Iterator

from generators.engine.gates.declarations import contradictions, declarations
from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at, of_unit
from generators.engine.gates.literals import number_constants, text_constants

_REPAIR = "let the API server declare it from `context.operations`"


def _inspect(unit: GateInput) -> Outcome:
    texts = text_constants(unit.modules())
    numbers = number_constants(unit.modules())
    problems = [*_otherwise(unit)]
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


def _otherwise(unit: GateInput) -> Iterator[Problem]:
    """Find endpoints of the service that are set up otherwise than declared."""
    known = {endpoint.path: endpoint for endpoint in unit.facts.endpoints}
    for found in declarations(unit.modules(), "EndpointSpec"):
        endpoint = known.get(str(found.given.get("path")))
        if endpoint is None:
            continue
        declared = {
            "name": str(endpoint.name),
            "method": endpoint.method,
            "timeout_ms": endpoint.timeout_ms,
        }
        yield from contradictions(found, declared, f"the endpoint {endpoint.path}", _REPAIR)
        if endpoint.auth is not None and not found.given.get("role"):
            message = (
                f"the endpoint {endpoint.path} asks for no token; the schema says {endpoint.auth}"
            )
            yield at(found.source, found.node, message, _REPAIR)


GATE = Gate(
    gate_id="endpoints_declared",
    code="GT025",
    title="The declared endpoints are in the code",
    phase=5,
    items=("channels_match",),
    inspect=_inspect,
)
