"""Parameters of a result processor: the limit of what may leave, and what governance judges."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event
from generators.patterns.domain_records import euro_limit, matching_of
from generators.patterns.imports import import_groups
from generators.patterns.packet_builder.params import fitting

PACKET: Final = "enriched_results"
_OTHERWISE_MS: Final = 250.0


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return limit, signals and audit event, and a market for the tests.

    Raises:
        RefusalError: the schema does not say above which sum a match needs an approval, or does
            not want results audited.
    """
    limit = euro_limit(context, "match_value", "deal_value")
    if limit is None:
        raise RefusalError(
            "governance.thresholds does not say above which sum a match needs an approval",
            "write for example `match_value: {value: 25000, unit: eur}` in governance.thresholds",
        )
    event = audit_event(context, "result")
    if not event:
        raise RefusalError(
            "governance.auditscope does not name the event of a processed result",
            "write for example `- tensor_result_processing` in governance.auditscope",
        )
    names = [signal.name for signal in context.ruling.signals if not signal.is_event]
    siblings = context.siblings
    matcher, optimizer = siblings["pair_matcher"], siblings["margin_optimizer"]
    translator, governance = siblings["data_translator"], siblings["governance_bridge"]
    checker = siblings["compatibility_checker"]
    late_ms, late_source = _late(context)
    bridge = siblings.get("domain_bridge")
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "packet_type": PACKET,
        "limit": limit,
        "confidence": [name for name in names if "confidence" in name],
        "value": [name for name in names if "value" in name],
        "audit_event": event,
        "matcher_class": matcher.class_name,
        "checker_class": checker.class_name,
        "optimizer_class": optimizer.class_name,
        "governance_class": governance.class_name,
        "translator_class": translator.class_name,
        "bridge_class": bridge.class_name if bridge else "",
        "late_ms": late_ms,
        "late_source": late_source,
        "samples": [*fitting(context)],
        "lot": max(1.0, float(str(matching_of(context).get("least_lot", 0)))),
        "has": {"bridge": bridge is not None},
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Callable",)),
                ("typing", ("Final",)),
                ("agent_runtime.adapter.inbox", ("PacketInbox",)),
                ("agent_runtime.adapter.lateoffers", ("LateOffers", "ScoreLayer")),
                ("agent_runtime.adapter.results", ("ResultDesk", "ResultPlan")),
                ("agent_runtime.bus", ("EventBus",)),
                ("agent_runtime.clock", ("Clock", "system_clock")),
                ("agent_runtime.shapes.adapter", ("ResultsRequest", "ResultsResponse")),
                ("agent_runtime.shapes.base", ("Call",)),
                ("agent_runtime.translation.book", ("RecordBook",)),
                (checker.module, (checker.class_name,)),
                (governance.module, (governance.class_name,)),
                (matcher.module, ("TERMS", matcher.class_name)),
                (optimizer.module, (optimizer.class_name,)),
                (bridge.module, (bridge.class_name,)) if bridge else ("typing", ()),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (checker.module, (checker.class_name,)),
                (governance.module, ("POLICY", "RULES", "SIGNALS", governance.class_name)),
                (matcher.module, ("TERMS", matcher.class_name)),
                (optimizer.module, (optimizer.class_name,)),
                (translator.module, (translator.class_name,)),
                (context.module, ("AGENT", "AUDIT_EVENT", "LATE_MS", "PACKET_TYPE", "PLAN")),
                (context.module, (context.class_name,)),
            ],
        ),
    }


def _late(context: PatternContext) -> tuple[float, str]:
    """Return how many milliseconds scoring later offers may take, and where that comes from."""
    own = [
        use.endpoint
        for use in context.operations
        if use.sibling.role == context.siblings["tensor_result_processor"].role
    ]
    if not own:
        return _OTHERWISE_MS, "the runtime's default; no endpoint takes results"
    fastest = min(own, key=lambda endpoint: endpoint.timeout_ms)
    return fastest.timeout_ms / 2, f"half of the time-out of {fastest.name}"
