"""Each violation is recorded once, with evidence, in a chain that shows any change."""

from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.auditing.findings import Finding, ViolationKind
from agent_runtime.auditing.trail import ViolationTrail, recorded_since
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.testing import TRACE

KIND = ViolationKind(name="fraud", severity="high", measured=False, source="governance")
FINDING = Finding(
    kind="fraud",
    agent="scorer",
    subject="d1",
    reason="because",
    evidence={"decisions": ["d1"]},
    trace_id=TRACE,
)


def trail(folder: Path) -> ViolationTrail:
    return ViolationTrail(folder / "violations.jsonl", ManualClock(), actor="auditor")


def test_a_finding_is_recorded_once_with_its_evidence(tmp_path: Path):
    made = trail(tmp_path)
    violation, new = made.record(FINDING, KIND)
    assert new
    assert (violation.violation_id, violation.sequence) == (FINDING.finding_id, 1)
    assert (violation.severity, violation.evidence) == ("high", {"decisions": ["d1"]})
    again, new = made.record(replace(FINDING, reason="otherwise"), KIND)
    assert (again, new) == (violation, False)
    assert made.select() == (violation,)


def test_a_restart_forgets_nothing(tmp_path: Path):
    first, _ = trail(tmp_path).record(FINDING, KIND)
    reopened = trail(tmp_path)
    assert reopened.select() == (first,)
    assert reopened.record(FINDING, KIND) == (first, False)


def test_another_kind_agent_or_subject_is_another_violation(tmp_path: Path):
    made = trail(tmp_path)
    made.record(FINDING, KIND)
    for change in ({"kind": "bias"}, {"agent": "main"}, {"subject": "d2"}):
        assert made.record(replace(FINDING, **change), KIND)[1]
    assert len(made.select()) == 4
    assert len(made.select(lambda violation: violation.agent == "main")) == 1


def test_violations_are_counted_from_a_moment_on(tmp_path: Path):
    made = trail(tmp_path)
    made.record(FINDING, KIND)
    assert recorded_since(made, ManualClock()()) == 1
    assert recorded_since(made, ManualClock()() + 1) == 0


def test_a_changed_or_cut_trail_is_found(tmp_path: Path):
    made = trail(tmp_path)
    made.record(FINDING, KIND)
    made.record(replace(FINDING, subject="d2"), KIND)
    head = made.head()
    assert made.verify(head).intact
    path = tmp_path / "violations.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0])
    assert not made.verify(head).intact
    path.write_text(lines[0].replace("because", "nothing") + lines[1])
    assert made.verify().first_broken == 1


@pytest.mark.parametrize("field", ["kind", "agent", "subject", "reason", "trace_id"])
def test_a_finding_without_a_part_is_refused(field: str):
    with pytest.raises(InputBoundsError, match="a finding needs"):
        replace(FINDING, **{field: ""})


@pytest.mark.parametrize("evidence", [{}, {"n": float("nan")}])
def test_a_finding_without_evidence_is_refused(evidence: dict[str, object]):
    with pytest.raises(InputBoundsError, match="evidence"):
        replace(FINDING, evidence=evidence)


@pytest.mark.parametrize("change", [{"name": ""}, {"severity": "awful"}])
def test_a_kind_that_is_none_is_refused(change: dict[str, str]):
    with pytest.raises(ConfigError, match="violation kind"):
        replace(KIND, **change)
