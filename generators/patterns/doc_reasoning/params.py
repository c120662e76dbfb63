"""Parameters of REASONING_PIPELINE.md: stages, modes, rules, records and what is learnt."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import entries, texts
from generators.patterns.documents import heading
from generators.patterns.modes import TENSORS, role_of_mode
from generators.patterns.reasoning_steps import Stage, stages

_LOOKS_AT: Final[Mapping[str, str]] = {
    "symbolic_reasoner": "the rules of the domain, over the numbers of the case",
    "causal_reasoner": "the factors of the world model, and what earlier decisions rested on",
    "analogical_reasoner": "past cases that were alike, and how they turned out",
    "governance_bridge": "the rules of governance, over the numbers of the case",
    "reflective_auditor": "the draft itself: contradictions, confidence without backing, circles",
    TENSORS: "what the tensor layer scored, and how sure it was",
}
_RECORDERS: Final = (
    "episodic_logger",
    "semantic_updater",
    "causal_tracer",
    "telemetry_reporter",
    "drift_detector",
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the pipeline as rows.

    Raises:
        RefusalError: the schema declares no stage, or no module reasons.
    """
    declared = stages(context)
    engine = context.siblings.get("reasoning_engine")
    if not declared or engine is None:
        missing = "reasoningpipeline" if not declared else "a generated file for reasoning_engine"
        raise RefusalError(
            f"{context.stem}.md is listed, but the schema has no {missing}",
            f"add {missing}, or drop the document from generatedocs",
        )
    learning = context.agent.learning
    threshold = learning.stability_threshold
    latency = context.agent.autonomy.decision_latency_max_ms
    rules = entries(context, "reasoningengine", "domainrules")
    return {
        **heading(context),
        "stages": [_stage(stage, context) for stage in declared],
        "links": [
            {"first": first.name, "second": second.name} for first, second in pairwise(declared)
        ],
        "modes": [_mode(name, context) for name in dict.fromkeys(learning.strategy_modes)],
        "rules": [
            {
                "name": str(rule.get("name", "")),
                "domain": str(rule.get("domain", "")) or "all",
                "effect": str(rule.get("effect", "")),
                "when": str(rule.get("when", "")),
                "because": str(rule.get("because", "")) or "not stated",
            }
            for rule in rules
        ],
        "budget": "no limit" if latency is None else f"{latency} ms",
        "recorders": [
            {"file": f"{each.stem}.py", "purpose": each.pattern.title}
            for role in _RECORDERS
            if (each := context.siblings.get(role))
        ],
        "factors": [
            {
                "factor": str(entry.get("factor", "")),
                "influences": ", ".join(texts(entry.get("influences"))),
            }
            for entry in entries(context, "memorytopology", "causalmemory", "schema")
        ],
        "channels": [*learning.feedback_channels],
        "reward": learning.reward,
        "penalty": learning.penalty,
        "learns": "learning_loop" in context.siblings and threshold is not None,
        "threshold": "" if threshold is None else f"{threshold:g}",
        "rollback": learning.rollback_on_regression,
    }


def _stage(stage: Stage, context: PatternContext) -> Plain:
    return {
        "name": stage.name,
        "title": stage.name.replace("_", " ").capitalize(),
        "steps": [
            {"name": step.name, "by": _file(step.role, context), "details": ", ".join(step.details)}
            for step in stage.steps
        ],
    }


def _mode(name: str, context: PatternContext) -> Plain:
    role = role_of_mode(name)
    return {
        "name": name,
        "by": _file("reasoning_engine" if role == TENSORS else role, context),
        "looks_at": _LOOKS_AT.get(role, "not stated"),
    }


def _file(role: str, context: PatternContext) -> str:
    """Return the module in a role; what no module of its own does is the controller's."""
    sibling = context.siblings.get(role) or context.siblings.get("controller")
    return f"{sibling.stem}.py" if sibling else "the agent"
