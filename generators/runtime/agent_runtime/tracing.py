"""The trace id that the code running now works under, carried through threads by contextvars."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

TRACE_HEADER: Final = "x-trace-id"
"""HTTP header that carries the trace id, in and out."""

_TRACE: Final[ContextVar[str]] = ContextVar("trace_id", default="")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_NIL: Final = "00000000-0000-0000-0000-000000000000"


def new_trace_id() -> str:
    """Return a new random trace id, a UUID in lower case."""
    return str(uuid.uuid4())


def current_trace_id() -> str:
    """Return the trace id bound by `bind_trace`; empty outside of any."""
    return _TRACE.get()


@contextmanager
def bind_trace(trace_id: str) -> Iterator[str]:
    """Work under `trace_id` for the duration of a `with` block."""
    token = _TRACE.set(trace_id)
    try:
        yield trace_id
    finally:
        _TRACE.reset(token)


def accepted_trace_id(header: str, parent: str = "") -> str | None:
    """Return the trace id that a caller sent, or None if it sent none that can be trusted.

    Args:
        header: value of `x-trace-id`: a UUID, in either case.
        parent: value of a W3C Trace Context `traceparent`, used if `header` holds no UUID.
    """
    found = header.strip().lower()
    if not _UUID.fullmatch(found):
        inherited = _PARENT.fullmatch(parent.strip())
        found = str(uuid.UUID(inherited[1])) if inherited else _NIL
    return None if found == _NIL else found
