"""What `L9.example.module` promises.

Expected by the schema and by metric_board@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import pytest
from agent_runtime.errors import ConfigError
from agent_runtime.metrics import AgentMetrics, MetricSpec

from acme.agents.line_watch.metrics import METRICS, MetricsBoard

DECLARED = ("inference_latency_ms", "batch_throughput_requests_per_sec")


@pytest.fixture
def metrics() -> AgentMetrics:
    return AgentMetrics([MetricSpec(name=name, kind="gauge", help=name) for name in DECLARED])


@pytest.mark.positive
def test_the_board_shows_what_the_schema_declares_and_in_its_order(metrics: AgentMetrics) -> None:
    assert METRICS == DECLARED
    assert tuple(MetricsBoard(metrics).snapshot()) == DECLARED


@pytest.mark.positive
@pytest.mark.parametrize("name", DECLARED)
def test_a_metric_that_is_fed_shows_its_value(metrics: AgentMetrics, name: str) -> None:
    metrics.set(name, 0.75)
    assert MetricsBoard(metrics).snapshot()[name] == 0.75


@pytest.mark.positive
@pytest.mark.parametrize("name", DECLARED)
def test_zero_is_a_value(metrics: AgentMetrics, name: str) -> None:
    metrics.set(name, 0.0)
    assert name not in MetricsBoard(metrics).unknown()


@pytest.mark.positive
def test_the_board_follows_the_metrics(metrics: AgentMetrics) -> None:
    board = MetricsBoard(metrics)
    assert board.unknown() == DECLARED
    for name in DECLARED:
        metrics.set(name, 1.0)
    assert board.unknown() == ()


@pytest.mark.positive
def test_reading_feeds_nothing(metrics: AgentMetrics) -> None:
    board = MetricsBoard(metrics)
    assert board.snapshot() == board.snapshot()
    assert board.unknown() == DECLARED


@pytest.mark.negative
def test_before_anything_is_fed_every_value_is_none(metrics: AgentMetrics) -> None:
    assert set(MetricsBoard(metrics).snapshot().values()) == {None}


@pytest.mark.negative
def test_feeding_one_metric_tells_nothing_about_the_others(metrics: AgentMetrics) -> None:
    metrics.set(DECLARED[0], 1.0)
    assert MetricsBoard(metrics).unknown() == DECLARED[1:]


@pytest.mark.negative
def test_a_metric_that_nobody_registered_is_refused() -> None:
    with pytest.raises(ConfigError, match=DECLARED[0]):
        MetricsBoard(AgentMetrics())
