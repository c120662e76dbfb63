"""A circuit breaker: an agent that keeps failing is left alone for a while."""

import threading
from typing import Final

from agent_runtime.clients.failures import UnreachableError
from agent_runtime.clock import Clock

FAILURES_TO_OPEN: Final = 5
"""So many failures in a row open the circuit."""
REST_SECONDS: Final = 10.0
"""So long an open circuit refuses, before one call may try again."""


class CircuitBreaker:
    """Counts failures in a row. Thread-safe.

    Closed, it lets every call through. Open, it refuses at once. After the rest, one call may try:
    its success closes the circuit, its failure opens it again.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        failures: int = FAILURES_TO_OPEN,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._name = name
        self._clock = clock
        self._most = failures
        self._rest = rest_seconds
        self._failures = 0
        self._opened = 0.0
        self._trying = False
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether calls are refused at present."""
        return self._failures >= self._most and self._clock() < self._opened + self._rest

    def admit(self) -> None:
        """Let a call through, which is to report how it ended.

        Raises:
            UnreachableError: the circuit is open, or another call is trying it.
        """
        with self._lock:
            if self._failures < self._most:
                return
            wait = self._opened + self._rest - self._clock()
            if wait > 0.0:
                raise UnreachableError(
                    f"{self._name} failed {self._failures} times in a row; "
                    f"it is asked again in {wait:.1f} s"
                )
            if self._trying:
                raise UnreachableError(f"{self._name} failed, and another call is trying it")
            self._trying = True

    def succeeded(self) -> None:
        """Close the circuit."""
        with self._lock:
            self._failures, self._trying = 0, False

    def failed(self) -> None:
        """Count a failure."""
        with self._lock:
            self._failures, self._trying = self._failures + 1, False
            self._opened = self._clock()
