"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by model_promoter@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.handover.passing import Handover
from agent_runtime.handover.sending import HandoverDesk, ModelTaker
from agent_runtime.modelstore import ModelStore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.trainings import PromotionRequest, PromotionResponse
from agent_runtime.trainingjobs.lineage import Lineage
from agent_runtime.trainingjobs.promotion import Candidates, PromotionDesk, Succession

from L9.orchestration.tensor_trainer.accuracy_evaluator import AccuracyEvaluator
from L9.orchestration.tensor_trainer.governance_bridge import GovernanceBridge
from L9.orchestration.tensor_trainer.memory_bridge import MemoryBridge
from L9.orchestration.tensor_trainer.model_validator import ModelValidator

AUDIT_EVENT: Final = "model_promotion_decisions"  # governance.auditscope
RECEIVER: Final = "tensoraios"  # wirings of the glue, packet_send of model_ready
WEEK_SECONDS: Final = 7 * 86_400.0


class ModelPromoter:
    """Lets a model serve once it passed validation and governance consented.

    Autonomy over external actions is declared as gated_by_governance.
    """

    def __init__(
        self,
        root: Path,
        candidates: Candidates,
        evaluator: AccuracyEvaluator,
        validator: ModelValidator,
        *,
        governance: GovernanceBridge,
        memory: MemoryBridge,
        lineage: Lineage | None = None,
        clock: Clock,
        handover: Handover | None = None,
        taker: ModelTaker | None = None,
    ) -> None:
        """Open the models below `root`.

        Args:
            root: folder of the models.
            candidates: hands out what trainings made.
            evaluator: tells a difference of accuracy from chance.
            validator: applies the declared rules.
            governance: consents.
            memory: archives the bundles of promoted models.
            lineage: graph that learns what replaced what.
            clock: source of time.
            handover: means to hand promoted models over.
            taker: speaks to the agent that serves them; without, they serve here only.
        """
        self._clock = clock
        self._succession = Succession(ModelStore(root, clock=clock), lineage)
        self._desk = PromotionDesk(
            audit_event=AUDIT_EVENT,
            candidates=candidates,
            evaluator=evaluator,
            validator=validator,
            office=governance,
            shelf=memory,
            succession=self._succession,
            handover=HandoverDesk(receiver=RECEIVER, means=handover, taker=taker),
        )

    def promote_call(self, request: PromotionRequest, call: Call) -> PromotionResponse:
        """Promote the model of a training, say what it waits for, or why it is refused.

        Raises:
            GovernanceError: promotion is outside the autonomy of the agent.
            InputBoundsError: there is no such training, or it has no model.
            ModelStoreError: the model is not what was trained.
            NotAuthenticatedError: the approval is not believed.
            NotAuthorisedError: the approval is for something else.
        """
        return self._desk.promote(request, call)

    def frequency(self) -> float:
        """Return how many models went into service in the last seven days."""
        return self._succession.promotions_since(self._clock() - WEEK_SECONDS)

    def in_service(self) -> str | None:
        """Return the version in service; None before any promotion."""
        return self._succession.in_service()
