"""No module of the unit imports itself through others; the finding shows the way round."""

from collections.abc import Mapping

from generators.engine.gates.gate import Gate, GateInput, Outcome, of_unit
from generators.engine.gates.imports import run_time_imports

_REPAIR = "let the pattern take the other object as an argument instead of importing its module"


def _inspect(unit: GateInput) -> Outcome:
    graph = _graph(unit)
    paths = {source.module: source.path for source in unit.modules()}
    problems = tuple(
        of_unit(unit, f"import cycle: {' -> '.join(cycle)}", _REPAIR, paths[cycle[0]])
        for cycle in find_cycles(graph)
    )
    edges = sum(len(targets) for targets in graph.values())
    return Outcome(problems=problems, counts={"checked": len(graph), "edges": edges})


def _graph(unit: GateInput) -> dict[str, tuple[str, ...]]:
    modules = {source.module for source in unit.modules()}
    graph = {}
    for source in unit.modules():
        targets = set()
        for _, module, name in run_time_imports(source):
            inner = f"{module}.{name}"
            targets.add(inner if inner in modules else module)
        graph[source.module] = tuple(sorted(targets & modules))
    return graph


def find_cycles(graph: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return one closed path for each module from which a new cycle is met, in a stable order.

    Args:
        graph: The modules that each module imports; every target is a key as well.
    """
    cycles: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in sorted(graph):
        _visit(start, graph, [], done, cycles)
    return cycles


def _visit(
    module: str,
    graph: Mapping[str, tuple[str, ...]],
    path: list[str],
    done: set[str],
    cycles: list[tuple[str, ...]],
) -> None:
    if module in path:
        cycles.append((*path[path.index(module) :], module))
        return
    if module in done:
        return
    path.append(module)
    for target in graph[module]:
        _visit(target, graph, path, done, cycles)
    path.pop()
    done.add(module)


GATE = Gate(
    gate_id="no_circular_import",
    code="GT009",
    title="No import cycle inside the unit",
    phase=5,
    items=("no_import_cycle",),
    inspect=_inspect,
)
