"""Parameters of a drift detector: how much is too much, and what governance is told."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import number_signal, source_of, upper_limit
from generators.patterns.imports import import_groups

_USUAL_KL: Final = 0.1
_IMPORTS: Final = (
    ("collections.abc", ("Mapping", "Sequence")),
    ("pathlib", ("Path",)),
    ("typing", ("Final", "Self")),
    ("agent_runtime.feedback.drift", ("DriftWatch",)),
    ("agent_runtime.guards", ("FloatMatrix",)),
    ("agent_runtime.kernels.drift", ("DriftReport", "DriftThresholds")),
)
_REASONING: Final = (
    ("agent_runtime.reasoning.case", ("Draft",)),
    ("agent_runtime.reasoning.contracts", ("Outcome",)),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the threshold, the signals that speak of drift, and whether reasoning is watched.

    Raises:
        RefusalError: no rule of the schema says what follows from drift.
    """
    ruling = context.ruling
    events = [s.name for s in ruling.signals if s.is_event and "drift" in s.name]
    measure = number_signal(ruling, "drift")
    limit = upper_limit(ruling, measure) if measure else None
    if not events and not limit:
        raise RefusalError(
            "no rule of the schema says what follows from drift",
            "write for example `- model_drift_detected` in governance.escalationpolicy",
        )
    kl = limit[0] if limit else _USUAL_KL
    reasons = "reasoning_engine" in context.siblings
    bridge = context.siblings["governance_bridge"]
    governance = (bridge.module, ["POLICY", "RULES", "SIGNALS", bridge.class_name])
    own = ["THRESHOLDS", context.class_name, *(["REASONING"] if reasons else [])]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "events": [*events],
        "measure": measure if limit else "",
        "measured": limit is not None,
        "kl": kl,
        "psi": round(2 * kl, 6),
        "source": limit[1] if limit else source_of(ruling, events[0]),
        "reasons": reasons,
        "governance_class": bridge.class_name,
        "imports": import_groups(
            context.namespace,
            [
                *_IMPORTS,
                *(_REASONING if reasons else ()),
                (bridge.module, [bridge.class_name]),
            ],
        ),
        "test_imports": import_groups(context.namespace, [governance, (context.module, own)]),
    }
