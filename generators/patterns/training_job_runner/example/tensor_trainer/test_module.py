"""What `L9.example.module` promises.

Expected by the schema and by training_job_runner@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.datasets.ledger import OutcomeLedger
from agent_runtime.errors import InputBoundsError, OverloadedError
from agent_runtime.examples import example_of
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.scheduler import TaskScheduler
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.status import StatusResponse
from agent_runtime.shapes.trainings import (
    TrainingAccepted,
    TrainingRequest,
    TrainingStatusRequest,
)
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_links import market
from agent_runtime.testing_outcomes import outcome_documents
from agent_runtime.training import TrainingLimits
from agent_runtime.trainingjobs.desk import TrainingPlan
from agent_runtime.trainingjobs.lineage import model_uid
from pydantic import ValidationError

from L9.orchestration.tensor_trainer.data_ingestion_agent import DataIngestionAgent
from L9.orchestration.tensor_trainer.data_normalizer import DataNormalizer
from L9.orchestration.tensor_trainer.governance_bridge import (
    POLICY,
    RULES,
    SIGNALS,
    GovernanceBridge,
)
from L9.orchestration.tensor_trainer.memory_bridge import TOPOLOGY, MemoryBridge
from L9.orchestration.tensor_trainer.training_job_runner import (
    AUDIT_EVENT,
    EVERY_HOURS,
    JOB,
    PLAN,
    TrainingJobRunner,
)

CALL = Call(trace_id=TRACE)
STANDING = StatusResponse.model_validate({**example_of(StatusResponse), "trace_id": TRACE})
PATIENCE = 120.0
COUNT = len(market().all_triples)
SHORT = replace(
    PLAN,
    config=FactorizationConfig(rank=4),
    training=TrainingLimits(max_epochs=2, evaluate_every=1),
    search=None,
)


class Plant:
    """A runner with its surroundings."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bench = AgentBench(
            root,
            agent="tensor_trainer",
            signals=SIGNALS,
            rules=RULES,
            policy=POLICY,
            topology=TOPOLOGY,
        )
        self.ledger = OutcomeLedger(root / "outcomes.db", self.bench.clock)
        self.governance = GovernanceBridge(self.bench.governance)
        self.memory = MemoryBridge(self.bench.layers)
        self.ingestion = DataIngestionAgent(self.governance, self.ledger)

    def runner(self, plan: TrainingPlan = SHORT) -> TrainingJobRunner:
        """Return a runner that was not started."""
        return TrainingJobRunner(
            self.root / "trainings",
            self.ingestion,
            DataNormalizer(self.memory),
            self.governance,
            lineage=self.memory,
            clock=self.bench.clock,
            plan=plan,
        )

    def feed(self, count: int = COUNT) -> None:
        """Take outcomes in."""
        documents = outcome_documents(count, at=self.bench.clock())
        self.ingestion.take(documents, source="adapter", trace_id=TRACE)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path)


@pytest.fixture
def runner(plant: Plant) -> Iterator[TrainingJobRunner]:
    runner = plant.runner()
    runner.start()
    yield runner
    runner.close()


@pytest.mark.positive
def test_a_training_is_accepted_with_a_job_id_and_ends_as_a_candidate(
    plant: Plant, runner: TrainingJobRunner
) -> None:
    plant.feed()
    accepted = runner.train_call(TrainingRequest(reason="weekly"), CALL)
    assert (accepted.records, accepted.trace_id) == (COUNT, TRACE)
    assert runner.wait(PATIENCE)
    (job,) = runner.status_call(TrainingStatusRequest(), CALL, STANDING).jobs
    assert (job.job_id, job.state, job.reason) == (accepted.job_id, "succeeded", "weekly")
    candidate = runner.candidate(accepted.job_id)
    assert candidate.bundle.digest == job.model
    assert candidate.dataset.digest == accepted.dataset


@pytest.mark.positive
def test_the_limit_of_5_trainings_at_a_time_is_told(
    plant: Plant, runner: TrainingJobRunner
) -> None:
    answer = runner.status_call(TrainingStatusRequest(), CALL, STANDING)
    assert StatusResponse.model_validate(answer.model_dump(include=STANDING.model_fields_set)) == (
        STANDING
    )
    assert answer.parallel == PLAN.jobs.parallel == 5
    assert answer.jobs == ()


@pytest.mark.positive
def test_a_training_is_ordered_every_168_hours(plant: Plant, runner: TrainingJobRunner) -> None:
    scheduler = TaskScheduler(plant.root / "jobs.db", plant.bench.clock)
    ordered: list[TrainingAccepted] = []
    runner.register(scheduler, ordered.append)
    scheduler.run_due()
    assert (ordered, EVERY_HOURS) == ([], 168)
    plant.bench.clock.advance(EVERY_HOURS * 3_600.0)
    plant.feed()
    scheduler.run_due()
    assert runner.wait(PATIENCE)
    (job,) = runner.status_call(TrainingStatusRequest(), CALL, STANDING).jobs
    assert [each.job_id for each in ordered] == [job.job_id]
    assert job.reason == "it is due"
    assert scheduler.history(JOB)[0].result == "succeeded"
    scheduler.close()


@pytest.mark.positive
def test_how_long_trainings_take_and_where_accuracy_goes_is_known(
    plant: Plant, runner: TrainingJobRunner
) -> None:
    assert math.isnan(runner.last_duration())
    assert math.isnan(runner.accuracy_trend())
    plant.feed()
    accuracies: list[float] = []
    for seed in (0, 1):
        job_id = runner.train_call(TrainingRequest(seed=seed), CALL).job_id
        assert runner.wait(PATIENCE)
        accuracies.append(runner.candidate(job_id).bundle.metrics["test_mrr"])
    assert runner.last_duration() >= 0.0
    assert runner.accuracy_trend() == pytest.approx(accuracies[1] - accuracies[0])


@pytest.mark.positive
def test_both_ends_of_a_training_are_audited(plant: Plant, runner: TrainingJobRunner) -> None:
    plant.feed()
    job_id = runner.train_call(TrainingRequest(), CALL).job_id
    assert runner.wait(PATIENCE)
    records = [each for each in plant.bench.audit.records() if each.action == AUDIT_EVENT]
    assert [each.detail["state"] for each in records] == ["queued", "succeeded"]
    assert {each.subject for each in records} == {job_id}


@pytest.mark.positive
def test_what_a_restart_interrupted_goes_on(plant: Plant) -> None:
    plant.feed()
    before = plant.runner()
    job_id = before.train_call(TrainingRequest(), CALL).job_id
    before.close()
    after = plant.runner()
    after.start()
    assert after.wait(PATIENCE)
    assert after.candidate(job_id).job_id == job_id
    after.close()


@pytest.mark.positive
def test_hyper_parameters_are_searched_only_on_request(plant: Plant) -> None:
    plant.feed()
    runner = plant.runner(replace(SHORT, search=PLAN.search))
    runner.start()
    runner.train_call(TrainingRequest(tune=False), CALL)
    assert runner.wait(PATIENCE)
    (job,) = runner.status_call(TrainingStatusRequest(), CALL, STANDING).jobs
    assert job.state == "succeeded"
    runner.close()


@pytest.mark.positive
def test_the_graph_learns_what_a_model_came_from(plant: Plant, runner: TrainingJobRunner) -> None:
    plant.feed()
    accepted = runner.train_call(TrainingRequest(), CALL)
    assert runner.wait(PATIENCE)
    (job,) = runner.status_call(TrainingStatusRequest(), CALL, STANDING).jobs
    ends = {node.uid for _, node in plant.memory.related(f"training:{accepted.job_id}")}
    assert ends == {f"dataset:{accepted.dataset}", model_uid(job.model)}


@pytest.mark.negative
def test_a_training_that_fails_reaches_people(plant: Plant, runner: TrainingJobRunner) -> None:
    plant.feed(3)
    job_id = runner.train_call(TrainingRequest(), CALL).job_id
    assert runner.wait(PATIENCE)
    waiting = plant.bench.escalations.pending()
    assert {each.subject for each in waiting} == {job_id}
    assert any("training_job_fails" in each.condition for each in waiting)
    with pytest.raises(InputBoundsError, match="it failed"):
        runner.candidate(job_id)


@pytest.mark.negative
def test_without_outcomes_no_training_is_accepted(runner: TrainingJobRunner) -> None:
    with pytest.raises(InputBoundsError, match="no outcomes"):
        runner.train_call(TrainingRequest(), CALL)
    assert runner.status_call(TrainingStatusRequest(), CALL, STANDING).jobs == ()


@pytest.mark.negative
def test_beyond_those_that_may_wait_none_is_accepted(plant: Plant) -> None:
    plant.feed()
    full = plant.runner(replace(SHORT, jobs=replace(PLAN.jobs, parallel=1, waiting=0)))
    full.train_call(TrainingRequest(), CALL)
    with pytest.raises(OverloadedError):
        full.train_call(TrainingRequest(), CALL)
    full.close()


@pytest.mark.negative
@pytest.mark.parametrize("change", [{"seed": -1}, {"reason": ""}, {"criticality": 2.0}])
def test_a_request_out_of_bounds_is_refused(change: dict[str, float | str]) -> None:
    with pytest.raises(ValidationError):
        TrainingRequest.model_validate(change)
