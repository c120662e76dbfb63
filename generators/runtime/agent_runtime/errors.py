"""The errors an agent can meet, each with the HTTP status the service shell answers with."""


class AgentError(Exception):
    """Something an agent refuses or cannot do; `status` is the matching HTTP status code."""

    status = 500
    title = "agent error"

    def to_json(self) -> dict[str, str | int]:
        """Return what a requester on the bus is told of it instead of an answer."""
        return {"status": self.status, "title": self.title, "detail": str(self)}


class InputBoundsError(AgentError):
    """An input is not finite, out of its declared bounds, or of the wrong shape."""

    status = 422
    title = "input outside its declared bounds"


class OutputBoundsError(AgentError):
    """A computed result is not finite or outside its declared bounds; it is withheld."""

    status = 500
    title = "output outside its declared bounds"


class PacketError(AgentError):
    """A packet has a missing or invalid field."""

    status = 400
    title = "invalid packet"


class UnknownAgentError(AgentError):
    """A packet names a destination that nobody registered."""

    status = 404
    title = "unknown agent"


class NotAuthenticatedError(AgentError):
    """A token is missing, malformed, expired, replayed or signed by an unknown key."""

    status = 401
    title = "token required"


class NotAuthorisedError(AgentError):
    """The token is valid but lacks the role that the operation demands."""

    status = 403
    title = "role missing"


class GovernanceError(AgentError):
    """Governance refuses the action, or a rule could not be decided (fail closed)."""

    status = 403
    title = "refused by governance"


class RateLimitedError(AgentError):
    """The caller exceeded its request rate."""

    status = 429
    title = "rate limit exceeded"


class OverloadedError(AgentError):
    """The agent is at its declared parallelism and sheds load."""

    status = 503
    title = "overloaded"


class NoModelError(AgentError):
    """No trained model is available yet."""

    status = 503
    title = "no model trained yet"


class DeadlineExceededError(AgentError):
    """The work did not finish within the declared time-out."""

    status = 504
    title = "deadline exceeded"


class MemoryLayerError(AgentError):
    """A memory layer failed to read or write."""

    status = 503
    title = "memory layer unavailable"


class ModelStoreError(AgentError):
    """A stored model is missing, corrupt, or not of the expected kind."""

    status = 500
    title = "model store error"


class ConfigError(AgentError):
    """The configuration is missing a value or holds an invalid one."""

    status = 500
    title = "invalid configuration"
