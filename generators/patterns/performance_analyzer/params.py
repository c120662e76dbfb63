"""Parameters of a performance analyzer: the scored metrics, what each measures, and how often."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audited, section, texts
from generators.patterns.imports import import_groups
from generators.patterns.modes import role_of_mode

_FIELD: Final = "governancefeedbackcycle.improvementscoring"
_MEASURES: Final = (
    ("transfer", ("transfer",)),
    ("escalation", ("escalation", "override")),
    ("compliance", ("compliance", "violation")),
    ("acceptance", ("acceptance", "adoption")),
    ("consistency", ("consistency", "memory")),
    ("tensors", ("tensor", "integration")),
    ("accuracy", ("accuracy", "correct", "success")),
)
"""What a metric measures, by words in its name; the first that fits."""
_DEFAULT_HOURS: Final = 24
_IMPORTS: Final = (
    ("collections.abc", ("Mapping",)),
    ("typing", ("Final",)),
    ("agent_runtime.clock", ("Clock",)),
    ("agent_runtime.decisions", ("SECONDS_AN_HOUR",)),
    ("agent_runtime.feedback.performance", ("Measure", "Performance", "PerformanceReport")),
    ("agent_runtime.feedback.performance", ("Standings",)),
    ("agent_runtime.scheduler", ("JobRun",)),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the declared metrics with their measures, and the time between reports.

    Raises:
        RefusalError: no metric is declared, nothing measures one, or no audit is declared for it.
    """
    scoring = section(context, "governancefeedbackcycle", "improvementscoring")
    names = texts(scoring.get("metrics") if isinstance(scoring, Mapping) else scoring)
    if not names:
        raise RefusalError(
            f"{_FIELD} declares no metric that could be scored",
            f"write for example `metrics: [reasoning_accuracy]` under {_FIELD}",
        )
    hours = section(context, "governancefeedbackcycle", "reportfrequencyhours")
    lent = [
        n for n in context.agent.learning.strategy_modes if role_of_mode(n) == "analogical_reasoner"
    ]
    event = audited(context, "performance", "learning", "reasoning")
    bridge, logger = context.siblings["governance_bridge"], context.siblings["episodic_logger"]
    scheduler = context.source("taskscheduler", "agent_runtime.scheduler")
    memory = context.source("memorymanager", "agent_runtime.memory")
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "metrics": {name: _measure(name) for name in dict.fromkeys(names)},
        "transferring": [*lent],
        "hours": hours if isinstance(hours, int) else _DEFAULT_HOURS,
        "audit_event": event,
        "governance_class": bridge.class_name,
        "logger_class": logger.class_name,
        "imports": import_groups(
            context.namespace,
            [
                *_IMPORTS,
                (scheduler, ["Interval", "JobState", "TaskScheduler"]),
                (memory, ["MemoryLayers"]),
                (bridge.module, [bridge.class_name]),
                (logger.module, [logger.class_name]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ["POLICY", "RULES", "SIGNALS", bridge.class_name]),
                (logger.module, [logger.class_name]),
                (context.module, ["HOURS", "JOB", "METRICS", context.class_name]),
                (scheduler, ["TaskScheduler"]),
            ],
        ),
    }


def _measure(name: str) -> str:
    found = next((measure for measure, words in _MEASURES if any(w in name for w in words)), "")
    if not found:
        raise RefusalError(
            f"{_FIELD}: nothing measures {name}",
            "name it by what it scores: accuracy, compliance, acceptance, consistency, tensors, "
            "transfer or escalation",
        )
    return found
