"""Parameters of TRAINING_PIPELINE.md: the stages, who does each, and what stops a model."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import heading

_STAGES: Final = (
    ("ingestion", "data_ingestion_agent"),
    ("dataset", "data_normalizer"),
    ("search", "hyperparameter_tuner"),
    ("training", "training_job_runner"),
    ("validation", "model_validator"),
    ("evaluation", "accuracy_evaluator"),
    ("promotion", "model_promoter"),
    ("rollback", "rollback_handler"),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return stages, limits, rules and endpoints.

    Raises:
        RefusalError: the agent runs no trainings.
    """
    siblings = context.siblings
    if "training_job_runner" not in siblings:
        raise RefusalError(
            "TRAINING_PIPELINE.md is listed, but no generated file runs trainings",
            "add training_job_runner.py to generatefiles, or drop the document",
        )
    agent, learning = context.agent, context.agent.learning
    threshold = learning.stability_threshold
    return {
        **heading(context),
        "stages": [
            {
                "stage": stage,
                "file": f"{siblings[role].stem}.py",
                "class": siblings[role].class_name,
                "does": siblings[role].pattern.title,
            }
            for stage, role in _STAGES
            if role in siblings
        ],
        "parallel": "one" if agent.autonomy.task_limit is None else str(agent.autonomy.task_limit),
        "scope": agent.autonomy.external_actions or "not declared",
        "threshold": "" if threshold is None else f"{threshold:g}",
        "has_threshold": threshold is not None,
        "endpoints": [
            {
                "name": str(use.endpoint.name),
                "method": use.endpoint.method,
                "path": use.endpoint.path,
                "auth": use.endpoint.auth or "as any endpoint",
            }
            for use in context.operations
        ],
        "rules": [{"rule": rule.rule_id, "text": rule.text} for rule in context.ruling.rules],
        "audited": [*agent.governance.audit_scope],
    }
