"""Modules whose pattern declares `flagged` ask a flag, and all flags of the build are on."""

import ast
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at, of_unit
from generators.engine.gates.imports import local_names
from generators.engine.gates.source import Source
from generators.engine.gates.wiring import (
    MadeCall,
    calls_by_source,
    calls_on,
    method_calls,
    place_of,
)

_FLAGS = frozenset({"Flags"})
_MAKING = "from_"
_ASKING = frozenset({"enabled", "require"})
_REPAIR = "hand the Flags to the class and call `enabled` or `require` where the flag decides"


def _inspect(unit: GateInput) -> Outcome:
    flagged = unit.with_trait("flagged")
    asked = [*_asked(unit, flagged)]
    by_source = calls_by_source(asked)
    problems: list[Problem] = [
        at(source, source.tree, "no feature flag is asked", _REPAIR)
        for source in flagged
        if source.path not in by_source
    ]
    problems += [
        of_unit(unit, f"the feature flag {name} is off", f"unset {name}, or set it to true")
        for name, is_on in sorted(unit.flags.items())
        if not is_on
    ]
    places = tuple(place_of(call.source, call.node) for call in asked)
    counts = {"checked": len(flagged) + len(unit.flags), "asked": len(asked)}
    return Outcome(problems=tuple(problems), counts=counts, places=places)


def _asked(unit: GateInput, flagged: tuple[Source, ...]) -> Iterator[MadeCall]:
    """Yield where a flag is asked, and where flags are made from the environment."""
    for call in calls_on(unit, _FLAGS, flagged):
        if call.method in _ASKING:
            yield call
    for source in flagged:
        known = local_names(source, _FLAGS)
        for node, function in method_calls(source):
            owner = function.value.id if isinstance(function.value, ast.Name) else ""
            if owner in known and function.attr.startswith(_MAKING):
                yield MadeCall(source=source, method=function.attr, node=node)


GATE = Gate(
    gate_id="flags_applied",
    code="GT022",
    title="Feature flags are on and asked where they decide",
    phase=3,
    items=("flags_applied", "flags_known", "governance_flag_enforced"),
    inspect=_inspect,
)
