"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by escalation_handler@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from pathlib import Path
from typing import Final

from agent_runtime.approvals import Credential
from agent_runtime.auditing.delivery import AnchorDelivery, EscalationDesk
from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock
from agent_runtime.escalation import Escalation, Escalations
from agent_runtime.schedule import Interval
from agent_runtime.tokens import TokenVerifier

from L9.agents.main.governance_bridge import GovernanceBridge
from L9.orchestration.taskscheduler import JobState, TaskScheduler

RESEND_SECONDS: Final = 300  # five minutes unless declared
JOB: Final = "escalation-delivery"


class EscalationHandler:
    """Brings escalations before their anchors, and knows which have arrived and are answered."""

    def __init__(
        self,
        desk: EscalationDesk,
        governance: GovernanceBridge,
        escalations: Escalations,
    ) -> None:
        self._desk = desk
        self._governance = governance
        self._escalations = escalations

    @classmethod
    def open(
        cls,
        folder: Path,
        governance: GovernanceBridge,
        *,
        escalations: Escalations,
        verifier: TokenVerifier,
        bus: EventBus,
        clock: Clock,
    ) -> "EscalationHandler":
        """Return a handler that keeps its deliveries in `folder`.

        Raises:
            MemoryLayerError: the store cannot be opened.
        """
        desk = EscalationDesk(
            folder / "deliveries.db",
            escalations=escalations,
            verifier=verifier,
            bus=bus,
            clock=clock,
            resend_seconds=RESEND_SECONDS,
        )
        return cls(desk, governance, escalations)

    def register(self, scheduler: TaskScheduler) -> JobState:
        """Bring whatever waits before its anchors, again if need be, on schedule from now on.

        Raises:
            ConfigError: the job is registered already.
        """
        return scheduler.register(
            JOB, Interval(seconds=RESEND_SECONDS), lambda _run: self.deliver()
        )

    def deliver(self) -> None:
        """Tell the anchors of each escalation that waits, and those again who are late.

        Raises:
            MemoryLayerError: a delivery could not be stored or published.
        """
        for escalation in self._desk.waiting():
            self._desk.carry(escalation)
        self._desk.resend()

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> Escalation:
        """Ask the anchors about `subject` and tell each of them.

        Raises:
            InputBoundsError: there is no such severity.
            MemoryLayerError: it could not be stored or published.
        """
        escalation = self._governance.escalate(subject, reason, severity, trace_id=trace_id)
        self._desk.carry(escalation)
        return escalation

    def acknowledge(self, escalation_id: str, *, token: Credential) -> AnchorDelivery:
        """Note that the anchor who holds `token` has the escalation.

        Raises:
            GovernanceError: no anchor was told of such an escalation.
            NotAuthenticatedError: the token is not believed.
            NotAuthorisedError: the token lacks the role, or its holder is no anchor of it.
        """
        return self._desk.acknowledge(escalation_id, token=token)

    def arrived(self, escalation_id: str) -> bool:
        """Tell whether every anchor that was told has acknowledged, and one was."""
        return self._desk.arrived(escalation_id)

    def outcome(self, escalation_id: str) -> Escalation:
        """Return the escalation as it stands: pending, answered, or expired.

        Raises:
            GovernanceError: there is none.
        """
        return self._desk.outcome(escalation_id)

    def waiting(self) -> tuple[Escalation, ...]:
        """Return the escalations that nobody has answered and whose time has not passed."""
        return self._desk.waiting()

    def waiting_now(self) -> float:
        """Return how many escalations wait for an answer."""
        return float(len(self._desk.waiting()))

    def resend(self) -> tuple[AnchorDelivery, ...]:
        """Tell those anchors again who did not acknowledge within 300 seconds.

        Raises:
            MemoryLayerError: a delivery could not be stored or published.
        """
        return self._desk.resend()

    def close(self) -> None:
        """Close the store."""
        self._desk.close()
