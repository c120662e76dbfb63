"""Parameters of a tensor coordinator: the declared methods, and how long they may take."""

import difflib
from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import event_signal
from generators.patterns.imports import import_groups
from generators.patterns.pipeline_stages import entries_of

METHODS: Final = ("link_prediction", "embedding_similarity", "anomaly_detection")
"""What the runtime can ask of a tensor layer; a test holds them to it."""

_CALLS: Final = ("score", "embed", "anomal")
_OTHERWISE_MS: Final = 2_000


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the methods, the time-out and the imports.

    The time-out is the longest of the endpoints that are called, and never longer than one decision
    of the agent may take.

    Raises:
        RefusalError: a declared method is none that the runtime knows.
    """
    declared, source = entries_of(context, "methods")
    for name in declared:
        if name not in METHODS:
            near = difflib.get_close_matches(name, METHODS, n=3, cutoff=0.0)
            raise RefusalError(
                f"{source}: no tensor method is called {name!r}", f"write one of {', '.join(near)}"
            )
    governance = context.siblings["governance_bridge"]
    timeout, timeout_source = _timeout(context)
    unavailable = event_signal(context.ruling, "unavailable")
    slow = event_signal(context.ruling, "latency", "spike")
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "methods": [*(declared or METHODS)],
        "source": source or "every method of the runtime",
        "timeout_ms": timeout,
        "timeout_source": timeout_source,
        "unavailable": unavailable,
        "slow": slow,
        "governance_class": governance.class_name,
        "has": {
            "links": "link_prediction" in (declared or METHODS),
            "embeddings": "embedding_similarity" in (declared or METHODS),
            "anomalies": "anomaly_detection" in (declared or METHODS),
        },
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Sequence"]),
                ("typing", ["Final"]),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                (
                    "agent_runtime.routing.tensors",
                    ["Coordinator", "TensorCalls", "TensorLayer", "TensorPlan", "VectorSource"],
                ),
                ("agent_runtime.routing.work", ["Enriched", "Scored"]),
                (governance.module, [governance.class_name]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.errors", ["DeadlineExceededError", "NoModelError"]),
                ("agent_runtime.reasoning.case", ["Enrichment"]),
                ("agent_runtime.routing.cases", ["read_case"]),
                ("agent_runtime.routing.work", ["Enriched"]),
                ("agent_runtime.shapes.base", ["Call"]),
                ("agent_runtime.shapes.transactions", ["TransactionPayload"]),
                ("agent_runtime.testing", ["AgentBench", "TRACE"]),
                ("agent_runtime.testing_routing", ["PlainTensors", "asking", "chance", "trade"]),
                (governance.module, ["POLICY", "RULES", "SIGNALS", governance.class_name]),
                (context.module, ["PLAN", context.class_name]),
            ],
        ),
    }


def _timeout(context: PatternContext) -> tuple[int, str]:
    """Return the time-out in milliseconds and where it comes from."""
    limit = context.agent.autonomy.decision_latency_max_ms
    called = [
        endpoint.timeout_ms
        for interface in context.dependencies.values()
        for endpoint in interface.endpoints
        if any(word in endpoint.name for word in _CALLS)
    ]
    if called and (limit is None or max(called) <= limit):
        return max(called), "time-outs of the endpoints that are called"
    if limit is not None:
        return limit, "autonomyprofile.decisionlatencymaxms"
    return _OTHERWISE_MS, "the runtime's default; no time-out is declared"
