"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by world_model_bridge@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from L9.worldmodel.interface import ModelKind, WorldContext, WorldModel, WorldModelSpec

MODELS: Final[Mapping[str, tuple[ModelKind, ...]]] = {
    "causal_buyer_preference_model": (ModelKind.LEVEL, ModelKind.DEVIATION),
    "temporal_market_dynamics": (ModelKind.TREND,),
    "geographic_economic_constraints": (ModelKind.RANGE,),
}

# TensorAIOS#/worldmodelintegration
WORLD: Final = WorldModelSpec(
    models=MODELS,
    connectors=(
        "realtimeknowledgestream",
        "causalinferencegraph",
        "temporalpatterndb",
        "anomalypatterndb",
    ),
    use_cases={
        "link_prediction_with_causal_context": tuple(MODELS),
        "anomaly_detection_via_causal_deviation": tuple(MODELS),
        "counterfactual_scoring": tuple(MODELS),
        "pattern_discovery": tuple(MODELS),
    },
    window_days=365,
)


class WorldModelBridge:
    """The agent's questions to the world model, one method a declared use case."""

    def __init__(self, world: WorldModel) -> None:
        self._world = world

    def observe(self, connector: str, subject: str, values: Mapping[str, float]) -> None:
        """Take in what a declared connector just saw of `subject`, numbers by signal.

        Raises:
            InputBoundsError: the connector is not declared, or a value is not finite.
        """
        self._world.observe(connector, subject, values)

    def link_prediction_with_causal_context(self, subject: str) -> WorldContext:
        """Return what the models make of what was observed of `subject`; gaps are named in it."""
        return self._world.context("link_prediction_with_causal_context", subject)

    def anomaly_detection_via_causal_deviation(self, subject: str) -> WorldContext:
        """Return what the models make of what was observed of `subject`; gaps are named in it."""
        return self._world.context("anomaly_detection_via_causal_deviation", subject)

    def counterfactual_scoring(self, subject: str, changes: Mapping[str, float]) -> WorldContext:
        """Return what the models would say of `subject` if its latest values were `changes`.

        Raises:
            InputBoundsError: a value is not finite, or its signal was never observed.
        """
        return self._world.counterfactual("counterfactual_scoring", subject, changes)

    def pattern_discovery(self, subject: str) -> WorldContext:
        """Return what the models make of what was observed of `subject`; gaps are named in it."""
        return self._world.context("pattern_discovery", subject)
