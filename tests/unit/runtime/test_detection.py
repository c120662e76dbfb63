"""Requests are ranked against what tells the ordinary, alone or together with others."""

import math

import numpy as np
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.detection import AnomalyRanker, Ranking, anomaly_response
from agent_runtime.errors import InputBoundsError, NoModelError
from agent_runtime.escalation import Escalation
from agent_runtime.kernels.anomaly import AnomalyScore, IsolationForest
from agent_runtime.shapes.anomaly import AnomalyRequest
from agent_runtime.shapes.base import Call
from pydantic import ValidationError

CALL = Call(trace_id="11111111-1111-4111-8111-111111111111")


def rows(count: int, columns: int = 3, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, columns))


def request(matrix: np.ndarray, **fields) -> AnomalyRequest:
    return AnomalyRequest(observations=matrix.tolist(), **fields)


def with_outlier(count: int = 40) -> np.ndarray:
    return np.vstack([rows(count - 1), [[9.0, 9.0, 9.0]]])


@pytest.fixture
def fitted() -> AnomalyRanker:
    return AnomalyRanker(IsolationForest.grow(rows(300), seed=0))


def test_a_fitted_forest_judges_a_single_row(fitted):
    ranking = fitted.rank(request(np.array([[9.0, 9.0, 9.0]])))
    assert ranking.basis == "fitted"
    assert ranking.highest > 0.95
    assert ranking.scores[0] == fitted.forest.score(np.array([[9.0, 9.0, 9.0]]))[0]


def test_the_past_in_a_request_goes_before_the_fitted_forest(fitted):
    far = np.full((1, 3), 9.0)
    ranking = fitted.rank(request(far, reference=(rows(50) + 9.0).tolist()))
    assert ranking.basis == "reference"
    assert ranking.highest < 0.5
    assert ranking.scores[0] == IsolationForest.grow(rows(50) + 9.0, seed=0).score(far)[0]


def test_without_past_and_forest_the_observations_are_compared_with_one_another():
    ranking = AnomalyRanker(None).rank(request(with_outlier()))
    assert ranking.basis == "observations"
    top = max(ranking.scores, key=lambda score: score.score)
    assert (top.row, top.score > 0.95) == (39, True)


def test_sixteen_rows_tell_what_is_ordinary_and_fifteen_do_not():
    ranker = AnomalyRanker(None)
    assert len(ranker.rank(request(rows(16))).scores) == 16
    with pytest.raises(NoModelError, match="15 observations do not tell"):
        ranker.rank(request(rows(15)))
    assert ranker.rank(request(rows(1), reference=rows(16).tolist())).basis == "reference"
    with pytest.raises(InputBoundsError, match="15 rows of the past; 16 are the least"):
        ranker.rank(request(rows(1), reference=rows(15).tolist()))
    with pytest.raises(InputBoundsError, match="15 rows of the past"):
        ranker.fit(rows(15))


def test_fitting_replaces_the_forest():
    ranker = AnomalyRanker(None)
    assert ranker.forest is None
    forest = ranker.fit(rows(64))
    assert ranker.forest is forest
    probe = rows(5, seed=9)
    assert forest.score(probe) == IsolationForest.grow(rows(64), seed=0).score(probe)
    assert ranker.rank(request(rows(1))).basis == "fitted"
    with pytest.raises(InputBoundsError, match="observations is not finite"):
        ranker.fit(np.full((20, 2), math.nan))


def test_the_seed_decides_the_forest():
    probe = request(rows(30))
    first, again, other = (AnomalyRanker(None, seed=seed).rank(probe) for seed in (1, 1, 2))
    assert first.scores == again.scores
    assert first.scores != other.scores


def test_requests_ranked_together_get_what_they_get_alone(fitted):
    requests = [
        request(rows(5, seed=2)),
        request(rows(20, seed=3), reference=rows(40, seed=4).tolist()),
        request(np.full((1, 3), 9.0)),
        request(rows(7, seed=5)),
    ]
    together = fitted.rank_all(requests)
    for each, ranking in zip(requests, together, strict=True):
        alone = fitted.rank(each)
        assert ranking.scores == alone.scores
        assert ranking.influences == alone.influences
        assert ranking.basis == alone.basis
    assert [score.row for score in together[3].scores] == list(range(7))
    assert len({ranking.decision_id for ranking in together}) == 4


def test_influences_name_the_features_that_drive_the_highest_row(fitted):
    row = np.array([[0.0, 0.0, 0.0], [0.0, 8.0, 0.0]])
    named = fitted.rank(request(row, features=("heat", "load", "wear")))
    assert next(iter(named.influences)) == "load"
    assert named.influences["load"] == pytest.approx(fitted.forest.influences(row[1])[1])
    assert next(iter(fitted.rank(request(row)).influences)) == "feature_1"


def test_five_features_are_named_at_most():
    ranking = AnomalyRanker(None).rank(request(rows(40, columns=9)))
    assert len(ranking.influences) == 5
    strengths = [abs(value) for value in ranking.influences.values()]
    assert strengths == sorted(strengths, reverse=True)


@pytest.mark.negative
def test_one_bad_request_refuses_all(fitted):
    with pytest.raises(InputBoundsError, match="2 columns; 3 are demanded"):
        fitted.rank_all([request(rows(2)), request(rows(2, columns=2))])


@pytest.mark.negative
def test_rows_and_names_must_match(fitted):
    two = rows(2)
    with pytest.raises(InputBoundsError, match="1 entities for 2 rows"):
        fitted.rank(request(two, entities=("a",)))
    with pytest.raises(InputBoundsError, match="2 features for 3 columns"):
        fitted.rank(request(two, features=("a", "b")))
    with pytest.raises(InputBoundsError, match="entities"):
        fitted.rank(request(two, entities=("a", "b\n")))
    with pytest.raises(InputBoundsError, match="features holds 'a' twice"):
        fitted.rank(request(two, features=("a", "a", "b")))
    with pytest.raises(InputBoundsError, match="reference has 2 columns; 3 are demanded"):
        fitted.rank(request(two, reference=rows(20, columns=2).tolist()))
    with pytest.raises(InputBoundsError, match="observations is ragged"):
        fitted.rank(AnomalyRequest(observations=((1.0,), (1.0, 2.0))))
    with pytest.raises(InputBoundsError, match="observations is not finite"):
        fitted.rank(request(np.array([[1.0, math.inf, 0.0]])))


def test_two_rows_may_be_about_one_entity(fitted):
    assert len(fitted.rank(request(rows(2), entities=("a", "a"))).scores) == 2


@pytest.mark.negative
@pytest.mark.parametrize(
    "fields",
    [
        {"observations": ()},
        {"observations": ((1.0,),), "criticality": 1.01},
        {"observations": ((1.0,),), "criticality": -0.01},
        {"observations": ((1.0,),), "unknown": 1},
        {"observations": ((0.0,),) * 10_001},
        {"observations": ((0.0,),), "reference": ((0.0,),) * 10_001},
    ],
)
def test_requests_out_of_bounds_have_no_shape(fields):
    with pytest.raises(ValidationError):
        AnomalyRequest(**fields)


def test_requests_at_their_bounds_have_a_shape():
    request_ = AnomalyRequest(observations=((0.0,),) * 10_000, criticality=1.0)
    assert len(request_.observations) == 10_000


def ranking(*scores: float) -> Ranking:
    return Ranking(
        scores=tuple(
            AnomalyScore(row=row, score=score, isolation=score / 2.0)
            for row, score in enumerate(scores)
        ),
        basis="fitted",
        influences={"heat": 0.25},
    )


def escalation() -> Escalation:
    now = ManualClock()()
    return Escalation(
        escalation_id="e-1",
        agent="sensor",
        subject="d",
        condition="c",
        reason="r",
        severity="high",
        rule_ids=(),
        targets=("Igor",),
        raised_at=now,
        expires_at=now + 1.0,
        trace_id=CALL.trace_id,
    )


def test_an_answer_lists_the_most_anomalous_first_and_flags_what_is_above_the_threshold():
    judged = ranking(0.1, 0.96, 0.95, 0.99)
    asked = request(rows(4), entities=("a", "b", "c", "b"), criticality=0.7)
    answer = anomaly_response(judged, asked, CALL, threshold=0.95, escalations=[escalation()])
    assert [row.row for row in answer.ranking] == [3, 1, 2, 0]
    assert [row.flagged for row in answer.ranking] == [True, True, False, False]
    assert [row.entity for row in answer.ranking] == ["b", "b", "c", "a"]
    assert [row.isolation for row in answer.ranking] == [0.495, 0.48, 0.475, 0.05]
    assert answer.entities == ("b",)
    assert answer.confidence == 0.99
    assert answer.criticality == 0.7
    assert answer.factors == {"heat": 0.25}
    assert answer.governance_status == "escalated"
    assert answer.escalations == ("e-1",)
    assert answer.threshold == 0.95
    assert answer.basis == "fitted"
    assert answer.decision_id == judged.decision_id
    assert answer.trace_id == CALL.trace_id


def test_an_answer_that_flags_nothing_is_as_sure_as_its_highest_score_is_low():
    answer = anomaly_response(
        ranking(0.1, 0.25), request(rows(2)), CALL, threshold=0.25, escalations=()
    )
    assert answer.confidence == 0.75
    assert answer.governance_status == "proceeded"
    assert answer.escalations == ()
    assert answer.entities == ()
    assert [row.entity for row in answer.ranking] == [None, None]


def test_equal_scores_keep_the_order_of_isolation_and_then_of_rows():
    tied = Ranking(
        scores=(
            AnomalyScore(row=0, score=1.0, isolation=0.7),
            AnomalyScore(row=1, score=1.0, isolation=0.8),
            AnomalyScore(row=2, score=1.0, isolation=0.7),
        ),
        basis="fitted",
        influences={},
    )
    answer = anomaly_response(tied, request(rows(3)), CALL, threshold=0.5, escalations=())
    assert [row.row for row in answer.ranking] == [1, 0, 2]


def test_warming_up_leaves_a_fitted_forest_as_it_is(fitted):
    before = fitted.forest
    fitted.warm_up()
    assert fitted.forest is before
