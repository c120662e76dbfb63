"""Carry escalations to the anchors, and keep them until each has acknowledged or answered."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from agent_runtime.approvals import Credential, consent
from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock
from agent_runtime.database import Database, SqlValue
from agent_runtime.errors import ConfigError, GovernanceError, NotAuthorisedError
from agent_runtime.escalation import Escalation, Escalations
from agent_runtime.tokens import TokenVerifier

ACKNOWLEDGE: Final = "acknowledge_escalation"
"""The action that a token limited to one must approve."""

TOPIC_ROOT: Final = "escalations"

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS deliveries (
    escalation_id TEXT NOT NULL,
    anchor TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    sent_at REAL NOT NULL,
    acknowledged_at REAL,
    token_id TEXT,
    PRIMARY KEY (escalation_id, anchor)
) WITHOUT ROWID;
"""
_SELECT: Final = (
    "SELECT escalation_id, anchor, attempts, sent_at, acknowledged_at, token_id FROM deliveries"
)

DeliveryState = Literal["sent", "acknowledged"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AnchorDelivery:
    """One escalation on its way to one anchor; times in seconds since the epoch."""

    escalation_id: str
    anchor: str
    attempts: int
    sent_at: float
    acknowledged_at: float | None
    token_id: str | None

    @property
    def state(self) -> DeliveryState:
        """Whether the anchor has acknowledged it."""
        return "sent" if self.acknowledged_at is None else "acknowledged"


def anchor_topic(anchor: str) -> str:
    """Return the bus topic under which an anchor is told: lower case, words joined by `_`."""
    return f"{TOPIC_ROOT}.{re.sub(r'[^a-z0-9]+', '_', anchor.lower()).strip('_')}"


class EscalationDesk:
    """Sends escalations to their anchors again until each has acknowledged. Thread-safe."""

    def __init__(
        self,
        path: Path,
        *,
        escalations: Escalations,
        verifier: TokenVerifier,
        bus: EventBus,
        clock: Clock,
        resend_seconds: float,
    ) -> None:
        """Open the file of deliveries, or create it.

        Args:
            path: the file.
            escalations: where escalations wait for an answer.
            verifier: believes the tokens of anchors.
            bus: where anchors are told.
            clock: source of time.
            resend_seconds: how long an anchor may take to acknowledge before it is told again.

        Raises:
            ConfigError: `resend_seconds` is not above 0.
            MemoryLayerError: the file cannot be opened.
        """
        if not resend_seconds > 0:
            raise ConfigError(f"an anchor needs time to acknowledge, not {resend_seconds} s")
        self._database = Database(path, _TABLES, durable=True)
        self._escalations = escalations
        self._verifier = verifier
        self._bus = bus
        self._clock = clock
        self._resend = resend_seconds

    def carry(self, escalation: Escalation) -> tuple[AnchorDelivery, ...]:
        """Tell each target of `escalation` that was not told yet; return all its deliveries.

        Raises:
            MemoryLayerError: it could not be stored or published; carrying it again completes it.
        """
        told = {delivery.anchor for delivery in self.deliveries(escalation.escalation_id)}
        for anchor in escalation.targets:
            if anchor not in told:
                self._send(escalation, anchor, attempt=1)
        return self.deliveries(escalation.escalation_id)

    def acknowledge(self, escalation_id: str, *, token: Credential) -> AnchorDelivery:
        """Note that the anchor who holds `token` has it; the first acknowledgement counts.

        Raises:
            GovernanceError: this anchor was never told of such an escalation.
            NotAuthenticatedError: the token is not believed.
            NotAuthorisedError: the token lacks the governance role or is for another action.
        """
        claims = consent(token, ACKNOWLEDGE, self._verifier)
        with self._database.write() as connection:
            connection.execute(
                "UPDATE deliveries SET acknowledged_at = ?, token_id = ?"
                " WHERE escalation_id = ? AND anchor = ? AND acknowledged_at IS NULL",
                (self._clock(), claims.token_id, escalation_id, claims.subject),
            )
        for delivery in self.deliveries(escalation_id):
            if delivery.anchor == claims.subject:
                return delivery
        if not self.deliveries(escalation_id):
            raise GovernanceError(f"no anchor was told of an escalation {escalation_id!r}")
        raise NotAuthorisedError(f"{claims.subject} is no anchor of escalation {escalation_id}")

    def resend(self) -> tuple[AnchorDelivery, ...]:
        """Tell again each anchor who is late and whose answer is still wanted; return these.

        Raises:
            MemoryLayerError: a delivery could not be stored or published.
        """
        open_ids = {escalation.escalation_id for escalation in self._escalations.pending()}
        late = [
            delivery
            for delivery in self.unacknowledged()
            if delivery.escalation_id in open_ids
            and self._clock() - delivery.sent_at >= self._resend
        ]
        for delivery in late:
            escalation = self._escalations.get(delivery.escalation_id)
            self._send(escalation, delivery.anchor, attempt=delivery.attempts + 1)
        return tuple(late)

    def arrived(self, escalation_id: str) -> bool:
        """Tell whether every anchor that was told has acknowledged, and one was."""
        deliveries = self.deliveries(escalation_id)
        return bool(deliveries) and all(each.state == "acknowledged" for each in deliveries)

    def outcome(self, escalation_id: str) -> Escalation:
        """Return the escalation as it stands: pending, answered, or expired.

        Raises:
            GovernanceError: there is none.
        """
        return self._escalations.get(escalation_id)

    def waiting(self) -> tuple[Escalation, ...]:
        """Return the escalations that nobody has answered and whose time has not passed."""
        return self._escalations.pending()

    def deliveries(self, escalation_id: str) -> tuple[AnchorDelivery, ...]:
        """Return the deliveries of one escalation, by anchor."""
        return self._read("WHERE escalation_id = ? ORDER BY anchor", escalation_id)

    def unacknowledged(self) -> tuple[AnchorDelivery, ...]:
        """Return the deliveries that wait for an acknowledgement, the longest waiting first."""
        return self._read("WHERE acknowledged_at IS NULL ORDER BY sent_at, escalation_id, anchor")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _send(self, escalation: Escalation, anchor: str, *, attempt: int) -> None:
        topic = anchor_topic(anchor)
        self._bus.publish(
            topic,
            {**escalation.to_json(), "anchor": anchor, "attempt": attempt},
            key=escalation.escalation_id,
            message_id=f"{escalation.escalation_id}:{topic}:{attempt}",
        )
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO deliveries VALUES (?1, ?2, ?3, ?4, NULL, NULL)"
                " ON CONFLICT (escalation_id, anchor)"
                " DO UPDATE SET attempts = ?3, sent_at = ?4",
                (escalation.escalation_id, anchor, attempt, self._clock()),
            )

    def _read(self, where: str, *parameters: SqlValue) -> tuple[AnchorDelivery, ...]:
        rows = self._database.rows(f"{_SELECT} {where}", parameters)
        return tuple(_delivery(row) for row in rows)


def _delivery(row: tuple[SqlValue, ...]) -> AnchorDelivery:
    return AnchorDelivery(
        escalation_id=str(row[0]),
        anchor=str(row[1]),
        attempts=int(str(row[2])),
        sent_at=float(str(row[3])),
        acknowledged_at=None if row[4] is None else float(row[4]),
        token_id=None if row[5] is None else str(row[5]),
    )
