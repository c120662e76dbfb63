"""Metrics: what is declared is exposed, what is not is refused."""

import math

import pytest
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.metrics import CONTENT_TYPE, MILLISECONDS, SECONDS, AgentMetrics, MetricSpec
from prometheus_client.parser import text_string_to_metric_families

LATENCY = MetricSpec(name="inference_latency_ms", kind="histogram", help="Time of an inference")
ACCURACY = MetricSpec(name="model_accuracy_on_live_data", kind="gauge", help="Share of hits")
QUALITY = MetricSpec(name="precision_recall", kind="gauge", help="Quality", labels=("measure",))
FLAGGED = MetricSpec(name="anomalies_flagged", kind="counter", help="Anomalies")
BY_KIND = MetricSpec(name="flags_by_kind", kind="counter", help="Flags", labels=("kind",))
SIZES = MetricSpec(
    name="sizes", kind="histogram", help="Sizes", labels=("shape",), buckets=(1.0, 10.0)
)


@pytest.fixture
def metrics():
    return AgentMetrics([LATENCY, ACCURACY, QUALITY, FLAGGED, BY_KIND, SIZES])


def test_declared_metrics_are_exposed_under_their_names(metrics):
    families = {family.name for family in text_string_to_metric_families(metrics.render().decode())}
    assert families >= {"inference_latency_ms", "model_accuracy_on_live_data", "anomalies_flagged"}
    assert families >= {"agent_requests", "agent_request_duration_seconds"}
    assert metrics.names[:2] == ("inference_latency_ms", "model_accuracy_on_live_data")
    assert CONTENT_TYPE == "text/plain; version=0.0.4; charset=utf-8"


def test_a_gauge_that_nobody_set_reads_nan_until_it_is(metrics):
    assert math.isnan(metrics.value("model_accuracy_on_live_data"))
    metrics.set("model_accuracy_on_live_data", 0.9)
    assert metrics.value("model_accuracy_on_live_data") == 0.9
    assert metrics.value("precision_recall", {"measure": "recall"}) is None
    metrics.set("precision_recall", 0.5, labels={"measure": "recall"})
    assert metrics.value("precision_recall", {"measure": "recall"}) == 0.5


def test_counters_rise(metrics):
    metrics.increment("anomalies_flagged")
    metrics.increment("anomalies_flagged", 2.5)
    metrics.increment("anomalies_flagged", 0.0)
    assert metrics.value("anomalies_flagged_total") == 3.5
    metrics.increment("flags_by_kind", labels={"kind": "drift"})
    assert metrics.value("flags_by_kind_total", {"kind": "drift"}) == 1.0


def test_histograms_count_by_upper_bound(metrics):
    for value in (499.9, 500.0, 500.1):
        metrics.observe("inference_latency_ms", value)
    assert metrics.value("inference_latency_ms_bucket", {"le": "250.0"}) == 0.0
    assert metrics.value("inference_latency_ms_bucket", {"le": "500.0"}) == 2.0
    assert metrics.value("inference_latency_ms_count") == 3.0
    metrics.observe("sizes", 5, labels={"shape": "wide"})
    assert metrics.value("sizes_bucket", {"shape": "wide", "le": "1.0"}) == 0.0
    assert metrics.value("sizes_bucket", {"shape": "wide", "le": "10.0"}) == 1.0


def test_requests_are_counted_by_endpoint_and_status(metrics):
    metrics.request_started()
    metrics.request_started()
    assert metrics.value("agent_requests_in_flight") == 2.0
    metrics.request_finished("score", 200, 0.5)
    assert metrics.value("agent_requests_in_flight") == 1.0
    assert metrics.value("agent_requests_total", {"endpoint": "score", "status": "200"}) == 1.0
    assert metrics.value("agent_request_duration_seconds_sum", {"endpoint": "score"}) == 0.5
    bucket = {"endpoint": "score", "le": "0.5"}
    assert metrics.value("agent_request_duration_seconds_bucket", bucket) == 1.0


def test_two_agents_in_one_process_do_not_share_metrics():
    first, second = AgentMetrics([FLAGGED]), AgentMetrics([FLAGGED])
    first.increment("anomalies_flagged")
    assert second.value("anomalies_flagged_total") == 0.0


def test_the_usual_time_outs_are_bucket_bounds():
    assert {100.0, 250.0, 500.0, 1000.0} <= set(MILLISECONDS)
    assert {0.1, 0.25, 0.5, 1.0, 60.0} <= set(SECONDS)


@pytest.mark.negative
@pytest.mark.parametrize("amount", [-0.1, math.nan, math.inf])
def test_a_counter_cannot_rise_by_nonsense(metrics, amount):
    with pytest.raises(InputBoundsError, match=r"^counter anomalies_flagged cannot rise by"):
        metrics.increment("anomalies_flagged", amount)
    assert metrics.value("anomalies_flagged_total") == 0.0


@pytest.mark.negative
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_not_finite_are_refused(metrics, value):
    with pytest.raises(InputBoundsError, match=r"^gauge model_accuracy_on_live_data cannot be"):
        metrics.set("model_accuracy_on_live_data", value)
    with pytest.raises(InputBoundsError, match=r"^histogram inference_latency_ms cannot count"):
        metrics.observe("inference_latency_ms", value)


@pytest.mark.negative
def test_undeclared_metrics_and_labels_are_refused(metrics):
    with pytest.raises(ConfigError, match=r"^no counter 'gone' is declared$"):
        metrics.increment("gone")
    with pytest.raises(ConfigError, match=r"^no gauge 'inference_latency_ms' is declared$"):
        metrics.set("inference_latency_ms", 1.0)
    with pytest.raises(ConfigError, match=r"^no histogram 'anomalies_flagged' is declared$"):
        metrics.observe("anomalies_flagged", 1.0)
    with pytest.raises(ConfigError, match=r"has the labels \('measure',\), not \('other',\)$"):
        metrics.set("precision_recall", 1.0, labels={"other": "x"})
    with pytest.raises(ConfigError, match="has the labels"):
        metrics.set("precision_recall", 1.0)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "Bad-Name"}, "'Bad-Name' is no metric or label name"),
        ({"labels": ("le!",)}, "'le!' is no metric or label name"),
        ({"name": "agent_requests_x"}, "the service's own"),
        ({"buckets": ()}, "do not rise"),
        ({"buckets": (1.0, 1.0)}, "do not rise"),
        ({"buckets": (2.0, 1.0)}, "do not rise"),
        ({"buckets": (1.0, math.inf)}, "do not rise"),
    ],
)
def test_what_prometheus_could_not_expose_is_refused(fields, message):
    with pytest.raises(ConfigError, match=message):
        MetricSpec(**{"name": "m", "kind": "histogram", "help": "h", **fields})


@pytest.mark.negative
def test_a_metric_declared_twice_is_refused():
    with pytest.raises(ConfigError, match=r"^metric anomalies_flagged is declared twice$"):
        AgentMetrics([FLAGGED, FLAGGED])


def test_hostile_label_values_stay_inside_their_sample(metrics):
    metrics.increment("flags_by_kind", labels={"kind": 'x"} 1\nfake 1'})
    names = {family.name for family in text_string_to_metric_families(metrics.render().decode())}
    assert "fake" not in names


def test_a_followed_gauge_shows_what_its_reading_returns_now():
    metrics = AgentMetrics([MetricSpec(name="rate", kind="gauge", help="rate")])
    readings = [1.0]
    metrics.follow("rate", lambda: readings[-1])
    assert metrics.value("rate") == 1.0
    readings.append(2.5)
    assert metrics.value("rate") == 2.5
    with pytest.raises(ConfigError, match="no gauge 'other' is declared"):
        metrics.follow("other", lambda: 0.0)
