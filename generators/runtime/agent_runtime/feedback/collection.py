"""Collects feedback on decisions, joins what the channels say, and passes judged decisions on.

Feedback comes by call, in a packet's payload, or as a message on the bus. What was said is kept
for good, once an id; a decision is judged as soon as the reward function is decided.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from agent_runtime.clock import Clock
from agent_runtime.database import Database
from agent_runtime.errors import InputBoundsError
from agent_runtime.feedback.learning import Lesson
from agent_runtime.feedback.reward import Fact, Judge
from agent_runtime.fields import FieldReader
from agent_runtime.jsontext import checked_object
from agent_runtime.reasoning.traces import DecisionTrace
from agent_runtime.values import JsonObject

TOPIC_ROOT: Final = "feedback"
ACCEPTANCE_WINDOW: Final = 1_000

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS feedback (
    feedback_id TEXT PRIMARY KEY,
    decision_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    accepted INTEGER,
    correct INTEGER,
    approved INTEGER,
    said_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS feedback_decision ON feedback (decision_id);
CREATE INDEX IF NOT EXISTS feedback_time ON feedback (said_at);
"""


def feedback_topic(agent: str) -> str:
    """Return the bus topic on which `agent` hears feedback; the message is `Feedback.to_json`."""
    return f"{TOPIC_ROOT}.{agent}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback:
    """What somebody says about an earlier decision; None where they do not say.

    Attributes:
        feedback_id: the same feedback under the same id counts once.
        decision_id: what it is about.
        channel: by which declared channel it came.
        accepted: whether the domain took the recommendation.
        correct: whether what was predicted happened.
        approved: whether an anchor approved.
    """

    feedback_id: str
    decision_id: str
    channel: str
    accepted: bool | None = None
    correct: bool | None = None
    approved: bool | None = None

    @property
    def negative(self) -> bool:
        """Whether anything it says is a no."""
        return False in (self.accepted, self.correct, self.approved)

    def to_json(self) -> JsonObject:
        """Return the feedback as the JSON object that travels in packets and on the bus."""
        return {
            "feedback_id": self.feedback_id,
            "decision_id": self.decision_id,
            "channel": self.channel,
            "accepted": self.accepted,
            "correct": self.correct,
            "approved": self.approved,
        }


def parse_feedback(document: JsonObject) -> Feedback:
    """Read feedback out of a JSON object; unknown fields are ignored.

    Raises:
        InputBoundsError: a field is missing or not what it should be.
    """
    checked = checked_object(document, name="feedback", refuse=InputBoundsError)
    reader = FieldReader(checked)
    names = [reader.name(name) for name in ("feedback_id", "decision_id", "channel")]
    said = {name: checked.get(name) for name in ("accepted", "correct", "approved")}
    wrong = [name for name, value in said.items() if not isinstance(value, bool | None)]
    problems = [*reader.problems, *(f"{name} must be true, false or null" for name in wrong)]
    if problems:
        raise InputBoundsError("; ".join(problems))
    accepted, correct, approved = (v if isinstance(v, bool) else None for v in said.values())
    return Feedback(
        feedback_id=names[0],
        decision_id=names[1],
        channel=names[2],
        accepted=accepted,
        correct=correct,
        approved=approved,
    )


class Traces(Protocol):
    """Knows what was decided; a generated episodic logger is one."""

    def trace(self, decision_id: str) -> DecisionTrace | None:
        """Return the trace of a decision, or None."""
        ...


class Learner(Protocol):
    """Learns from judged decisions; a generated learning loop is one."""

    def learn(self, trace: DecisionTrace, target: float) -> Lesson | None:
        """Learn how a decision turned out, 0 to 1; None if that was learnt before."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """What came of one piece of feedback.

    Attributes:
        trace: the decision that it is about.
        fresh: False if the same feedback was there already.
        target: how the decision turned out by now, 0 to 1; None while that is open.
        lesson: what was learnt from it now, None if nothing.
    """

    trace: DecisionTrace
    fresh: bool
    target: float | None
    lesson: Lesson | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """All that was said about one decision; a later word on the same replaces an earlier one."""

    decision_id: str
    accepted: bool | None
    correct: bool | None
    approved: bool | None
    target: float | None


class FeedbackLog:
    """Keeps feedback and judges the decisions that it is about."""

    def __init__(
        self,
        path: Path,
        *,
        channels: tuple[str, ...],
        judge: Judge,
        slow_above_ms: float,
        traces: Traces,
        learner: Learner | None,
        clock: Clock,
    ) -> None:
        """Open the file.

        Raises:
            MemoryLayerError: it cannot be opened.
        """
        self._database = Database(path, _TABLES, durable=True)
        self._channels = channels
        self._judge = judge
        self._slow_above_ms = slow_above_ms
        self._traces = traces
        self._learner = learner
        self._clock = clock

    def collect_json(self, document: JsonObject) -> Collected:
        """Collect the feedback that a packet's payload or a message on the bus holds.

        Raises:
            InputBoundsError: a field is missing or wrong; see also `collect`.
            MemoryLayerError: the file cannot be written.
        """
        return self.collect(parse_feedback(document))

    def collect(self, feedback: Feedback) -> Collected:
        """Keep `feedback`, and learn from the decision if it is decided now.

        Raises:
            InputBoundsError: the channel is not declared, the decision unknown, or the same id was
                used for something else.
            MemoryLayerError: the file cannot be written.
        """
        if feedback.channel not in self._channels:
            raise InputBoundsError(
                f"{feedback.channel!r} is no feedback channel: {', '.join(self._channels)}"
            )
        trace = self._traces.trace(feedback.decision_id)
        if trace is None:
            raise InputBoundsError(f"no decision {feedback.decision_id!r} was recorded")
        fresh = self._keep(feedback)
        target = self._judged(trace)
        lesson = None
        if target is not None and self._learner is not None:
            lesson = self._learner.learn(trace, target)
        return Collected(trace=trace, fresh=fresh, target=target, lesson=lesson)

    def outcome(self, decision_id: str) -> float | None:
        """Return how a decision turned out, 0 to 1, or None while that is open."""
        trace = self._traces.trace(decision_id)
        return None if trace is None else self._judged(trace)

    def standing(self, trace: DecisionTrace) -> Standing:
        """Return what was said about a decision so far."""
        said: dict[str, bool | None] = {"accepted": None, "correct": None, "approved": None}
        for row in self._database.rows(
            "SELECT accepted, correct, approved FROM feedback WHERE decision_id = ? "
            "ORDER BY said_at, feedback_id",
            (trace.decision_id,),
        ):
            for name, value in zip(said, row, strict=True):
                if value is not None:
                    said[name] = bool(value)
        return Standing(
            decision_id=trace.decision_id,
            accepted=said["accepted"],
            correct=said["correct"],
            approved=said["approved"],
            target=self._judge.judge(self._facts(trace, said)),
        )

    def acceptance(self) -> float:
        """Return the share of the last `ACCEPTANCE_WINDOW` answers that accept; NaN without any."""
        rows = self._database.rows(
            "SELECT avg(accepted) FROM (SELECT accepted FROM feedback WHERE accepted IS NOT NULL "
            "ORDER BY said_at DESC LIMIT ?)",
            (ACCEPTANCE_WINDOW,),
        )
        share = rows[0][0]
        return math.nan if share is None else float(share)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _keep(self, feedback: Feedback) -> bool:
        row = (
            feedback.feedback_id,
            feedback.decision_id,
            feedback.channel,
            feedback.accepted,
            feedback.correct,
            feedback.approved,
        )
        with self._database.write() as connection:
            placed = connection.execute(
                "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (*row, self._clock()),
            )
            known = connection.execute(
                "SELECT feedback_id, decision_id, channel, accepted, correct, approved "
                "FROM feedback WHERE feedback_id = ?",
                (feedback.feedback_id,),
            ).fetchone()
        if tuple(known) != row:
            raise InputBoundsError(f"feedback {feedback.feedback_id!r} said something else before")
        return placed.rowcount == 1

    def _judged(self, trace: DecisionTrace) -> float | None:
        standing = self.standing(trace)
        said = (standing.accepted, standing.correct, standing.approved)
        return standing.target if any(word is not None for word in said) else None

    def _facts(self, trace: DecisionTrace, said: Mapping[str, bool | None]) -> dict[Fact, bool]:
        """Return what is known; nobody approves what no anchor was asked about."""
        facts: dict[Fact, bool] = {
            "escalated": trace.escalated,
            "slow": trace.latency_ms > self._slow_above_ms,
        }
        accepted, correct, approved = said["accepted"], said["correct"], said["approved"]
        if accepted is not None:
            facts["accepted"], facts["rejected"] = accepted, not accepted
        if correct is not None:
            facts["correct"] = correct
        if approved is not None or not trace.escalated:
            facts["approved"] = approved is True
        return facts
