"""What `L9.example.module` promises.

Expected by the schema and by training_pipeline@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.clock import Clock, ManualClock
from agent_runtime.errors import GovernanceError, InputBoundsError, NoModelError, OverloadedError
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.linkmodel import LinkModel
from agent_runtime.observations import ObservedLinks
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.links import Candidate
from agent_runtime.shapes.training import RetrainRequest
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_links import market
from agent_runtime.training import Outcome
from agent_runtime.validation import HoldOut, ValidationReport
from pydantic import ValidationError

from L9.core.tensoraios.governancebridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.core.tensoraios.model_loader import ModelLoader
from L9.core.tensoraios.modelvalidation import ModelValidator
from L9.core.tensoraios.trainingpipeline import LIMITS, TEMPORAL_SCOPE_DAYS, TrainingPipeline

CALL = Call(trace_id=TRACE)
SMALL = FactorizationConfig(rank=16)
BLIND = FactorizationConfig(rank=1, learning_rate=1e-9)
MARKET = market().all_triples


class HurryingClock(ManualClock):
    """Moves on by `step` seconds at every look."""

    def __init__(self, step: float) -> None:
        super().__init__()
        self._step = step

    def __call__(self) -> float:
        """Move on, then tell the time."""
        self.advance(self._step)
        return super().__call__()


class Plant:
    """A pipeline with its surroundings."""

    def __init__(self, root: Path, bench: AgentBench) -> None:
        self.bench = bench
        self.governance = GovernanceBridge(bench.governance)
        self.loader = ModelLoader.open(root / "models", self.governance, clock=bench.clock)
        self.links = ObservedLinks(root / "links.db", bench.clock)

    def pipeline(
        self,
        config: FactorizationConfig = SMALL,
        clock: Clock | None = None,
        checkpoint: Path | None = None,
        validator: ModelValidator | None = None,
    ) -> TrainingPipeline:
        return TrainingPipeline(
            self.loader,
            validator or ModelValidator(self.governance),
            self.governance,
            self.links,
            clock=clock or self.bench.clock,
            config=config,
            checkpoint=checkpoint,
        )


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    bench = AgentBench(tmp_path, agent="tensoraios", signals=SIGNALS, rules=RULES, policy=OPEN)
    return Plant(tmp_path, bench)


OPEN = replace(POLICY, mode="hybrid", internal_decisions="full")
CLOSED = replace(POLICY, internal_decisions="none")
GATED = replace(POLICY, internal_decisions="gated_by_governance")


def candidates(*links: tuple[str, str, str]) -> tuple[Candidate, ...]:
    return tuple(Candidate(subject=s, relation=r, object=o) for s, r, o in links)


@pytest.mark.positive
def test_a_first_model_that_learnt_the_market_goes_into_service(plant: Plant) -> None:
    run = plant.pipeline().run(market(), trace_id=TRACE)
    assert run.promoted
    assert run.validation.accepted
    assert plant.loader.current().version == run.version
    assert plant.loader.current().metrics == run.training.metrics
    assert run.training.metrics["test_mrr"] > run.training.metrics["baseline_mrr"] + 0.1


@pytest.mark.positive
def test_links_of_a_request_are_learnt_from(plant: Plant) -> None:
    answer = plant.pipeline().retrain_call(RetrainRequest(links=candidates(*MARKET)), CALL)
    assert answer.promoted
    assert plant.loader.current().version == answer.model_version
    assert set(plant.loader.current().model.vocabulary.entities) == set(
        market().vocabulary.entities
    )
    assert plant.links.recent() == tuple(sorted(MARKET))


@pytest.mark.positive
def test_the_answer_tells_what_was_decided_and_why(plant: Plant) -> None:
    request = RetrainRequest(links=candidates(*MARKET), criticality=0.5)
    answer = plant.pipeline().retrain_call(request, CALL)
    assert (answer.trace_id, answer.criticality) == (TRACE, 0.5)
    assert answer.outcome in {"completed", "early_stopped"}
    assert answer.epochs >= 1
    assert 0.5 <= answer.confidence <= 1.0
    assert answer.reasons[0].startswith("there is no current model; the candidate beats")
    assert answer.factors["candidate_mrr"] == pytest.approx(answer.metrics["test_mrr"])
    assert set(answer.factors) == {"candidate_mrr", "reference_mrr", "drop", "lost_share"}


@pytest.mark.positive
def test_training_anew_on_the_same_links_brings_the_same_model(plant: Plant) -> None:
    first = plant.pipeline().run(market(), trace_id=TRACE)
    second = plant.pipeline().run(market(), trace_id=TRACE)
    assert second.promoted
    assert first.training.run_id == second.training.run_id
    assert first.version != second.version
    assert first.training.metrics == second.training.metrics


@pytest.mark.positive
def test_another_seed_is_another_training(plant: Plant) -> None:
    plant.pipeline().observe(MARKET)
    other = plant.pipeline(config=replace(SMALL, seed=1))
    assert other.dataset() != plant.pipeline().dataset()


@pytest.mark.positive
def test_observed_links_count_once_and_are_split_for_training(plant: Plant) -> None:
    pipeline = plant.pipeline()
    assert pipeline.observe(MARKET) == len(MARKET)
    pipeline.observe(MARKET[:10])
    assert sorted(pipeline.dataset().all_triples) == sorted(MARKET)


@pytest.mark.positive
def test_links_last_seen_before_the_temporal_scope_no_longer_count(plant: Plant) -> None:
    pipeline = plant.pipeline()
    pipeline.observe(MARKET)
    plant.bench.clock.advance(365 * 86_400)
    pipeline.observe(MARKET[:5])
    assert len(pipeline.dataset().all_triples) == len(MARKET)
    plant.bench.clock.advance(1)
    assert sorted(pipeline.dataset().all_triples) == sorted(MARKET[:5])
    assert TEMPORAL_SCOPE_DAYS == 365


@pytest.mark.positive
def test_no_epoch_begins_after_45_seconds(plant: Plant) -> None:
    assert LIMITS.max_seconds == 45.0
    at_limit = plant.pipeline(clock=HurryingClock(45.0))
    run = at_limit.run(market(), trace_id=TRACE)
    assert (run.training.outcome, run.training.epochs) == (Outcome.OUT_OF_TIME, 1)
    before = plant.pipeline(clock=HurryingClock(45.0 * 0.99))
    assert before.run(market(), trace_id=TRACE).training.epochs == 2


@pytest.mark.positive
def test_a_training_that_ran_out_of_time_is_taken_up_again(plant: Plant, tmp_path: Path) -> None:
    checkpoint = tmp_path / "training.ckpt"
    hurried = plant.pipeline(clock=HurryingClock(45.0), checkpoint=checkpoint)
    hurried.run(market(), trace_id=TRACE)
    run = plant.pipeline(checkpoint=checkpoint).run(market(), trace_id=TRACE)
    assert run.training.resumed_from == 1
    assert not checkpoint.exists()


@pytest.mark.positive
def test_a_consent_is_enough_where_governance_gates_promotions(tmp_path: Path) -> None:
    bench = AgentBench(tmp_path, agent="tensoraios", signals=SIGNALS, rules=RULES, policy=GATED)
    plant = Plant(tmp_path, bench)
    run = plant.pipeline().run(market(), trace_id=TRACE, token=bench.token("governance"))
    assert run.promoted
    plant.pipeline().observe(MARKET)
    consenting = Call(trace_id=TRACE, token=bench.token("governance"))
    assert plant.pipeline().retrain_call(RetrainRequest(), consenting).promoted


@pytest.mark.negative
def test_a_worse_candidate_is_stored_but_not_promoted(plant: Plant) -> None:
    good = plant.pipeline().run(market(), trace_id=TRACE)
    bad = plant.pipeline(config=BLIND).run(market(), trace_id=TRACE)
    assert not bad.promoted
    assert bad.validation.reasons[0].startswith("the candidate ranks worse by")
    assert plant.loader.current().version == good.version
    assert plant.loader.versions() == (good.version, bad.version)


@pytest.mark.negative
def test_a_first_model_that_learnt_nothing_does_not_go_into_service(plant: Plant) -> None:
    assert not plant.pipeline(config=BLIND).run(market(), trace_id=TRACE).promoted
    with pytest.raises(NoModelError):
        plant.loader.current()


@pytest.mark.negative
def test_without_links_there_is_nothing_to_train(plant: Plant) -> None:
    with pytest.raises(InputBoundsError, match="no triples to split"):
        plant.pipeline().retrain_call(RetrainRequest(), CALL)
    with pytest.raises(InputBoundsError, match="too little data"):
        plant.pipeline().retrain_call(RetrainRequest(links=candidates(*MARKET[:8])), CALL)
    assert plant.loader.versions() == ()


@pytest.mark.negative
def test_links_with_unusable_names_are_refused_and_not_noted(plant: Plant) -> None:
    with pytest.raises(ValidationError, match="subject"):
        candidates(("", "trades_with", "b"))
    with pytest.raises(InputBoundsError, match="triple 2"):
        plant.pipeline().observe([MARKET[0], (" ", "trades_with", "b")])
    assert plant.links.recent() == ()


@pytest.mark.negative
def test_an_agent_that_may_not_decide_promotes_nothing(tmp_path: Path) -> None:
    bench = AgentBench(tmp_path, agent="tensoraios", signals=SIGNALS, rules=RULES, policy=CLOSED)
    plant = Plant(tmp_path, bench)
    with pytest.raises(GovernanceError, match="promote_model is outside the autonomy"):
        plant.pipeline().run(market(), trace_id=TRACE)
    assert len(plant.loader.versions()) == 1
    with pytest.raises(NoModelError):
        plant.loader.current()
    assert "governance.refused" in bench.actions()


@pytest.mark.negative
def test_a_second_training_at_the_same_time_is_refused(plant: Plant) -> None:
    refusals: list[OverloadedError] = []

    class Impatient(ModelValidator):
        """Asks for another training while one is under way."""

        def compare(
            self, candidate: LinkModel, current: LinkModel | None, hold_out: HoldOut
        ) -> ValidationReport:
            """Ask, then judge."""
            with pytest.raises(OverloadedError, match="a training is under way") as refusal:
                pipeline.run(market(), trace_id=TRACE)
            refusals.append(refusal.value)
            return super().compare(candidate, current, hold_out)

    pipeline = plant.pipeline(validator=Impatient(plant.governance))
    pipeline.run(market(), trace_id=TRACE)
    assert len(refusals) == 1
    assert pipeline.run(market(), trace_id=TRACE).promoted


@pytest.mark.regression
def test_a_promotion_is_recorded_with_the_reason_of_the_validation(plant: Plant) -> None:
    run = plant.pipeline().run(market(), trace_id=TRACE)
    again = plant.loader.promote(run.version, reason="repeated", trace_id=TRACE)
    assert again.reason == run.validation.reasons[0]
