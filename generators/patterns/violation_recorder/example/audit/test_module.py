"""What `L9.example.module` promises.

Expected by the schema and by violation_recorder@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.auditing.findings import Finding
from agent_runtime.errors import InputBoundsError
from agent_runtime.testing import TRACE, AgentBench

from L9.governance.tensor_auditor.memory_bridge import TOPOLOGY, MemoryBridge
from L9.governance.tensor_auditor.violation_recorder import KINDS, ViolationRecorder

DAY = 86_400.0


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="tensor_auditor", topology=TOPOLOGY)


@pytest.fixture
def recorder(tmp_path: Path, bench: AgentBench) -> ViolationRecorder:
    return opened(tmp_path, bench)


def opened(folder: Path, bench: AgentBench) -> ViolationRecorder:
    return ViolationRecorder.open(folder, MemoryBridge(bench.layers), bench.clock)


def finding(
    kind: str = "governance_rule_violated", subject: str = "d1", agent: str = "scorer"
) -> Finding:
    return Finding(
        kind=kind,
        agent=agent,
        subject=subject,
        reason="it was so",
        evidence={"decisions": [subject]},
        trace_id=TRACE,
        level=0.75,
    )


@pytest.mark.positive
@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("governance_rule_violated", "high"),
        ("policy_violation_detected", "high"),
        ("bias_detected", "high"),
        ("drift", "high"),
        ("fraud_pattern_match", "high"),
    ],
)
def test_each_declared_kind_is_recorded_with_its_severity(
    recorder: ViolationRecorder, kind: str, severity: str
) -> None:
    violation, new = recorder.record(finding(kind))
    assert new
    assert (violation.kind, violation.severity) == (kind, severity)
    assert violation.evidence == {"decisions": ["d1"]}
    assert (violation.level, violation.trace_id) == (0.75, TRACE)


@pytest.mark.positive
def test_no_other_kind_is_declared() -> None:
    assert {name: kind.measured for name, kind in KINDS.items()} == {
        "governance_rule_violated": False,
        "policy_violation_detected": False,
        "bias_detected": False,
        "drift": True,
        "fraud_pattern_match": False,
    }
    assert all(name == kind.name and kind.source for name, kind in KINDS.items())


@pytest.mark.positive
def test_a_finding_that_is_made_again_is_recorded_once(
    bench: AgentBench, recorder: ViolationRecorder
) -> None:
    first, _ = recorder.record(finding())
    bench.clock.advance(1)
    again, new = recorder.record(finding())
    assert (again, new) == (first, False)
    assert recorder.select() == (first,)
    assert recorder.verify().records == 1


@pytest.mark.positive
def test_a_violation_is_remembered_with_its_record(
    bench: AgentBench, recorder: ViolationRecorder
) -> None:
    violation, _ = recorder.record(finding())
    (episode,) = bench.layers.require_episodic().find({"decision_id": violation.violation_id})
    assert episode.decision_data["record"] == violation.digest
    assert episode.decision_data["affected_agent"] == "scorer"
    assert episode.decision_data["violation_type"] == "governance_rule_violated"
    assert (episode.governance_status, episode.trace_id) == ("violation", TRACE)


@pytest.mark.positive
def test_a_violation_is_linked_to_the_agent_it_is_about(
    bench: AgentBench, recorder: ViolationRecorder
) -> None:
    violation, _ = recorder.record(finding())
    memory = MemoryBridge(bench.layers)
    ((edge, _node),) = memory.related("agent:scorer")
    assert edge.target == f"violation:{violation.violation_id}"


@pytest.mark.positive
def test_violations_outlive_a_restart(
    tmp_path: Path, bench: AgentBench, recorder: ViolationRecorder
) -> None:
    violation, _ = recorder.record(finding())
    head = recorder.head()
    later = opened(tmp_path, bench)
    assert later.record(finding()) == (violation, False)
    assert later.verify(head).intact


@pytest.mark.positive
def test_violations_are_chosen_in_the_order_of_the_trail(recorder: ViolationRecorder) -> None:
    for subject, agent in (("d1", "scorer"), ("d2", "trainer"), ("d3", "scorer")):
        recorder.record(finding(subject=subject, agent=agent))
    found = recorder.select(lambda violation: violation.agent == "scorer")
    assert [violation.subject for violation in found] == ["d1", "d3"]


@pytest.mark.positive
def test_the_violations_of_the_last_24_hours_are_counted(
    bench: AgentBench, recorder: ViolationRecorder
) -> None:
    recorder.record(finding())
    bench.clock.advance(DAY)
    recorder.record(finding(subject="d2"))
    assert recorder.recorded_today() == 2.0
    bench.clock.advance(1)
    assert recorder.recorded_today() == 1.0


@pytest.mark.negative
def test_a_finding_of_an_undeclared_kind_is_refused(recorder: ViolationRecorder) -> None:
    with pytest.raises(InputBoundsError, match="'gossip' is none of"):
        recorder.record(finding("gossip"))
    assert recorder.select() == ()


@pytest.mark.negative
def test_a_trail_that_was_rewritten_is_found(tmp_path: Path, recorder: ViolationRecorder) -> None:
    recorder.record(finding())
    trail = tmp_path / "violations.jsonl"
    trail.write_text(trail.read_text("utf-8").replace("it was so", "it was not"), "utf-8")
    verdict = recorder.verify()
    assert (verdict.intact, verdict.first_broken) == (False, 1)


@pytest.mark.negative
def test_a_trail_that_was_cut_is_found_by_its_kept_end(
    tmp_path: Path, recorder: ViolationRecorder
) -> None:
    recorder.record(finding())
    recorder.record(finding(subject="d2"))
    head = recorder.head()
    trail = tmp_path / "violations.jsonl"
    trail.write_text(trail.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")
    assert recorder.verify().intact
    assert not recorder.verify(head).intact


@pytest.mark.negative
def test_memory_that_says_otherwise_is_a_clear_error(
    bench: AgentBench, recorder: ViolationRecorder
) -> None:
    memory = MemoryBridge(bench.layers)
    memory.log_episode(finding().finding_id, {"other": 1}, trace_id=TRACE)
    with pytest.raises(InputBoundsError, match="already logged with other content"):
        recorder.record(finding())
    assert len(recorder.select()) == 1


@pytest.mark.regression
def test_what_was_cut_off_before_it_was_remembered_is_completed(
    bench: AgentBench, recorder: ViolationRecorder
) -> None:
    violation, _ = recorder.trail.record(finding(), KINDS["governance_rule_violated"])
    assert bench.layers.require_episodic().find() == ()
    assert recorder.record(finding()) == (violation, False)
    assert len(bench.layers.require_episodic().find()) == 1
