"""Parameters of an audit sampling engine: how many decisions are drawn, and how often."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import auditing, number_of
from generators.patterns.declared import word
from generators.patterns.imports import import_groups, number

_DEFAULT_SECONDS: Final = 60.0
_DEFAULT_LEAST: Final = 1
_DRAWN: Final = 400


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the sampling plan.

    Raises:
        RefusalError: the schema does not say which share is drawn, or how far back audits look.
    """
    section = auditing(context)
    rate, window = number_of(section, "samplingrate", 0.0), number_of(section, "windowseconds", 0.0)
    if not 0.0 < rate <= 1.0 or window <= 0:
        raise RefusalError(
            "auditing.samplingrate and auditing.windowseconds do not say what is drawn",
            "write for example `samplingrate: 0.25` and `windowseconds: 86400` in auditing",
        )
    subscriber = context.siblings["event_subscriber"]
    scheduler = context.source("taskscheduler", "agent_runtime.scheduler")
    least = int(number_of(section, "leastperkind", _DEFAULT_LEAST))
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "rate": rate,
        "least": least,
        "window": number(window),
        "seconds": number(number_of(section, "intervalseconds", _DEFAULT_SECONDS)),
        "drawn": max(least, -int(-_DRAWN * rate // 1)),
        "of": _DRAWN,
        "share_test": f"test_{word(rate)}_of_the_decisions_of_each_kind_are_drawn",
        "subscriber_class": subscriber.class_name,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Sequence"]),
                ("pathlib", ["Path"]),
                ("typing", ["Final"]),
                ("agent_runtime.auditing.batch", ["AuditCheck"]),
                ("agent_runtime.auditing.observed", ["ObservedEvent"]),
                (
                    "agent_runtime.auditing.rounds",
                    [
                        "AuditRound",
                        "FindingRecorder",
                        "SampleLedger",
                        "SampledDecision",
                        "SamplingPlan",
                        "ViolationCarrier",
                        "schedule_rounds",
                    ],
                ),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                ("agent_runtime.kernels.sampling", ["Drawn"]),
                (scheduler, ["JobState", "TaskScheduler"]),
                (subscriber.module, [subscriber.class_name]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (context.module, ["INTERVAL_SECONDS", "JOB", "PLAN", context.class_name]),
                (subscriber.module, [subscriber.class_name]),
            ],
        ),
    }
