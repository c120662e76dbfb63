"""Parameters of a report generator: the kinds of violation it reports on."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import kind_of, level_of
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what reports are computed from.

    Raises:
        RefusalError: no rule names a broken rule, or the agent archives nothing.
    """
    if context.agent.layer("longtermpersistence") is None:
        raise RefusalError(
            "memorytopology declares no longtermpersistence to archive reports in",
            "declare memorytopology.longtermpersistence",
        )
    roles = ("event_subscriber", "audit_sampling_engine", "violation_recorder", "memory_bridge")
    subscriber, sampling, recorder, memory = (context.siblings[role] for role in roles)
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "conduct": kind_of(context, "conduct").name,
        "level": level_of(context),
        "subscriber_class": subscriber.class_name,
        "sampling_class": sampling.class_name,
        "recorder_class": recorder.class_name,
        "memory_class": memory.class_name,
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ["Final"]),
                ("agent_runtime.auditing.observed", ["ObservedEvent"]),
                (
                    "agent_runtime.auditing.reports",
                    [
                        "checked_report",
                        "compliance_report",
                        "counts",
                        "figure_of",
                        "report_bytes",
                        "results",
                        "span_of",
                    ],
                ),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                ("agent_runtime.guards", ["checked_output"]),
                (
                    "agent_runtime.shapes.auditing",
                    [
                        "AuditResultsRequest",
                        "AuditResultsResponse",
                        "ComplianceReportRequest",
                        "ComplianceReportResponse",
                        "ViolationCountResponse",
                        "ViolationQuery",
                    ],
                ),
                ("agent_runtime.shapes.base", ["Call"]),
                (subscriber.module, [subscriber.class_name]),
                (sampling.module, [sampling.class_name]),
                (recorder.module, ["KINDS", recorder.class_name]),
                (memory.module, [memory.class_name]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (subscriber.module, [subscriber.class_name]),
                (sampling.module, [sampling.class_name]),
                (recorder.module, ["KINDS", recorder.class_name]),
                (memory.module, ["TOPOLOGY", memory.class_name]),
                (context.module, ["CONDUCT", context.class_name]),
            ],
        ),
    }
