"""Parameters of an anomaly detector: the score that is escalated, and what is audited of it."""

import re
from collections.abc import Mapping
from typing import Final

from generators.engine.model.ruling import Ruling
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain

_ABOVE: Final = re.compile(r"(?P<signal>\w*anomal\w*) > (?P<limit>[0-9.]+(?:[eE][+-]?[0-9]+)?)")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the signal, its threshold and the modules that the detector works with.

    Raises:
        RefusalError: no rule says which anomaly score is too high.
    """
    signal, threshold, source = _threshold(context.ruling)
    events = [event for event in context.agent.governance.audit_scope if "anomal" in event]
    tensors = context.siblings["tensor_utils"]
    bridge = context.siblings["governance_bridge"]
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "signal": signal,
        "threshold": threshold,
        "source": source,
        "audits": bool(events),
        "audit_event": events[0] if events else "",
        "governance_class": bridge.class_name,
        "imports": _imports(
            (bridge.module, [bridge.class_name]),
            (tensors.module, ["FeatureMatrix", "feature_matrix"]),
        ),
        "test_imports": _imports(
            (bridge.module, ["POLICY", "RULES", "SIGNALS", bridge.class_name]),
            (context.module, ["ANOMALY_SCORE", "THRESHOLD", context.class_name]),
        ),
        "above_test": f"test_score_above_{_word(threshold)}_reaches_the_anchors",
        "at_test": f"test_score_of_just_{_word(threshold)}_is_not_flagged",
    }


def _imports(*imports: tuple[str, list[str]]) -> list[Plain]:
    """Order imports as isort does; the names of each are ordered already."""
    return [{"module": module, "names": list(names)} for module, names in sorted(imports)]


def _threshold(ruling: Ruling) -> tuple[str, float, str]:
    """Find the lowest score that any rule escalates, and where the schema says so."""
    found: list[tuple[float, str, str]] = []
    for rule in ruling.rules:
        match = _ABOVE.fullmatch(rule.expression)
        if match:
            found.append((float(match["limit"]), match["signal"], rule.pointer))
    usable = [entry for entry in found if 0.0 < entry[0] < 1.0]
    if not usable:
        raise RefusalError(
            "governance.escalationpolicy does not say which anomaly score is too high",
            "write for example `- anomaly_score > 0.95` in governance.escalationpolicy",
        )
    lowest = min(limit for limit, _, _ in usable)
    limit, signal, pointer = next(entry for entry in usable if entry[0] == lowest)
    return signal, limit, pointer.strip("/").replace("/", ".")


def _word(number: float) -> str:
    """Write a number so that it can be part of a name: 0.95 becomes 0_95."""
    return re.sub(r"\W", "_", f"{number:g}")
