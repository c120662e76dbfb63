"""Modules whose pattern declares `flagged` ask a flag, and all flags of the build are on."""

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at, of_unit
from generators.engine.gates.wiring import calls_by_source, calls_on, place_of

_ASKING = frozenset({"enabled", "require"})
_REPAIR = "hand the Flags to the class and call `enabled` or `require` where the flag decides"


def _inspect(unit: GateInput) -> Outcome:
    flagged = unit.with_trait("flagged")
    asked = [c for c in calls_on(unit, frozenset({"Flags"}), flagged) if c.method in _ASKING]
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


GATE = Gate(
    gate_id="flags_applied",
    code="GT022",
    title="Feature flags are on and asked where they decide",
    phase=3,
    items=("flags_applied", "flags_known", "governance_flag_enforced"),
    inspect=_inspect,
)
