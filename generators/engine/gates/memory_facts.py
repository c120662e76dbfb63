"""Keyspace, time to live, retention and index of each memory layer are in the code, as declared."""

from collections.abc import Iterator, Mapping

from generators.engine.gates.declarations import contradictions, declarations
from generators.engine.gates.facts import LAYER_NAMES
from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at, of_unit
from generators.engine.gates.literals import number_constants, text_constants
from generators.engine.model.agent import MemoryLayer

_DAY_SECONDS = 86_400
_REPAIR = "let the settings declare the memory topology from `context.agent.memory`"


def _inspect(unit: GateInput) -> Outcome:
    texts = text_constants(unit.modules())
    numbers = number_constants(unit.modules())
    problems = [*_otherwise(unit)]
    places = []
    checked = 0
    for layer in unit.facts.memory:
        name = LAYER_NAMES[layer.name]
        for what, spellings in _declared(layer):
            checked += 1
            found = [_place(spelling, texts, numbers) for spelling in spellings]
            places += [place for place in found if place][:1]
            if not any(found):
                message = f"the {what} `{spellings[0]}` of the {name} layer is not in the code"
                problems.append(of_unit(unit, message, _REPAIR))
    return Outcome(problems=tuple(problems), counts={"checked": checked}, places=tuple(places))


def _otherwise(unit: GateInput) -> Iterator[Problem]:
    """Find layers that are set up otherwise than declared."""
    for layer in unit.facts.memory:
        name = LAYER_NAMES[layer.name]
        for found in declarations(unit.modules(), f"{name.capitalize()}Spec"):
            what = f"the {name} layer"
            yield from contradictions(found, _settings(layer), what, _REPAIR)
            keyspace = found.given.get("keyspace", layer.keyspace)
            if layer.keyspace and not f":{keyspace}".endswith(f":{layer.keyspace}"):
                message = f"keyspace of {what} is {keyspace!r}; the schema says {layer.keyspace!r}"
                yield at(found.source, found.node, message, _REPAIR)


def _settings(layer: MemoryLayer) -> dict[str, object]:
    """Return what the schema says of a layer by keyword; where it says nothing, a default may."""
    settings: dict[str, object] = {"retention_days": layer.retention_days}
    if layer.ttl_seconds is not None:
        settings["ttl_seconds"] = layer.ttl_seconds
    if layer.index_by:
        settings["index_by"] = tuple(dict.fromkeys(layer.index_by))
    return settings


def _place(
    spelling: str | float, texts: Mapping[str, str], numbers: Mapping[float, str]
) -> str | None:
    """Return where a value stands; a text may carry the prefix of the collection before it."""
    if not isinstance(spelling, str):
        return numbers.get(spelling)
    ending = f":{spelling}"
    return next((p for text, p in texts.items() if text == spelling or text.endswith(ending)), None)


def _declared(layer: MemoryLayer) -> Iterator[tuple[str, tuple[str | float, ...]]]:
    """Yield what the schema says of a layer, each with the spellings that say it."""
    if layer.keyspace:
        yield "keyspace", (layer.keyspace, layer.keyspace.removesuffix("*"))
    if layer.ttl_seconds is not None:
        yield "time to live", (layer.ttl_seconds,)
    if layer.retention_days is not None:
        yield "retention", (layer.retention_days, layer.retention_days * _DAY_SECONDS)
    for field in layer.index_by:
        yield "index", (field,)


GATE = Gate(
    gate_id="memory_declared",
    code="GT032",
    title="The memory layers are set up as declared",
    phase=5,
    items=("memory_match", "memory_settings"),
    inspect=_inspect,
)
