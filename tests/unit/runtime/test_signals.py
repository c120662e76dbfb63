"""Signals refuse impossible declarations and impossible values."""

import math

import numpy as np
import pytest
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.signals import Signal

ANOMALY = Signal("anomaly_score", low=0.0, high=1.0, escalate_above=0.95)
CONFIDENCE = Signal("confidence", low=0.0, high=1.0, escalate_below=0.6)
DRIFT = Signal("drift_detected", unit="bool")
LATENCY = Signal("latency", unit="ms", low=0.0)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_value_on_or_between_the_bounds_is_accepted(value):
    assert ANOMALY.checked(value) == value


@pytest.mark.parametrize("value", [math.nextafter(0.0, -1.0), math.nextafter(1.0, 2.0), -1, 2])
def test_a_value_beyond_a_bound_is_refused_with_both_bounds(value):
    with pytest.raises(InputBoundsError, match=r"anomaly_score = .* ratio is outside 0\.0\.\.1\.0"):
        ANOMALY.checked(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan")])
def test_a_value_that_is_not_finite_is_refused(value):
    with pytest.raises(InputBoundsError, match="anomaly_score is not finite"):
        ANOMALY.checked(value)


@pytest.mark.parametrize("value", ["0.5", None, True, np.True_, [0.5], 1j])
def test_a_number_of_the_wrong_type_is_refused(value):
    with pytest.raises(InputBoundsError, match="anomaly_score is a number in ratio, not"):
        ANOMALY.checked(value)


@pytest.mark.parametrize("value", [np.float32(0.5), np.float64(0.5)])
def test_numpy_floats_become_plain_floats(value):
    assert type(ANOMALY.checked(value)) is float
    assert ANOMALY.checked(value) == 0.5


@pytest.mark.parametrize("value", [1, np.int64(1)])
def test_integers_become_floats(value):
    assert type(ANOMALY.checked(value)) is float


def test_a_missing_bound_does_not_bind():
    assert LATENCY.checked(1e12) == 1e12
    with pytest.raises(InputBoundsError, match=r"outside 0\.0\.\.None"):
        LATENCY.checked(-0.001)
    assert Signal("gain", high=0.0).checked(-1e12) == -1e12


def test_an_integer_beyond_the_floats_is_refused():
    with pytest.raises(InputBoundsError, match="latency is too large for a float"):
        LATENCY.checked(10**400)


@pytest.mark.parametrize("value", [True, np.True_])
def test_an_event_becomes_a_plain_bool(value):
    assert DRIFT.checked(value) is True


@pytest.mark.parametrize("value", [1, 0.0, "true", None])
def test_an_event_takes_nothing_but_a_bool(value):
    with pytest.raises(InputBoundsError, match="drift_detected is true or false, not"):
        DRIFT.checked(value)


def test_a_refusal_quotes_only_the_beginning_of_a_long_value():
    with pytest.raises(InputBoundsError) as refusal:
        ANOMALY.checked("x" * 1000)
    assert str(refusal.value).endswith("not str '" + "x" * 39)


@pytest.mark.parametrize(
    ("signal", "value", "breached"),
    [
        (ANOMALY, 0.95, False),
        (ANOMALY, math.nextafter(0.95, 1.0), True),
        (ANOMALY, 0.0, False),
        (CONFIDENCE, 0.6, False),
        (CONFIDENCE, math.nextafter(0.6, 0.0), True),
        (CONFIDENCE, 1.0, False),
        (LATENCY, 1e9, False),
        (LATENCY, math.nan, True),
        (ANOMALY, -math.inf, True),
    ],
)
def test_a_threshold_is_breached_strictly_beyond_it(signal, value, breached):
    assert signal.breached(value) is breached


@pytest.mark.parametrize(
    ("signal", "values", "extremes"),
    [
        (ANOMALY, [0.1, 0.97, 0.3], (0.97, 0.1)),
        (CONFIDENCE, [0.9, 0.2, 0.7], (0.2, 0.9)),
        (LATENCY, [3.0, 9.0, 1.0], (9.0, 1.0)),
        (LATENCY, [3.0, 3.0], (3.0,)),
        (Signal("x", escalate_above=1.0, escalate_below=-1.0), [1.5, -3.0], (-3.0, 1.5)),
        (Signal("x", escalate_above=1.0, escalate_below=-1.0), [3.5, -3.0], (3.5, -3.0)),
    ],
)
def test_the_extremes_come_with_the_one_farthest_beyond_a_threshold_first(signal, values, extremes):
    assert signal.extremes(values) == extremes


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_stands_for_all(bad):
    assert repr(ANOMALY.extremes([0.99, bad, 0.1])) == repr((bad,))


def test_extremes_of_nothing_are_refused():
    with pytest.raises(InputBoundsError, match="anomaly_score: there is no value to observe"):
        ANOMALY.extremes([])


RESERVED = [
    *("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for"),
    *("function", "if", "import", "let", "loop", "namespace", "package", "return", "var"),
    *("void", "while", "bool", "bytes", "double", "dyn", "int", "list", "map", "null_type"),
    *("string", "type", "uint"),
]


@pytest.mark.parametrize("name", ["", "a b", "1x", "a-b", "é", "a\n", *RESERVED])
def test_a_name_that_is_no_variable_of_a_rule_is_refused(name):
    with pytest.raises(ConfigError, match="cannot be a variable of a rule"):
        Signal(name)


@pytest.mark.parametrize("field", ["low", "high", "escalate_above", "escalate_below"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_bound_that_is_not_finite_is_refused(field, value):
    with pytest.raises(ConfigError, match="x: a bound or threshold is not finite"):
        Signal("x", **{field: value})


@pytest.mark.parametrize("field", ["low", "high", "escalate_above", "escalate_below"])
def test_an_event_has_no_bounds(field):
    with pytest.raises(ConfigError, match="x is an event"):
        Signal("x", unit="bool", **{field: 0.0})


def test_crossed_bounds_are_refused_and_equal_ones_are_not():
    with pytest.raises(ConfigError, match=r"low 1\.0 is above high 0\.5"):
        Signal("x", low=1.0, high=0.5)
    assert Signal("x", low=0.5, high=0.5).checked(0.5) == 0.5


@pytest.mark.parametrize("field", ["escalate_above", "escalate_below"])
@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_a_threshold_outside_the_bounds_can_never_be_meant(field, threshold):
    with pytest.raises(ConfigError, match="is out of bounds"):
        Signal("x", low=0.0, high=1.0, **{field: threshold})


def test_the_unit_is_a_ratio_unless_declared():
    assert Signal("x").unit == "ratio"
    assert not Signal("x").is_event
    assert DRIFT.is_event
