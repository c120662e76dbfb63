"""Parameters of a training pipeline: how far back it looks and how long it may take."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import word
from generators.patterns.imports import import_groups, number

_SHARE: Final = 0.75
"""Part of the endpoint's time-out for training; the rest is for validation and promotion."""

_REQUEST: Final = "RetrainRequest"
"""Shape of a request that waits for a training, whichever module answers it."""

_SECONDS: Final = 300.0
"""What a training may take if no endpoint waits for it."""


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the temporal scope, the time limit with its source, and the imports."""
    bridge, loader = context.siblings["governance_bridge"], context.siblings["model_loader"]
    validator = context.siblings["model_validator"]
    days = context.agent.learning.temporal_scope_days
    seconds, source = _time_limit(context)
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "loader_class": loader.class_name,
        "validator_class": validator.class_name,
        "forgets": days is not None,
        "days": number(days) if days is not None else 0,
        "days_source": (
            "reasoningengine.temporalscope"
            if days is not None
            else "reasoningengine.temporalscope is not given: all links count"
        ),
        "seconds": seconds,
        "seconds_source": source,
        "time_test": f"test_no_epoch_begins_after_{word(seconds)}_seconds",
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Iterable",)),
                ("pathlib", ("Path",)),
                ("typing", ("Final",)),
                ("agent_runtime.approvals", ("Credential",)),
                ("agent_runtime.clock", ("Clock",)),
                ("agent_runtime.errors", ("NoModelError",)),
                (
                    "agent_runtime.kernels.datasets",
                    ("Triple", "TripleDataset", "split_triples"),
                ),
                ("agent_runtime.kernels.factorization", ("FactorizationConfig",)),
                ("agent_runtime.kernels.linkmodel", ("LinkModel",)),
                ("agent_runtime.observations", ("ObservedLinks",)),
                ("agent_runtime.pipeline", ("OneAtATime", "PipelineRun", "retrain_response")),
                ("agent_runtime.shapes.base", ("Call",)),
                ("agent_runtime.shapes.training", ("RetrainRequest", "RetrainResponse")),
                ("agent_runtime.training", ("TrainingJob", "TrainingLimits")),
                ("agent_runtime.validation", ("HoldOut",)),
                (bridge.module, (bridge.class_name,)),
                (loader.module, (loader.class_name,)),
                (validator.module, (validator.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (loader.module, (loader.class_name,)),
                (validator.module, (validator.class_name,)),
                (context.module, ("LIMITS", "TEMPORAL_SCOPE_DAYS", context.class_name)),
            ],
        ),
    }


def _time_limit(context: PatternContext) -> tuple[float, str]:
    """Return the seconds for training and where they come from."""
    for use in context.operations:
        if use.request.name == _REQUEST:
            seconds = use.endpoint.timeout_ms * _SHARE / 1000.0
            return seconds, f"{_SHARE:.0%} of the time-out of {use.endpoint.name}"
    return _SECONDS, "no endpoint waits for a training"
