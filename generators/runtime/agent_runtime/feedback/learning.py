"""The learning loop: outcomes become weights, kept in a file, taken back where they did harm.

Each outcome is first predicted under the present weights and under those of the last checkpoint,
and only then learnt from (test, then train: Gama et al., Machine Learning 90, 2013). After
`REVIEW_EVERY` outcomes the better of the two goes on: weights that predicted worse than the
checkpoint are rolled back, others become the new checkpoint. A domain without outcomes of its own
starts from what all domains together taught.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.database import Database
from agent_runtime.domains import domain_key
from agent_runtime.errors import ConfigError
from agent_runtime.feedback.weights import LearningState, even, pooled_loss, shift, updated
from agent_runtime.jsontext import canonical_json, parse_object
from agent_runtime.reasoning.traces import DecisionTrace, Vote
from agent_runtime.values import JsonObject, JsonValue

REVIEW_EVERY: Final = 25
ALL_DOMAINS: Final = "*"

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS states (domain TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS learnt (
    decision_id TEXT PRIMARY KEY, target REAL NOT NULL, learnt_at REAL NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningPlan:
    """What a schema says about learning.

    Attributes:
        modes: the modes that are weighed.
        stability_threshold: most that one outcome may shift the weights, in total variation.
        rollback: whether weights that do worse than before are taken back.
        review_every: outcomes between two reviews.
    """

    modes: tuple[str, ...]
    stability_threshold: float
    rollback: bool
    review_every: int = REVIEW_EVERY

    def __post_init__(self) -> None:
        """Refuse a plan that could not learn.

        Raises:
            ConfigError: there is no mode, the threshold not within (0, 1], or no review.
        """
        if not self.modes or not 0.0 < self.stability_threshold <= 1.0 or self.review_every < 1:
            raise ConfigError(f"{self} cannot be learnt by")


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """What one outcome changed.

    Attributes:
        domain: whose weights these are.
        before: weights before.
        after: weights now.
        shifted: how far they moved, in total variation.
        rolled_back: whether a review took the weights back to the checkpoint.
    """

    domain: str
    before: Mapping[str, float]
    after: Mapping[str, float]
    shifted: float
    rolled_back: bool


class WeightLearner:
    """Learns the weights of reasoning modes by domain; a `WeightSource`. Safe for processes."""

    def __init__(self, path: Path, plan: LearningPlan, clock: Clock) -> None:
        """Open the file of what was learnt.

        Raises:
            MemoryLayerError: the file cannot be opened.
        """
        self._database = Database(path, _TABLES, durable=True)
        self._plan = plan
        self._clock = clock

    def weights(self, domain: str) -> Mapping[str, float]:
        """Return the weight of each mode in `domain`; they sum to 1."""
        return self.state(domain).weights

    def state(self, domain: str) -> LearningState:
        """Return what was learnt in `domain`, else in all domains, else nothing.

        Raises:
            MemoryLayerError: the file cannot be read.
        """
        rows = self._database.rows(
            "SELECT state FROM states WHERE domain IN (?, ?) ORDER BY domain = ? LIMIT 1",
            (domain_key(domain), ALL_DOMAINS, ALL_DOMAINS),
        )
        if rows:
            return _state(parse_object(rows[0][0]), self._plan)
        weights = even(self._plan.modes)
        return LearningState(weights=weights, checkpoint=weights)

    def learn(self, trace: DecisionTrace, target: float) -> Lesson | None:
        """Learn from how a decision turned out; None if it was learnt from before.

        Raises:
            InputBoundsError: the target is not within 0 to 1.
            MemoryLayerError: the file cannot be written.
        """
        keys = (domain_key(trace.domain), ALL_DOMAINS)
        before = {key: self.state(key) for key in keys}
        after = {key: self._learnt(state, trace.votes, target) for key, state in before.items()}
        with self._database.write() as connection:
            placed = connection.execute(
                "INSERT INTO learnt VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (trace.decision_id, target, self._clock()),
            )
            if placed.rowcount == 0:
                return None
            connection.executemany(
                "INSERT INTO states VALUES (?, ?) ON CONFLICT (domain) DO UPDATE "
                "SET state = excluded.state",
                [(key, canonical_json(_document(state))) for key, state in after.items()],
            )
        old, new = before[keys[0]], after[keys[0]]
        return Lesson(
            domain=trace.domain,
            before=old.weights,
            after=new.weights,
            shifted=shift(old.weights, new.weights),
            rolled_back=new.rollbacks > old.rollbacks,
        )

    def target_of(self, decision_id: str) -> float | None:
        """Return the target that was learnt for a decision, or None."""
        rows = self._database.rows(
            "SELECT target FROM learnt WHERE decision_id = ?", (decision_id,)
        )
        return float(rows[0][0] or 0.0) if rows else None

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _learnt(
        self, state: LearningState, votes: Mapping[str, Vote], target: float
    ) -> LearningState:
        """Predict, learn, and review if it is time."""
        weights = updated(state.weights, votes, target, most_shift=self._plan.stability_threshold)
        loss = pooled_loss(state.weights, votes, target)
        checkpoint_loss = pooled_loss(state.checkpoint, votes, target)
        predicted = replace(
            state,
            weights=weights,
            seen=state.seen + 1,
            since=state.since + 1,
            loss=state.loss + (loss or 0.0),
            checkpoint_loss=state.checkpoint_loss + (checkpoint_loss or 0.0),
        )
        return predicted if predicted.since < self._plan.review_every else self._reviewed(predicted)

    def _reviewed(self, state: LearningState) -> LearningState:
        worse = self._plan.rollback and state.loss > state.checkpoint_loss
        kept = state.checkpoint if worse else state.weights
        return LearningState(
            weights=kept, checkpoint=kept, seen=state.seen, rollbacks=state.rollbacks + int(worse)
        )


def _document(state: LearningState) -> JsonObject:
    document: JsonObject = asdict(state)
    return document


def _state(document: JsonObject, plan: LearningPlan) -> LearningState:
    """Read a state; modes that the schema dropped fall away, new ones begin with an even share."""

    def shares(value: JsonValue) -> dict[str, float]:
        known = value if isinstance(value, Mapping) else {}
        start = 1.0 / len(plan.modes)
        raw = {mode: _number(known.get(mode, start)) for mode in plan.modes}
        total = sum(raw.values())
        return {mode: weight / total for mode, weight in raw.items()}

    return LearningState(
        weights=shares(document.get("weights")),
        checkpoint=shares(document.get("checkpoint")),
        seen=int(_number(document.get("seen"))),
        since=int(_number(document.get("since"))),
        loss=_number(document.get("loss")),
        checkpoint_loss=_number(document.get("checkpoint_loss")),
        rollbacks=int(_number(document.get("rollbacks"))),
    )


def _number(value: JsonValue) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
