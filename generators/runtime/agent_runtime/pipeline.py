"""What a training pipeline hands around: its turn, its result, and the answer to a request."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from agent_runtime.errors import OverloadedError
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.training import RetrainRequest, RetrainResponse
from agent_runtime.training import TrainingRun
from agent_runtime.validation import ValidationReport


@dataclass(frozen=True, kw_only=True, eq=False)
class PipelineRun:
    """A training with what became of its model.

    Attributes:
        decision_id: names the decision to promote it or not.
        training: the training.
        validation: the verdict on its model.
        version: the version it was stored as.
        promoted: whether that version went into service.
    """

    decision_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    training: TrainingRun
    validation: ValidationReport
    version: str
    promoted: bool


class OneAtATime:
    """Lets one training run and refuses others meanwhile, instead of queueing hours of work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the turn.

        Raises:
            OverloadedError: a training is under way.
        """
        if not self._lock.acquire(blocking=False):
            raise OverloadedError("a training is under way; ask again when it is done")
        try:
            yield
        finally:
            self._lock.release()


def retrain_response(run: PipelineRun, request: RetrainRequest, call: Call) -> RetrainResponse:
    """Answer a request to train with the run that it led to."""
    figures = run.validation.metrics
    named = ("candidate_mrr", "reference_mrr", "drop", "lost_share")
    return RetrainResponse(
        decision_id=run.decision_id,
        trace_id=call.trace_id,
        confidence=run.validation.confidence,
        criticality=request.criticality,
        factors={name: figures[name] for name in named if name in figures},
        governance_status="proceeded",
        run_id=run.training.run_id,
        outcome=run.training.outcome.value,
        epochs=run.training.epochs,
        model_version=run.version,
        promoted=run.promoted,
        reasons=run.validation.reasons,
        metrics=dict(run.training.metrics),
    )
