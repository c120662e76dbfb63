"""Parameters of a retraining scheduler: the interval, and what makes a model due earlier."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.model.agent import Learning
from generators.engine.model.ruling import Ruling
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups

_LIMIT: Final = re.compile(r"(?P<signal>\w+) (?P<sign>[<>]) (?P<limit>-?[0-9.]+(?:e[+-]?[0-9]+)?)")
_ABOUT_THE_MODEL: Final = ("accuracy", "data_quality", "drift")
_CHECK_SECONDS: Final = 3600.0
_RULE_IMPORTS: Final = (("agent_runtime.retraining", ("FeedbackRule",)),)
_TEST_IMPORTS: Final = (
    ("collections.abc", ("Iterator",)),
    ("pathlib", ("Path",)),
    ("agent_runtime.errors", ("InputBoundsError", "NoModelError", "OverloadedError")),
    ("agent_runtime.retraining", ("RetrainingState",)),
    ("agent_runtime.retraining_store", ("FileRetrainingStore",)),
    ("agent_runtime.shapes.base", ("Call",)),
    ("agent_runtime.shapes.training", ("RetrainRequest", "RetrainResponse")),
    ("agent_runtime.testing", ("TRACE", "AgentBench")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Feedback:
    """A signal with the limit beyond which it asks for retraining."""

    signal: str
    kind: str
    limit: float
    source: str


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the interval, the feedback rules and the drift events.

    A signal asks for retraining if a rule of the schema limits it, and it is about the model or is
    named in the reward or penalty function. What has no number in the schema cannot ask.

    Raises:
        RefusalError: the schema gives no interval.
    """
    learning = context.agent.learning
    hours = learning.retrain_interval_hours
    if not hours or hours <= 0:
        raise RefusalError(
            "reasoningengine.reasoningfeedbackloop.retrainintervalhours is missing or not positive",
            "write for example `retrainintervalhours: 168` there",
        )
    feedback = _feedback(context.ruling, learning)
    events = [s.name for s in context.ruling.signals if s.is_event and "drift" in s.name]
    bridge = context.siblings["governance_bridge"]
    scheduler = context.source("taskscheduler", "agent_runtime.scheduler")
    standard, libraries, own = import_groups(
        context.namespace,
        [
            *_TEST_IMPORTS,
            (scheduler, ["TaskScheduler"]),
            (bridge.module, ["POLICY", "RULES", "SIGNALS", bridge.class_name]),
            (
                context.module,
                ["ACCURACY_SIGNALS", "CHECK_SECONDS", "DRIFT_EVENTS", "JOB", "RETRAINING"],
            ),
            (context.module, [context.class_name]),
        ],
    )
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "imports": import_groups(
            context.namespace, [*_imports(context), *(_RULE_IMPORTS if feedback else [])]
        ),
        "test_standard": standard,
        "test_libraries": libraries,
        "test_own": own,
        "interval_hours": hours,
        "check_seconds": _CHECK_SECONDS,
        "rules": [_rule(each) for each in feedback],
        "has_rules": bool(feedback),
        "accuracy_signals": [each.signal for each in feedback if "accuracy_drop" in each.signal],
        "accuracy_limit": max(
            (each.limit for each in feedback if "accuracy_drop" in each.signal), default=0.0
        ),
        "has_accuracy": any("accuracy_drop" in each.signal for each in feedback),
        "drift_events": list(events),
        "has_events": bool(events),
        "interval_test": f"test_a_model_is_retrained_once_it_is_{hours}_hours_old",
    }


def _feedback(ruling: Ruling, learning: Learning) -> list[_Feedback]:
    """Collect the limited signals that say something about the model, each once."""
    prose = f"{learning.reward} {learning.penalty}"
    found: dict[str, _Feedback] = {}
    for rule in ruling.rules:
        match = _LIMIT.fullmatch(rule.expression)
        if match is None or not _speaks_of_the_model(match["signal"], prose):
            continue
        found.setdefault(
            match["signal"],
            _Feedback(
                signal=match["signal"],
                kind="penalty" if match["sign"] == ">" else "reward",
                limit=float(match["limit"]),
                source=rule.pointer.strip("/").replace("/", "."),
            ),
        )
    return [each for each in found.values() if not _said_longer(each.signal, found)]


def _speaks_of_the_model(signal: str, prose: str) -> bool:
    return signal in prose or any(word in signal for word in _ABOUT_THE_MODEL)


def _said_longer(signal: str, others: Iterable[str]) -> bool:
    """Whether another signal is the same with more words, as inference_latency is to latency."""
    return any(other.endswith(f"_{signal}") for other in others)


def _rule(each: _Feedback) -> dict[str, Plain]:
    penalty = each.kind == "penalty"
    step = max(abs(each.limit) * 0.01, 0.0001)
    return {
        "signal": each.signal,
        "kind": each.kind,
        "limit": each.limit,
        "source": each.source,
        "beyond": each.limit + step if penalty else each.limit - step,
        "sign": ">" if penalty else "<",
    }


def _imports(context: PatternContext) -> list[tuple[str, list[str]]]:
    """List what the module imports whatever the schema says."""
    bridge = context.siblings["governance_bridge"]
    return [
        ("collections.abc", ["Callable", "Mapping", "Sequence"]),
        ("threading", ["Lock"]),
        ("typing", ["Final"]),
        ("agent_runtime.clock", ["Clock", "system_clock"]),
        ("agent_runtime.errors", ["OverloadedError"]),
        ("agent_runtime.guards", ["FloatMatrix"]),
        ("agent_runtime.kernels.drift", ["DriftReport", "compare"]),
        (
            "agent_runtime.retraining",
            [
                "RetrainingDecision",
                "RetrainingLedger",
                "RetrainingPolicy",
                "RetrainingStore",
                "Trainer",
            ],
        ),
        ("agent_runtime.scheduler", ["JobRun"]),
        ("agent_runtime.shapes.base", ["Call"]),
        ("agent_runtime.shapes.training", ["RetrainRequest", "RetrainResponse"]),
        (
            context.source("taskscheduler", "agent_runtime.scheduler"),
            ["Interval", "JobState", "TaskScheduler"],
        ),
        (bridge.module, [bridge.class_name]),
    ]
