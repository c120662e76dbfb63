"""The client's floors: limits that a template may raise, but never lower unnoticed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.evidence.folder import mapping, mappings
from generators.engine.sources.canonical import Plain

GATE_FLOORS: Final = {"docstrings": 0.95, "type_hints": 0.90, "coverage": 0.85}
"""Smallest limits of gates in the public template."""

ITEM_FLOORS: Final = {"unit_positive": 5, "unit_negative": 3, "report_sections": 10}
"""Smallest limits of checklist items."""

PHASE_FLOORS: Final = {"unit_pass_ratio": 0.95, "integration_pass_ratio": 0.90}
"""Smallest limits of what is required before a phase."""

DECLARATION: Final = "All phases (0-6) complete. No assumptions. No drift."
"""The sentence that the client's guide looks for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoweredFloor:
    """A limit below the client's."""

    text: str
    source: str


def lowered_floors(meta: Mapping[str, Mapping[str, Plain]]) -> tuple[LoweredFloor, ...]:
    """Return every limit of the templates that is missing or below the client's floor."""
    return (*_gates(meta), *_items(meta), *_phases(meta))


def _gates(meta: Mapping[str, Mapping[str, Plain]]) -> Iterator[LoweredFloor]:
    families = mapping(meta["meta.codegen.schema"], "gates")
    declared = {
        str(gate.get("id")): (family, gate.get("minimum"))
        for family in families
        for gate in mappings(families, family)
    }
    for gate_id, floor in GATE_FLOORS.items():
        family, value = declared.get(gate_id, ("", None))
        source = f".stage/meta/meta.codegen.schema.json#/gates/{family}".rstrip("/")
        yield from _below(f"gate {gate_id}", value, floor, source)


def _items(meta: Mapping[str, Mapping[str, Plain]]) -> Iterator[LoweredFloor]:
    declared = {
        str(item.get("id")): item.get("minimum")
        for phase in mappings(meta["meta.validation.checklist"], "phases")
        for item in mappings(phase, "items")
    }
    source = ".stage/meta/meta.validation.checklist.json#/phases"
    for item_id, floor in ITEM_FLOORS.items():
        yield from _below(f"checklist item {item_id}", declared.get(item_id), floor, source)


def _phases(meta: Mapping[str, Mapping[str, Plain]]) -> Iterator[LoweredFloor]:
    declared = {
        str(check.get("check")): check.get("minimum")
        for phase in mappings(meta["meta.extraction.sequence"], "gates_before_phase")
        for check in mappings(phase, "requires")
    }
    source = ".stage/meta/meta.extraction.sequence.json#/gates_before_phase"
    for check, floor in PHASE_FLOORS.items():
        yield from _below(f"limit {check}", declared.get(check), floor, source)


def _below(what: str, value: Plain, floor: float, source: str) -> Iterator[LoweredFloor]:
    if not isinstance(value, int | float) or value < floor:
        shown = "missing" if value is None else f"{value}"
        yield LoweredFloor(text=f"{what} is {shown}, the floor is {floor}", source=source)
