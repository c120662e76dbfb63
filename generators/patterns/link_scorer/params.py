"""Parameters of a link scorer: the confidence below which people are asked, and what is audited."""

import re
from collections.abc import Mapping
from typing import Final

from generators.engine.model.ruling import Ruling
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event, word
from generators.patterns.imports import import_groups

_NUMBER: Final = r"([0-9.]+(?:[eE][+-]?[0-9]+)?)"
_ALONE: Final = re.compile(rf"(?P<confidence>\w*confidence\w*) < {_NUMBER}")
_WITH: Final = re.compile(rf"{_ALONE.pattern} && (?P<criticality>\w*criticality\w*) > {_NUMBER}")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return signals, thresholds, audit event and imports of the scorer.

    Raises:
        RefusalError: no rule says which confidence is too low.
    """
    rule = _confidence_rule(context.ruling)
    event = audit_event(context, "inference") or audit_event(context, "scor")
    bridge, loader = context.siblings["governance_bridge"], context.siblings["model_loader"]
    tensors = context.siblings["tensor_utils"]
    low, critical = float(str(rule["confidence_limit"])), float(str(rule["criticality_limit"]))
    below = f"confidence_below_{word(low)}"
    return {
        **rule,
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "loader_class": loader.class_name,
        "audits": bool(event),
        "audit_event": event,
        "below_test": (
            f"test_{below}_at_criticality_above_{word(critical)}_reaches_the_anchors"
            if rule["critical"]
            else f"test_{below}_reaches_the_anchors"
        ),
        "at_test": f"test_confidence_of_just_{word(low)}_is_not_escalated",
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Sequence",)),
                ("typing", ("Final",)),
                ("agent_runtime.guards", ("checked_output",)),
                ("agent_runtime.kernels.linkmodel", ("LinkScore",)),
                (
                    "agent_runtime.linkserving",
                    ("ScoredBatch", "score_request", "score_requests", "score_response"),
                ),
                ("agent_runtime.shapes.base", ("Call",)),
                ("agent_runtime.shapes.links", ("ScoreRequest", "ScoreResponse")),
                (bridge.module, (bridge.class_name,)),
                (loader.module, (loader.class_name,)),
                (tensors.module, ("CandidatePair",)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (loader.module, (loader.class_name,)),
                (tensors.module, ("CandidatePair",)),
                (context.module, (context.class_name,)),
            ],
        ),
    }


def _confidence_rule(ruling: Ruling) -> dict[str, Plain]:
    """Find the rule that compares a confidence with a number, alone or at some criticality."""
    for rule in ruling.rules:
        match = _WITH.fullmatch(rule.expression) or _ALONE.fullmatch(rule.expression)
        if match:
            critical = "criticality" in match.re.groupindex
            return {
                "signal": match["confidence"],
                "confidence_limit": float(match[2]),
                "critical": critical,
                "criticality_signal": match["criticality"] if critical else "",
                "criticality_limit": float(match[4]) if critical else 0.0,
                "source": rule.pointer.strip("/").replace("/", "."),
            }
    raise RefusalError(
        "governance.escalationpolicy does not say which confidence is too low",
        "write for example `- model_confidence < 0.6 AND criticality > 0.8` in "
        "governance.escalationpolicy",
    )
