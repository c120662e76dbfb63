"""What `L9.example.module` promises.

Expected by the schema and by reflective_auditor@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.testing import AgentBench
from agent_runtime.testing_reasoning import case, draft, reasoning_bench, verdict

from L9.agents.main.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.main.reflective_auditor import ReflectiveAuditor


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return reasoning_bench(
        tmp_path, agent="main_agent", signals=SIGNALS, rules=RULES, policy=POLICY
    )


@pytest.fixture
def auditor(bench: AgentBench) -> ReflectiveAuditor:
    return ReflectiveAuditor(GovernanceBridge(bench.governance), bench.clock)


@pytest.mark.positive
def test_a_sound_draft_is_not_criticised(auditor: ReflectiveAuditor) -> None:
    made = draft(verdict("first", 0.8, confidence=0.9), verdict("second", 0.7, confidence=0.9))
    assert auditor.criticise(made) == ()


@pytest.mark.positive
def test_sure_modes_that_say_the_opposite_contradict_each_other(auditor: ReflectiveAuditor) -> None:
    made = draft(verdict("first", 0.9, confidence=0.9), verdict("second", 0.2, confidence=0.6))
    (found,) = auditor.criticise(made)
    assert found.fault == "contradiction"
    assert found.modes == ("second", "first")


@pytest.mark.positive
def test_confidence_that_no_mode_backs_is_criticised(auditor: ReflectiveAuditor) -> None:
    made = replace(draft(verdict("first", 0.9, confidence=0.6)), confidence=0.61)
    assert [each.fault for each in auditor.criticise(made)] == ["unbacked_confidence"]


@pytest.mark.positive
def test_a_fourth_visit_of_one_case_and_trace_reaches_the_anchors(
    bench: AgentBench, auditor: ReflectiveAuditor
) -> None:
    for _ in range(3):
        auditor.enter(case())
    assert bench.escalations.pending() == ()
    auditor.enter(case())
    (escalation,) = bench.escalations.pending()
    assert escalation.subject == case().packet_id
    assert set(POLICY.anchor_names) <= set(escalation.targets)


@pytest.mark.positive
def test_circles_within_one_run_are_reported_at_once(
    bench: AgentBench, auditor: ReflectiveAuditor
) -> None:
    auditor.circled(case())
    (escalation,) = bench.escalations.pending()
    assert escalation.trace_id == case().trace_id


@pytest.mark.negative
def test_a_draft_that_recommends_nothing_is_criticised(auditor: ReflectiveAuditor) -> None:
    made = draft(verdict("rules", 0.0, objections=("broken",)))
    assert [each.fault for each in auditor.criticise(made)] == ["nothing_to_recommend"]


@pytest.mark.negative
def test_other_content_under_the_same_trace_is_no_cycle(
    bench: AgentBench, auditor: ReflectiveAuditor
) -> None:
    for deal in range(10):
        auditor.enter(case(deal=deal))
    assert bench.escalations.pending() == ()


@pytest.mark.negative
def test_modes_that_are_unsure_are_allowed_to_differ(auditor: ReflectiveAuditor) -> None:
    made = draft(verdict("first", 0.9, confidence=0.9), verdict("second", 0.1, confidence=0.4))
    assert auditor.criticise(made) == ()


@pytest.mark.negative
def test_a_case_may_come_again_later(bench: AgentBench, auditor: ReflectiveAuditor) -> None:
    for _ in range(10):
        auditor.enter(case())
        bench.clock.advance(150)
    assert bench.escalations.pending() == ()
