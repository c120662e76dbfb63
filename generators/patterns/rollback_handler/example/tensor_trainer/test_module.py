"""What `L9.example.module` promises.

Expected by the schema and by rollback_handler@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.errors import (
    GovernanceError,
    ModelStoreError,
    NotAuthenticatedError,
    NotAuthorisedError,
)
from agent_runtime.modelstore import ModelStore
from agent_runtime.policy import Policy
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.trainings import RollbackRequest
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_trainings import naive_candidate, skilled_candidate
from agent_runtime.trainingjobs.promotion import Succession
from pydantic import ValidationError

from L9.orchestration.tensor_trainer.governance_bridge import (
    POLICY,
    RULES,
    SIGNALS,
    GovernanceBridge,
)
from L9.orchestration.tensor_trainer.rollback_handler import AUDIT_EVENT, RollbackHandler

GATED = replace(POLICY, mode="hybrid", external_actions="gated_by_governance")
REQUEST = RollbackRequest(reason="accuracy fell in service")


class Plant:
    """A handler over two models, the second of which serves."""

    def __init__(self, root: Path, policy: Policy = GATED) -> None:
        self.bench = AgentBench(
            root, agent="tensor_trainer", signals=SIGNALS, rules=RULES, policy=policy
        )
        self.store = ModelStore(root / "models", clock=self.bench.clock)
        succession = Succession(self.store, None)
        self.first = succession.promote(naive_candidate(), reason="first", trace_id=TRACE)
        self.second = succession.promote(skilled_candidate(), reason="second", trace_id=TRACE)
        self.handler = RollbackHandler(
            root / "models", GovernanceBridge(self.bench.governance), clock=self.bench.clock
        )

    def call(self, *roles: str, action: str | None = None) -> Call:
        """Return a call with a token of these roles."""
        token = self.bench.token(*roles, subject="an operator", action=action)
        return Call(trace_id=TRACE, roles=roles, token=token)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path)


@pytest.mark.positive
def test_the_model_before_serves_again(plant: Plant) -> None:
    answer = plant.handler.rollback_call(REQUEST, plant.call("governance"))
    assert (answer.model_version, answer.withdrawn) == (plant.first, plant.second)
    assert plant.store.current() == plant.first
    assert answer.model == naive_candidate().bundle.digest


@pytest.mark.positive
def test_one_rollback_of_two_promotions_is_half(plant: Plant) -> None:
    assert plant.handler.rate() == 0.0
    plant.handler.rollback_call(REQUEST, plant.call("governance"))
    assert plant.handler.rate() == 0.5


@pytest.mark.positive
def test_who_consented_and_why_is_answered_and_audited(plant: Plant) -> None:
    answer = plant.handler.rollback_call(REQUEST, plant.call("governance"))
    assert (answer.approver, answer.reason) == ("an operator", REQUEST.reason)
    assert answer.governance_status == "approved"
    (record,) = [each for each in plant.bench.audit.records() if each.action == AUDIT_EVENT]
    assert record.subject == plant.second
    assert record.detail == {
        "now": plant.first,
        "withdrawn": plant.second,
        "approver": "an operator",
        "reason": REQUEST.reason,
    }


@pytest.mark.positive
def test_the_reason_stays_in_the_history(plant: Plant) -> None:
    plant.handler.rollback_call(REQUEST, plant.call("governance"))
    last = plant.store.history()[-1]
    assert (last.action, last.reason) == ("rollback", REQUEST.reason)


@pytest.mark.positive
def test_a_token_for_rollbacks_alone_is_enough(plant: Plant) -> None:
    call = plant.call("governance", action="rollback_model")
    assert plant.handler.rollback_call(REQUEST, call).model_version == plant.first


@pytest.mark.positive
def test_an_agent_with_full_autonomy_asks_nobody(tmp_path: Path) -> None:
    plant = Plant(tmp_path, replace(GATED, external_actions="full"))
    answer = plant.handler.rollback_call(REQUEST, Call(trace_id=TRACE))
    assert (answer.approver, answer.governance_status) == (None, "proceeded")


@pytest.mark.negative
def test_without_a_consent_nothing_changes(plant: Plant) -> None:
    with pytest.raises(NotAuthenticatedError):
        plant.handler.rollback_call(REQUEST, Call(trace_id=TRACE))
    assert plant.store.current() == plant.second


@pytest.mark.negative
def test_a_token_of_another_role_or_action_is_refused(plant: Plant) -> None:
    for call in (plant.call("reader"), plant.call("governance", action="promote_model:x")):
        with pytest.raises(NotAuthorisedError):
            plant.handler.rollback_call(REQUEST, call)
    assert plant.store.current() == plant.second


@pytest.mark.negative
def test_without_an_earlier_model_there_is_no_way_back(plant: Plant) -> None:
    plant.handler.rollback_call(REQUEST, plant.call("governance"))
    with pytest.raises(ModelStoreError, match="no earlier version"):
        plant.handler.rollback_call(REQUEST, plant.call("governance"))


@pytest.mark.negative
def test_a_damaged_model_does_not_come_back(plant: Plant, tmp_path: Path) -> None:
    weights = tmp_path / "models" / "versions" / plant.first / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelStoreError, match="changed after it was stored"):
        plant.handler.rollback_call(REQUEST, plant.call("governance"))
    assert plant.store.current() == plant.second


@pytest.mark.negative
def test_an_agent_without_autonomy_rolls_nothing_back(tmp_path: Path) -> None:
    plant = Plant(tmp_path, replace(GATED, external_actions="none"))
    with pytest.raises(GovernanceError, match="outside the autonomy"):
        plant.handler.rollback_call(REQUEST, plant.call("governance"))


@pytest.mark.negative
def test_a_rollback_without_a_reason_is_refused() -> None:
    with pytest.raises(ValidationError):
        RollbackRequest.model_validate({"reason": ""})
