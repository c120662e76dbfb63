"""The world model condenses observations by closed forms and reports what nobody observed."""

import sqlite3

import numpy as np
import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, InputBoundsError, MemoryLayerError
from agent_runtime.worldmodel import ModelKind, SqliteSource, WorldModel, WorldModelSpec

DAY = 86_400.0
NOW = 1_000 * DAY
SPEC = WorldModelSpec(
    models={
        "preferences": (ModelKind.LEVEL,),
        "dynamics": (ModelKind.TREND,),
        "surprise": (ModelKind.DEVIATION,),
        "constraints": (ModelKind.RANGE,),
        "causes": (ModelKind.DEVIATION, ModelKind.LEVEL),
    },
    connectors=("stream", "graph"),
    use_cases={
        "everything": ("surprise", "preferences", "dynamics", "constraints"),
        "level": ("preferences",),
        "trend": ("dynamics",),
        "deviation": ("surprise",),
        "range": ("constraints",),
        "both": ("causes",),
    },
    window_days=365,
)


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "world.db"


@pytest.fixture
def world(path, clock):
    source = SqliteSource(path)
    yield WorldModel(SPEC, source, clock)
    source.close()


def observe(world, *values, signal="price", every=DAY, until=NOW):
    start = until - every * (len(values) - 1)
    for number, value in enumerate(values):
        world.observe("stream", "hamburg", {signal: value}, observed_at=start + number * every)


def factors(world, use_case):
    return {factor.name: factor.value for factor in world.context(use_case, "hamburg").factors}


@pytest.mark.positive
def test_a_context_has_the_factors_of_every_model_of_the_use_case(world):
    observe(world, 1.0, 2.0, 4.0)
    world.observe("stream", "hamburg", {"demand": 7.0})
    context = world.context("everything", "hamburg")
    assert (context.use_case, context.subject, context.as_of) == ("everything", "hamburg", NOW)
    assert [(factor.model, factor.name) for factor in context.factors] == [
        ("constraints", "demand.low"),
        ("constraints", "demand.high"),
        ("constraints", "price.low"),
        ("constraints", "price.high"),
        ("dynamics", "price.trend"),
        ("preferences", "demand.level"),
        ("preferences", "price.level"),
        ("surprise", "price.deviation"),
    ]
    assert {factor.observations for factor in context.factors if "price" in factor.name} == {3}
    assert {factor.latest for factor in context.factors} == {NOW}


def test_a_model_may_yield_several_kinds_of_factors(world):
    observe(world, 1.0, 3.0, 2.0)
    assert factors(world, "both") == {"price.deviation": pytest.approx(0.0), "price.level": 2.0}


def test_level_is_the_latest_and_range_the_extremes(world):
    observe(world, 3.0, 9.0, 5.0)
    assert factors(world, "level") == {"price.level": 5.0}
    assert factors(world, "range") == {"price.low": 3.0, "price.high": 9.0}


def test_trend_is_the_least_squares_slope_per_day(world):
    values = [1.0, 4.0, 2.0, 8.0]
    observe(world, *values, every=DAY / 2)
    expected = np.polyfit([0.0, 0.5, 1.0, 1.5], values, 1)[0]
    assert factors(world, "trend") == {"price.trend": pytest.approx(expected)}


def test_a_steady_signal_has_no_trend_and_a_single_observation_has_none_at_all(world):
    observe(world, 5.0)
    assert factors(world, "trend") == {}
    observe(world, 5.0, 5.0)
    assert factors(world, "trend") == {"price.trend": 0.0}


def test_deviation_is_in_standard_deviations_of_what_was_before(world):
    values = [10.0, 12.0, 14.0, 20.0]
    observe(world, *values)
    before = np.array(values[:-1])
    expected = (20.0 - before.mean()) / before.std(ddof=1)
    assert factors(world, "deviation") == {"price.deviation": pytest.approx(expected)}


def test_deviation_needs_three_observations(world):
    observe(world, 1.0, 2.0)
    assert factors(world, "deviation") == {}
    observe(world, 1.0, 2.0, 1.5)
    assert factors(world, "deviation") == {"price.deviation": pytest.approx(0.0)}


def test_without_spread_a_deviation_is_zero_or_not_defined(world):
    observe(world, 5.0, 5.0, 5.0)
    assert factors(world, "deviation") == {"price.deviation": 0.0}
    observe(world, 5.0, 5.0, 6.0)
    assert factors(world, "deviation") == {}


def test_a_factor_that_overflows_is_left_out(world):
    observe(world, -1.7e308, 1.7e308)
    assert factors(world, "trend") == {}
    assert factors(world, "range") == {"price.low": -1.7e308, "price.high": 1.7e308}


def test_one_time_with_two_connectors_has_no_trend(world):
    for connector, value in (("graph", 1.0), ("stream", 2.0)):
        world.observe(connector, "hamburg", {"price": value})
    assert factors(world, "trend") == {}
    assert factors(world, "level") == {"price.level": 2.0}
    assert world.context("level", "hamburg").silent == ()


def test_connectors_without_observations_are_reported_as_silent(world):
    assert world.context("everything", "hamburg").silent == ("stream", "graph")
    assert world.context("everything", "hamburg").factors == ()
    observe(world, 1.0)
    assert world.context("everything", "hamburg").silent == ("graph",)
    assert world.context("everything", "bremen").silent == ("stream", "graph")


def test_observations_count_for_the_declared_365_days(world, clock):
    world.observe("stream", "hamburg", {"price": 1.0})
    clock.advance(365 * DAY)
    assert factors(world, "level") == {"price.level": 1.0}
    clock.advance(0.5)
    assert factors(world, "level") == {}
    assert world.context("level", "hamburg").silent == ("stream", "graph")


def test_an_observation_repeated_is_replaced_not_doubled(world):
    observe(world, 1.0, 2.0)
    world.observe("stream", "hamburg", {"price": 8.0}, observed_at=NOW)
    context = world.context("range", "hamburg")
    assert [factor.value for factor in context.factors] == [1.0, 8.0]
    assert context.factors[0].observations == 2


@pytest.mark.positive
def test_a_counterfactual_replaces_the_latest_value_only(world):
    observe(world, 1.0, 2.0, 3.0)
    what_if = world.counterfactual("range", "hamburg", {"price": 0.5})
    assert [factor.value for factor in what_if.factors] == [0.5, 2.0]
    assert factors(world, "range") == {"price.low": 1.0, "price.high": 3.0}
    assert world.counterfactual("level", "hamburg", {}) == world.context("level", "hamburg")


@pytest.mark.negative
def test_a_counterfactual_about_what_was_never_observed_is_refused(world):
    observe(world, 1.0)
    with pytest.raises(InputBoundsError, match="signal 'demand' was not observed for 'hamburg'"):
        world.counterfactual("level", "hamburg", {"demand": 1.0})
    with pytest.raises(InputBoundsError, match="needs a name and a finite value"):
        world.counterfactual("level", "hamburg", {"price": float("nan")})


@pytest.mark.negative
def test_use_cases_and_connectors_must_be_declared(world):
    with pytest.raises(
        InputBoundsError, match="use case 'guessing' is not declared: everything, level"
    ):
        world.context("guessing", "hamburg")
    with pytest.raises(InputBoundsError, match="connector 'rumour' is not declared: stream, graph"):
        world.observe("rumour", "hamburg", {"price": 1.0})


@pytest.mark.negative
@pytest.mark.parametrize(
    ("subject", "values", "message"),
    [
        ("", {"price": 1.0}, "a subject needs a name"),
        ("hamburg", {}, "at least one value"),
        ("hamburg", {"": 1.0}, "needs a name and a finite value"),
        ("hamburg", {"price": float("inf")}, "signal 'price' needs a name and a finite value"),
    ],
)
def test_a_malformed_observation_is_refused(world, subject, values, message):
    with pytest.raises(InputBoundsError, match=message):
        world.observe("stream", subject, values)
    assert world.context("level", "hamburg").factors == ()


@pytest.mark.negative
@pytest.mark.parametrize("when", [NOW + 0.001, float("nan")])
def test_an_observation_from_the_future_is_refused(world, when):
    with pytest.raises(InputBoundsError, match="cannot lie in the future"):
        world.observe("stream", "hamburg", {"price": 1.0}, observed_at=when)


@pytest.mark.negative
def test_a_declaration_that_makes_no_sense_is_refused():
    with pytest.raises(ConfigError, match=r"use case 'u' asks unknown models: \['m'\]"):
        WorldModelSpec(models={}, connectors=(), use_cases={"u": ("m",)})
    for days in (0.0, float("nan")):
        with pytest.raises(ConfigError, match="window_days must be above 0"):
            WorldModelSpec(models={}, connectors=(), use_cases={}, window_days=days)
    assert WorldModelSpec(models={}, connectors=(), use_cases={}).window_days == 365.0


def test_what_one_process_observes_another_sees(world, path, clock):
    observe(world, 1.0)
    other = SqliteSource(path)
    assert factors(WorldModel(SPEC, other, clock), "level") == {"price.level": 1.0}
    other.close()


@pytest.mark.negative
def test_a_source_that_fails_is_a_memory_error_and_stores_nothing(world, path):
    sqlite3.connect(path).execute("DROP TABLE observations")
    with pytest.raises(MemoryLayerError, match=r"world\.db: no such table"):
        world.observe("stream", "hamburg", {"price": 1.0})
