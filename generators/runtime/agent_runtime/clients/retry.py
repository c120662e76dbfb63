"""When a call is tried again, and how long to wait: jittered, bounded by the deadline."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from agent_runtime.service.spec import EndpointSpec

_UNAVAILABLE = 503
_GATEWAY = (502, _UNAVAILABLE, 504)


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """How calls are tried again.

    Attributes:
        attempts: most attempts of one call, the first included.
        first_seconds: longest wait after the first attempt; it doubles with each further one.
        most_seconds: longest wait of all.
        chance: returns a number from 0 to 1, for the jitter.
    """

    attempts: int = 3
    first_seconds: float = 0.1
    most_seconds: float = 2.0
    chance: Callable[[], float] = field(default=random.random)

    def pause(self, attempt: int, asked: float | None) -> float:
        """Return the seconds to wait after the attempt numbered `attempt`, from 1.

        Args:
            attempt: the attempt that failed.
            asked: what the callee asked for in `Retry-After`, in seconds.
        """
        longest = min(self.most_seconds, self.first_seconds * 2.0 ** (attempt - 1))
        jittered = longest * (0.5 + self.chance() / 2.0)
        return jittered if asked is None else asked + jittered

    def again(
        self, spec: EndpointSpec, attempt: int, status: int | None, asked: float | None
    ) -> bool:
        """Whether a failed attempt may be repeated without doing a thing twice.

        That is so for GET, and for whatever was turned away unprocessed: a 503 that says when to
        come again.

        Args:
            spec: the endpoint that was called.
            attempt: number of the attempt, from 1.
            status: status of the answer; None if there was none.
            asked: seconds of `Retry-After`; None if the answer has none.
        """
        if attempt >= self.attempts:
            return False
        if status == _UNAVAILABLE and asked is not None:
            return True
        return spec.method == "GET" and (status is None or status in _GATEWAY)


def retry_after(header: str | None) -> float | None:
    """Return the seconds of a `Retry-After` header; None if there is none, or it is a date."""
    text = (header or "").strip()
    return float(text) if text.isascii() and text.isdigit() else None
