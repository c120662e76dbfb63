"""What `L9.example.module` promises.

Expected by the schema and by anomaly_handler@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from pathlib import Path

import pytest
from agent_runtime.errors import OutputBoundsError
from agent_runtime.testing import TRACE, AgentBench

from L9.agents.main.anomaly_handler import RULE, AnomalyHandler
from L9.agents.main.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge

THRESHOLD = 0.95
ABOVE = math.nextafter(THRESHOLD, 1.0)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="main_agent", signals=SIGNALS, rules=RULES, policy=POLICY)


def judged(bench: AgentBench, scores: dict[str, float]) -> tuple[list[str], set[str]]:
    """Return the names that are flagged, and the conditions that were escalated."""
    handler = AnomalyHandler(GovernanceBridge(bench.governance))
    flags, asked = handler.judge(scores, subject="d-1", trace_id=TRACE)
    assert {each.escalation_id for each in asked} == {
        each.escalation_id for each in bench.escalations.about("d-1")
    }
    return list(flags), {each.condition for each in asked}


@pytest.mark.positive
def test_a_score_above_0_95_is_flagged_and_reaches_the_anchors(
    bench: AgentBench,
) -> None:
    flags, conditions = judged(bench, {"a": ABOVE})
    assert flags == ["a"]
    assert conditions.issuperset(("tensor_anomaly_flagged", "tensor_anomaly_score > 0.95"))
    first, *_ = bench.escalations.about("d-1")
    assert set(first.targets) == set(POLICY.anchor_names)


@pytest.mark.positive
def test_the_highest_score_comes_first_and_equal_ones_by_name(bench: AgentBench) -> None:
    assert judged(bench, {"c": ABOVE, "b": 1.0, "a": ABOVE})[0] == ["b", "a", "c"]


@pytest.mark.positive
def test_only_what_is_beyond_the_threshold_is_flagged(bench: AgentBench) -> None:
    assert judged(bench, {"a": 1.0, "b": THRESHOLD, "c": 0.0})[0] == ["a"]


@pytest.mark.positive
def test_a_case_that_is_judged_again_is_not_escalated_twice(bench: AgentBench) -> None:
    first = judged(bench, {"a": 1.0})
    assert judged(bench, {"a": 1.0}) == first


@pytest.mark.regression
def test_the_rule_is_that_of_the_schema() -> None:
    assert RULE.threshold == 0.95
    assert (RULE.score_signal, RULE.flag_signal) == (
        "tensor_anomaly_score",
        "tensor_anomaly_flagged",
    )


@pytest.mark.negative
def test_a_score_of_0_95_asks_nobody(bench: AgentBench) -> None:
    assert judged(bench, {"a": THRESHOLD}) == ([], set())


@pytest.mark.negative
def test_no_scores_ask_nobody(bench: AgentBench) -> None:
    assert judged(bench, {}) == ([], set())
    assert bench.actions() == []


@pytest.mark.negative
@pytest.mark.parametrize("score", [-0.1, 1.1, math.nan, math.inf])
def test_a_score_out_of_bounds_is_withheld(bench: AgentBench, score: float) -> None:
    with pytest.raises(OutputBoundsError, match="anomaly scores"):
        judged(bench, {"a": score})
    assert bench.escalations.pending() == ()
