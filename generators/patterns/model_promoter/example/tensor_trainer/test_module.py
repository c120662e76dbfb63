"""What `L9.example.module` promises.

Expected by the schema and by model_promoter@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.approvals import Credential
from agent_runtime.errors import GovernanceError, NotAuthenticatedError, NotAuthorisedError
from agent_runtime.handover.passing import Handover
from agent_runtime.policy import Policy
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.handover import ModelReady, ModelReadyAnswer
from agent_runtime.shapes.trainings import PromotionRequest
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_trainings import Trained, naive_candidate, skilled_candidate
from pydantic import ValidationError

from L9.orchestration.tensor_trainer.accuracy_evaluator import AccuracyEvaluator
from L9.orchestration.tensor_trainer.governance_bridge import (
    POLICY,
    RULES,
    SIGNALS,
    GovernanceBridge,
)
from L9.orchestration.tensor_trainer.memory_bridge import TOPOLOGY, MemoryBridge
from L9.orchestration.tensor_trainer.model_promoter import AUDIT_EVENT, RECEIVER, ModelPromoter
from L9.orchestration.tensor_trainer.model_validator import ModelValidator

CALL = Call(trace_id=TRACE)
GATED = replace(POLICY, mode="hybrid", external_actions="gated_by_governance")
SKILLED, NAIVE = skilled_candidate().bundle.digest, naive_candidate().bundle.digest
BETTER = PromotionRequest(job_id="skilled")
WORSE = PromotionRequest(job_id="naive")


class Taker:
    """An agent that serves every model it is asked to."""

    version = "000001-0123456789abcdef"

    def __init__(self) -> None:
        self.asked: list[ModelReady] = []

    def ask_model_ready(
        self, payload: ModelReady, call: Call, *, key: str | None = None
    ) -> ModelReadyAnswer:
        """Answer that the model serves; no key is needed, as the sender's token is good once."""
        assert key is None
        self.asked.append(payload)
        return ModelReadyAnswer(
            decision_id="d-1",
            trace_id=call.trace_id,
            confidence=1.0,
            model=payload.model,
            model_version=self.version,
            approver="Anna",
        )


class Plant:
    """A promoter with its surroundings."""

    def __init__(self, root: Path, policy: Policy = GATED) -> None:
        self.bench = AgentBench(
            root,
            agent="tensor_trainer",
            signals=SIGNALS,
            rules=RULES,
            policy=policy,
            topology=TOPOLOGY,
        )
        self.root = root
        self.memory = MemoryBridge(self.bench.layers)
        self.promoter = self.made()

    def made(self, handover: Handover | None = None, taker: Taker | None = None) -> ModelPromoter:
        """Return a promoter that hands models to `taker`."""
        governance = GovernanceBridge(self.bench.governance)
        return ModelPromoter(
            self.root / "models",
            Trained(skilled=skilled_candidate(), naive=naive_candidate()),
            AccuracyEvaluator(governance),
            ModelValidator(governance),
            governance=governance,
            memory=self.memory,
            clock=self.bench.clock,
            handover=handover,
            taker=taker,
        )

    def approved(self, digest: str, request: PromotionRequest) -> PromotionRequest:
        """Return the request with a token signed for just this model."""
        token = self.bench.token("governance", subject="Anna", action=f"promote_model:{digest}")
        return request.model_copy(update={"approval": token})


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path)


@pytest.mark.positive
def test_a_model_waits_for_an_approval_and_names_what_to_sign(plant: Plant) -> None:
    answer = plant.promoter.promote_call(BETTER, CALL)
    assert (answer.state, answer.model, answer.model_version) == (
        "awaiting_approval",
        SKILLED,
        None,
    )
    assert f"promote_model:{SKILLED}" in answer.reasons[-1]
    assert plant.promoter.in_service() is None


@pytest.mark.positive
def test_a_signed_approval_puts_the_model_into_service(plant: Plant) -> None:
    answer = plant.promoter.promote_call(plant.approved(SKILLED, BETTER), CALL)
    assert (answer.state, answer.approver, answer.governance_status) == (
        "promoted",
        "Anna",
        "approved",
    )
    assert plant.promoter.in_service() == answer.model_version
    assert plant.memory.archived(f"models/{SKILLED}") == skilled_candidate().content


@pytest.mark.positive
def test_a_governance_token_of_the_caller_is_an_approval(plant: Plant) -> None:
    token: Credential = plant.bench.token("governance", subject="Anna")
    call = Call(trace_id=TRACE, roles=("governance",), token=token)
    assert plant.promoter.promote_call(BETTER, call).state == "promoted"


@pytest.mark.positive
def test_what_serves_already_is_not_promoted_again(plant: Plant) -> None:
    first = plant.promoter.promote_call(plant.approved(SKILLED, BETTER), CALL)
    again = plant.promoter.promote_call(BETTER, CALL)
    assert (again.state, again.model_version) == ("promoted", first.model_version)
    assert again.reasons == ("it serves already",)


@pytest.mark.positive
def test_promotions_of_the_last_seven_days_are_counted(plant: Plant) -> None:
    assert plant.promoter.frequency() == 0.0
    plant.promoter.promote_call(plant.approved(SKILLED, BETTER), CALL)
    plant.bench.clock.advance(7 * 86_400.0)
    assert plant.promoter.frequency() == 1.0
    plant.bench.clock.advance(1.0)
    assert plant.promoter.frequency() == 0.0


@pytest.mark.positive
def test_every_decision_is_audited_with_its_reasons(plant: Plant) -> None:
    plant.promoter.promote_call(BETTER, CALL)
    answer = plant.promoter.promote_call(plant.approved(SKILLED, BETTER), CALL)
    records = [each for each in plant.bench.audit.records() if each.action == AUDIT_EVENT]
    assert [each.detail["state"] for each in records] == ["awaiting_approval", "promoted"]
    assert records[1].subject == SKILLED
    assert records[1].detail["approver"] == "Anna"
    assert records[1].detail["reasons"] == list(answer.reasons)


@pytest.mark.positive
def test_a_promoted_model_is_handed_to_the_agent_that_serves_it(
    plant: Plant, tmp_path: Path
) -> None:
    taker = Taker()
    means = plant.bench.handover(tmp_path / "handover", "tensor_trainer")
    promoter = plant.made(means, taker)
    approved = plant.approved(SKILLED, BETTER)
    request = approved.model_copy(update={"serving_approval": "token for the receiver"})
    answer = promoter.promote_call(request, CALL)
    (asked,) = taker.asked
    assert (asked.model, asked.approval) == (SKILLED, "token for the receiver")
    assert answer.handed_over == f"{RECEIVER} serves it as {taker.version}"
    assert means.bundles.read(SKILLED) == skilled_candidate().content
    assert RECEIVER == "tensoraios"


@pytest.mark.negative
def test_a_model_that_waits_is_not_handed_over(plant: Plant, tmp_path: Path) -> None:
    taker = Taker()
    promoter = plant.made(plant.bench.handover(tmp_path / "handover", "tensor_trainer"), taker)
    assert promoter.promote_call(BETTER, CALL).handed_over == ""
    assert taker.asked == []


@pytest.mark.negative
def test_a_worse_model_is_refused_whatever_was_signed(plant: Plant) -> None:
    first = plant.promoter.promote_call(plant.approved(SKILLED, BETTER), CALL)
    answer = plant.promoter.promote_call(plant.approved(NAIVE, WORSE), CALL)
    assert (answer.state, answer.model_version) == ("refused", None)
    assert plant.promoter.in_service() == first.model_version


@pytest.mark.negative
def test_an_approval_of_another_model_is_refused(plant: Plant) -> None:
    with pytest.raises(NotAuthorisedError, match="not promote_model"):
        plant.promoter.promote_call(plant.approved(NAIVE, BETTER), CALL)
    assert plant.promoter.in_service() is None


@pytest.mark.negative
def test_a_forged_approval_is_refused(plant: Plant) -> None:
    forged = BETTER.model_copy(update={"approval": "not.a.token"})
    with pytest.raises(NotAuthenticatedError):
        plant.promoter.promote_call(forged, CALL)
    assert plant.promoter.in_service() is None


@pytest.mark.negative
def test_an_agent_without_autonomy_promotes_nothing(tmp_path: Path) -> None:
    plant = Plant(tmp_path, replace(GATED, external_actions="none"))
    with pytest.raises(GovernanceError, match="outside the autonomy"):
        plant.promoter.promote_call(plant.approved(SKILLED, BETTER), CALL)


@pytest.mark.negative
def test_a_request_without_a_training_is_refused() -> None:
    with pytest.raises(ValidationError):
        PromotionRequest.model_validate({"job_id": ""})
