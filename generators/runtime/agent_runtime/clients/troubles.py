"""How other agents answer: logged if well; else audited each time and escalated once."""

import threading
from typing import Final, Protocol

from agent_runtime.audit import AuditLog
from agent_runtime.clients.failures import BadAnswerError
from agent_runtime.errors import AgentError
from agent_runtime.logs import ChannelLog
from agent_runtime.tracing import bind_trace

UNAVAILABLE: Final = "peer_unavailable"
REJECTED: Final = "peer_answer_rejected"
SEVERITY: Final = "high"


class EscalationDesk(Protocol):
    """Where an agent that does not answer is taken to; `Governance` is one."""

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> object:
        """Ask the anchors about `subject`."""
        ...


class PeerTroubles:
    """The troubles of one agent with those that it calls. Thread-safe.

    An answer off its declared shape is audited and nothing of it is used. An agent that does not
    answer is audited as well, and escalated once: again only after it answered in between.
    """

    def __init__(self, agent: str, audit: AuditLog, log: ChannelLog) -> None:
        self._agent = agent
        self._audit = audit
        self._log = log
        self._desk: EscalationDesk | None = None
        self._away: set[str] = set()
        self._lock = threading.Lock()

    def escalate_with(self, desk: EscalationDesk) -> None:
        """Escalate from now on to `desk`; before that, troubles are audited only."""
        self._desk = desk

    def failed(self, target: str, asked: str, error: AgentError, *, trace_id: str) -> None:
        """Note that `target` did not answer what it was asked, or answered off the shape.

        Args:
            target: id of the agent that was asked.
            asked: name of the endpoint or packet type.
            error: what happened.
            trace_id: of the call.

        Raises:
            MemoryLayerError: it could not be audited or escalated.
        """
        rejected = isinstance(error, BadAnswerError)
        self._audit.append(
            REJECTED if rejected else UNAVAILABLE,
            actor=self._agent,
            subject=target,
            detail={"asked": asked, "error": str(error)},
            trace_id=trace_id,
        )
        if not rejected and self._desk is not None and self._goes_away(target):
            reason = f"{target} does not answer {asked}: {error}"
            self._desk.escalate(target, reason, SEVERITY, trace_id=trace_id)

    def answered(self, target: str, asked: str, *, trace_id: str) -> None:
        """Note that `target` answered what it was asked, in its shape."""
        with self._lock:
            self._away.discard(target)
        with bind_trace(trace_id):
            self._log.info("peer_answered", peer=target, asked=asked)

    def _goes_away(self, target: str) -> bool:
        """Tell whether `target` answered before; from now on it does not."""
        with self._lock:
            before = target in self._away
            self._away.add(target)
        return not before
