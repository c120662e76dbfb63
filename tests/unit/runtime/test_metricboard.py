"""A board of metrics: values of each kind, what is unknown, what is not registered."""

import pytest
from agent_runtime.errors import ConfigError
from agent_runtime.metricboard import MetricBoard
from agent_runtime.metrics import AgentMetrics, MetricSpec

SPECS = (
    MetricSpec(name="load", kind="gauge", help="load"),
    MetricSpec(name="jobs", kind="counter", help="jobs"),
    MetricSpec(name="wait_ms", kind="histogram", help="wait"),
    MetricSpec(name="by_kind", kind="gauge", help="by kind", labels=("kind",)),
)


def test_each_kind_shows_its_one_number_in_the_declared_order() -> None:
    metrics = AgentMetrics(SPECS)
    board = MetricBoard(metrics, ("wait_ms", "load", "jobs"))
    metrics.set("load", 0.5)
    metrics.increment("jobs", 3)
    for milliseconds in (5.0, 7.0):
        metrics.observe("wait_ms", milliseconds)
    assert list(board.snapshot().items()) == [("wait_ms", 2.0), ("load", 0.5), ("jobs", 3.0)]
    assert board.unknown() == ()


def test_what_nobody_set_is_unknown_and_zero_is_not() -> None:
    metrics = AgentMetrics(SPECS)
    board = MetricBoard(metrics, ("load", "jobs", "by_kind"))
    assert board.unknown() == ("load", "by_kind")
    metrics.set("load", 0.0)
    assert board.snapshot() == {"load": 0.0, "jobs": 0.0, "by_kind": None}


def test_a_metric_that_is_not_registered_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"not registered: speed$"):
        MetricBoard(AgentMetrics(SPECS), ("load", "speed"))
