"""Parameters of data ingestion: whom it listens to, what is audited, and what is good enough."""

import re
from collections.abc import Mapping
from typing import Final

from generators.engine.model.ruling import Ruling
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event, event_signal, number_signal, source_of, word
from generators.patterns.imports import import_groups, number
from generators.patterns.observed import observed_topics

_LEAST: Final = 0.9
"""Least quality score where no rule names one."""


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the topics, signals and limits, and what the tests expect of them.

    Raises:
        RefusalError: the schema does not want ingestion audited.
    """
    event = audit_event(context, "ingestion")
    if not event:
        raise RefusalError(
            "governance.auditscope does not name the event of data taken in",
            "write for example `- data_ingestion_events` in governance.auditscope",
        )
    ruling = context.ruling
    issue, score = event_signal(ruling, "data", "quality"), number_signal(ruling, "data", "quality")
    least, source = _least_score(ruling, score)
    bridge = context.siblings["governance_bridge"]
    days = context.agent.learning.temporal_scope_days
    names = ("AUDIT_EVENT", "LEAST_SCORE", "SCOPE_DAYS", "TOPICS", context.class_name)
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "topics": [*observed_topics(context, "outcome", "feedback")],
        "consumer": f"{context.agent.agent_id}.outcomes",
        "audit_event": event,
        "issues": [issue] if issue else [],
        "scores": [score] if score else [],
        "told": bool(issue or score),
        "least_score": least,
        "least_source": source,
        "days": number(days) if days is not None else None,
        "quality_test": f"test_quality_below_{word(least)}_is_an_issue",
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Iterable",)),
                ("typing", ("Final",)),
                ("agent_runtime.bus", ("EventBus",)),
                (
                    "agent_runtime.datasets.ingestion",
                    ("Assessment", "Ingestion", "IngestionPlan", "OutcomeSource"),
                ),
                ("agent_runtime.datasets.ledger", ("IngestionCounts", "OutcomeLedger")),
                ("agent_runtime.datasets.quality", ("QualityLimits",)),
                ("agent_runtime.values", ("JsonValue",)),
                (bridge.module, (bridge.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (context.module, names),
            ],
        ),
    }


def _least_score(ruling: Ruling, signal: str) -> tuple[float, str]:
    """Return the highest quality that a rule about `signal` demands, and where it is written."""
    pattern = re.compile(rf"{re.escape(signal)} < (?P<limit>0?\.[0-9]+)")
    matches = (pattern.fullmatch(rule.expression) for rule in ruling.rules if signal)
    limits = [float(match["limit"]) for match in matches if match]
    if limits:
        return max(limits), source_of(ruling, signal)
    return _LEAST, "no rule names a data quality"
