"""What gates ask of code that is not generated: that an agent stays one that runs by itself."""

from dataclasses import replace

import pytest

from generators.engine.gates.gate import Gate, GateResult, read_unit
from generators.engine.gates.run import GATES
from tests.gates.small_unit import DETECTOR, ROOT, SmallUnit, planned

LINKED = f"{ROOT}/detector_ext.py"
UNTIDY = "import socket, numpy.linalg\nfrom somewhere.else_ import *\n\n\ndef f(x): return x\n"


def checked(gate_id: str, text: str) -> GateResult:
    """Return what a gate says of the small unit with a linked file in it."""
    small = SmallUnit()
    unit = small.read()
    file = replace(planned(DETECTOR), path=LINKED, role="linked", origin="extend", source=LINKED)
    plan = replace(unit.plan, files=(*unit.plan.files, file))
    (gate,) = (gate for gate in GATES if gate.gate_id == gate_id)
    return gate.check(
        read_unit(plan, {**small.files, LINKED: text}, facts=unit.facts, flags=unit.flags)
    )


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.gate_id)
def test_how_linked_code_is_written_is_its_owners_business(gate: Gate) -> None:
    assert checked(gate.gate_id, UNTIDY).passed


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import generators.engine\n", 1),
        ('"""Extension."""\n\nfrom generators.engine.names import RepoPath\n', 3),
    ],
)
def test_linked_code_that_imports_the_compiler_is_refused(text: str, line: int) -> None:
    result = checked("no_undeclared_import", text)
    assert not result.passed
    (finding,) = result.findings
    assert "linked code imports `generators.engine" in finding.message
    assert (finding.code, finding.place.file, finding.place.line) == ("GT008", LINKED, line)
    assert finding.repair == "take it from agent_runtime"
