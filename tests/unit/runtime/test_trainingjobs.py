"""Trainings run in processes of their own, within limits, and survive restarts."""

import hashlib
import json
import threading
from dataclasses import replace

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.datasets.prepared import prepare_dataset
from agent_runtime.datasets.records import read_outcome
from agent_runtime.errors import InputBoundsError, ModelStoreError, OverloadedError
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.search import ChoiceParameter, FloatParameter, IntParameter
from agent_runtime.modelbundle import read_bundle
from agent_runtime.testing import TRACE
from agent_runtime.testing_links import market
from agent_runtime.testing_outcomes import outcome_documents
from agent_runtime.training import TrainingLimits
from agent_runtime.trainingjobs import runner
from agent_runtime.trainingjobs.orders import (
    BUNDLE,
    DATASET,
    ORDER,
    RESULT,
    SearchPlan,
    TrainingOrder,
    TrainingResult,
)
from agent_runtime.trainingjobs.runner import MOST_ATTEMPTS, JobLimits, TrainingJobs
from agent_runtime.trainingjobs.work import CHECKPOINT, do_order
from agent_runtime.trainingjobs.worker import main

COUNT = len(market().all_triples)
RECORDS = [read_outcome(each, source="a") for each in outcome_documents(COUNT, at=1.0)]
DATA = prepare_dataset(RECORDS)
SMALL = FactorizationConfig(rank=4)
SEARCH = SearchPlan(
    space=(
        IntParameter(name="rank", low=2, high=8),
        FloatParameter(name="learning_rate", low=0.01, high=0.5, log=True),
        ChoiceParameter(name="batch_size", choices=(64, 128)),
    ),
    trials=2,
    seconds=60.0,
    epochs=1,
)
ORDERED = TrainingOrder(config=SMALL, limits=TrainingLimits(max_epochs=2, evaluate_every=1))
LONG = replace(
    ORDERED, limits=TrainingLimits(max_epochs=100_000, evaluate_every=1, patience=99_999)
)
GIB = 1024**3
LIMITS = JobLimits(parallel=1, waiting=2, seconds=120.0, memory_bytes=4 * GIB)
PATIENCE = 120.0


BAD_CHOICE = {"search": {"space": [{"kind": "choice", "name": "rank", "choices": 1}]}}


def prepared(folder, order):
    folder.mkdir()
    order.write(folder)
    (folder / DATASET).write_bytes(DATA.to_bytes())
    return folder


class TestOrders:
    @pytest.mark.parametrize("order", [ORDERED, replace(ORDERED, search=SEARCH)])
    def test_an_order_comes_back_as_it_was(self, tmp_path, order):
        order.write(tmp_path)
        assert TrainingOrder.read(tmp_path) == order

    @pytest.mark.parametrize(
        "change",
        [
            {"config": {"rank": -1}},
            {"limits": 5},
            {"search": {"space": 5}},
            {"search": {}},
            BAD_CHOICE,
        ],
    )
    def test_a_damaged_order_is_refused(self, tmp_path, change):
        ORDERED.write(tmp_path)
        content = json.loads((tmp_path / ORDER).read_text()) | change
        (tmp_path / ORDER).write_text(json.dumps(content))
        with pytest.raises(ModelStoreError, match="is damaged"):
            TrainingOrder.read(tmp_path)

    def test_a_damaged_result_is_refused(self, tmp_path):
        (tmp_path / RESULT).write_text('{"run_id": 1}')
        with pytest.raises(ModelStoreError, match="is damaged"):
            TrainingResult.read(tmp_path)


class TestWork:
    def test_it_leaves_a_bundle_and_its_result(self, tmp_path):
        folder = prepared(tmp_path / "job", ORDERED)
        do_order(folder, ManualClock())
        result = TrainingResult.read(folder)
        bundle = read_bundle((folder / BUNDLE).read_bytes(), result.model_digest)
        assert (result.outcome, result.epochs, result.trials) == ("completed", 2, 0)
        assert bundle.data_digest == DATA.digest
        assert bundle.metrics == result.metrics
        assert not (folder / CHECKPOINT).exists()

    def test_a_search_comes_first_and_its_best_is_trained(self, tmp_path):
        folder = prepared(tmp_path / "job", replace(ORDERED, search=SEARCH))
        do_order(folder, ManualClock())
        result = TrainingResult.read(folder)
        assert result.trials == 2
        assert result.gain >= 0.0
        assert 2 <= result.config["rank"] <= 8

    def test_what_was_found_is_not_searched_again(self, tmp_path):
        folder = prepared(tmp_path / "job", replace(ORDERED, search=SEARCH))
        do_order(folder, ManualClock())
        first = TrainingResult.read(folder)
        (folder / RESULT).unlink()
        do_order(folder, ManualClock())
        again = TrainingResult.read(folder)
        assert (again.trials, again.config) == (0, first.config)
        assert again.model_digest == first.model_digest

    def test_a_result_is_not_made_twice(self, tmp_path):
        folder = prepared(tmp_path / "job", ORDERED)
        (folder / RESULT).write_text("there")
        do_order(folder, ManualClock())
        assert not (folder / BUNDLE).exists()

    def test_it_takes_up_a_checkpoint_and_ends_with_the_same_model(self, tmp_path):
        through = prepared(tmp_path / "through", ORDERED)
        do_order(through, ManualClock())
        stopped = prepared(tmp_path / "stopped", ORDERED)

        class Late(ManualClock):
            def __call__(self):
                self.advance(1_000.0)
                return super().__call__()

        do_order(stopped, Late())
        assert TrainingResult.read(stopped).outcome == "out_of_time"
        (stopped / RESULT).unlink()
        do_order(stopped, ManualClock())
        found = TrainingResult.read(stopped)
        assert (found.resumed_from, found.epochs) == (1, 2)
        assert found.model_digest == TrainingResult.read(through).model_digest

    def test_a_process_tells_why_it_failed(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setattr("resource.setrlimit", lambda _which, _limits: None)
        assert main([str(tmp_path), str(GIB)]) == 1
        assert capsys.readouterr().err.startswith("ModelStoreError: order.json")
        folder = prepared(tmp_path / "job", ORDERED)
        assert main([str(folder), str(GIB)]) == 0
        assert (folder / RESULT).exists()


@pytest.fixture
def clock():
    return ManualClock()


class Ended:
    """Keeps the trainings that ended."""

    def __init__(self, error=None):
        self.records = []
        self._error = error

    def __call__(self, record):
        self.records.append(record)
        if self._error is not None:
            raise self._error


def opened(root, clock, **limits):
    return TrainingJobs(root, replace(LIMITS, **limits), clock=clock)


def submit(jobs, order=ORDERED):
    return jobs.submit(DATA, order, reason="weekly", domain="PlastOS", trace_id=TRACE)


class TestRunner:
    def test_a_training_is_accepted_run_and_told(self, tmp_path, clock):
        jobs, ended = opened(tmp_path, clock), Ended()
        jobs.start(ended)
        accepted = submit(jobs)
        assert accepted.open
        assert jobs.wait(PATIENCE)
        (record,) = ended.records
        assert (record.state, record.detail, record.attempts) == ("succeeded", "completed", 1)
        assert (record.dataset, record.trace_id, record.domain) == (DATA.digest, TRACE, "PlastOS")
        assert hashlib.sha256(jobs.bundle(record.job_id)).hexdigest() == record.model
        assert record.metrics == jobs.result(record.job_id).metrics
        assert jobs.recent() == (record,) == (jobs.record(accepted.job_id),)
        jobs.close()

    def test_more_wall_time_than_allowed_ends_in_failure(self, tmp_path, clock):
        jobs, ended = opened(tmp_path, clock, seconds=0.01), Ended()
        jobs.start(ended)
        job_id = submit(jobs, LONG).job_id
        assert jobs.wait(PATIENCE)
        assert ended.records[0].state == "failed"
        assert ended.records[0].detail == "stopped after 0.01 s of wall time"
        with pytest.raises(InputBoundsError, match="has no model: it failed"):
            jobs.bundle(job_id)
        jobs.close()

    def test_more_memory_than_allowed_ends_in_failure(self, tmp_path, clock):
        jobs, ended = opened(tmp_path, clock, memory_bytes=64 * 1024**2), Ended()
        jobs.start(ended)
        submit(jobs)
        assert jobs.wait(PATIENCE)
        assert ended.records[0].state == "failed"
        assert ended.records[0].model == ""
        jobs.close()

    def test_data_too_small_is_told_in_words(self, tmp_path, clock):
        jobs, ended = opened(tmp_path, clock), Ended()
        jobs.start(ended)
        few = prepare_dataset(RECORDS[:3])
        jobs.submit(few, ORDERED, reason="r", trace_id=TRACE)
        assert jobs.wait(PATIENCE)
        assert "InputBoundsError: too little data" in ended.records[0].detail
        jobs.close()

    def test_what_was_stopped_with_its_agent_is_taken_up_again(self, tmp_path, clock, monkeypatch):
        jobs = opened(tmp_path, clock)
        begun = threading.Event()
        process = runner.subprocess.Popen

        def started(*args, **kwargs):
            made = process(*args, **kwargs)
            begun.set()
            return made

        monkeypatch.setattr(runner.subprocess, "Popen", started)
        jobs.start(Ended())
        job_id = submit(jobs, LONG).job_id
        assert begun.wait(PATIENCE)
        jobs.close()
        ORDERED.write(tmp_path / "jobs" / job_id)
        again, ended = opened(tmp_path, clock), Ended()
        assert (again.record(job_id).state, again.record(job_id).attempts) == ("queued", 0)
        again.start(ended)
        again.start(ended)
        assert again.wait(PATIENCE)
        assert [each.state for each in ended.records] == ["succeeded"]
        again.close()

    def test_a_training_that_kills_its_agent_is_given_up(self, tmp_path, clock):
        jobs = opened(tmp_path, clock)
        job_id = submit(jobs).job_id
        for _ in range(MOST_ATTEMPTS):
            jobs._ledger.begin(job_id)
        ended = Ended()
        jobs.start(ended)
        assert jobs.wait(PATIENCE)
        assert ended.records[0].detail == "given up after 3 attempts"
        jobs.close()

    def test_a_process_that_left_no_result_has_failed(self, tmp_path, clock, monkeypatch):
        monkeypatch.setattr(runner, "WORKER", "agent_runtime.values")
        jobs, ended = opened(tmp_path, clock), Ended()
        jobs.start(ended)
        submit(jobs)
        assert jobs.wait(PATIENCE)
        assert ended.records[0].detail == "result.json is not a regular file"
        jobs.close()

    def test_a_process_that_dies_in_silence_is_told_by_its_code(self, tmp_path, clock, monkeypatch):
        monkeypatch.setattr(runner.sys, "executable", "/bin/false")
        jobs, ended = opened(tmp_path, clock), Ended()
        jobs.start(ended)
        submit(jobs)
        assert jobs.wait(PATIENCE)
        assert ended.records[0].detail == "the process ended with 1"
        jobs.close()

    def test_what_could_not_be_handed_on_is_noted(self, tmp_path, clock):
        jobs = opened(tmp_path, clock)
        jobs.start(Ended(InputBoundsError("nobody listens")))
        job_id = submit(jobs).job_id
        assert jobs.wait(PATIENCE)
        record = jobs.record(job_id)
        assert record.state == "succeeded"
        assert record.detail == "completed; not handed on: nobody listens"
        jobs.close()

    def test_beyond_those_that_may_wait_none_is_accepted(self, tmp_path, clock):
        jobs = opened(tmp_path, clock)
        for _ in range(3):
            submit(jobs)
        with pytest.raises(OverloadedError, match="1 trainings run and 2 wait"):
            submit(jobs)
        assert len(jobs.recent(2)) == 2
        jobs.close()

    def test_a_training_nobody_knows_is_refused(self, tmp_path, clock):
        jobs = opened(tmp_path, clock)
        with pytest.raises(InputBoundsError, match="there is no training 'x'"):
            jobs.record("x")
        assert not jobs.wait(0.0) or jobs.recent() == ()
        jobs.close()

    @pytest.mark.parametrize(
        "change", [{"parallel": 0}, {"waiting": -1}, {"seconds": 0.0}, {"memory_bytes": 0}]
    )
    def test_limits_that_allow_nothing_are_refused(self, change):
        with pytest.raises(InputBoundsError, match="must be positive"):
            replace(LIMITS, **change)
