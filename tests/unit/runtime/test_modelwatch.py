"""A model in service is measured on what came after it, and a regression is told and undone."""

import numpy as np
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import GovernanceError, ModelStoreError, NoModelError
from agent_runtime.kernels.factorization import Factorization
from agent_runtime.kernels.linkmodel import LinkModel
from agent_runtime.linkserving import LoadedModel
from agent_runtime.metrics import AgentMetrics, MetricSpec
from agent_runtime.modelwatch import (
    CHECK_JOB,
    CHECK_SECONDS,
    SUBJECT,
    LiveAccuracy,
    ModelWatch,
    WatchPlan,
    embedding_drift,
    live_accuracy,
)
from agent_runtime.observations import ObservedLinks
from agent_runtime.scheduler import TaskScheduler
from agent_runtime.shapes.training import RetrainResponse
from agent_runtime.testing import TRACE
from agent_runtime.testing_links import market, models_apart, naive_run, skilled_run, upside_down
from agent_runtime.validation import relative_drop

MARKET = market().all_triples
PLAN = WatchPlan(
    accuracy_metric="live_accuracy",
    drift_metric="drift",
    drop_limit=0.05,
    model_events=("model_drift_detected",),
    embedding_events=("embedding_drift_detected",),
)


FACTORS = skilled_run().model.factorization.entities


def with_factors(model, entities, width=None):
    """Return `model` with other entity vectors, of `width` dimensions."""
    return LinkModel(
        vocabulary=model.vocabulary,
        factorization=Factorization(
            entities=np.ascontiguousarray(entities),
            relations=np.ascontiguousarray(model.factorization.relations[:, :width]),
        ),
        calibrator=model.calibrator,
    )


class Models:
    """Two models in memory: the one in service, and the one before."""

    def __init__(self, current=None, before=None):
        self.now, self.before = current, before
        self.reasons = []

    def current(self):
        if self.now is None:
            raise NoModelError("none")
        return self.now

    def earlier(self, *, trace_id):
        return self.before

    def rollback(self, *, reason, trace_id):
        self.now, self.before = self.before, None
        self.reasons.append(reason)


class Surroundings:
    """Validator and governance, writing down what they are asked."""

    def __init__(self, *, rolls_back=True, permits=True):
        self.rolls_back, self.permits = rolls_back, permits
        self.checked, self.observed, self.permitted, self.fed = [], [], [], []

    def check_live(self, reference, live, *, trace_id):
        self.checked.append((reference, live, trace_id))
        return self.rolls_back and relative_drop(reference, live) > 0.05

    def observe_all(self, values, *, subject, trace_id):
        self.observed.append((dict(values), subject, trace_id))

    def permit(self, decision, *, subject, trace_id):
        if not self.permits:
            raise GovernanceError("outside the autonomy")
        self.permitted.append((decision, subject, trace_id))


def loaded(version, run, stored_at):
    return LoadedModel(version=version, model=run.model, metrics=run.metrics, stored_at=stored_at)


class Plant:
    """A watch with its surroundings; the skilled model went into service just now."""

    def __init__(self, folder, plan=PLAN, **options):
        self.clock = ManualClock()
        self.links = ObservedLinks(folder / "links.db", self.clock)
        self.metrics = AgentMetrics(
            MetricSpec(name=name, kind="gauge", help=name) for name in ("live_accuracy", "drift")
        )
        now = self.clock()
        self.models = Models(loaded("v2", skilled_run(), now), loaded("v1", naive_run(), now))
        self.around = Surroundings(**options)
        self.watch = ModelWatch(
            plan,
            self.models,
            self.around,
            self.around,
            links=self.links,
            metrics=self.metrics,
            feedback=self.around.fed.append,
        )

    def later(self, links):
        self.clock.advance(1.0)
        self.links.observe(links)

    def response(self, *, promoted):
        return RetrainResponse(
            decision_id="d-1",
            trace_id=TRACE,
            confidence=1.0,
            run_id="r",
            outcome="completed",
            epochs=1,
            model_version="v2",
            promoted=promoted,
            reasons=(),
            metrics={"test_mrr": 0.5},
        )


@pytest.fixture
def plant(tmp_path):
    return Plant(tmp_path)


class TestLiveAccuracy:
    def test_a_model_that_learnt_the_links_ranks_them_high(self):
        live = live_accuracy(skilled_run().model, MARKET, MARKET)
        assert live.links == len(MARKET)
        assert live.mrr > 0.85
        assert 0.0 < live.error < 0.05
        assert live.at_best == pytest.approx(live.mrr + 2 * live.error)

    def test_known_links_do_not_compete(self):
        alone = live_accuracy(skilled_run().model, MARKET[:40], MARKET[:40])
        among_all = live_accuracy(skilled_run().model, MARKET[:40], MARKET)
        assert among_all.mrr > alone.mrr

    def test_what_an_accuracy_may_be_at_best_is_at_most_1(self):
        assert LiveAccuracy(mrr=0.95, error=0.04, links=20).at_best == 1.0

    def test_twenty_links_are_enough_and_nineteen_are_not(self):
        model = skilled_run().model
        assert live_accuracy(model, MARKET[:20], MARKET).links == 20
        assert live_accuracy(model, MARKET[:19], MARKET) is None

    def test_links_of_unknown_names_do_not_count(self):
        strange = [("nobody", "trades_with", "nothing")]
        assert live_accuracy(skilled_run().model, [*MARKET[:19], *strange], MARKET) is None
        counted = live_accuracy(skilled_run().model, [*MARKET[:20], *strange], [*MARKET, *strange])
        assert counted.links == 20


class TestEmbeddingDrift:
    def test_the_same_model_has_not_moved(self):
        report = embedding_drift(skilled_run().model, skilled_run().model)
        assert report.drifted == ()
        assert report.largest_kl < 0.05

    def test_another_model_has(self):
        report = embedding_drift(naive_run().model, skilled_run().model)
        assert report.drifted
        assert report.largest_kl > 0.5

    def test_axes_that_were_turned_are_no_drift(self):
        model = skilled_run().model
        other = with_factors(model, model.factorization.entities[:, ::-1])
        assert embedding_drift(model, other).drifted == ()

    def test_models_of_other_names_or_dimensions_cannot_be_compared(self):
        model = skilled_run().model
        assert embedding_drift(model, models_apart(0.0).current) is None
        width = model.factorization.entities.shape[1] // 2
        assert embedding_drift(model, with_factors(model, FACTORS[:, :width], width)) is None

    def test_vectors_that_are_all_alike_have_nothing_to_compare(self):
        model = skilled_run().model
        flat = with_factors(model, np.ones_like(FACTORS))
        assert embedding_drift(flat, model) is None


class TestCheck:
    def test_a_good_model_is_measured_and_stays(self, plant):
        plant.later(MARKET)
        live = plant.watch.check(trace_id=TRACE)
        assert plant.metrics.value("live_accuracy") == live.mrr
        assert plant.around.observed == [({"model_drift_detected": False}, SUBJECT, TRACE)]
        assert plant.around.checked == [(skilled_run().metrics["test_mrr"], live.at_best, TRACE)]
        assert plant.around.fed == [0.0]
        assert plant.models.now.version == "v2"

    def test_a_regression_is_told_fed_back_and_rolled_back(self, plant):
        plant.later(upside_down())
        live = plant.watch.check(trace_id=TRACE)
        drop = relative_drop(skilled_run().metrics["test_mrr"], live.at_best)
        assert plant.around.fed == [drop]
        assert plant.around.observed == [({"model_drift_detected": True}, SUBJECT, TRACE)]
        assert plant.around.permitted == [("rollback_model", "v1", TRACE)]
        assert plant.models.now.version == "v1"
        assert plant.models.reasons == [
            f"accuracy on 127 live links fell from 0.626 to {live.mrr:.3f}"
        ]

    def test_links_that_the_model_may_have_learnt_do_not_count(self, plant):
        plant.links.observe(upside_down())
        assert plant.watch.check(trace_id=TRACE) is None
        plant.later(upside_down())
        assert plant.watch.check(trace_id=TRACE) is None

    def test_nothing_is_measured_twice(self, plant):
        plant.later(MARKET)
        assert plant.watch.check(trace_id=TRACE) is not None
        assert plant.watch.check(trace_id=TRACE) is None
        plant.later(upside_down()[:1])
        assert plant.watch.check(trace_id=TRACE) is not None

    def test_without_a_model_or_an_earlier_one_there_is_nothing_to_return_to(self, plant):
        plant.later(upside_down())
        plant.models.before = None
        assert plant.watch.check(trace_id=TRACE) is not None
        assert (plant.models.now.version, plant.models.reasons) == ("v2", [])
        plant.models.now = None
        assert plant.watch.check(trace_id=TRACE) is None

    def test_a_model_stays_where_regressions_are_not_rolled_back(self, tmp_path):
        plant = Plant(tmp_path, rolls_back=False)
        plant.later(upside_down())
        plant.watch.check(trace_id=TRACE)
        assert plant.models.now.version == "v2"

    def test_what_a_schema_does_not_declare_is_not_told(self, tmp_path):
        plan = WatchPlan(accuracy_metric="", drift_metric="", drop_limit=0.05)
        plant = Plant(tmp_path, plan=plan)
        plant.later(MARKET)
        assert plant.watch.check(trace_id=TRACE) is not None
        assert plant.watch.promoted({"test_mrr": 0.5}, trace_id=TRACE) is not None
        assert plant.around.observed == []
        assert np.isnan(plant.metrics.value("live_accuracy"))

    def test_a_refused_rollback_is_tried_again(self, tmp_path):
        plant = Plant(tmp_path, permits=False)
        plant.later(upside_down())
        for _ in range(2):
            with pytest.raises(GovernanceError, match="outside the autonomy"):
                plant.watch.check(trace_id=TRACE)
        assert plant.models.now.version == "v2"

    def test_a_scheduler_checks_every_hour(self, plant, tmp_path):
        scheduler = TaskScheduler(tmp_path / "jobs.db", plant.clock)
        assert plant.watch.register(scheduler).name == CHECK_JOB
        plant.later(MARKET)
        plant.clock.advance(CHECK_SECONDS)
        (outcome,) = scheduler.run_due()
        assert outcome.result == "succeeded"
        assert plant.around.checked[0][2] == outcome.trace_id
        scheduler.close()


class TestTrained:
    def test_a_new_model_is_measured_against_the_one_before(self, plant):
        plant.watch.trained(plant.response(promoted=True))
        assert plant.metrics.value("live_accuracy") == 0.5
        expected = embedding_drift(naive_run().model, skilled_run().model)
        assert plant.metrics.value("drift") == expected.largest_kl
        assert plant.around.observed == [({"embedding_drift_detected": True}, SUBJECT, TRACE)]

    def test_a_first_model_has_moved_from_nowhere(self, plant):
        plant.models.before = None
        assert plant.watch.promoted({"test_mrr": 0.5}, trace_id=TRACE) is None
        assert np.isnan(plant.metrics.value("drift"))
        assert plant.around.observed == []

    def test_a_rejected_one_leaves_the_old_to_be_checked_on_the_new_links(self, plant):
        plant.later(upside_down())
        plant.watch.trained(plant.response(promoted=False))
        assert plant.models.now.version == "v1"
        assert np.isnan(plant.metrics.value("drift"))

    def test_damage_or_a_refusal_meanwhile_does_not_undo_the_training(self, tmp_path, monkeypatch):
        def damaged(*, trace_id):
            raise ModelStoreError("changed after it was stored")

        plant = Plant(tmp_path, permits=False)
        plant.later(upside_down())
        plant.watch.trained(plant.response(promoted=False))
        monkeypatch.setattr(plant.models, "earlier", damaged)
        plant.watch.trained(plant.response(promoted=True))
        assert plant.models.now.version == "v2"
