"""Parameters of a model loader: what is audited of loading, and what is raised when it fails."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event, event_signal, source_of
from generators.patterns.imports import import_groups
from generators.patterns.packet_wirings import MODEL_READY, senders


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the audit event, the signal of a failed load, and the imports.

    Raises:
        RefusalError: the audit scope has no event for loading models.
    """
    event = audit_event(context, "model", "load") or audit_event(context, "model")
    if not event:
        raise RefusalError(
            "governance.auditscope names no event for loading models",
            "add for example `model_loading_events` to governance.auditscope",
        )
    signal = event_signal(context.ruling, "load", "fail")
    bridge = context.siblings["governance_bridge"]
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "audit_event": event,
        "alerts": bool(signal),
        "signal": signal,
        "signal_source": source_of(context.ruling, signal) if signal else "",
        "senders": [*senders(context, MODEL_READY)],
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Iterator",)),
                ("contextlib", ("contextmanager",)),
                ("pathlib", ("Path",)),
                ("typing", ("Final", "Self")),
                ("agent_runtime.clock", ("Clock",)),
                ("agent_runtime.errors", ("ModelStoreError", "NoModelError")),
                ("agent_runtime.handover.passing", ("Handover",)),
                ("agent_runtime.handover.receiving", ("ReceivingDesk",)),
                ("agent_runtime.linkserving", ("LoadedModel", "ModelCache", "trace_here")),
                ("agent_runtime.modelrecords", ("Transition",)),
                ("agent_runtime.modelstore", ("ModelStore",)),
                ("agent_runtime.shapes.base", ("Call",)),
                ("agent_runtime.shapes.handover", ("ModelReady", "ModelReadyAnswer")),
                ("agent_runtime.training", ("TrainingRun",)),
                (bridge.module, (bridge.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (context.module, ("AUDIT_EVENT", "MODEL_KIND", "SENDERS", context.class_name)),
            ],
        ),
    }
