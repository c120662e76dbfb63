"""What `L9.example.module` promises.

Expected by the schema and by drift_detector@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.feedback.drift import WINDOW
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_reasoning import reasoning_bench

from L9.orchestration.tensor_trainer.drift_detector import THRESHOLDS, DriftDetector
from L9.orchestration.tensor_trainer.governance_bridge import (
    POLICY,
    RULES,
    SIGNALS,
    GovernanceBridge,
)

NAMES = ("first", "second")


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return reasoning_bench(
        tmp_path, agent="tensor_trainer", signals=SIGNALS, rules=RULES, policy=POLICY
    )


@pytest.fixture
def detector(bench: AgentBench, tmp_path: Path) -> DriftDetector:
    return DriftDetector.open(tmp_path, GovernanceBridge(bench.governance))


def rows(mean: float, *, seed: int, count: int = 2_000) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 1.0, size=(count, len(NAMES)))


@pytest.mark.positive
def test_a_shift_of_one_deviation_is_found_and_reaches_the_anchors(
    bench: AgentBench, detector: DriftDetector
) -> None:
    detector.set_baseline("model", rows(0.0, seed=1), names=NAMES)
    report = detector.check("model", rows(1.0, seed=2), trace_id=TRACE)
    assert report.drifted == NAMES
    assert bench.escalations.pending()
    assert {each.subject for each in bench.escalations.pending()} == {"model"}


@pytest.mark.positive
def test_another_sample_of_the_same_is_no_drift(bench: AgentBench, detector: DriftDetector) -> None:
    detector.set_baseline("model", rows(0.0, seed=1), names=NAMES)
    assert detector.check("model", rows(0.0, seed=2), trace_id=TRACE).drifted == ()
    assert bench.escalations.pending() == ()


@pytest.mark.positive
def test_a_column_that_alone_moved_is_named(detector: DriftDetector) -> None:
    detector.set_baseline("model", rows(0.0, seed=1), names=NAMES)
    moved = rows(0.0, seed=2)
    moved[:, 1] += 1.0
    assert detector.check("model", moved, trace_id=TRACE).drifted == ("second",)


@pytest.mark.positive
def test_the_first_window_of_a_stream_is_its_baseline(
    bench: AgentBench, detector: DriftDetector
) -> None:
    for mean, seed in ((0.0, 1), (3.0, 2)):
        for row in rows(mean, seed=seed, count=WINDOW):
            values = dict(zip(NAMES, row.tolist(), strict=True))
            report = detector.observe("stream", values, trace_id=TRACE)
    assert report is not None
    assert report.drifted == NAMES
    assert bench.escalations.pending()


@pytest.mark.positive
def test_a_baseline_survives_a_restart(
    bench: AgentBench, detector: DriftDetector, tmp_path: Path
) -> None:
    detector.set_baseline("model", rows(0.0, seed=1), names=NAMES)
    detector.close()
    again = DriftDetector.open(tmp_path, GovernanceBridge(bench.governance))
    assert again.check("model", rows(1.0, seed=2), trace_id=TRACE).drifted == NAMES


@pytest.mark.negative
def test_without_a_baseline_there_is_nothing_to_compare_with(detector: DriftDetector) -> None:
    with pytest.raises(InputBoundsError, match="no baseline"):
        detector.check("model", rows(0.0, seed=1), trace_id=TRACE)


@pytest.mark.negative
def test_a_value_that_is_not_finite_is_refused(detector: DriftDetector) -> None:
    detector.set_baseline("model", rows(0.0, seed=1), names=NAMES)
    broken = rows(0.0, seed=2)
    broken[0, 0] = math.nan
    with pytest.raises(InputBoundsError, match="not finite"):
        detector.check("model", broken, trace_id=TRACE)


@pytest.mark.negative
def test_other_columns_than_those_of_the_baseline_are_refused(detector: DriftDetector) -> None:
    detector.set_baseline("model", rows(0.0, seed=1), names=NAMES)
    with pytest.raises(InputBoundsError, match="columns"):
        detector.check("model", np.zeros((10, 3)), trace_id=TRACE)
    with pytest.raises(InputBoundsError, match="measured by"):
        detector.observe("model", {"third": 1.0}, trace_id=TRACE)


@pytest.mark.regression
def test_the_threshold_is_the_declared_one() -> None:
    assert (THRESHOLDS.kl, THRESHOLDS.psi) == (0.1, 0.2)
