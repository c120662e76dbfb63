"""What `L9.example.module` promises.

Expected by the schema and by link_scorer@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from pathlib import Path

import pytest
from agent_runtime.errors import InputBoundsError, NoModelError, OutputBoundsError
from agent_runtime.kernels.linkmodel import LinkScore
from agent_runtime.linkserving import ScoredBatch
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.links import Candidate, ScoreRequest
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_links import RELATION, market, skilled_run
from pydantic import ValidationError

from L9.core.tensoraios.governancebridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.core.tensoraios.model_loader import ModelLoader
from L9.core.tensoraios.tensor_scorer import TensorScorer
from L9.core.tensoraios.tensorutils import CandidatePair

CALL = Call(trace_id=TRACE)
NAMES = skilled_run().model.vocabulary.entities
LIMIT = 0.7


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="tensoraios", signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def untrained(bench: AgentBench, tmp_path: Path) -> TensorScorer:
    governance = GovernanceBridge(bench.governance)
    loader = ModelLoader.open(tmp_path / "models", governance, clock=bench.clock)
    return TensorScorer(loader, governance)


@pytest.fixture
def scorer(bench: AgentBench, tmp_path: Path) -> TensorScorer:
    governance = GovernanceBridge(bench.governance)
    loader = ModelLoader.open(tmp_path / "models", governance, clock=bench.clock)
    loader.promote(loader.add(skilled_run(), trace_id=TRACE), reason="first", trace_id=TRACE)
    return TensorScorer(loader, governance)


def asking(*links: tuple[str, str, str], criticality: float = 0.0) -> ScoreRequest:
    candidates = tuple(Candidate(subject=s, relation=r, object=o) for s, r, o in links)
    return ScoreRequest(candidates=candidates, criticality=criticality)


def scored(*confidences: float) -> ScoredBatch:
    """Return a batch whose first candidate is the likeliest."""
    return ScoredBatch(
        model_version="000001-0123456789abcdef",
        scores=tuple(
            LinkScore(
                subject=f"s{place}",
                relation=RELATION,
                object=f"o{place}",
                score=-float(place),
                confidence=confidence,
                deviation=0.1,
                factors={"latent_003": -float(place)},
            )
            for place, confidence in enumerate(confidences)
        ),
    )


def for_batch(batch: ScoredBatch, criticality: float) -> ScoreRequest:
    links = [(score.subject, score.relation, score.object) for score in batch.scores]
    return asking(*links, criticality=criticality)


@pytest.mark.positive
def test_links_that_hold_get_more_confidence_than_links_that_do_not(scorer: TensorScorer) -> None:
    known = set(market().all_triples)
    holding = [link for link in market().train if link[1] == RELATION][:8]
    others = [(s, r, NAMES[at]) for at, (s, r, _) in enumerate(holding)]
    false = [link for link in others if link not in known]
    answer = scorer.score_call(asking(*holding, *false), CALL)
    confidence = {(link.subject, link.object): link.confidence for link in answer.ranking}
    true_mean = sum(confidence[s, o] for s, _, o in holding) / len(holding)
    false_mean = sum(confidence[s, o] for s, _, o in false) / len(false)
    assert true_mean > false_mean + 0.3


@pytest.mark.positive
def test_candidates_are_ranked_and_the_decision_is_about_the_likeliest(
    scorer: TensorScorer,
) -> None:
    links = [(NAMES[0], RELATION, name) for name in NAMES[1:8]]
    answer = scorer.score_call(asking(*links, criticality=0.25), CALL)
    scores = [link.score for link in answer.ranking]
    assert scores == sorted(scores, reverse=True)
    first = answer.ranking[0]
    assert links[first.index] == (first.subject, first.relation, first.object)
    assert (answer.confidence, answer.factors) == (first.confidence, first.factors)
    assert answer.entities == (first.subject, first.object)
    assert (answer.criticality, answer.trace_id) == (0.25, TRACE)
    assert answer.model_version.startswith("000001-")


@pytest.mark.positive
def test_scores_come_in_the_order_of_the_candidates(scorer: TensorScorer) -> None:
    pairs = [
        CandidatePair(NAMES[3], RELATION, NAMES[1]),
        CandidatePair(NAMES[0], RELATION, NAMES[2]),
    ]
    scores = scorer.score(pairs, criticality=0.0, trace_id=TRACE)
    assert [(score.subject, score.object) for score in scores] == [
        (NAMES[3], NAMES[1]),
        (NAMES[0], NAMES[2]),
    ]
    assert scores == list(skilled_run().model.score(pairs))


@pytest.mark.positive
def test_requests_scored_together_get_the_scores_they_get_alone(scorer: TensorScorer) -> None:
    requests = [
        asking((NAMES[0], RELATION, NAMES[1])),
        asking((NAMES[2], RELATION, NAMES[3]), (NAMES[4], RELATION, NAMES[5])),
    ]
    together = scorer.score_all(requests)
    alone = [scorer.score_all([request])[0] for request in requests]
    assert [batch.scores for batch in together] == [batch.scores for batch in alone]
    assert [len(batch.scores) for batch in together] == [1, 2]


@pytest.mark.positive
def test_confidence_below_0_7_reaches_the_anchors(bench: AgentBench, scorer: TensorScorer) -> None:
    batch = scored(math.nextafter(LIMIT, 0.0), 0.99)
    criticality = 0.5
    answer = scorer.report(batch, for_batch(batch, criticality), CALL)
    (escalation,) = bench.escalations.pending()
    assert answer.governance_status == "escalated"
    assert answer.escalations == (escalation.escalation_id,)
    assert (escalation.subject, escalation.trace_id) == (batch.decision_id, TRACE)
    assert set(POLICY.anchor_names) <= set(escalation.targets)


@pytest.mark.positive
def test_confidence_of_just_0_7_is_not_escalated(bench: AgentBench, scorer: TensorScorer) -> None:
    batch = scored(LIMIT)
    answer = scorer.report(batch, for_batch(batch, 1.0), CALL)
    assert answer.governance_status == "proceeded"
    assert bench.escalations.pending() == ()


@pytest.mark.negative
def test_without_a_model_scoring_says_so(untrained: TensorScorer) -> None:
    with pytest.raises(NoModelError, match="train one first"):
        untrained.score_call(asking((NAMES[0], RELATION, NAMES[1])), CALL)


@pytest.mark.negative
def test_names_that_were_not_trained_on_are_refused(
    bench: AgentBench, scorer: TensorScorer
) -> None:
    with pytest.raises(InputBoundsError, match="unknown entity 'stranger'"):
        scorer.score_call(asking((NAMES[0], RELATION, "stranger")), CALL)
    with pytest.raises(InputBoundsError, match="unknown relation 'ignores'"):
        scorer.score_call(asking((NAMES[0], "ignores", NAMES[1])), CALL)
    assert bench.escalations.pending() == ()


@pytest.mark.negative
def test_no_candidates_and_candidates_named_twice_are_refused(scorer: TensorScorer) -> None:
    pair = CandidatePair(NAMES[0], RELATION, NAMES[1])
    for candidates in ([], [pair, pair]):
        with pytest.raises(InputBoundsError, match="different candidates"):
            scorer.score(candidates, criticality=0.0, trace_id=TRACE)
    with pytest.raises(ValidationError, match="candidates"):
        asking()


@pytest.mark.negative
@pytest.mark.parametrize("criticality", [math.nan, -0.01, 1.01])
def test_a_criticality_out_of_bounds_is_refused(scorer: TensorScorer, criticality: float) -> None:
    pair = CandidatePair(NAMES[0], RELATION, NAMES[1])
    with pytest.raises(InputBoundsError, match="criticality"):
        scorer.score([pair], criticality=criticality, trace_id=TRACE)


@pytest.mark.negative
@pytest.mark.parametrize("impossible", [math.nan, 1.0000001, -0.0000001])
def test_an_impossible_confidence_is_withheld(
    bench: AgentBench, scorer: TensorScorer, impossible: float
) -> None:
    batch = scored(0.9, impossible)
    before = bench.actions()
    with pytest.raises(OutputBoundsError, match="model_confidence"):
        scorer.report(batch, for_batch(batch, 0.0), CALL)
    assert bench.actions() == before


@pytest.mark.regression
def test_equal_scores_keep_the_order_of_the_candidates(scorer: TensorScorer) -> None:
    pair = (NAMES[0], RELATION, NAMES[1])
    answer = scorer.score_call(asking(pair, pair, pair), CALL)
    assert [link.index for link in answer.ranking] == [0, 1, 2]
