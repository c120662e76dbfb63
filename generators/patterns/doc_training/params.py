"""Parameters of TRAINING.md: schedule, data, acceptance, drift, rollback."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import heading

_ROLES = ("training_pipeline", "model_validator", "retraining_scheduler", "hyperparameter_tuner")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return how the agent learns.

    Raises:
        RefusalError: the agent has no module that trains.
    """
    learning = context.agent.learning
    modules = [context.siblings[role] for role in _ROLES if role in context.siblings]
    if "training_pipeline" not in context.siblings:
        raise RefusalError(
            "TRAINING.md is listed, but no generated file answers to training_pipeline",
            "add a training pipeline to generatefiles, or drop the document from generatedocs",
        )
    threshold, hours = learning.stability_threshold, learning.retrain_interval_hours
    days = learning.temporal_scope_days
    return {
        **heading(context),
        "framework": learning.framework,
        "model": learning.model,
        "secondary": [*learning.secondary_models],
        "mode": learning.update_mode or "on request",
        "hours": "not scheduled" if hours is None else f"every {hours} hours",
        "threshold": "" if threshold is None else f"{threshold:g}",
        "has_threshold": threshold is not None,
        "target": learning.optimization_target or "not stated",
        "window": "all data" if days is None else f"the last {days:g} days",
        "auto_tune": learning.auto_tune,
        "rollback": learning.rollback_on_regression,
        "reward": learning.reward,
        "penalty": learning.penalty,
        "channels": [*learning.feedback_channels],
        "blend": [*learning.source_blend],
        "modules": [
            {"file": f"{m.stem}.py", "class": m.class_name, "purpose": m.pattern.title}
            for m in modules
        ],
    }
