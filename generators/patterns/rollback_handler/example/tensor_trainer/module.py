"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by rollback_handler@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.modelstore import ModelStore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.trainings import RollbackRequest, RollbackResponse
from agent_runtime.trainingjobs.lineage import Lineage
from agent_runtime.trainingjobs.promotion import RollbackDesk, Succession

from L9.orchestration.tensor_trainer.governance_bridge import GovernanceBridge

AUDIT_EVENT: Final = "rollback_events"  # governance.auditscope


class RollbackHandler:
    """Takes a model out of service again.

    Autonomy over external actions is declared as gated_by_governance.
    """

    def __init__(
        self,
        root: Path,
        governance: GovernanceBridge,
        *,
        lineage: Lineage | None = None,
        clock: Clock,
    ) -> None:
        """Open the models below `root`.

        Args:
            root: folder of the models.
            governance: consents.
            lineage: graph that learns what replaced what.
            clock: source of time.
        """
        self._succession = Succession(ModelStore(root, clock=clock), lineage)
        self._desk = RollbackDesk(
            audit_event=AUDIT_EVENT, office=governance, succession=self._succession
        )

    def rollback_call(self, request: RollbackRequest, call: Call) -> RollbackResponse:
        """Return to the model that served before; it is checked byte by byte first.

        Raises:
            GovernanceError: rolling back is outside the autonomy of the agent.
            ModelStoreError: there is none, or it is damaged; the one in service stays.
            NotAuthenticatedError: a token is needed and missing.
            NotAuthorisedError: the token is for something else.
        """
        return self._desk.roll_back(request, call)

    def rate(self) -> float:
        """Return how many rollbacks there were a promotion; NaN without one."""
        return self._succession.rollback_share()
