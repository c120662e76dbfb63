"""Calls of another agent's endpoints over HTTP, each within its deadline and checked both ways."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from agent_runtime.clients.breaker import CircuitBreaker
from agent_runtime.clients.failures import (
    BadAnswerError,
    RemoteError,
    UnreachableError,
    error_of,
    places_of,
    problem_in,
)
from agent_runtime.clients.retry import Retry, retry_after
from agent_runtime.clients.troubles import PeerTroubles
from agent_runtime.clock import Clock
from agent_runtime.errors import AgentError, DeadlineExceededError, NotAuthenticatedError
from agent_runtime.service.spec import WITH_BODY, EndpointSpec
from agent_runtime.shapes.base import Call
from agent_runtime.tokens import SERVICE_ROLE
from agent_runtime.tracing import TRACE_HEADER

Answer = TypeVar("Answer", bound=BaseModel)
"""Shape of an answer."""

Bearer = Callable[[str], str]
"""Returns a fresh token that gives a role; tokens are good once."""

LARGEST_ANSWER: Final = 16_777_216
"""Most bytes of an answer."""
_FIRST_SERVER_ERROR: Final = 500
_UNAVAILABLE: Final = 503
_OK: Final = 200
_SHORTEST_WAIT: Final = 0.001
_PARAMETER: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Received:
    status: int
    body: bytes
    asked: float | None


class HttpClient:
    """Calls one agent. Thread-safe; connections are kept and reused."""

    def __init__(
        self,
        target: str,
        base_url: str,
        *,
        clock: Clock,
        bearer: Bearer | None = None,
        retry: Retry | None = None,
        breaker: CircuitBreaker | None = None,
        pause: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
        troubles: PeerTroubles | None = None,
    ) -> None:
        """Take where the agent is; nothing is sent before the first call.

        Args:
            target: id of the agent.
            base_url: for example `http://127.0.0.1:8000`.
            clock: source of time, for deadlines.
            bearer: makes tokens for endpoints that demand one.
            retry: how calls are tried again.
            breaker: when the agent is left alone.
            pause: waits between attempts.
            transport: how requests travel; over the network without.
            troubles: where it is noted that the agent does not answer, or answers off the shape.
        """
        self.target = target
        self._clock = clock
        self._bearer = bearer
        self._retry = retry or Retry()
        self._breaker = breaker or CircuitBreaker(target, clock)
        self._pause = pause
        self._troubles = troubles
        self._client = httpx.Client(base_url=base_url, transport=transport, trust_env=False)

    def ask(
        self, spec: EndpointSpec, request: BaseModel, call: Call, answer: type[Answer]
    ) -> Answer:
        """Call an endpoint and return its checked answer.

        The answer is there within the endpoint's time-out and before the deadline of `call`. The
        trace of `call` goes along. So does its token, if it is a text and the endpoint demands
        another role than that of services. A GET, or a call that was turned away with a 503 that
        says when to come again, is repeated after a jittered wait.

        Args:
            spec: the endpoint, as the callee declares it.
            request: the request.
            call: under which the call is made.
            answer: shape of the answer.

        Raises:
            DeadlineExceededError: there was no answer in time.
            UnreachableError: the agent does not answer, or kept failing a moment ago.
            BadAnswerError: its answer is off the declared shape.
            NotAuthenticatedError: the endpoint demands a token, and there is nothing to make one.
            AgentError: the agent refused or failed; the error is the one it met.
        """
        deadline = self._clock() + spec.timeout_ms / 1000.0
        if call.deadline is not None:
            deadline = min(deadline, call.deadline)
        attempt = 1
        while True:
            failure, received = self._attempt(spec, request, call, deadline)
            if failure is None and received is not None:
                return self._read(spec, received, answer, call)
            status = None if received is None else received.status
            asked = None if received is None else received.asked
            wait = self._retry.pause(attempt, asked)
            late = self._clock() + wait >= deadline
            if late or not self._retry.again(spec, attempt, status, asked):
                if received is None and failure is not None:
                    self._note(spec, call, failure)
                raise failure or UnreachableError(self.target)
            self._pause(wait)
            if self._clock() >= deadline:  # it woke late: what went wrong is known already
                raise failure or UnreachableError(self.target)
            attempt += 1

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _attempt(
        self, spec: EndpointSpec, request: BaseModel, call: Call, deadline: float
    ) -> tuple[AgentError | None, _Received | None]:
        """Return what went wrong, if anything, and what was received, if anything."""
        headers = self._headers(spec, call)
        if self._clock() >= deadline:
            raise self._too_late(spec)
        self._breaker.admit()
        try:
            received = self._exchange(spec, request, headers, deadline)
        except httpx.TimeoutException:
            self._breaker.failed()
            return self._too_late(spec), None
        except httpx.HTTPError as error:
            self._breaker.failed()
            kind = type(error).__name__
            return UnreachableError(f"{self.target}: {spec.name}: {kind}"), None
        except DeadlineExceededError as error:
            self._breaker.failed()
            return error, None
        except BadAnswerError as error:
            self._breaker.failed()
            self._note(spec, call, error)
            raise
        if received.status == _OK:
            self._breaker.succeeded()
            return None, received
        refusal = error_of(self.target, received.status, problem_in(received.body))
        if _is_failure(received, refusal):
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        return refusal, received

    def _exchange(
        self, spec: EndpointSpec, request: BaseModel, headers: dict[str, str], deadline: float
    ) -> _Received:
        """Send one request, and read the answer whole, within the deadline and the size limit."""
        in_body = spec.method in WITH_BODY
        fields = request.model_dump(mode="json", exclude_none=not in_body)
        path = _PARAMETER.sub(lambda found: str(fields.pop(found[1])), spec.path)
        with self._client.stream(
            spec.method,
            path,
            headers=headers,
            json=fields if in_body else None,
            params=None if in_body else fields,
            timeout=max(deadline - self._clock(), _SHORTEST_WAIT),
        ) as response:
            chunks: list[bytes] = []
            size = 0
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > LARGEST_ANSWER:
                    raise BadAnswerError(f"{self.target}: {spec.name}: the answer is too long")
                if self._clock() >= deadline:
                    raise self._too_late(spec)
                chunks.append(chunk)
            asked = retry_after(response.headers.get("retry-after"))
            return _Received(status=response.status_code, body=b"".join(chunks), asked=asked)

    def _headers(self, spec: EndpointSpec, call: Call) -> dict[str, str]:
        headers = {TRACE_HEADER: call.trace_id, "accept": "application/json"}
        if spec.role is not None:
            headers["authorization"] = f"Bearer {self._token(spec, spec.role, call)}"
        return headers

    def _token(self, spec: EndpointSpec, role: str, call: Call) -> str:
        """Return what opens an endpoint: what a person gave for it, else a token of our own."""
        if role != SERVICE_ROLE and isinstance(call.token, str):
            return call.token
        if self._bearer is None:
            raise NotAuthenticatedError(
                f"{self.target}: {spec.name} demands a token of the role {role!r}"
            )
        return self._bearer(role)

    def _read(
        self, spec: EndpointSpec, received: _Received, answer: type[Answer], call: Call
    ) -> Answer:
        try:
            checked = answer.model_validate_json(received.body)
        except ValidationError as error:
            refused = BadAnswerError(f"{self.target}: {spec.name}: {places_of(error)}")
            self._note(spec, call, refused)
            raise refused from error
        if self._troubles is not None:
            self._troubles.answered(self.target, spec.name, trace_id=call.trace_id)
        return checked

    def _note(self, spec: EndpointSpec, call: Call, error: AgentError) -> None:
        if self._troubles is not None:
            self._troubles.failed(self.target, spec.name, error, trace_id=call.trace_id)

    def _too_late(self, spec: EndpointSpec) -> DeadlineExceededError:
        return DeadlineExceededError(f"{self.target}: {spec.name}: no answer in time")


def _is_failure(received: _Received, error: AgentError) -> bool:
    """Whether an answer tells of a fault of the agent, not of a state that it knows itself in."""
    if received.status == _UNAVAILABLE:
        return isinstance(error, RemoteError) and received.asked is None
    return received.status >= _FIRST_SERVER_ERROR
