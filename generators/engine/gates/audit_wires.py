"""Every module whose pattern declares `audited` writes an audit record."""

import ast
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, at
from generators.engine.gates.source import Source
from generators.engine.gates.wiring import (
    GOVERNANCE,
    bridge_classes,
    calls_on,
    function_calls,
    handed_over,
    place_of,
    runtime_classes,
)

_REPAIR = (
    "call `audit` of the governance bridge, or `record_decision`, where the event happens, or hand "
    "the audit log to what does it"
)
_AUDIT_METHODS = frozenset({"audit"})
_LOG_METHODS = frozenset({"append"})
_RECORDERS = frozenset({"record_decision"})
_TRAILS = frozenset({"AuditLog", "AuditTrail"})
_PARTS = frozenset({"AgentParts"})
_TRAIL = "audit"


def _inspect(unit: GateInput) -> Outcome:
    audited = unit.with_trait("audited")
    records = {source.path: list(_records(unit, source)) for source in audited}
    problems = tuple(
        at(source, source.tree, "no audit record is written", _REPAIR)
        for source in audited
        if not records[source.path]
    )
    places = tuple(place_of(s, records[s.path][0]) for s in audited if records[s.path])
    calls = sum(len(found) for found in records.values())
    counts = {"checked": len(audited), "calls": calls}
    return Outcome(problems=problems, counts=counts, places=places)


def _records(unit: GateInput, source: Source) -> Iterator[ast.Call]:
    governing = bridge_classes(unit, GOVERNANCE) | runtime_classes(GOVERNANCE)
    for call in calls_on(unit, governing, (source,)):
        if call.method in _AUDIT_METHODS:
            yield call.node
    for call in calls_on(unit, frozenset({"AuditLog"}), (source,)):
        if call.method in _LOG_METHODS:
            yield call.node
    yield from function_calls(source, _RECORDERS)
    yield from handed_over(unit, _TRAILS, source)
    yield from handed_over(unit, _PARTS, source, _TRAIL)


GATE = Gate(
    gate_id="audit_logging",
    code="GT018",
    title="Audited modules write audit records",
    phase=3,
    items=("audit_wired", "audit_everywhere"),
    inspect=_inspect,
)
