"""Requests to running agents over HTTP, with tokens of the operator where they are wanted."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self

import httpx

from agent_runtime.scenario.failures import RefusedError, ScenarioError
from agent_runtime.scenario.offers import Offer
from agent_runtime.tokens import TokenIssuer
from agent_runtime.values import JsonObject

OPERATOR: Final = "scenario operator"
ATTEMPTS: Final = 8
_PAUSE_SECONDS: Final = 0.25
_SECONDS: Final = 120.0
_TOKEN_SECONDS: Final = 600
_BUSY: Final = frozenset({429, 504})
"""An agent with too much to do says one of these; the same request may come again."""


class Talk:
    """Asks agents what their operations answer; use as a context manager."""

    def __init__(self, issuer: TokenIssuer, *, pause: Callable[[float], None] = time.sleep) -> None:
        """Take who signs tokens; nothing is asked yet."""
        self._issuer = issuer
        self._pause = pause
        self._client = httpx.Client(trust_env=False, timeout=_SECONDS)

    def ask(self, offer: Offer, body: JsonObject) -> Mapping[str, object]:
        """Return what an agent answers; one that is too busy is asked again, a few times.

        Raises:
            RefusedError: the agent refused.
            ScenarioError: it cannot be reached.
        """
        for _ in range(ATTEMPTS - 1):
            response = self._sent(offer, body)
            if response.status_code not in _BUSY:
                return _answer(offer, response)
            self._pause(_PAUSE_SECONDS)
        return _answer(offer, self._sent(offer, body))

    def token(self, agent: str, role: str, action: str | None = None) -> str:
        """Return a token of the operator for an agent, good for one action if that is given."""
        return self._issuer.issue(OPERATOR, [role], agent, _TOKEN_SECONDS, action=action)

    def wait(self) -> None:
        """Let the agents work for a moment."""
        self._pause(_PAUSE_SECONDS)

    def _sent(self, offer: Offer, body: JsonObject) -> httpx.Response:
        token = self.token(offer.agent, offer.role) if offer.role else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            if offer.method == "GET":
                fields = {name: str(value) for name, value in body.items()}
                return self._client.get(offer.url, headers=headers, params=fields)
            return self._client.request(offer.method, offer.url, headers=headers, json=body)
        except httpx.HTTPError as error:
            raise ScenarioError(f"{offer.agent} cannot be reached: {error}") from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


def _answer(offer: Offer, response: httpx.Response) -> Mapping[str, object]:
    if response.is_error:
        problem = response.json() if "json" in response.headers.get("content-type", "") else {}
        raise RefusedError(
            response.status_code,
            str(problem.get("title", "")),
            f"{offer.agent} answered {response.status_code}: {response.text[:300]}",
        )
    answer: Mapping[str, object] = response.json()
    return answer
