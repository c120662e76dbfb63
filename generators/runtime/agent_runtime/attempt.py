"""Keeps a foreign action's failure as a value, for places that must outlive it."""

from types import TracebackType
from typing import Self


class Attempt:
    """A `with` block whose exception is kept in `error` instead of leaving.

    Only for callers that report every kind of failure: health checks, scheduled jobs. What ends
    the process (`SystemExit`, `KeyboardInterrupt`) passes through.
    """

    def __init__(self) -> None:
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.error = error if isinstance(error, Exception) else None
        return self.error is not None
