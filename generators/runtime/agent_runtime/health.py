"""Health of an agent: named checks, and what follows from them for liveness and readiness.

A check returns normally if all is well and raises if not. Checks run in their own threads with a
time limit, one at a time each, and their results are kept for a moment, so that neither a hanging
store nor a busy probe can occupy the agent.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from agent_runtime.attempt import Attempt
from agent_runtime.clock import Clock
from agent_runtime.errors import AgentError, ConfigError
from agent_runtime.values import JsonObject

Affects = Literal["live", "ready", "degraded"]
"""What a failing check means: restart the agent, send it no requests, or only tell."""

Status = Literal["ready", "degraded", "not_ready", "dead"]

_MEANING: Final[Mapping[Affects, Status]] = {
    "live": "dead",
    "ready": "not_ready",
    "degraded": "degraded",
}
_ALL_WELL: Final[Status] = "ready"
_WORST_FIRST: Final[tuple[Status, ...]] = ("dead", "not_ready", "degraded")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """Outcome of one check; `detail` says what is wrong, and is empty if nothing is."""

    name: str
    affects: Affects
    healthy: bool
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthReport:
    """Outcome of all checks and the status that follows from the worst of them."""

    status: Status
    draining: bool
    checks: tuple[CheckResult, ...]

    @property
    def live(self) -> bool:
        """Whether the process should go on."""
        return self.status != "dead"

    @property
    def ready(self) -> bool:
        """Whether the agent should be sent requests."""
        return self.status in ("ready", "degraded") and not self.draining

    def to_json(self) -> JsonObject:
        """Return the report as JSON."""
        return {
            "status": "draining" if self.draining else self.status,
            "checks": [
                {
                    "name": check.name,
                    "affects": check.affects,
                    "healthy": check.healthy,
                    "detail": check.detail,
                }
                for check in self.checks
            ],
        }


class _Check:
    """One check and the thread that runs it, if any."""

    def __init__(self, name: str, run: Callable[[], object], affects: Affects) -> None:
        self.name = name
        self._call = run
        self._affects = affects
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def start(self) -> threading.Thread:
        """Return the thread that runs the check; a last run that still hangs goes on instead."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._work, name=f"health-{self.name}", daemon=True
            )
            self._thread.start()
        return self._thread

    def finish(self, thread: threading.Thread, seconds: float) -> CheckResult:
        """Wait at most `seconds` for the check and say how it went."""
        thread.join(max(0.0, seconds))
        if thread.is_alive():
            return self._result("no answer in time")
        self._thread = None
        return self._result("" if self._error is None else _detail(self._error))

    def _work(self) -> None:
        attempt = Attempt()
        with attempt:
            self._call()
        self._error = attempt.error

    def _result(self, detail: str) -> CheckResult:
        return CheckResult(name=self.name, affects=self._affects, healthy=not detail, detail=detail)


class HealthBoard:
    """Runs the checks of an agent. Thread-safe."""

    def __init__(
        self, *, clock: Clock, limit_seconds: float = 1.0, keep_seconds: float = 1.0
    ) -> None:
        """Begin without checks.

        Args:
            clock: measures how old a report is.
            limit_seconds: real time after which the checks that have not answered count as failed.
            keep_seconds: how long a report is given again instead of checking anew.
        """
        self._clock = clock
        self._limit = limit_seconds
        self._keep = keep_seconds
        self._lock = threading.Lock()
        self._checks: dict[str, _Check] = {}
        self._results: tuple[CheckResult, ...] = ()
        self._checked_at: float | None = None
        self._draining = False

    def register(
        self, name: str, check: Callable[[], object], *, affects: Affects = "ready"
    ) -> None:
        """Add a check; it raises if something is wrong, and what it returns does not matter.

        Raises:
            ConfigError: the name is taken.
        """
        with self._lock:
            if name in self._checks:
                raise ConfigError(f"a health check {name!r} exists already")
            self._checks[name] = _Check(name, check, affects)
            self._checked_at = None

    @property
    def draining(self) -> bool:
        """Whether the agent is about to stop."""
        return self._draining

    def drain(self) -> None:
        """Say from now on that the agent is not ready, because it is about to stop."""
        self._draining = True

    def report(self) -> HealthReport:
        """Run the checks, or give their last results while they are fresh."""
        with self._lock:
            now = self._clock()
            known = self._checked_at
            if known is None or not 0.0 <= now - known < self._keep:
                self._results = self._run()
                self._checked_at = now
            results = self._results
        failed = {_MEANING[result.affects] for result in results if not result.healthy}
        status = next((status for status in _WORST_FIRST if status in failed), _ALL_WELL)
        return HealthReport(status=status, draining=self._draining, checks=results)

    def _run(self) -> tuple[CheckResult, ...]:
        """Run all checks side by side within one time limit; the lock is held."""
        ends = time.monotonic() + self._limit
        started = [(check, check.start()) for check in self._checks.values()]
        return tuple(check.finish(thread, ends - time.monotonic()) for check, thread in started)


def _detail(error: Exception) -> str:
    """Say what went wrong; the text of an error that is not ours may hold anything."""
    return str(error) if isinstance(error, AgentError) else type(error).__name__
