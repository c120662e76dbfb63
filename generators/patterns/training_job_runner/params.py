"""Parameters of a training runner: how many trainings run, what they may use, who hears of them."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event, event_signal, source_of, word
from generators.patterns.imports import import_groups

_PARALLEL: Final = 1
"""Trainings at a time where the schema names no limit."""

_INTERVAL: Final = "reasoningengine.reasoningfeedbackloop.retrainintervalhours"
_HOURS: Final = 168
"""Hours between trainings that nobody asked for, where the schema names no interval."""


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return limits, signals and siblings.

    Raises:
        RefusalError: the schema does not want trainings audited.
    """
    event = audit_event(context, "training")
    if not event:
        raise RefusalError(
            "governance.auditscope does not name the event of a training",
            "write for example `- training_job_execution` in governance.auditscope",
        )
    siblings = context.siblings
    bridge, tuner = siblings["governance_bridge"], siblings["hyperparameter_tuner"]
    ingestion, normalizer = siblings["data_ingestion_agent"], siblings["data_normalizer"]
    memory = siblings["memory_bridge"]  # the normaliser needs it
    failure = event_signal(context.ruling, "training", "fail")
    limit = context.agent.autonomy.task_limit
    parallel = limit or _PARALLEL
    hours = context.agent.learning.retrain_interval_hours
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "ingestion_class": ingestion.class_name,
        "normalizer_class": normalizer.class_name,
        "memory_class": memory.class_name,
        "audit_event": event,
        "failures": [failure] if failure else [],
        "told": bool(failure),
        "failure_source": (
            source_of(context.ruling, failure) if failure else "no signal is declared"
        ),
        "parallel": parallel,
        "parallel_source": (
            "learningsystem.autonomyprofile.tasklimit"
            if limit
            else "learningsystem.autonomyprofile.tasklimit is not given"
        ),
        "hours": hours or _HOURS,
        "hours_source": f"{_INTERVAL}{'' if hours else ' is not given'}",
        "due_test": f"test_a_training_is_ordered_every_{hours or _HOURS}_hours",
        "limit_test": f"test_the_limit_of_{word(parallel)}_trainings_at_a_time_is_told",
        "has_graph": context.agent.layer("semanticmemory") is not None,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Callable",)),
                ("pathlib", ("Path",)),
                ("typing", ("Final",)),
                ("agent_runtime.clock", ("Clock",)),
                ("agent_runtime.kernels.factorization", ("FactorizationConfig",)),
                ("agent_runtime.shapes.base", ("Call",)),
                ("agent_runtime.shapes.status", ("StatusResponse",)),
                (
                    "agent_runtime.shapes.trainings",
                    (
                        "TrainingAccepted",
                        "TrainingRequest",
                        "TrainingStatusRequest",
                        "TrainingStatusResponse",
                    ),
                ),
                ("agent_runtime.training", ("TrainingLimits",)),
                ("agent_runtime.trainingjobs.desk", ("Candidate", "TrainingDesk", "TrainingPlan")),
                ("agent_runtime.trainingjobs.lineage", ("Lineage",)),
                ("agent_runtime.trainingjobs.orders", ("SearchPlan",)),
                ("agent_runtime.trainingjobs.runner", ("JobLimits",)),
                ("agent_runtime.scheduler", ("JobRun",)),
                (
                    context.source("taskscheduler", "agent_runtime.scheduler"),
                    ("Interval", "JobState", "TaskScheduler"),
                ),
                (bridge.module, (bridge.class_name,)),
                (ingestion.module, (ingestion.class_name,)),
                (normalizer.module, (normalizer.class_name,)),
                (
                    tuner.module,
                    ("AUTOTUNE", "EPOCHS_A_TRIAL", "MOST_SECONDS", "MOST_TRIALS", "SPACE"),
                ),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (ingestion.module, (ingestion.class_name,)),
                (memory.module, ("TOPOLOGY", memory.class_name)),
                (normalizer.module, (normalizer.class_name,)),
                (context.module, ("AUDIT_EVENT", "EVERY_HOURS", "JOB", "PLAN", context.class_name)),
            ],
        ),
    }
