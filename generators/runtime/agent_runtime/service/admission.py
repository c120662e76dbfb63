"""Who may call: rates of callers, and tokens where a role is demanded."""

from agent_runtime.errors import NotAuthenticatedError, RateLimitedError
from agent_runtime.service.problems import TooManyRequestsError
from agent_runtime.service.spec import RateGate, TokenGate
from agent_runtime.tokens import Claims


class RateCount:
    """Counts requests against the rate of their caller; without a gate it lets all through."""

    def __init__(self, gate: RateGate | None) -> None:
        self._gate = gate

    def count(self, key: str) -> None:
        """Count one request of `key`.

        Raises:
            TooManyRequestsError: there were too many.
        """
        if self._gate is None:
            return
        try:
            self._gate.check(key)
        except RateLimitedError as error:
            raise TooManyRequestsError(str(error), self._gate.retry_after(key)) from None


class Admission:
    """Lets in the holders of a token that gives `role`."""

    def __init__(self, tokens: TokenGate, role: str, rate: RateCount) -> None:
        self._tokens = tokens
        self._role = role
        self._rate = rate

    def admit(self, token: str, client: str) -> Claims:
        """Return what the token says; it is spent.

        A token that is believed counts against its holder, any other against the client's
        address, and neither is spent when the rate is exceeded.

        Raises:
            NotAuthenticatedError: it is not believed.
            NotAuthorisedError: it does not give the role.
            TooManyRequestsError: there were too many requests.
        """
        try:
            holder = self._tokens.authenticate(token).subject
        except NotAuthenticatedError:
            self._rate.count(client)
            raise
        self._rate.count(f"token:{holder}")
        return self._tokens.verify(token, self._role)
