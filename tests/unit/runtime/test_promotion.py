"""Models serve one after the other, with a consent, and the graph learns what replaced what."""

import math
from dataclasses import replace

import pytest
from agent_runtime.approvals import Approval
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, NotAuthenticatedError
from agent_runtime.evaluation import evaluate_accuracy
from agent_runtime.handover.sending import HandoverDesk
from agent_runtime.modelstore import ModelStore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.handover import ModelReadyAnswer
from agent_runtime.shapes.trainings import PromotionRequest, RollbackRequest
from agent_runtime.testing import TRACE
from agent_runtime.testing_service import calling_parts
from agent_runtime.testing_trainings import Trained, naive_candidate, skilled_candidate
from agent_runtime.trainingjobs.promotion import (
    PromotionDesk,
    RollbackDesk,
    Succession,
    bundle_of,
)
from agent_runtime.validation import compare_models

CALL = Call(trace_id=TRACE)
GOOD, BAD = "good", "bad"
SKILLED, NAIVE = skilled_candidate().bundle.digest, naive_candidate().bundle.digest


class Office:
    """Consents to whoever shows a token other than "bad"; asks for one if it is `strict`."""

    def __init__(self, *, strict=True):
        self.strict, self.audited, self.asked = strict, [], []

    def audit(self, action, subject, detail, trace_id):
        self.audited.append((action, subject, detail, trace_id))

    def authorise(self, action, token, trace_id):
        self.asked.append(action)
        if token == BAD or (token is None and self.strict):
            raise NotAuthenticatedError("no consent")
        approver = None if token is None else "Igor"
        return Approval(
            action=action, approver=approver, token_id=None, approved_at=0.0, trace_id=trace_id
        )


class Graph:
    """Keeps relations."""

    def __init__(self):
        self.edges = []

    def link_entities(self, source, target, *, relation, properties):
        self.edges.append((source, target, properties["as"]))


class Judges:
    """Validates and evaluates for real, with a tolerance of its own."""

    def __init__(self, tolerance):
        self.tolerance = tolerance

    def compare(self, candidate, current, hold_out):
        return compare_models(candidate, current, hold_out, stability_threshold=self.tolerance)

    def evaluate(self, candidate, current, hold_out, *, subject, trace_id):
        return evaluate_accuracy(candidate, current, hold_out)


class Shelf(dict):
    """Keeps bundles."""

    def archive(self, key, data):
        self[key] = data


class Plant:
    def __init__(self, root, *, strict=True, tolerance=0.05, graph=True):
        self.store = ModelStore(root / "models", clock=ManualClock())
        self.graph, self.shelf, self.office = Graph(), Shelf(), Office(strict=strict)
        self.succession = Succession(self.store, self.graph if graph else None)
        self.desk = PromotionDesk(
            audit_event="promotion",
            candidates=Trained(skilled=skilled_candidate(), naive=naive_candidate()),
            evaluator=Judges(tolerance),
            validator=Judges(tolerance),
            office=self.office,
            shelf=self.shelf,
            succession=self.succession,
        )
        self.back = RollbackDesk(
            audit_event="rollback", office=self.office, succession=self.succession
        )

    def promote(self, job_id, approval=GOOD):
        return self.desk.promote(PromotionRequest(job_id=job_id, approval=approval), CALL)


@pytest.fixture
def plant(tmp_path):
    return Plant(tmp_path)


def test_an_approved_model_is_archived_stored_and_serves(plant):
    answer = plant.promote("skilled")
    assert (answer.state, answer.approver) == ("promoted", "Igor")
    assert plant.succession.in_service() == answer.model_version
    assert bundle_of(plant.succession.current()) == SKILLED
    assert plant.shelf == {f"models/{SKILLED}": skilled_candidate().content}
    assert plant.office.asked == [f"promote_model:{SKILLED}"]
    assert answer.factors["candidate_mrr"] > answer.factors["reference_mrr"]
    assert 0.5 < answer.confidence <= 1.0


def test_without_an_approval_it_waits_and_nothing_is_stored(plant):
    answer = plant.promote("skilled", approval=None)
    assert answer.state == "awaiting_approval"
    assert answer.reasons[-1].endswith(f"promote_model:{SKILLED}")
    assert (plant.store.versions(), plant.shelf) == ((), {})
    assert plant.office.audited[0][2]["state"] == "awaiting_approval"


def test_an_approval_that_is_not_believed_is_an_error(plant):
    with pytest.raises(NotAuthenticatedError):
        plant.promote("skilled", approval=BAD)
    assert plant.store.versions() == ()


def test_where_nobody_needs_to_consent_nobody_is_waited_for(tmp_path):
    answer = Plant(tmp_path, strict=False).promote("skilled", approval=None)
    assert (answer.state, answer.approver, answer.governance_status) == (
        "promoted",
        None,
        "proceeded",
    )


def test_a_model_that_fails_validation_is_not_asked_about(plant):
    answer = plant.promote("naive")
    assert answer.state == "refused"
    assert plant.office.asked == []
    assert plant.office.audited[0][1] == NAIVE


def test_a_model_that_is_worse_beyond_chance_is_refused_though_tolerated(tmp_path):
    plant = Plant(tmp_path, tolerance=0.05)
    plant.promote("skilled")
    plant.desk.validator.tolerance = 1.0
    answer = plant.promote("naive")
    assert answer.state == "refused"
    assert "call it worse" in answer.reasons[-1]


def test_what_serves_already_stays_one_version(plant):
    first = plant.promote("skilled")
    again = plant.promote("skilled", approval=None)
    assert again.model_version == first.model_version
    assert plant.store.versions() == (first.model_version,)


def test_a_token_of_the_caller_counts_only_with_the_role(plant):
    request = PromotionRequest(job_id="skilled")
    other = Call(trace_id=TRACE, roles=("reader",), token=GOOD)
    assert plant.desk.promote(request, other).state == "awaiting_approval"
    anchor = Call(trace_id=TRACE, roles=("governance",), token=GOOD)
    assert plant.desk.promote(request, anchor).state == "promoted"


def test_a_training_nobody_knows_is_refused(plant):
    with pytest.raises(InputBoundsError, match="no training 'x'"):
        plant.promote("x")


def test_a_rollback_returns_to_the_model_before_and_the_graph_learns_it(plant):
    first = plant.succession.promote(naive_candidate(), reason="r", trace_id=TRACE)
    second = plant.promote("skilled").model_version
    call = Call(trace_id=TRACE, token=GOOD)
    answer = plant.back.roll_back(RollbackRequest(reason="worse in service"), call)
    assert (answer.model_version, answer.withdrawn, answer.model) == (first, second, NAIVE)
    assert plant.graph.edges == [
        (f"model:{NAIVE}", f"model:{SKILLED}", "promoted"),
        (f"model:{SKILLED}", f"model:{NAIVE}", "rolled_back"),
    ]
    action, subject, detail, trace = plant.office.audited[-1]
    assert (action, subject, trace) == ("rollback", second, TRACE)
    assert detail["reason"] == "worse in service"


def test_a_promoted_model_descends_from_the_one_before(tmp_path):
    plant = Plant(tmp_path, graph=False)
    first = plant.succession.promote(naive_candidate(), reason="r", trace_id=TRACE)
    second = plant.promote("skilled").model_version
    assert plant.store.describe(second).parents == (first,)
    assert plant.graph.edges == []


def test_without_a_promotion_nothing_serves(plant, tmp_path):
    assert plant.succession.in_service() is None
    (tmp_path / "models" / "history.json").write_text("{")
    assert plant.succession.in_service() is None


def test_figures_of_a_damaged_history_are_unknown(tmp_path):
    plant = Plant(tmp_path)
    assert plant.succession.promotions_since(0.0) == 0.0
    assert math.isnan(plant.succession.rollback_share())
    (tmp_path / "models" / "history.json").write_text("[")
    assert math.isnan(plant.succession.promotions_since(0.0))
    assert math.isnan(plant.succession.rollback_share())


class Taker:
    """Serves whatever it is asked to, once there is an approval."""

    def __init__(self):
        self.asked = []

    def ask_model_ready(self, payload, call, *, key=None):
        self.asked.append(payload)
        if payload.approval is None:
            raise NotAuthenticatedError("no approval")
        return ModelReadyAnswer(
            decision_id="d-1", trace_id=call.trace_id, confidence=1.0, model=payload.model,
            model_version="v-1", approver="Igor",
        )  # fmt: skip


def test_a_promoted_model_is_handed_over_now_or_when_its_approval_is_there(tmp_path):
    plant, taker = Plant(tmp_path), Taker()
    with calling_parts(tmp_path / "trainer", "trainer") as parts:
        desk = replace(
            plant.desk,
            handover=HandoverDesk(receiver="scorer", means=parts.handover, taker=taker),
        )
        first = desk.promote(PromotionRequest(job_id="skilled", approval=GOOD), CALL)
        assert (first.state, first.handed_over) == (
            "promoted",
            "scorer does not serve it yet: no approval",
        )
        again = desk.promote(PromotionRequest(job_id="skilled", serving_approval=GOOD), CALL)
        assert again.handed_over == "scorer serves it as v-1"
        assert parts.handover.bundles.read(SKILLED) == skilled_candidate().content
    assert [(each.model, each.approval) for each in taker.asked] == [
        (SKILLED, None),
        (SKILLED, GOOD),
    ]
    assert plant.office.audited[-1][2]["handed_over"] == first.handed_over


def test_what_is_not_promoted_is_not_handed_over(tmp_path):
    plant = Plant(tmp_path)
    answer = plant.desk.promote(PromotionRequest(job_id="skilled", serving_approval=GOOD), CALL)
    assert (answer.state, answer.handed_over) == ("awaiting_approval", "")
