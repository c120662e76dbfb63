"""What `L9.example.module` promises.

Expected by the schema and by drift_analyzer@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.auditing.drift import LEAST_VALUES, Baseline
from agent_runtime.testing_auditing import PERIOD, ObservedBench

from L9.governance.tensor_auditor.drift_analyzer import BASELINES, KIND, THRESHOLDS, DriftAnalyzer

FIRST = BASELINES[0]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ObservedBench]:
    made = ObservedBench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def analyzer(tmp_path: Path) -> Iterator[DriftAnalyzer]:
    made = DriftAnalyzer.open(tmp_path)
    yield made
    made.close()


def observe(bench: ObservedBench, baseline: Baseline, count: int, *, shift: float = 0.0) -> None:
    """Observe `count` values spread evenly over [0, 0.5), moved by `shift`."""
    values = [(number * 37 % 100) / 200 + shift for number in range(count)]
    bench.tell(baseline.source, [{baseline.field: value} for value in values])


@pytest.mark.positive
@pytest.mark.parametrize("baseline", BASELINES, ids=lambda each: each.name)
def test_values_that_moved_beyond_0_1_are_a_finding(
    bench: ObservedBench, analyzer: DriftAnalyzer, baseline: Baseline
) -> None:
    observe(bench, baseline, baseline.size)
    assert analyzer.examine(bench.batch()) == ()
    observe(bench, baseline, baseline.size, shift=0.4)
    (finding,) = analyzer.examine(bench.batch())
    assert (finding.kind, finding.evidence["baseline"]) == (KIND, baseline.name)
    assert finding.agent == baseline.source.event.partition(".")[0]
    assert finding.subject == f"drift:{baseline.name}:{PERIOD}"
    assert finding.level > 0.1
    assert finding.evidence["values"] == baseline.size


@pytest.mark.positive
@pytest.mark.parametrize("baseline", BASELINES, ids=lambda each: each.name)
def test_values_as_before_are_no_drift(
    bench: ObservedBench, analyzer: DriftAnalyzer, baseline: Baseline
) -> None:
    observe(bench, baseline, baseline.size)
    analyzer.measure(bench.batch().recent)
    observe(bench, baseline, baseline.size)
    (measured,) = [
        each for each in analyzer.measure(bench.batch().recent) if each.baseline == baseline
    ]
    assert (measured.values, measured.level) == (baseline.size, 0.0)
    assert analyzer.examine(bench.batch()) == ()


@pytest.mark.positive
def test_the_limits_are_those_of_the_schema() -> None:
    assert THRESHOLDS.psi == 0.1
    assert THRESHOLDS.significance == pytest.approx(1 - 0.99)
    assert [(each.name, each.field, each.size) for each in BASELINES] == [
        ("link_confidence", "confidence", 500),
        ("decision_confidence", "confidence", 200),
    ]


@pytest.mark.positive
def test_a_baseline_outlives_a_restart(bench: ObservedBench, tmp_path: Path) -> None:
    observe(bench, FIRST, FIRST.size)
    for shift, found in ((0.0, 0), (0.4, 1)):
        analyzer = DriftAnalyzer.open(tmp_path)
        if shift:
            observe(bench, FIRST, FIRST.size, shift=shift)
        assert len(analyzer.examine(bench.batch())) == found
        analyzer.close()


@pytest.mark.positive
def test_after_an_announced_change_the_baseline_is_gathered_anew(
    bench: ObservedBench, analyzer: DriftAnalyzer
) -> None:
    observe(bench, FIRST, FIRST.size)
    analyzer.measure(bench.batch().recent)
    observe(bench, FIRST, FIRST.size, shift=0.4)
    assert len(analyzer.examine(bench.batch())) == 1
    analyzer.gather_anew(FIRST.name)
    assert analyzer.examine(bench.batch()) == ()
    observe(bench, FIRST, FIRST.size, shift=0.4)
    assert analyzer.examine(bench.batch()) == ()


@pytest.mark.negative
def test_while_the_baseline_is_gathered_nothing_is_compared(
    bench: ObservedBench, analyzer: DriftAnalyzer
) -> None:
    observe(bench, FIRST, FIRST.size - 1)
    measured = analyzer.measure(bench.batch().recent)[0]
    assert (measured.values, measured.drift) == (0, None)


@pytest.mark.negative
def test_fewer_than_50_values_say_nothing(bench: ObservedBench, analyzer: DriftAnalyzer) -> None:
    observe(bench, FIRST, FIRST.size)
    analyzer.measure(bench.batch().recent)
    observe(bench, FIRST, LEAST_VALUES - 1, shift=0.4)
    measured = analyzer.measure(bench.batch().recent)[0]
    assert (measured.values, measured.drift) == (LEAST_VALUES - 1, None)


@pytest.mark.negative
def test_what_is_no_number_is_left_out(bench: ObservedBench, analyzer: DriftAnalyzer) -> None:
    observe(bench, FIRST, FIRST.size)
    analyzer.measure(bench.batch().recent)
    bench.tell(FIRST.source, [{FIRST.field: "high"}, {FIRST.field: True}])
    assert analyzer.measure(bench.batch().recent)[0].decisions == ()


@pytest.mark.negative
def test_the_values_of_other_events_are_not_mixed_in(
    bench: ObservedBench, analyzer: DriftAnalyzer
) -> None:
    for _ in range(FIRST.size + LEAST_VALUES):
        bench.see("stranger.event", {FIRST.field: 0.5})
    assert analyzer.measure(bench.batch().recent)[0].decisions == ()
    assert analyzer.examine(bench.batch()) == ()
