"""Runs jobs when they are due: once each, over all processes, and not only while we watch.

A job's due time moves on only when a run has ended. So a run that a crash cut off is made up for,
due times that passed while nothing ran are made up for by one run, and a lock that the kernel
frees with its holder keeps two processes from running the same job at the same time.
"""

import contextlib
import re
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runtime.attempt import Attempt
from agent_runtime.clock import Clock
from agent_runtime.errors import ConfigError, MemoryLayerError
from agent_runtime.jobs import JobOutcome, JobState, JobStore, Result
from agent_runtime.schedule import Cron, Interval, Schedule
from agent_runtime.tracing import bind_trace, new_trace_id

__all__ = ["Cron", "Interval", "JobOutcome", "JobRun", "JobState", "Schedule", "TaskScheduler"]

MOST_ATTEMPTS: Final = 3
"""A run that killed its process so often in a row is given up until the next due time."""

_SIDE_BY_SIDE: Final = 4
_LONGEST_DETAIL: Final = 500
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRun:
    """What an action is told about the run it does.

    Attributes:
        name: name of the job.
        planned: when it was due, seconds since the epoch.
        started: when it began.
        missed: how many later due times this run makes up for.
        attempt: 1, or more if earlier runs of this due time did not end.
        trace_id: trace id of the run, bound while it lasts.
    """

    name: str
    planned: float
    started: float
    missed: int
    attempt: int
    trace_id: str


Action = Callable[[JobRun], object]
"""What a job does; it fails by raising."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    schedule: Schedule
    action: Action


class TaskScheduler:
    """The jobs of one agent. Thread-safe; several processes may share the file."""

    def __init__(
        self, path: Path, clock: Clock, *, trace_ids: Callable[[], str] = new_trace_id
    ) -> None:
        """Open the store of jobs at `path`, or create it.

        Raises:
            MemoryLayerError: the file is no database.
        """
        self._store = JobStore(path)
        self._clock = clock
        self._trace_ids = trace_ids
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self._active: dict[str, Future[JobOutcome | None]] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._look_fault: Exception | None = None
        self._run_fault: BaseException | None = None

    def register(self, name: str, schedule: Schedule, action: Action) -> JobState:
        """Add a job. If it is stored with the same schedule, its due time is kept.

        Args:
            name: lower-case letters, digits, `_`, `.` and `-`.
            schedule: when it is due.
            action: what it does.

        Raises:
            ConfigError: the name is malformed or taken in this process.
            MemoryLayerError: the job cannot be stored.
        """
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{name!r} is no job name")
        with self._lock:
            if name in self._jobs:
                raise ConfigError(f"a job {name!r} exists already")
            self._store.put(name, schedule.text, schedule.first_after(self._clock()))
            self._jobs[name] = _Job(schedule=schedule, action=action)
        return self.job(name)

    def unregister(self, name: str) -> None:
        """Forget a job; its history stays.

        Raises:
            ConfigError: no such job.
            MemoryLayerError: the store cannot be written.
        """
        with self._lock:
            self._known(name)
            self._store.remove(name)
            del self._jobs[name]

    def job(self, name: str) -> JobState:
        """Return what is stored about a job.

        Raises:
            ConfigError: no such job.
            MemoryLayerError: the store cannot be read, or another process removed the job.
        """
        self._known(name)
        state = self._store.job(name)
        if state is None:
            raise MemoryLayerError(f"the job {name!r} is no longer stored")
        return state

    def jobs(self) -> tuple[JobState, ...]:
        """Return all jobs of this process, by name."""
        return tuple(self.job(name) for name in sorted(self._jobs))

    def next_due(self) -> float | None:
        """Return when the next job is due, seconds since the epoch; None without jobs."""
        return min((state.planned for state in self.jobs()), default=None)

    def history(self, name: str, limit: int = 20) -> tuple[JobOutcome, ...]:
        """Return the last runs of a job by any process, newest first."""
        return self._store.history(name, limit)

    def run_due(self) -> tuple[JobOutcome, ...]:
        """Run every job that is due now, side by side, and wait for all.

        Returns:
            The runs of this call by job name; a job that another process runs is not among them.

        Raises:
            MemoryLayerError: the store failed; what was not recorded stays due.
        """
        outcomes = []
        for future in self._begin_due():
            with contextlib.suppress(CancelledError):  # stopped before it began: it stays due
                outcomes.append(future.result())
        return tuple(outcome for outcome in outcomes if outcome is not None)

    def start(self, poll_seconds: float = 1.0) -> None:
        """Run due jobs in the background from now on, looking every `poll_seconds`."""
        with self._lock:
            if self._thread is not None:
                return
            self._stop.clear()
            self._thread = threading.Thread(
                target=self._watch, args=(poll_seconds,), name="scheduler", daemon=True
            )
            self._thread.start()

    def stop(self, timeout_seconds: float | None = None) -> bool:
        """Begin no more runs and wait for those under way.

        Returns:
            Whether all have ended within `timeout_seconds`.
        """
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout_seconds)
        with self._lock:
            self._thread = None
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            active = list(self._active.values())
        return not wait(active, timeout_seconds).not_done

    def check(self) -> None:
        """Do nothing if the scheduler does its work; a health check.

        Raises:
            MemoryLayerError: the last look for due jobs, or recording a run, failed.
        """
        fault = self._look_fault or self._run_fault
        if fault is not None:
            raise MemoryLayerError(f"the scheduler failed: {type(fault).__name__}")

    def close(self) -> None:
        """Stop, and close the file."""
        self.stop()
        self._store.close()

    def _known(self, name: str) -> _Job:
        if name not in self._jobs:
            raise ConfigError(f"no job {name!r}")
        return self._jobs[name]

    def _watch(self, poll_seconds: float) -> None:
        while not self._stop.wait(poll_seconds):
            attempt = Attempt()
            with attempt:
                self._begin_due()
            self._look_fault = attempt.error

    def _begin_due(self) -> list[Future[JobOutcome | None]]:
        """Hand every due job that this process does not already run to the pool."""
        now = self._clock()
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="job")
            futures = []
            for name, job in sorted(self._jobs.items()):
                state = self._store.job(name)
                if state is None or state.planned > now or name in self._active:
                    continue
                future = self._pool.submit(self._run, name, job)
                self._active[name] = future
                futures.append(future)
        for future in futures:
            future.add_done_callback(self._ended)
        return futures

    def _ended(self, future: Future[JobOutcome | None]) -> None:
        with self._lock:
            self._active = {name: run for name, run in self._active.items() if run is not future}
        if not future.cancelled():
            self._run_fault = future.exception()

    def _run(self, name: str, job: _Job) -> JobOutcome | None:
        """Run a job if it is still due and nobody else runs it."""
        with self._store.exclusive(name) as held:
            state = self._store.job(name) if held else None
            now = self._clock()
            if state is None or state.planned > now:
                return None
            if state.started is not None:
                self._note_interruption(job, state, now)
                if state.attempts >= MOST_ATTEMPTS:
                    return None
            return self._perform(name, job, state, now)

    def _note_interruption(self, job: _Job, state: JobState, now: float) -> None:
        """Record that the last run never ended: its process died."""
        given_up = state.attempts >= MOST_ATTEMPTS
        outcome = JobOutcome(
            name=state.name,
            planned=state.planned,
            started=now if state.started is None else state.started,
            finished=now,
            result="abandoned" if given_up else "interrupted",
            detail=f"attempt {state.attempts} of {MOST_ATTEMPTS} ended with its process",
            missed=0,
            trace_id=state.trace_id,
        )
        planned = job.schedule.next_after(now, state.planned) if given_up else None
        self._store.end(outcome, planned)

    def _perform(self, name: str, job: _Job, state: JobState, now: float) -> JobOutcome:
        run = JobRun(
            name=name,
            planned=state.planned,
            started=now,
            missed=job.schedule.missed(state.planned, now),
            attempt=state.attempts + 1,
            trace_id=self._trace_ids(),
        )
        self._store.begin(name, now, run.trace_id)
        attempt = Attempt()
        with attempt, bind_trace(run.trace_id):
            job.action(run)
        error = attempt.error
        result: Result = "succeeded" if error is None else "failed"
        outcome = JobOutcome(
            name=name,
            planned=run.planned,
            started=now,
            finished=self._clock(),
            result=result,
            detail="" if error is None else f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL],
            missed=run.missed,
            trace_id=run.trace_id,
        )
        self._store.end(outcome, job.schedule.next_after(now, run.planned))
        return outcome
