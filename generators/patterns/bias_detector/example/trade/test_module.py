"""What `L9.example.module` promises.

Expected by the schema and by bias_detector@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.auditing.bias import LEAST_IN_GROUP, Comparison
from agent_runtime.testing_auditing import PERIOD, ObservedBench

from L9.governance.tensor_auditor.bias_detector import COMPARISONS, KIND, BiasDetector

CASES = 400


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ObservedBench]:
    made = ObservedBench(tmp_path)
    yield made
    made.close()


def predict(
    bench: ObservedBench, comparison: Comparison, group: str, favourable: int, cases: int = CASES
) -> None:
    """Observe `cases` predictions about `group`, the first `favourable` of them favourable."""
    outcomes = [comparison.above + 0.1] * favourable
    outcomes += [comparison.above - 0.1] * (cases - favourable)
    bench.tell(
        comparison.source,
        [
            {
                comparison.group: group,
                comparison.outcome: outcome,
                comparison.key: f"{group}-{number}",
            }
            for number, outcome in enumerate(outcomes)
        ],
    )


def turn_out(bench: ObservedBench, comparison: Comparison, group: str, cases: int = CASES) -> None:
    """Observe that each of `cases` predictions about `group` turned out true."""
    truth = comparison.truth
    assert truth is not None
    bench.tell(
        truth.source,
        [{truth.key: f"{group}-{number}", truth.field: True} for number in range(cases)],
    )


@pytest.mark.positive
@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda each: each.name)
def test_a_planted_gap_is_found_and_names_its_decisions(
    bench: ObservedBench, comparison: Comparison
) -> None:
    predict(bench, comparison, "north", CASES)
    predict(bench, comparison, "south", 0)
    batch = bench.batch()
    (finding,) = [
        each
        for each in BiasDetector().examine(batch)
        if each.evidence["comparison"] == comparison.name
    ]
    assert (finding.kind, finding.level) == (KIND, 1.0)
    assert finding.agent == comparison.source.event.partition(".")[0]
    assert finding.subject == f"bias:{comparison.name}:{PERIOD}"
    assert finding.evidence["decisions"] == [
        *dict.fromkeys(each.event.event_data.decision_id for each in batch.recent)
    ]


@pytest.mark.positive
@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda each: each.name)
def test_a_gap_within_the_declared_tolerance_is_none(
    bench: ObservedBench, comparison: Comparison
) -> None:
    within = round(CASES * (0.5 + comparison.tolerance))
    predict(bench, comparison, "north", within)
    predict(bench, comparison, "south", CASES // 2)
    measured = BiasDetector().measure(bench.batch().recent)
    (shown,) = [each for each in measured if each.comparison == comparison]
    assert shown.cases == 2 * CASES
    assert shown.score == pytest.approx(comparison.tolerance, abs=1 / CASES)
    assert shown.beyond == ()


@pytest.mark.positive
@pytest.mark.parametrize(
    "comparison", [each for each in COMPARISONS if each.truth], ids=lambda each: each.name
)
def test_what_turned_out_is_compared_as_well(bench: ObservedBench, comparison: Comparison) -> None:
    for group, favourable in (("north", CASES), ("south", 0)):
        predict(bench, comparison, group, favourable)
        turn_out(bench, comparison, group)
    measured = BiasDetector().measure(bench.batch().recent)
    (shown,) = [each for each in measured if each.comparison == comparison]
    assert len(shown.gaps) > 1
    assert {gap.ahead.group for gap in shown.beyond} == {"north"}


@pytest.mark.positive
def test_groups_and_tolerances_are_those_of_the_schema() -> None:
    assert [(each.name, each.group, each.tolerance, each.level) for each in COMPARISONS] == [
        ("link_kinds", "relation", 0.2, 0.99),
        ("regions", "region", 0.1, 0.99),
    ]
    assert KIND == "bias_detected"


@pytest.mark.positive
def test_the_same_events_give_the_same_finding(bench: ObservedBench) -> None:
    predict(bench, COMPARISONS[0], "north", CASES)
    predict(bench, COMPARISONS[0], "south", 0)
    detector = BiasDetector()
    assert detector.examine(bench.batch()) == detector.examine(bench.batch())


@pytest.mark.negative
def test_a_gap_that_chance_explains_is_not_reported(bench: ObservedBench) -> None:
    few = LEAST_IN_GROUP
    predict(bench, COMPARISONS[0], "north", few // 2 + 2, few)
    predict(bench, COMPARISONS[0], "south", few // 2 - 2, few)
    assert BiasDetector().measure(bench.batch().recent)[0].score > 0
    assert BiasDetector().examine(bench.batch()) == ()


@pytest.mark.negative
def test_a_group_of_fewer_than_30_cases_says_nothing(bench: ObservedBench) -> None:
    predict(bench, COMPARISONS[0], "north", LEAST_IN_GROUP - 1, LEAST_IN_GROUP - 1)
    predict(bench, COMPARISONS[0], "south", 0)
    assert BiasDetector().measure(bench.batch().recent)[0].gaps == ()


@pytest.mark.negative
def test_predictions_without_group_or_outcome_do_not_count(bench: ObservedBench) -> None:
    first = COMPARISONS[0]
    bench.tell(first.source, [{first.group: "north", first.outcome: "none"}, {first.outcome: True}])
    bench.see("stranger.event", {first.group: "north", first.outcome: True})
    measured = BiasDetector().measure(bench.batch().recent)
    assert (measured[0].cases, measured[0].decisions) == (0, ())


@pytest.mark.negative
def test_nothing_is_found_where_nothing_was_observed(bench: ObservedBench) -> None:
    assert BiasDetector().examine(bench.batch()) == ()
