"""Errors as `application/problem+json` (RFC 9457)."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from agent_runtime.errors import (
    AgentError,
    NotAuthenticatedError,
    OverloadedError,
    RateLimitedError,
)
from agent_runtime.values import JsonObject

MEDIA_TYPE: Final = b"application/problem+json"

_MOST_ERRORS: Final = 20


class HttpError(AgentError):
    """A request that the shell refuses before any operation sees it."""

    def __init__(
        self, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.headers = tuple((headers or {}).items())
        self.status = status
        self.title = title


class TooManyRequestsError(RateLimitedError):
    """A caller over its rate, who is told when to come again."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class InvalidRequestError(AgentError):
    """A request that does not have the declared shape."""

    status = 422
    title = "request of the wrong shape"

    def __init__(self, error: ValidationError) -> None:
        super().__init__(f"{error.error_count()} errors in the request")
        self.errors: Sequence[JsonObject] = [
            {
                "where": "/".join(str(part)[:100] for part in item["loc"]),
                "problem": item["type"],
                "message": item["msg"][:200],
            }
            for item in error.errors(include_url=False, include_context=False, include_input=False)
        ][:_MOST_ERRORS]


def problem_of(error: BaseException, *, path: str, trace_id: str) -> tuple[int, bytes]:
    """Return the status and the JSON body that tell a caller about `error`.

    The text of an error that is not ours stays inside: it may hold anything.

    Args:
        error: what went wrong.
        path: path of the request.
        trace_id: trace of the request, under which the logs say more.
    """
    if isinstance(error, AgentError):
        status, title, detail = error.status, error.title, str(error)
    else:
        status, title, detail = 500, "internal error", "see the logs for this trace"
    body: dict[str, object] = {
        "type": f"urn:l9:problem:{title.replace(' ', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path,
        "trace_id": trace_id,
    }
    if isinstance(error, InvalidRequestError):
        body["errors"] = error.errors
    return status, json.dumps(body).encode("ascii")


def headers_for(error: BaseException) -> list[tuple[bytes, bytes]]:
    """Return the headers that belong to the answer about `error`."""
    if isinstance(error, NotAuthenticatedError):
        return [(b"www-authenticate", b"Bearer")]
    if isinstance(error, TooManyRequestsError):
        return [(b"retry-after", b"%d" % max(1, math.ceil(error.retry_after)))]
    if isinstance(error, OverloadedError):
        return [(b"retry-after", b"1")]
    if isinstance(error, HttpError):
        return [(name.encode("latin-1"), text.encode("latin-1")) for name, text in error.headers]
    return []


PROBLEM_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail", "instance", "trace_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "where": {"type": "string"},
                    "problem": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
"""JSON Schema of a problem body."""
