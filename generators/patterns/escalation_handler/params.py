"""Parameters of an escalation handler: how long anchors may take, and what is carried to them."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import kinds_of, number_of
from generators.patterns.declared import word
from generators.patterns.imports import import_groups, number

_RESEND_SECONDS: Final = 300.0


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the time to acknowledge, and how each kind of violation is put to governance.

    Raises:
        RefusalError: a kind of violation is named by no rule.
    """
    bridge = context.siblings["governance_bridge"]
    recorder = context.siblings.get("violation_recorder")
    kinds = kinds_of(context) if recorder else ()
    section = context.agent.data.get("auditing")
    told = section if isinstance(section, Mapping) else {}
    seconds = number_of(told, "resendseconds", _RESEND_SECONDS)
    links = context.source("escalation_handler", "agent_runtime.escalation")
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "audits": recorder is not None,
        "kinds": [kind.row() for kind in kinds],
        "resend": number(seconds),
        "resend_source": (
            "auditing.resendseconds" if "resendseconds" in told else "five minutes unless declared"
        ),
        "resend_test": f"test_who_has_not_acknowledged_in_{word(seconds)}_s_is_told_again",
        "governance_class": bridge.class_name,
        "imports": import_groups(
            context.namespace,
            [
                ("pathlib", ["Path"]),
                ("typing", ["Final"]),
                ("agent_runtime.approvals", ["Credential"]),
                ("agent_runtime.auditing.delivery", ["AnchorDelivery", "EscalationDesk"]),
                ("agent_runtime.bus", ["EventBus"]),
                ("agent_runtime.clock", ["Clock"]),
                ("agent_runtime.schedule", ["Interval"]),
                ("agent_runtime.tokens", ["TokenVerifier"]),
                (links, ["Escalation", "Escalations"]),
                (
                    context.source("taskscheduler", "agent_runtime.scheduler"),
                    ["JobState", "TaskScheduler"],
                ),
                (bridge.module, [bridge.class_name]),
                *(
                    [
                        ("agent_runtime.auditing.trail", ["Violation"]),
                        ("collections.abc", ["Mapping"]),
                    ]
                    if recorder
                    else []
                ),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ["POLICY", bridge.class_name]),
                (
                    context.module,
                    [
                        "JOB",
                        "RESEND_SECONDS",
                        *(["SIGNALS_OF"] if recorder else []),
                        context.class_name,
                    ],
                ),
            ],
        ),
    }
