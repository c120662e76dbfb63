"""The bench that generated tests stand on is wired to itself."""

from pathlib import Path

import pytest
from agent_runtime.errors import NotAuthorisedError
from agent_runtime.rules import Rule
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE, AgentBench

RULE = Rule(
    rule_id="R-1",
    expression="anomaly_score > 0.9",
    kind="policy",
    severity="high",
    signals=("anomaly_score",),
    source="Example#/governance/escalationpolicy",
    text="anomaly score > 0.9",
    target=None,
)


def bench(root: Path) -> AgentBench:
    signal = Signal(name="anomaly_score", low=0.0, high=1.0)
    return AgentBench(root, agent="example", signals=[signal], rules=[RULE])


def test_a_fired_rule_waits_for_the_anchors_and_is_audited(tmp_path: Path) -> None:
    it = bench(tmp_path)
    raised = it.governance.observe({"anomaly_score": 0.91}, subject="row-1", trace_id=TRACE)
    assert [entry.subject for entry in raised] == ["row-1"]
    assert [entry.escalation_id for entry in it.escalations.pending()] == [raised[0].escalation_id]
    assert it.actions()
    assert it.audit.verify().intact


def test_a_value_at_the_threshold_stays_quiet(tmp_path: Path) -> None:
    it = bench(tmp_path)
    assert it.governance.observe({"anomaly_score": 0.9}, subject="row-1", trace_id=TRACE) == ()
    assert it.escalations.pending() == ()


def test_tokens_of_the_bench_are_believed_for_their_role_only(tmp_path: Path) -> None:
    it = bench(tmp_path)
    assert it.verifier.verify(it.token("governance"), "governance").subject == "tester"
    with pytest.raises(NotAuthorisedError):
        it.verifier.verify(it.token("reader"), "governance")
