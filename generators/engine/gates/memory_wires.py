"""Each declared memory layer is reached by the memory bridge, and used through it by a module."""

import ast
from collections.abc import Iterator, Mapping

from generators.engine.gates.facts import LAYER_NAMES
from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at, of_unit
from generators.engine.gates.source import Function, Source
from generators.engine.gates.wiring import (
    MEMORY,
    MadeCall,
    bridge_classes,
    bridge_sources,
    calls_on,
    function_calls,
    place_of,
    runtime_classes,
)

_LAYERS = tuple(LAYER_NAMES.values())
_ALL_AT_ONCE = frozenset({"record_decision"})
_ITEMS = (
    "memory_bridges",
    "memory_match",
    "episodic_logging",
    "semantic_updates",
    "causal_tracing",
)
_REPAIR = "add a method for the layer to the memory bridge pattern, and call it where it is due"


def _inspect(unit: GateInput) -> Outcome:
    reach = _reach(bridge_sources(unit, MEMORY))
    calls = _uses(unit)
    problems: list[Problem] = [*_unwired(unit, reach, calls), *_idle(unit)]
    places = tuple(_first_use(reach, calls, layer) for layer in unit.facts.layers)
    return Outcome(
        problems=tuple(problems),
        counts={"checked": len(unit.facts.layers), "calls": len(calls)},
        places=tuple(place for place in places if place),
    )


def _unwired(
    unit: GateInput, reach: Mapping[str, frozenset[str]], calls: tuple[MadeCall, ...]
) -> Iterator[Problem]:
    for layer in unit.facts.layers:
        if not any(layer in layers for layers in reach.values()):
            message = f"no method of the memory bridge reaches the {layer} layer"
            yield of_unit(unit, message, _REPAIR)
        elif not _first_use(reach, calls, layer):
            methods = ", ".join(sorted(m for m, layers in reach.items() if layer in layers))
            message = f"no module uses the {layer} layer ({methods} is never called)"
            yield of_unit(unit, message, _REPAIR)


def _idle(unit: GateInput) -> Iterator[Problem]:
    """Find modules that are said to remember and call neither bridge nor layers."""
    own = bridge_sources(unit, MEMORY)
    using = {call.source.path for call in _uses(unit)}
    for source in unit.with_trait("remembers"):
        if source in own:
            inner = calls_on(unit, runtime_classes(MEMORY), own)
            busy = bool(inner) or bool(_reach(own))
        else:
            busy = source.path in using or any(function_calls(source, _ALL_AT_ONCE))
        if not busy:
            yield at(source, source.tree, "never calls the memory bridge", _REPAIR)


def _uses(unit: GateInput) -> tuple[MadeCall, ...]:
    own = bridge_sources(unit, MEMORY)
    others = tuple(source for source in unit.modules() if source not in own)
    return calls_on(unit, bridge_classes(unit, MEMORY), others)


def _first_use(reach: Mapping[str, frozenset[str]], calls: tuple[MadeCall, ...], layer: str) -> str:
    """Return where a layer is used first, empty if nowhere."""
    for call in calls:
        if layer in reach.get(call.method, ()):
            return place_of(call.source, call.node)
    return ""


def _reach(bridges: tuple[Source, ...]) -> dict[str, frozenset[str]]:
    """Return for each public method of the bridge the layers that it reaches."""
    reach: dict[str, frozenset[str]] = {}
    for source in bridges:
        functions = {function.name: function for function in source.functions}
        aliases = _aliases(source)
        direct = {name: _touched(function, aliases) for name, function in functions.items()}
        for name in functions:
            if not name.startswith("_"):
                layers = _closure(name, functions, direct, set())
                if layers:
                    reach[name] = reach.get(name, frozenset()) | layers
    return reach


def _closure(
    name: str, functions: Mapping[str, Function], direct: Mapping[str, set[str]], seen: set[str]
) -> frozenset[str]:
    if name in seen:
        return frozenset()
    seen.add(name)
    layers = set(direct[name])
    for node in ast.walk(functions[name]):
        called = node.attr if isinstance(node, ast.Attribute) else ""
        called = node.id if isinstance(node, ast.Name) else called
        if called in functions and called != "__init__":
            layers |= _closure(called, functions, direct, seen)
    return frozenset(layers)


def _touched(function: Function, aliases: Mapping[str, set[str]]) -> set[str]:
    layers: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute):
            layers |= {node.attr.removeprefix("require_")} & set(_LAYERS)
            layers |= aliases.get(node.attr, set())
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            layers |= set(_LAYERS) if node.func.id in _ALL_AT_ONCE else set()
    return layers


def _aliases(source: Source) -> dict[str, set[str]]:
    """Return attributes of the bridge that were assigned from a layer, such as `self._graph`."""
    aliases: dict[str, set[str]] = {}
    for assignment in source.nodes(ast.Assign):
        inside = {n.attr for n in ast.walk(assignment.value) if isinstance(n, ast.Attribute)}
        layers = inside & set(_LAYERS)
        for target in assignment.targets:
            if isinstance(target, ast.Attribute) and layers:
                aliases[target.attr] = layers
    return aliases


GATE = Gate(
    gate_id="memory_bridge_per_layer",
    code="GT021",
    title="Each declared memory layer is bridged and used",
    phase=3,
    items=_ITEMS,
    inspect=_inspect,
)
