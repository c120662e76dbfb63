"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by training_job_runner@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.scheduler import JobRun
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.status import StatusResponse
from agent_runtime.shapes.trainings import (
    TrainingAccepted,
    TrainingRequest,
    TrainingStatusRequest,
    TrainingStatusResponse,
)
from agent_runtime.training import TrainingLimits
from agent_runtime.trainingjobs.desk import Candidate, TrainingDesk, TrainingPlan
from agent_runtime.trainingjobs.lineage import Lineage
from agent_runtime.trainingjobs.orders import SearchPlan
from agent_runtime.trainingjobs.runner import JobLimits

from L9.orchestration.taskscheduler import Interval, JobState, TaskScheduler
from L9.orchestration.tensor_trainer.data_ingestion_agent import DataIngestionAgent
from L9.orchestration.tensor_trainer.data_normalizer import DataNormalizer
from L9.orchestration.tensor_trainer.governance_bridge import GovernanceBridge
from L9.orchestration.tensor_trainer.hyperparameter_optimizer import (
    AUTOTUNE,
    EPOCHS_A_TRIAL,
    MOST_SECONDS,
    MOST_TRIALS,
    SPACE,
)

AUDIT_EVENT: Final = "training_job_execution"  # governance.auditscope
JOB: Final = "scheduled-training"
EVERY_HOURS: Final = 168  # reasoningengine.reasoningfeedbackloop.retrainintervalhours
PLAN: Final = TrainingPlan(
    audit_event=AUDIT_EVENT,
    failures=("training_job_fails",),  # governance.escalationpolicy
    config=FactorizationConfig(),
    training=TrainingLimits(max_epochs=200, max_seconds=3_600.0, max_parameters=20_000_000),
    search=(
        SearchPlan(space=SPACE, trials=MOST_TRIALS, seconds=MOST_SECONDS, epochs=EPOCHS_A_TRIAL)
        if AUTOTUNE
        else None
    ),
    jobs=JobLimits(
        parallel=5,  # learningsystem.autonomyprofile.tasklimit
        waiting=20,
        seconds=7_200.0,
        memory_bytes=8 * 1024**3,
    ),
)


class TrainingJobRunner:
    """Accepts trainings at once and runs them in processes of their own, within `PLAN`."""

    def __init__(
        self,
        root: Path,
        ingestion: DataIngestionAgent,
        normalizer: DataNormalizer,
        governance: GovernanceBridge,
        *,
        lineage: Lineage | None = None,
        clock: Clock,
        plan: TrainingPlan = PLAN,
    ) -> None:
        """Open the trainings below `root`; none runs before `start`.

        Args:
            root: folder of the trainings.
            ingestion: judges the outcomes that were taken in.
            normalizer: makes datasets of them, and keeps them.
            governance: permits trainings and hears of failures.
            lineage: graph that learns what a model came from.
            clock: source of time.
            plan: limits and search.
        """
        self._desk = TrainingDesk(
            plan, root, ingestion, normalizer, governance, lineage=lineage, clock=clock
        )

    def start(self) -> None:
        """Run trainings from now on; those that a restart interrupted go on first."""
        self._desk.start()

    def register(
        self, scheduler: TaskScheduler, accepted: Callable[[TrainingAccepted], None]
    ) -> JobState:
        """Order a training every 168 hours; without data the run fails and is on record.

        Args:
            scheduler: the agent's jobs.
            accepted: hears of each training that this orders.

        Raises:
            ConfigError: the job is registered already.
        """

        def order(run: JobRun) -> None:
            accepted(
                self.train_call(TrainingRequest(reason="it is due"), Call(trace_id=run.trace_id))
            )

        return scheduler.register(JOB, Interval(seconds=EVERY_HOURS * 3_600.0), order)

    def close(self) -> None:
        """Stop; trainings under way go on from their checkpoints at the next start."""
        self._desk.close()

    def wait(self, seconds: float) -> bool:
        """Wait until no training runs or waits; tell whether that came true in time."""
        return self._desk.wait(seconds)

    def train_call(self, request: TrainingRequest, call: Call) -> TrainingAccepted:
        """Judge the data, keep it as a dataset, and queue a training on it.

        Raises:
            GovernanceError: training is outside the autonomy of the agent.
            InputBoundsError: there is no outcome, or the data misses a limit.
            OverloadedError: too many trainings wait.
        """
        return self._desk.accept(request, call)

    def status_call(
        self, request: TrainingStatusRequest, call: Call, standing: StatusResponse
    ) -> TrainingStatusResponse:
        """Tell how the agent stands, and with it one training, or the last ones.

        Raises:
            InputBoundsError: there is no such training.
        """
        return self._desk.status(request, call, standing)

    def last_duration(self) -> float:
        """Return the seconds of the last training that ended; NaN before any did."""
        return self._desk.last_duration()

    def accuracy_trend(self) -> float:
        """Return the accuracy of the last model less that of the one before; NaN before two."""
        return self._desk.accuracy_trend()

    def candidate(self, job_id: str) -> Candidate:
        """Return the model of a training, checked against its digest, with its dataset.

        Raises:
            InputBoundsError: there is no such training, or it has not succeeded.
            ModelStoreError: model or dataset are not what they were.
        """
        return self._desk.candidate(job_id)
