"""Parameters of a world model bridge: declared models, connectors and use cases, and their kinds.

What a model yields is derived from the words in its name, in the order of `_KINDS`. A use case
asks every declared model: the schema restricts none.
"""

from collections.abc import Mapping
from typing import Final

from generators.engine.names import Identifier, InvalidNameError
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups, number

_KINDS: Final = (
    (("temporal", "trend", "dynamics", "pricing", "economics"), ("TREND",)),
    (("anomaly", "deviation", "drift"), ("DEVIATION",)),
    (("constraint", "geographic", "regional", "policy", "compliance"), ("RANGE",)),
    (("causal", "preference"), ("LEVEL", "DEVIATION")),
)
_OTHERWISE: Final = ("LEVEL",)
_WHAT_IF: Final = ("counterfactual", "what_if", "cascade", "scenario")
_DEFAULT_WINDOW: Final = 365.0
_TAKEN: Final = frozenset({"observe"})


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what the bridge declares, and what its tests expect of it.

    Raises:
        RefusalError: models, connectors or use cases are missing, or one is no identifier.
    """
    world = context.agent.world_model
    for field, names in (
        ("activemodels", world.active_models),
        ("dataconnectors", world.data_connectors),
        ("usecases", world.use_cases),
    ):
        _check(field, names)
    models: list[Plain] = [{"name": name, "kinds": [*_kinds(name)]} for name in world.active_models]
    what_if = [name for name in world.use_cases if any(word in name for word in _WHAT_IF)]
    cases: list[Plain] = [{"name": name, "what_if": name in what_if} for name in world.use_cases]
    window = context.agent.learning.temporal_scope_days or _DEFAULT_WINDOW
    world_module = context.source("interface", "agent_runtime.worldmodel")
    return {
        "class_name": context.class_name,
        "source": f"{context.agent.name}#/worldmodelintegration",
        "models": models,
        "connectors": [*world.data_connectors],
        "use_cases": cases,
        "what_if": [*what_if],
        "window_days": number(window),
        "expected": [*_expected(world.active_models)],
        "after_change": [*_after_change(world.active_models)],
        "has": {"what_if": bool(what_if)},
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Mapping"]),
                ("typing", ["Final"]),
                (world_module, ["ModelKind", "WorldContext", "WorldModel", "WorldModelSpec"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.clock", ["ManualClock"]),
                ("agent_runtime.errors", ["InputBoundsError"]),
                (world_module, ["SqliteSource", "WorldContext", "WorldModel"]),
                (context.module, ["WORLD", context.class_name]),
            ],
        ),
    }


def _kinds(name: str) -> tuple[str, ...]:
    for words, kinds in _KINDS:
        if any(word in name for word in words):
            return kinds
    return _OTHERWISE


def _expected(models: tuple[str, ...]) -> list[Plain]:
    """Return the factors of the series 1, 3, 8 on three days running, model by model.

    The slope is the difference of the ends over two days; the deviation that of 8 from the mean
    2 of 1 and 3, whose standard deviation is the root of 2.
    """
    return _factors(models, level=8.0, slope=3.5, deviation=6.0 / 2.0**0.5, low=1.0, high=8.0)


def _after_change(models: tuple[str, ...]) -> list[Plain]:
    """Return the same as if the latest value were 2."""
    return _factors(models, level=2.0, slope=0.5, deviation=0.0, low=1.0, high=3.0)


def _factors(
    models: tuple[str, ...],
    *,
    level: float,
    slope: float,
    deviation: float,
    low: float,
    high: float,
) -> list[Plain]:
    values = {
        "LEVEL": (("level", level),),
        "TREND": (("trend", slope),),
        "DEVIATION": (("deviation", deviation),),
        "RANGE": (("low", low), ("high", high)),
    }
    return [
        {"model": model, "name": f"price.{what}", "value": value}
        for model in sorted(models)
        for kind in _kinds(model)
        for what, value in values[kind]
    ]


def _check(field: str, names: tuple[str, ...]) -> None:
    if not names:
        raise RefusalError(
            f"worldmodelintegration.{field} is empty",
            f"list what the agent uses under worldmodelintegration.{field}",
        )
    for name in names:
        try:
            Identifier(name)
        except InvalidNameError as error:
            raise RefusalError(
                f"worldmodelintegration.{field} {name!r} is no identifier",
                "write lower-case words joined by underscores",
            ) from error
        if field == "usecases" and name in _TAKEN:
            raise RefusalError(
                f"worldmodelintegration.usecases {name!r} is a method that every bridge has",
                "give the use case another name",
            )
    if len(set(names)) < len(names):
        raise RefusalError(
            f"worldmodelintegration.{field} names something twice", "drop the repetition"
        )
