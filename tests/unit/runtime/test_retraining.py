"""A model becomes due by age, feedback and drift, and a restart forgets none of it."""

import json
import math
import threading
from pathlib import Path

import numpy as np
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.kernels.drift import DriftReport, compare
from agent_runtime.retraining import (
    FeedbackRule,
    RetrainingDecision,
    RetrainingLedger,
    RetrainingPolicy,
    RetrainingState,
    Tally,
)
from agent_runtime.retraining_store import FileRetrainingStore

HOUR = 3600.0
RULES = (
    FeedbackRule(signal="match_accuracy", kind="reward", limit=0.05, relative=True, least=2),
    FeedbackRule(signal="latency_ms", kind="penalty", limit=500.0),
    FeedbackRule(signal="false_positives", kind="penalty", limit=0.2, relative=True),
    FeedbackRule(signal="accepted", kind="reward", limit=0.5),
)


class MemoryStore:
    """A store that can refuse to save."""

    def __init__(self, state: RetrainingState | None = None) -> None:
        self.state = state or RetrainingState()
        self.broken = False

    def load(self) -> RetrainingState:
        return self.state

    def save(self, state: RetrainingState) -> None:
        if self.broken:
            raise MemoryLayerError("disk full")
        self.state = state


def drift(*, shifted: bool, name: str = "price") -> DriftReport:
    rng = np.random.default_rng(1)
    before, after = rng.normal(size=(200, 1)), rng.normal(2.0 if shifted else 0.0, size=(200, 1))
    return compare(before, after, names=[name])


class Trained:
    """A ledger whose model was accepted at the clock's start."""

    def __init__(self, *, rest_hours: float = 0.0, on_drift: bool = True, rules=RULES) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.policy = RetrainingPolicy(
            interval_hours=168.0, rules=rules, rest_hours=rest_hours, on_drift=on_drift
        )
        self.ledger = RetrainingLedger(self.policy, self.store, self.clock)
        self.ledger.completed({"match_accuracy": 0.8, "false_positives": 0.1} if rules else {})
        self.trained_at = self.clock()

    def reasons(self) -> tuple[str, ...]:
        return self.ledger.decide().reasons


def test_without_a_training_on_record_the_model_is_due():
    clock = ManualClock()
    ledger = RetrainingLedger(RetrainingPolicy(interval_hours=168.0), MemoryStore(), clock)
    decision = ledger.decide()
    assert decision == RetrainingDecision(reasons=("no training is on record",), next_at=clock())
    assert decision.due


def test_a_model_is_due_exactly_at_its_interval():
    one = Trained()
    one.clock.advance(168.0 * HOUR - 1.0)
    early = one.ledger.decide()
    assert not early.due
    assert early.next_at == one.trained_at + 168.0 * HOUR
    one.clock.advance(1.0)
    assert one.reasons() == ("age 168 h >= 168 h",)
    one.clock.advance(HOUR)
    assert one.ledger.decide().next_at == one.clock()


def test_a_training_in_the_future_is_not_believed():
    one = Trained()
    later = RetrainingState(trained_at=one.trained_at + 2.0 * HOUR)
    ledger = RetrainingLedger(one.policy, MemoryStore(later), one.clock)
    assert ledger.decide().reasons == ("the training on record lies 2 h in the future",)
    now = RetrainingLedger(
        one.policy, MemoryStore(RetrainingState(trained_at=one.trained_at)), one.clock
    )
    assert not now.decide().due


@pytest.mark.parametrize(
    ("signal", "quiet", "loud", "reason"),
    [
        ("latency_ms", 500.0, 500.001, "penalty latency_ms 500 > 500"),
        ("accepted", 0.5, 0.499, "reward accepted 0.499 < 0.5"),
        ("false_positives", 0.1 * 1.2, 0.121, "penalty false_positives 0.121 > 0.12"),
    ],
)
def test_feedback_beyond_its_limit_makes_it_due_and_at_the_limit_does_not(
    signal, quiet, loud, reason
):
    one = Trained()
    one.ledger.observe({signal: quiet})
    assert one.reasons() == ()
    other = Trained()
    other.ledger.observe({signal: loud})
    assert other.reasons() == (reason,)


def test_a_reward_may_lose_its_declared_share_and_no_more():
    at = Trained()
    at.ledger.observe({"match_accuracy": 0.8 * 0.95})
    at.ledger.observe({"match_accuracy": 0.8 * 0.95})
    assert at.reasons() == ()
    below = Trained()
    below.ledger.observe({"match_accuracy": 0.759})
    assert below.reasons() == ()  # one observation is not yet enough
    below.ledger.observe({"match_accuracy": 0.759})
    assert below.reasons() == ("reward match_accuracy 0.759 < 0.76",)


def test_the_mean_of_all_observations_counts():
    one = Trained()
    one.ledger.observe({"latency_ms": 900.0})
    one.ledger.observe({"latency_ms": 100.0})
    assert one.reasons() == ()
    assert one.store.state.tallies["latency_ms"] == Tally(count=2, total=1000.0)
    assert one.store.state.tallies["latency_ms"].mean == 500.0


def test_signals_of_one_observation_are_counted_together():
    one = Trained()
    one.ledger.observe({"latency_ms": 600.0, "accepted": 0.1})
    assert one.reasons() == ("penalty latency_ms 600 > 500", "reward accepted 0.1 < 0.5")


def test_a_relative_rule_without_a_baseline_stays_silent():
    one = Trained()
    one.ledger.completed({})
    one.ledger.observe({"false_positives": 99.0})
    assert one.reasons() == ()


def test_a_signal_never_observed_says_nothing():
    assert Tally().mean == 0.0
    assert Trained().reasons() == ()


def test_drifted_features_make_it_due_and_are_listed_once_in_order():
    one = Trained()
    one.ledger.observe_drift(drift(shifted=False))
    assert one.reasons() == ()
    for name in ("weight", "price", "weight"):
        one.ledger.observe_drift(drift(shifted=True, name=name))
    one.ledger.observe_drift(drift(shifted=False))
    assert one.reasons() == ("drift of price, weight",)


def test_drift_does_not_count_if_the_policy_says_so():
    one = Trained(on_drift=False)
    one.ledger.observe_drift(drift(shifted=True))
    assert one.reasons() == ()


def test_feedback_and_drift_wait_for_the_rest_after_a_training():
    one = Trained(rest_hours=24.0)
    one.ledger.observe({"latency_ms": 600.0})
    one.ledger.observe_drift(drift(shifted=True))
    one.clock.advance(24.0 * HOUR - 1.0)
    assert one.reasons() == ()
    one.clock.advance(1.0)
    assert one.reasons() == ("penalty latency_ms 600 > 500", "drift of price")


def test_a_completed_training_starts_over():
    one = Trained()
    one.ledger.observe({"latency_ms": 600.0})
    one.ledger.observe_drift(drift(shifted=True))
    one.clock.advance(HOUR)
    one.ledger.completed({"match_accuracy": 0.9})
    assert one.store.state == RetrainingState(
        trained_at=one.clock(), baselines={"match_accuracy": 0.9}
    )
    assert one.reasons() == ()
    one.ledger.observe({"match_accuracy": 0.85})
    one.ledger.observe({"match_accuracy": 0.85})
    assert one.reasons() == ("reward match_accuracy 0.85 < 0.855",)


def test_a_rejected_model_starts_the_time_over_and_leaves_the_baselines():
    one = Trained()
    one.ledger.observe({"latency_ms": 600.0})
    one.ledger.observe_drift(drift(shifted=True))
    one.clock.advance(HOUR)
    one.ledger.rejected()
    assert one.reasons() == ()
    assert one.store.state == RetrainingState(
        trained_at=one.clock(), baselines={"match_accuracy": 0.8, "false_positives": 0.1}
    )


@pytest.mark.negative
def test_what_cannot_be_saved_does_not_count():
    one = Trained()
    one.ledger.observe({"latency_ms": 400.0})
    one.store.broken = True
    for attempt in (
        lambda: one.ledger.observe({"latency_ms": 9000.0}),
        lambda: one.ledger.observe_drift(drift(shifted=True)),
        lambda: one.ledger.completed({}),
        one.ledger.rejected,
    ):
        with pytest.raises(MemoryLayerError, match="disk full"):
            attempt()
    assert one.reasons() == ()
    one.clock.advance(168.0 * HOUR)
    assert one.reasons() == ("age 168 h >= 168 h",)


@pytest.mark.negative
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_feedback_that_no_rule_or_no_mean_can_read_is_refused(bad):
    one = Trained()
    for call in (one.ledger.observe, one.ledger.completed):
        with pytest.raises(InputBoundsError, match="no retraining rule reads 'mood'"):
            call({"mood": 1.0})
        with pytest.raises(InputBoundsError, match="latency_ms is not finite"):
            call({"accepted": 0.1, "latency_ms": bad})
    assert one.store.state.tallies == {}


def test_observations_of_many_threads_are_all_counted():
    one = Trained()
    threads = [
        threading.Thread(target=lambda: [one.ledger.observe({"accepted": 1.0}) for _ in range(50)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10.0)
    assert one.store.state.tallies["accepted"] == Tally(count=400, total=400.0)


@pytest.mark.negative
@pytest.mark.parametrize(
    "bad",
    [
        {"limit": math.nan},
        {"limit": math.inf},
        {"limit": -0.1, "relative": True},
        {"limit": 0.1, "least": 0},
    ],
)
def test_a_rule_that_compares_nothing_is_refused(bad):
    with pytest.raises(InputBoundsError, match="s: limit"):
        FeedbackRule(signal="s", kind="reward", **bad)


def test_limits_may_be_negative_where_they_are_absolute_and_nought_where_relative():
    assert FeedbackRule(signal="s", kind="reward", limit=-1.0).limit == -1.0
    assert FeedbackRule(signal="s", kind="penalty", limit=0.0, relative=True).limit == 0.0


@pytest.mark.negative
@pytest.mark.parametrize(
    ("interval", "rest", "message"),
    [
        (0.0, 0.0, "interval of 0.0 hours"),
        (math.inf, 0.0, "interval of inf"),
        (math.nan, 0.0, "interval of nan"),
        (10.0, -1.0, "rest of -1.0"),
        (10.0, 10.1, "rest of 10.1 in 10.0"),
    ],
)
def test_a_policy_that_never_or_always_trains_is_refused(interval, rest, message):
    with pytest.raises(InputBoundsError, match=message):
        RetrainingPolicy(interval_hours=interval, rest_hours=rest)


def test_the_rest_may_fill_the_interval():
    assert RetrainingPolicy(interval_hours=10.0, rest_hours=10.0).rest_hours == 10.0


@pytest.mark.negative
def test_two_rules_for_one_signal_are_refused():
    with pytest.raises(InputBoundsError, match="a signal has two rules"):
        RetrainingPolicy(interval_hours=1.0, rules=(RULES[0], RULES[0]))


@pytest.mark.negative
def test_states_that_no_training_leaves_are_refused():
    with pytest.raises(InputBoundsError, match="-1 observations"):
        Tally(count=-1)
    with pytest.raises(InputBoundsError, match="total of nan"):
        Tally(count=1, total=math.nan)
    for bad in ({"trained_at": math.inf}, {"baselines": {"a": math.nan}}):
        with pytest.raises(InputBoundsError, match="not finite"):
            RetrainingState(**bad)


def test_a_restart_remembers_everything(tmp_path: Path):
    clock = ManualClock()
    path = tmp_path / "retraining.json"
    policy = RetrainingPolicy(interval_hours=168.0, rules=RULES)
    first = RetrainingLedger(policy, FileRetrainingStore(path), clock)
    first.completed({"match_accuracy": 0.8})
    first.observe({"latency_ms": 600.0})
    first.observe_drift(drift(shifted=True))
    again = RetrainingLedger(policy, FileRetrainingStore(path), clock)
    assert again.decide() == first.decide()
    assert again.decide().reasons == ("penalty latency_ms 600 > 500", "drift of price")
    assert FileRetrainingStore(path).load() == RetrainingState(
        trained_at=clock(),
        baselines={"match_accuracy": 0.8},
        tallies={"latency_ms": Tally(count=1, total=600.0)},
        drifted=("price",),
    )
    assert [file.name for file in tmp_path.iterdir()] == ["retraining.json"]


def test_a_store_without_a_file_starts_fresh(tmp_path: Path):
    assert FileRetrainingStore(tmp_path / "none.json").load() == RetrainingState()


@pytest.mark.negative
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"trained_at": "yesterday"}',
        b'{"trained_at": 1.0, "tallies": {"a": {"count": 1.5, "total": 1.0}}}',
        b'{"tallies": {"a": {"count": -1, "total": 1.0}}}',
        b'{"trained_at": NaN}',
        b'{"trained_at": 1.0, "drifted": "price"}',
        b'{"trained_at": 1.0',
    ],
)
def test_a_damaged_file_is_reported_not_guessed(tmp_path: Path, content: bytes):
    path = tmp_path / "retraining.json"
    path.write_bytes(content)
    with pytest.raises(MemoryLayerError, match=r"retraining\.json is no retraining state"):
        FileRetrainingStore(path).load()


@pytest.mark.negative
def test_a_path_that_is_no_file_is_reported(tmp_path: Path):
    with pytest.raises(MemoryLayerError, match="cannot be read: Is a directory"):
        FileRetrainingStore(tmp_path).load()
    with pytest.raises(MemoryLayerError, match="cannot be saved: No such file"):
        FileRetrainingStore(tmp_path / "none" / "state.json").save(RetrainingState())


@pytest.mark.regression
def test_a_save_that_fails_half_way_leaves_the_old_state(tmp_path: Path, monkeypatch):
    path = tmp_path / "retraining.json"
    store = FileRetrainingStore(path)
    store.save(RetrainingState(trained_at=1.0))

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(MemoryLayerError, match="No space left"):
        store.save(RetrainingState(trained_at=2.0))
    assert store.load() == RetrainingState(trained_at=1.0)
    assert json.loads(path.read_text())["trained_at"] == 1.0
