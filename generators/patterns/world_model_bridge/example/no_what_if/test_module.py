"""What `L9.example.module` promises.

Expected by the schema and by world_model_bridge@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError

from L9.core.tensoraios.worldmodelbridge import WORLD, WorldModelBridge
from L9.worldmodel.interface import SqliteSource, WorldContext, WorldModel

DAY = 86_400.0
CONNECTORS = (
    "realtimeknowledgestream",
    "causalinferencegraph",
    "temporalpatterndb",
    "anomalypatterndb",
)
SERIES = (1.0, 3.0, 8.0)
FACTORS = {
    ("causal_buyer_preference_model", "price.level"): 8.0,
    ("causal_buyer_preference_model", "price.deviation"): 4.242640687119285,
    ("geographic_economic_constraints", "price.low"): 1.0,
    ("geographic_economic_constraints", "price.high"): 8.0,
    ("temporal_market_dynamics", "price.trend"): 3.5,
}
USE_CASES = [
    "link_prediction_with_causal_context",
    "anomaly_detection_via_causal_deviation",
    "pattern_discovery",
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def bridge(tmp_path: Path, clock: ManualClock) -> Iterator[WorldModelBridge]:
    source = SqliteSource(tmp_path / "world.db")
    yield WorldModelBridge(WorldModel(WORLD, source, clock))
    source.close()


def observe_series(bridge: WorldModelBridge, clock: ManualClock) -> None:
    """Let the first connector see the series on three days running."""
    for number, value in enumerate(SERIES):
        if number:
            clock.advance(DAY)
        bridge.observe(CONNECTORS[0], "hamburg", {"price": value})


def ask(bridge: WorldModelBridge, use_case: str, subject: str = "hamburg") -> WorldContext:
    context: WorldContext = getattr(bridge, use_case)(subject)
    return context


def found(context: WorldContext) -> dict[tuple[str, str], float]:
    return {(factor.model, factor.name): factor.value for factor in context.factors}


@pytest.mark.positive
@pytest.mark.parametrize("use_case", USE_CASES)
def test_each_use_case_hears_every_declared_model(
    bridge: WorldModelBridge, clock: ManualClock, use_case: str
) -> None:
    observe_series(bridge, clock)
    context = ask(bridge, use_case)
    assert (context.use_case, context.subject, context.as_of) == (use_case, "hamburg", clock())
    assert found(context) == pytest.approx(FACTORS)


@pytest.mark.positive
def test_the_world_is_what_the_schema_declares() -> None:
    assert WORLD.connectors == CONNECTORS
    assert list(WORLD.use_cases) == USE_CASES
    assert WORLD.window_days == 365


@pytest.mark.positive
@pytest.mark.parametrize("connector", CONNECTORS)
def test_each_declared_connector_is_heard(bridge: WorldModelBridge, connector: str) -> None:
    bridge.observe(connector, "hamburg", {"price": 1.0})
    silent = ask(bridge, USE_CASES[0]).silent
    assert silent == tuple(name for name in CONNECTORS if name != connector)


@pytest.mark.positive
@pytest.mark.parametrize("use_case", USE_CASES)
def test_where_nobody_looked_there_are_no_factors(bridge: WorldModelBridge, use_case: str) -> None:
    context = ask(bridge, use_case, "terra incognita")
    assert (context.factors, context.silent) == ((), CONNECTORS)


@pytest.mark.positive
def test_observations_count_for_the_declared_window_and_no_longer(
    bridge: WorldModelBridge, clock: ManualClock
) -> None:
    bridge.observe(CONNECTORS[0], "hamburg", {"price": 1.0})
    clock.advance(365 * DAY)
    assert CONNECTORS[0] not in ask(bridge, USE_CASES[0]).silent
    clock.advance(1)
    assert CONNECTORS[0] in ask(bridge, USE_CASES[0]).silent


@pytest.mark.positive
def test_subjects_do_not_mix(bridge: WorldModelBridge, clock: ManualClock) -> None:
    observe_series(bridge, clock)
    bridge.observe(CONNECTORS[0], "bremen", {"price": 100.0})
    assert found(ask(bridge, USE_CASES[0])) == pytest.approx(FACTORS)


@pytest.mark.negative
def test_a_connector_that_is_not_declared_is_refused(bridge: WorldModelBridge) -> None:
    with pytest.raises(InputBoundsError, match="connector 'rumour' is not declared"):
        bridge.observe("rumour", "hamburg", {"price": 1.0})


@pytest.mark.negative
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_not_finite_is_refused(bridge: WorldModelBridge, value: float) -> None:
    with pytest.raises(InputBoundsError, match="finite value"):
        bridge.observe(CONNECTORS[0], "hamburg", {"price": value})
    assert ask(bridge, USE_CASES[0]).factors == ()


@pytest.mark.negative
def test_an_observation_of_nothing_or_of_nobody_is_refused(bridge: WorldModelBridge) -> None:
    with pytest.raises(InputBoundsError, match="at least one value"):
        bridge.observe(CONNECTORS[0], "hamburg", {})
    with pytest.raises(InputBoundsError, match="a subject needs a name"):
        bridge.observe(CONNECTORS[0], "", {"price": 1.0})
