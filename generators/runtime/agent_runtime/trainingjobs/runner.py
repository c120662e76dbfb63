"""Runs trainings in processes of their own, a few at a time, within time and memory."""

import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.datasets.prepared import PreparedDataset
from agent_runtime.errors import AgentError, InputBoundsError, OverloadedError
from agent_runtime.modelrecords import write_durably
from agent_runtime.trainingjobs.ledger import TrainingLedger, TrainingRecord
from agent_runtime.trainingjobs.orders import BUNDLE, DATASET, TrainingOrder, TrainingResult

WORKER: Final = "agent_runtime.trainingjobs.worker"
MOST_ATTEMPTS: Final = 3
"""Processes that begin with a training before it is given up."""
_SHARE: Final = 0.8
"""Part of the wall time after which a training itself ends, with what it has."""

Done = Callable[[TrainingRecord], None]
"""Told of each training that ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobLimits:
    """What trainings may use.

    Attributes:
        parallel: trainings at a time.
        waiting: trainings that may wait for their turn.
        seconds: wall time of one.
        memory_bytes: address space of one.
    """

    parallel: int
    waiting: int
    seconds: float
    memory_bytes: int

    def __post_init__(self) -> None:
        if min(self.parallel, self.memory_bytes) < 1 or self.waiting < 0 or not self.seconds > 0:
            raise InputBoundsError("every limit of trainings must be positive")


class TrainingJobs:
    """The trainings of one agent, each in its folder below `root`."""

    def __init__(self, root: Path, limits: JobLimits, *, clock: Clock) -> None:
        """Open the records; nothing runs before `start`."""
        self._root = root
        self._limits = limits
        self._clock = clock
        self._ledger = TrainingLedger(root / "trainings.db", clock)
        self._guard = threading.Condition()
        self._active: set[str] = set()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._done: Done = lambda _record: None

    def start(self, done: Done) -> None:
        """Begin to run trainings; those that an earlier process left open are taken up again."""
        with self._guard:
            if self._pool is not None:
                return
            self._done = done
            self._pool = ThreadPoolExecutor(self._limits.parallel, thread_name_prefix="training")
        for record in self._ledger.open():
            self._enqueue(record.job_id)

    def submit(
        self,
        dataset: PreparedDataset,
        order: TrainingOrder,
        *,
        reason: str,
        domain: str = "",
        trace_id: str,
    ) -> TrainingRecord:
        """Accept a training; it begins when a place is free.

        Raises:
            MemoryLayerError: it could not be recorded.
            OverloadedError: too many wait already.
        """
        limits = self._limits
        with self._guard:
            if len(self._ledger.open()) >= limits.parallel + limits.waiting:
                raise OverloadedError(
                    f"{limits.parallel} trainings run and {limits.waiting} wait; ask again later"
                )
            job_id = str(uuid.uuid4())
            folder = self._folder(job_id)
            folder.mkdir(parents=True)
            seconds = min(order.limits.max_seconds, limits.seconds * _SHARE)
            within = replace(order, limits=replace(order.limits, max_seconds=seconds))
            write_durably(folder / DATASET, dataset.to_bytes())
            within.write(folder)
            self._ledger.add(
                TrainingRecord(
                    job_id=job_id,
                    state="queued",
                    reason=reason,
                    domain=domain,
                    dataset=dataset.digest,
                    trace_id=trace_id,
                    submitted_at=self._clock(),
                )
            )
        self._enqueue(job_id)
        return self._ledger.get(job_id)

    def record(self, job_id: str) -> TrainingRecord:
        """Return a training.

        Raises:
            InputBoundsError: there is none of this name.
        """
        return self._ledger.get(job_id)

    def recent(self, limit: int = 20) -> tuple[TrainingRecord, ...]:
        """Return the last trainings, newest first."""
        return self._ledger.recent(limit)

    def bundle(self, job_id: str) -> bytes:
        """Return the bundle that a training made.

        Raises:
            InputBoundsError: there is no such training, or it has not succeeded.
        """
        record = self._ledger.get(job_id)
        if record.state != "succeeded":
            raise InputBoundsError(f"training {job_id} has no model: it {record.state}")
        return (self._folder(job_id) / BUNDLE).read_bytes()

    def result(self, job_id: str) -> TrainingResult:
        """Return what a training brought.

        Raises:
            ModelStoreError: it brought nothing yet.
        """
        return TrainingResult.read(self._folder(job_id))

    def wait(self, seconds: float) -> bool:
        """Wait until no training runs or waits; tell whether that came true in time."""
        with self._guard:
            return self._guard.wait_for(lambda: not self._active, seconds)

    def close(self) -> None:
        """Stop; trainings under way are taken up from their checkpoints at the next start."""
        with self._guard:
            pool, self._pool = self._pool, None
            for process in self._processes.values():
                process.kill()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        self._ledger.close()

    def _enqueue(self, job_id: str) -> None:
        with self._guard:
            if self._pool is not None and job_id not in self._active:
                self._active.add(job_id)
                self._pool.submit(self._attend, job_id)

    def _attend(self, job_id: str) -> None:
        """See one training through; runs in a thread of the pool."""
        try:
            record = self._ledger.begin(job_id)
            if record.attempts > MOST_ATTEMPTS:
                problem: str | None = f"given up after {MOST_ATTEMPTS} attempts"
            else:
                problem = self._run(job_id)
            if problem is None and self._pool is None:
                self._ledger.release(job_id)
            else:
                self._tell(self._finish(job_id, problem))
        finally:
            with self._guard:
                self._active.discard(job_id)
                self._guard.notify_all()

    def _run(self, job_id: str) -> str | None:
        """Run the process of a training; return what went wrong."""
        folder = self._folder(job_id)
        command = [sys.executable, "-m", WORKER, str(folder), str(self._limits.memory_bytes)]
        with (folder / "stderr.txt").open("wb") as stderr:
            with self._guard:
                if self._pool is None:
                    return None
                process = subprocess.Popen(  # noqa: S603 - our own module
                    command, env=_environment(), stdin=subprocess.DEVNULL, stderr=stderr
                )
                self._processes[job_id] = process
            try:
                code = process.wait(timeout=self._limits.seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                return f"stopped after {self._limits.seconds:g} s of wall time"
            finally:
                with self._guard:
                    del self._processes[job_id]
        if code == 0 or self._pool is None:
            return None
        lines = (folder / "stderr.txt").read_text(errors="replace").strip().splitlines()
        return lines[-1][:500] if lines else f"the process ended with {code}"

    def _tell(self, record: TrainingRecord) -> None:
        """Hand a training that ended on; what fails there is noted with it."""
        try:
            self._done(record)
        except AgentError as error:
            self._ledger.finish(
                record.job_id,
                record.state,
                detail=f"{record.detail}; not handed on: {error}",
                model=record.model,
                metrics=record.metrics,
            )

    def _finish(self, job_id: str, problem: str | None) -> TrainingRecord:
        if problem is None:
            try:
                result = self.result(job_id)
            except AgentError as error:
                problem = str(error)
            else:
                return self._ledger.finish(
                    job_id,
                    "succeeded",
                    detail=result.outcome,
                    model=result.model_digest,
                    metrics=result.metrics,
                )
        return self._ledger.finish(job_id, "failed", detail=problem)

    def _folder(self, job_id: str) -> Path:
        return self._root / "jobs" / job_id


def _environment() -> dict[str, str]:
    """Let the process find what we find, and compute in one thread, as several run at a time."""
    path = os.pathsep.join(each for each in sys.path if each)
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {**os.environ, "PYTHONPATH": path, **threads}
