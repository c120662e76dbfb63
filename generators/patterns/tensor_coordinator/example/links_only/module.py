"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by tensor_coordinator@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Sequence
from typing import Final

from agent_runtime.clock import Clock, system_clock
from agent_runtime.routing.tensors import (
    Coordinator,
    TensorCalls,
    TensorLayer,
    TensorPlan,
    VectorSource,
)
from agent_runtime.routing.work import Enriched, Scored

from L9.agents.main.governance_bridge import GovernanceBridge

PLAN: Final = TensorPlan(
    methods=("link_prediction",),  # reasoningpipeline.stage_3_tensor_coordination
    timeout_ms=2000,  # autonomyprofile.decisionlatencymaxms
    unavailable="",  # signals of the schema; empty if none is declared
    slow="",
)


class TensorCoordinator:
    """Scores cases side by side; those that come together share requests."""

    def __init__(
        self,
        governance: GovernanceBridge,
        *,
        layer: TensorLayer | None = None,
        embeddings: VectorSource | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Take the tensor layer; without one everything is missing by name."""
        self._coordinator = Coordinator(
            PLAN, TensorCalls.of(layer, embeddings), governance, clock=clock
        )

    def score(self, enriched: Enriched) -> Scored:
        """Return the case with what the tensor layer said in time."""
        return self._coordinator.score(enriched)

    def score_all(self, cases: Sequence[Enriched]) -> tuple[Scored, ...]:
        """Return each case with what the tensor layer said; they are asked side by side."""
        return self._coordinator.score_all(cases)

    def close(self) -> None:
        """Let what runs come to its end, and take no more."""
        self._coordinator.close()
