"""Each declared endpoint, rule, memory layer and metric has the tests that show it."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, of_unit
from generators.engine.gates.mentions import Mentions, mentions_of
from generators.engine.gates.wiring import place_of

_REPAIR = "add the test to the pattern's test_module.py.j2; it must mention the name"


def _inspect(unit: GateInput) -> Outcome:
    tests = [test for source in unit.tests() for test in mentions_of(source)]
    problems = []
    places = []
    checked = 0
    for promise in unit.facts.promises:
        about = [test.case for test in tests if _is_about(test, promise.words)]
        for marker in promise.needs:
            checked += 1
            found = [case for case in about if marker in case.markers]
            places += [place_of(found[0].source, found[0].node)] if found else []
            if not found:
                message = f"the {promise.kind} {promise.name} has no {marker} test"
                problems.append(of_unit(unit, message, _REPAIR))
    counts = {"checked": checked, "tests": len(tests)}
    return Outcome(problems=tuple(problems), counts=counts, places=tuple(places))


def _is_about(test: Mentions, words: tuple[str, ...]) -> bool:
    return any(test.has(word) for word in words)


GATE = Gate(
    gate_id="promises_tested",
    code="GT028",
    title="Each declared behaviour has its tests",
    phase=4,
    items=("unit_positive", "unit_negative"),
    inspect=_inspect,
)
