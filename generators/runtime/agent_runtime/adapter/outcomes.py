"""Outcomes of deals: kept once, told to learning, and fed back to whoever decided."""

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock
from agent_runtime.database import Database
from agent_runtime.errors import InputBoundsError
from agent_runtime.feedback.collection import Feedback, feedback_topic
from agent_runtime.jsontext import canonical_json
from agent_runtime.shapes.adapter import OutcomeRequest, OutcomeResponse
from agent_runtime.shapes.base import Call

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS outcomes (
    record_id TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    occurred_at REAL NOT NULL,
    noted_at REAL NOT NULL
) WITHOUT ROWID;
"""


class OutcomeBook:
    """Durable; safe for threads and processes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open or create the book at `path`; `clock` stamps what is noted."""
        self._database = Database(path, _TABLES, durable=True)
        self._clock = clock

    def note(self, outcome: OutcomeRequest) -> bool:
        """Keep an outcome; False if it was kept before.

        Raises:
            InputBoundsError: another outcome was reported under this id.
            MemoryLayerError: the store failed.
        """
        content = canonical_json(outcome.model_dump(mode="json"))
        row = (
            outcome.record_id,
            content,
            outcome.accepted,
            outcome.succeeded,
            outcome.occurred_at,
            self._clock(),
        )
        with self._database.write() as connection:
            placed = connection.execute(
                "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row
            )
            if placed.rowcount:
                return True
            known = connection.execute(
                "SELECT content FROM outcomes WHERE record_id = ?", (outcome.record_id,)
            ).fetchone()
        if known[0] != content:
            raise InputBoundsError(f"outcome {outcome.record_id!r} was reported differently before")
        return False

    def acceptance(self) -> float:
        """Return the share of recommendations that were taken; NaN without any outcome."""
        return self._share("accepted")

    def success(self) -> float:
        """Return the share of outcomes in which the deal came off; NaN without any."""
        return self._share("succeeded")

    def _share(self, column: str) -> float:
        rows = self._database.rows(f"SELECT avg({column}) FROM outcomes")  # noqa: S608 - our names
        found = rows[0][0]
        return math.nan if found is None else float(str(found))

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def send_feedback(
    outcome: OutcomeRequest, bus: EventBus, channels: Mapping[str, str], *, source: str
) -> None:
    """Tell those who decided what became of it; sent again it counts once.

    An outcome that is about no decision of theirs tells them nothing.

    Args:
        outcome: what became of a match.
        bus: the bus that all share.
        channels: the channel of feedback by the agent that hears of it.
        source: id of the agent that tells.

    Raises:
        OverloadedError: the bus holds as many undelivered messages as it may.
        MemoryLayerError: the bus failed.
    """
    if outcome.about is None:
        return
    digest = hashlib.sha256(outcome.record_id.encode()).hexdigest()[:32]
    for agent, channel in channels.items():
        feedback = Feedback(
            feedback_id=f"{source}:{digest}",
            decision_id=outcome.about,
            channel=channel,
            accepted=outcome.accepted,
            correct=outcome.succeeded,
        )
        bus.publish(
            feedback_topic(agent),
            feedback.to_json(),
            key=outcome.about,
            message_id=f"{source}:feedback:{agent}:{digest}",
        )


def outcome_told(
    outcome: OutcomeRequest, call: Call, *, domain: str, fresh: bool
) -> OutcomeResponse:
    """Return the decision that an outcome was taken in: named by the outcome and the trace."""
    told = f"{call.trace_id}\n{outcome.record_id}\n{fresh}"
    return OutcomeResponse(
        decision_id=f"outcome-{hashlib.sha256(told.encode()).hexdigest()[:24]}",
        trace_id=call.trace_id,
        confidence=1.0,
        factors={"accepted": float(outcome.accepted), "succeeded": float(outcome.succeeded)},
        entities=tuple(dict.fromkeys((outcome.subject, outcome.object))),
        record_id=outcome.record_id,
        domain=domain,
        subject=outcome.subject,
        relation=outcome.relation,
        object=outcome.object,
        succeeded=outcome.succeeded,
        occurred_at=outcome.occurred_at,
        measures=outcome.measures,
        match_id=outcome.match_id,
        new=fresh,
    )
