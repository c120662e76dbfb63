"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by retraining_scheduler@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Final

from agent_runtime.clock import Clock, system_clock
from agent_runtime.errors import OverloadedError
from agent_runtime.guards import FloatMatrix
from agent_runtime.kernels.drift import DriftReport, compare
from agent_runtime.retraining import (
    RetrainingDecision,
    RetrainingLedger,
    RetrainingPolicy,
    RetrainingStore,
    Trainer,
)
from agent_runtime.scheduler import JobRun
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.training import RetrainRequest, RetrainResponse

from L9.core.tensoraios.governancebridge import GovernanceBridge
from L9.orchestration.taskscheduler import Interval, JobState, TaskScheduler

INTERVAL_HOURS: Final = 24  # reasoningengine.reasoningfeedbackloop.retrainintervalhours
RETRAINING: Final = RetrainingPolicy(
    interval_hours=INTERVAL_HOURS,
)
DRIFT_EVENTS: Final[tuple[str, ...]] = ()
ACCURACY_SIGNALS: Final[tuple[str, ...]] = ()
CHECK_SECONDS: Final = 3600.0
JOB: Final = "retraining"


class RetrainingScheduler:
    """Has the model trained anew when it is due, or on request; one training at a time."""

    def __init__(
        self,
        scheduler: TaskScheduler,
        pipeline: Trainer,
        *,
        store: RetrainingStore,
        governance: GovernanceBridge,
        clock: Clock = system_clock,
    ) -> None:
        self._scheduler = scheduler
        self._pipeline = pipeline
        self._governance = governance
        self._ledger = RetrainingLedger(RETRAINING, store, clock)
        self._training = Lock()

    def register(self, trained: Callable[[RetrainResponse], None]) -> JobState:
        """Look every 3600.0 seconds from now on whether the model is due.

        Args:
            trained: hears of each training that this leads to.

        Raises:
            ConfigError: the job is registered already.
        """

        def look(run: JobRun) -> None:
            response = self.run_due(trace_id=run.trace_id)
            if response is not None:
                trained(response)

        return self._scheduler.register(JOB, Interval(seconds=CHECK_SECONDS), look)

    def observe(self, feedback: Mapping[str, float]) -> RetrainingDecision:
        """Count `feedback` by signal and tell whether the model is due now.

        Raises:
            InputBoundsError: a signal that no rule of `RETRAINING` reads, or not a finite number.
        """
        self._ledger.observe(feedback)
        return self._ledger.decide()

    def accuracy_fell(self, drop: float) -> RetrainingDecision:
        """Count a share of its accuracy that the model lost; tell whether it is due now.

        Raises:
            InputBoundsError: not a finite number.
        """
        return self.observe(dict.fromkeys(ACCURACY_SIGNALS, drop))

    def watch(
        self, reference: FloatMatrix, current: FloatMatrix, *, names: Sequence[str], trace_id: str
    ) -> DriftReport:
        """Compare `current` (m, d) with the training rows (n, d), by column.

        A drifted column makes the model due.

        Raises:
            InputBoundsError: fewer than two rows, a value that is not finite, or other columns.
        """
        report = compare(reference, current, names=names)
        if report.drifted:
            self._ledger.observe_drift(report)
            self._governance.escalate(JOB, "; ".join(report.reasons()), "medium", trace_id=trace_id)
        return report

    def decide(self) -> RetrainingDecision:
        """Tell whether the model is due, why, and when its age alone makes it due."""
        return self._ledger.decide()

    def run_due(self, *, trace_id: str) -> RetrainResponse | None:
        """Retrain if the model is due; None if it is not. A failed training leaves it due.

        Raises:
            OverloadedError: a training is under way.
            AgentError: no model came of it.
        """
        decision = self._ledger.decide()
        if not decision.due:
            return None
        request = RetrainRequest(reason="; ".join(decision.reasons))
        return self.retrain_call(request, Call(trace_id=trace_id, caller=JOB))

    def retrain_call(self, request: RetrainRequest, call: Call) -> RetrainResponse:
        """Retrain now, whether or not the model is due, and start its age over.

        Raises:
            OverloadedError: a training is under way.
            AgentError: no model came of it.
        """
        if not self._training.acquire(blocking=False):
            raise OverloadedError("a training is under way")
        try:
            response = self._pipeline.retrain_call(request, call)
            if response.promoted:
                self._ledger.completed({})
            else:
                self._ledger.rejected()
        finally:
            self._training.release()
        return response
