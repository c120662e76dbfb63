"""What `L9.example.module` promises.

Expected by the schema and by anomaly_detector@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from agent_runtime.detection import AnomalyRanker, Ranking
from agent_runtime.errors import InputBoundsError, NoModelError, OutputBoundsError
from agent_runtime.kernels.anomaly import AnomalyScore, IsolationForest
from agent_runtime.shapes.anomaly import AnomalyRequest
from agent_runtime.shapes.base import Call
from agent_runtime.testing import TRACE, AgentBench

from L9.core.tensoraios.anomaly_detector import ANOMALY_SCORE, THRESHOLD, AnomalyDetector
from L9.core.tensoraios.governancebridge import POLICY, RULES, SIGNALS, GovernanceBridge

CALL = Call(trace_id=TRACE)
FAR = (9.0, -9.0, 9.0)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="tensoraios", signals=SIGNALS, rules=RULES, policy=POLICY)


def detector(bench: AgentBench, forest: IsolationForest | None = None) -> AnomalyDetector:
    return AnomalyDetector(forest, GovernanceBridge(bench.governance))


def ordinary(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 3))


def with_outliers(count: int = 60, outliers: int = 3) -> np.ndarray:
    return np.vstack([ordinary(count - outliers), [FAR] * outliers])


def asking(rows: np.ndarray, **fields: object) -> AnomalyRequest:
    return AnomalyRequest.model_validate({"observations": rows.tolist(), **fields})


def scored(*scores: float) -> Ranking:
    return Ranking(
        scores=tuple(
            AnomalyScore(row=row, score=score, isolation=0.5) for row, score in enumerate(scores)
        ),
        basis="fitted",
        influences={},
    )


@pytest.mark.positive
def test_planted_outliers_rank_first(bench: AgentBench) -> None:
    answer = detector(bench).detect_call(asking(with_outliers()), CALL)
    assert {row.row for row in answer.ranking[:3]} == {57, 58, 59}
    assert all(row.flagged for row in answer.ranking[:3])


@pytest.mark.positive
def test_scores_stay_within_bounds_and_come_in_the_order_of_the_rows(bench: AgentBench) -> None:
    scores = detector(bench).detect(with_outliers(), trace_id=TRACE)
    assert [score.row for score in scores] == list(range(60))
    assert all(0.0 <= score.score <= 1.0 for score in scores)
    assert ANOMALY_SCORE.name == "anomaly_score"
    assert (ANOMALY_SCORE.low, ANOMALY_SCORE.high) == (0.0, 1.0)


@pytest.mark.positive
def test_score_above_0_5_reaches_the_anchors(bench: AgentBench) -> None:
    above = math.nextafter(0.5, 1.0)
    answer = detector(bench).report(scored(0.2, above), asking(ordinary(2)), CALL)
    assert [row.flagged for row in answer.ranking] == [True, False]
    assert answer.governance_status == "escalated"
    (escalation,) = bench.escalations.pending()
    assert answer.escalations == (escalation.escalation_id,)
    assert escalation.subject == answer.decision_id
    assert escalation.trace_id == TRACE
    assert set(POLICY.anchor_names) <= set(escalation.targets)


@pytest.mark.positive
def test_score_of_just_0_5_is_not_flagged(bench: AgentBench) -> None:
    answer = detector(bench).report(scored(0.5), asking(ordinary(1)), CALL)
    assert THRESHOLD == answer.threshold == 0.5
    assert not answer.ranking[0].flagged
    assert answer.governance_status == "proceeded"
    assert bench.escalations.pending() == ()


@pytest.mark.positive
def test_an_outlier_that_is_detected_is_escalated(bench: AgentBench) -> None:
    scores = detector(bench).detect(with_outliers(outliers=1), trace_id=TRACE)
    assert max(scores, key=lambda score: score.score).row == 59
    assert len(bench.escalations.pending()) == 1


@pytest.mark.positive
def test_a_fitted_forest_judges_a_single_row(bench: AgentBench) -> None:
    fitted = detector(bench)
    forest = fitted.fit(ordinary(100))
    far, near = fitted.detect(np.array([FAR, (0.0, 0.0, 0.0)]), trace_id=TRACE)
    assert far.score > 0.5 > near.score
    given = detector(bench, forest).detect(np.array([FAR]), trace_id=TRACE)
    assert given[0] == far


@pytest.mark.positive
def test_warming_up_ranks_once_and_judges_nothing(
    bench: AgentBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranked: list[object] = []
    made = detector(bench)
    monkeypatch.setattr(AnomalyRanker, "rank", lambda _self, request: ranked.append(request))
    made.warm_up()
    assert len(ranked) == 1
    assert bench.escalations.pending() == ()


@pytest.mark.positive
def test_the_recent_past_of_a_request_tells_what_is_ordinary(bench: AgentBench) -> None:
    past = (ordinary(50) + np.array(FAR)).tolist()
    answer = detector(bench).detect_call(asking(np.array([FAR]), reference=past), CALL)
    assert answer.basis == "reference"
    assert not answer.ranking[0].flagged


@pytest.mark.positive
def test_an_answer_names_who_is_unlike_the_rest_and_why(bench: AgentBench) -> None:
    rows = ordinary(40)
    rows[7] = (0.0, 12.0, 0.0)
    names = [f"unit-{row}" for row in range(40)]
    request = asking(rows, entities=names, features=["heat", "load", "wear"], criticality=0.4)
    answer = detector(bench).detect_call(request, CALL)
    assert answer.ranking[0].entity == "unit-7"
    assert "unit-7" in answer.entities
    assert next(iter(answer.factors)) == "load"
    assert answer.criticality == 0.4
    assert answer.trace_id == TRACE


@pytest.mark.positive
def test_requests_ranked_together_get_the_scores_they_get_alone(bench: AgentBench) -> None:
    both = detector(bench, IsolationForest.grow(ordinary(100), seed=0))
    requests = [asking(ordinary(4, seed=2)), asking(with_outliers())]
    together = both.rank_all(requests)
    alone = [both.rank_all([request])[0] for request in requests]
    assert [ranking.scores for ranking in together] == [ranking.scores for ranking in alone]
    assert bench.escalations.pending() == ()


@pytest.mark.negative
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused(bench: AgentBench, bad: float) -> None:
    rows = ordinary(20)
    rows[3, 1] = bad
    for attempt in (
        lambda: detector(bench).detect(rows, trace_id=TRACE),
        lambda: detector(bench).fit(rows),
        lambda: detector(bench).detect_call(asking(rows), CALL),
    ):
        with pytest.raises(InputBoundsError, match="not finite"):
            attempt()
    assert bench.escalations.pending() == ()


@pytest.mark.negative
def test_rows_of_another_width_than_the_forest_are_refused(bench: AgentBench) -> None:
    fitted = detector(bench, IsolationForest.grow(ordinary(50), seed=0))
    with pytest.raises(InputBoundsError, match="columns"):
        fitted.detect(np.zeros((1, 4)), trace_id=TRACE)


@pytest.mark.negative
def test_too_few_rows_without_a_forest_are_a_clear_error(bench: AgentBench) -> None:
    with pytest.raises(NoModelError, match="15 observations do not tell what is ordinary"):
        detector(bench).detect(ordinary(15), trace_id=TRACE)
    assert len(detector(bench).detect(ordinary(16), trace_id=TRACE)) == 16


@pytest.mark.negative
@pytest.mark.parametrize("impossible", [math.nan, 1.0000001, -0.0000001])
def test_an_impossible_score_is_withheld(bench: AgentBench, impossible: float) -> None:
    with pytest.raises(OutputBoundsError, match=ANOMALY_SCORE.name):
        detector(bench).report(scored(0.5, impossible), asking(ordinary(2)), CALL)
    assert bench.actions() == []


@pytest.mark.negative
def test_names_that_do_not_match_the_rows_are_refused(bench: AgentBench) -> None:
    with pytest.raises(InputBoundsError, match="1 entities for 20 rows"):
        detector(bench).detect_call(asking(ordinary(20), entities=["only-one"]), CALL)


@pytest.mark.regression
def test_one_frequent_row_among_equals_is_ordinary_and_the_odd_one_out_is_not(
    bench: AgentBench,
) -> None:
    rows = np.vstack([np.ones((30, 2)), [[5.0, 1.0]]])
    answer = detector(bench).detect_call(asking(rows), CALL)
    assert answer.ranking[0].row == 30
    assert [row.row for row in answer.ranking if row.flagged] == [30]
