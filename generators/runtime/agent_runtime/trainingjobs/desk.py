"""From a request to train to a job, and from a job that ended to a candidate with its lineage."""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from agent_runtime.approvals import Approval, Credential
from agent_runtime.clock import Clock
from agent_runtime.datasets.ingestion import Assessment
from agent_runtime.datasets.prepared import PreparedDataset
from agent_runtime.datasets.records import OutcomeRecord
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.modelbundle import ModelBundle, read_bundle
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.status import StatusResponse
from agent_runtime.shapes.trainings import (
    MOST_LISTED,
    TrainingAccepted,
    TrainingRequest,
    TrainingState,
    TrainingStatusRequest,
    TrainingStatusResponse,
)
from agent_runtime.training import TrainingLimits
from agent_runtime.trainingjobs.ledger import TrainingRecord
from agent_runtime.trainingjobs.lineage import Lineage, note_training
from agent_runtime.trainingjobs.orders import SearchPlan, TrainingOrder
from agent_runtime.trainingjobs.runner import JobLimits, TrainingJobs
from agent_runtime.values import JsonObject

ACCURACY = "test_mrr"
"""Figure of a model that its accuracy is."""

TRAIN = "train_model"
"""Decision that governance is asked to permit."""


class OutcomeJudge(Protocol):
    """Judges the outcomes taken in; a generated data ingestion agent is one."""

    def assess(self, subject: str, *, domain: str | None, trace_id: str) -> Assessment:
        """Judge the outcomes that count, and tell people of issues."""


class DatasetMaker(Protocol):
    """Makes and keeps datasets; a generated data normaliser is one."""

    def prepare(self, records: Sequence[OutcomeRecord], *, seed: int) -> PreparedDataset:
        """Make a dataset and keep it."""

    def archived(self, digest: str) -> PreparedDataset:
        """Return the dataset of a digest."""


class TrainingOffice(Protocol):
    """What trainings need of governance; a generated governance bridge is one."""

    def audit(self, action: str, subject: str, detail: JsonObject, trace_id: str) -> None:
        """Record an audited event."""

    def observe_all(
        self, values: dict[str, float | bool], *, subject: str, trace_id: str
    ) -> Sequence[object]:
        """Judge signals together and return what was escalated."""

    def permit(
        self, decision: str, *, subject: str | None, token: Credential | None, trace_id: str
    ) -> Approval:
        """Permit a decision inside the agent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingPlan:
    """What a schema says of trainings.

    Attributes:
        audit_event: name of the audited event.
        failures: true-or-false signals raised when a training fails.
        config: the configuration to begin with.
        training: passes and parameters of a training.
        search: how hyper-parameters are searched; None if they are not.
        jobs: what trainings may use together.
    """

    audit_event: str
    failures: tuple[str, ...]
    config: FactorizationConfig
    training: TrainingLimits
    search: SearchPlan | None
    jobs: JobLimits


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A trained model that may be promoted, and what it is judged on.

    Attributes:
        job_id: the training that made it.
        bundle: the model.
        content: the bytes of the bundle.
        dataset: what it learnt from; the test part judges it.
    """

    job_id: str
    bundle: ModelBundle
    content: bytes
    dataset: PreparedDataset


class TrainingDesk:
    """Accepts trainings, tells how they stand, and hands out what they made. Thread-safe."""

    def __init__(
        self,
        plan: TrainingPlan,
        root: Path,
        judge: OutcomeJudge,
        maker: DatasetMaker,
        office: TrainingOffice,
        *,
        lineage: Lineage | None,
        clock: Clock,
    ) -> None:
        """Open the trainings below `root`; none runs before `start`."""
        self._plan = plan
        self._jobs = TrainingJobs(root, plan.jobs, clock=clock)
        self._judge, self._maker, self._office = judge, maker, office
        self._lineage = lineage

    def start(self) -> None:
        """Run trainings from now on, those first that an earlier process left open."""
        self._jobs.start(self._ended)

    def wait(self, seconds: float) -> bool:
        """Wait until no training runs or waits; tell whether that came true in time."""
        return self._jobs.wait(seconds)

    def close(self) -> None:
        """Stop; trainings under way go on at the next start."""
        self._jobs.close()

    def accept(self, request: TrainingRequest, call: Call) -> TrainingAccepted:
        """Judge the data, keep it as a dataset, and queue a training on it.

        Raises:
            GovernanceError: training is outside the autonomy of the agent.
            InputBoundsError: there is no outcome, or the data misses a limit; people heard of it.
            OverloadedError: too many trainings wait.
        """
        subject = request.domain or "all domains"
        self._office.permit(TRAIN, subject=None, token=call.token, trace_id=call.trace_id)
        found = self._judge.assess(subject, domain=request.domain, trace_id=call.trace_id)
        if found.report.issues:
            raise InputBoundsError(
                f"the data cannot be trained on: {'; '.join(found.report.issues)}"
            )
        dataset = self._maker.prepare(found.records, seed=request.seed)
        order = TrainingOrder(
            config=replace(self._plan.config, seed=request.seed),
            limits=self._plan.training,
            search=self._plan.search if request.tune else None,
        )
        record = self._jobs.submit(
            dataset,
            order,
            reason=request.reason,
            domain=request.domain or "",
            trace_id=call.trace_id,
        )
        self._audit(record, {"state": "queued", "dataset": dataset.digest})
        return TrainingAccepted(
            decision_id=str(uuid.uuid4()),
            trace_id=call.trace_id,
            confidence=found.report.score,
            criticality=request.criticality,
            factors={"data_quality": found.report.score},
            job_id=record.job_id,
            state=record.state,
            dataset=dataset.digest,
            records=len(found.records),
        )

    def status(
        self, request: TrainingStatusRequest, call: Call, standing: StatusResponse
    ) -> TrainingStatusResponse:
        """Tell how trainings stand: one, or the last ones.

        Args:
            request: which.
            call: under whose trace it is told.
            standing: how the agent stands.

        Raises:
            InputBoundsError: there is no such training.
        """
        recent = self._jobs.recent(request.limit)
        found = recent if request.job_id is None else (self._jobs.record(request.job_id),)
        return TrainingStatusResponse.model_validate(
            {
                **standing.model_dump(),
                "trace_id": call.trace_id,
                "parallel": self._plan.jobs.parallel,
                "jobs": tuple(_state(record) for record in found),
            }
        )

    def last_duration(self) -> float:
        """Return the seconds of the last training that ended; NaN before any did."""
        for record in self._jobs.recent(MOST_LISTED):
            if record.started_at is not None and record.finished_at is not None:
                return record.finished_at - record.started_at
        return math.nan

    def accuracy_trend(self) -> float:
        """Return the accuracy of the last model less that of the one before; NaN before two."""
        found = [
            record.metrics[ACCURACY]
            for record in self._jobs.recent(MOST_LISTED)
            if ACCURACY in record.metrics
        ]
        return found[0] - found[1] if len(found) > 1 else math.nan

    def candidate(self, job_id: str) -> Candidate:
        """Return the model of a training, checked against its digest, with its dataset.

        Raises:
            InputBoundsError: there is no such training, or it has not succeeded.
            ModelStoreError: model or dataset are not what they were.
        """
        record, content = self._jobs.record(job_id), self._jobs.bundle(job_id)
        return Candidate(
            job_id=job_id,
            bundle=read_bundle(content, record.model),
            content=content,
            dataset=self._maker.archived(record.dataset),
        )

    def _ended(self, record: TrainingRecord) -> None:
        """Audit a training that ended; people hear of a failure, the graph of a model."""
        detail: JsonObject = {
            "state": record.state,
            "detail": record.detail,
            "model": record.model,
            "metrics": dict(record.metrics),
        }
        self._audit(record, detail)
        if record.state == "failed" and self._plan.failures:
            self._office.observe_all(
                dict.fromkeys(self._plan.failures, True),
                subject=record.job_id,
                trace_id=record.trace_id,
            )
        elif record.state == "succeeded" and self._lineage is not None:
            note_training(self._lineage, record)

    def _audit(self, record: TrainingRecord, detail: JsonObject) -> None:
        self._office.audit(self._plan.audit_event, record.job_id, detail, record.trace_id)


def _state(record: TrainingRecord) -> TrainingState:
    return TrainingState(
        job_id=record.job_id,
        state=record.state,
        reason=record.reason,
        domain=record.domain,
        dataset=record.dataset,
        submitted_at=record.submitted_at,
        started_at=record.started_at,
        finished_at=record.finished_at,
        attempts=record.attempts,
        detail=record.detail,
        model=record.model,
        metrics=dict(record.metrics),
    )
