"""Parameters of a feedback collector: channels, what is rewarded and punished, when to review."""

from collections.abc import Mapping
from typing import Final

from generators.engine.model.agent import Learning
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.rules.conditions import Condition
from generators.engine.rules.policies import parse_reward
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audited, section
from generators.patterns.imports import import_groups, text_parts

_LOOP: Final = "reasoningengine.reasoningfeedbackloop"
_FACTS: Final = (
    ("rejected", ("reject", "declin", "refus")),
    ("escalated", ("escalat",)),
    ("slow", ("latency", "slow", "timeout")),
    ("approved", ("approv", "anchor", "human")),
    ("accepted", ("accept",)),
    ("correct", ("correct", "success", "closed", "outcome", "true")),
)
"""What a signal of the reward functions means, by words in its name; the first that fits."""
_DEFAULT_SLOW_MS: Final = 2000
_IMPORTS: Final = (
    ("pathlib", ("Path",)),
    ("typing", ("Final", "Self")),
    ("agent_runtime.bus", ("Delivery", "EventBus")),
    ("agent_runtime.clock", ("Clock",)),
    (
        "agent_runtime.feedback.collection",
        ("Collected", "Feedback", "FeedbackLog", "Standing", "Traces", "feedback_topic"),
    ),
    ("agent_runtime.feedback.collection", ("Learner", "parse_feedback")),
    ("agent_runtime.feedback.reward", ("Judge", "RewardFunction")),
    ("agent_runtime.reasoning.traces", ("DecisionTrace",)),
    ("agent_runtime.values", ("JsonObject",)),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the declared channels, the compiled reward functions, and what follows a no.

    Raises:
        RefusalError: no channel is declared, a reward function cannot be judged by feedback, or
            feedback is not audited.
    """
    learning = context.agent.learning
    channels = [*dict.fromkeys(learning.feedback_channels)]
    if not channels:
        raise RefusalError(
            "learningsystem.feedbackchannels declares no channel",
            "write for example `feedbackchannels: [domain_agent_acceptance]` there",
        )
    function = _function(learning, context)
    event = audited(context, "feedback")
    bridge = context.siblings["governance_bridge"]
    governance = (bridge.module, ["POLICY", "RULES", "SIGNALS", bridge.class_name])
    meanings = function["meanings"]
    known = set(meanings.values()) if isinstance(meanings, Mapping) else set()
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "channels": channels,
        "first": channels[0],
        **function,
        "reward": text_parts(str(function["reward"])),
        "penalty": text_parts(str(function["penalty"])),
        "slow_above_ms": context.agent.autonomy.decision_latency_max_ms or _DEFAULT_SLOW_MS,
        "reviews": _reviews(context),
        "audit_event": event,
        "rewards_correct": {"accepted", "correct"} <= known and bool(function["reward"]),
        "punishes_rejection": "rejected" in known and bool(function["penalty"]),
        "governance_class": bridge.class_name,
        "imports": import_groups(
            context.namespace, [*_IMPORTS, (bridge.module, [bridge.class_name])]
        ),
        "test_imports": import_groups(
            context.namespace,
            [governance, (context.module, ["AGENT", "CHANNELS", "REWARD", context.class_name])],
        ),
    }


def _function(learning: Learning, context: PatternContext) -> dict[str, Plain]:
    """Compile the reward and the penalty; either may be missing, not both."""
    found: dict[str, Plain] = {"reward": "", "penalty": ""}
    meanings: dict[str, Plain] = {}
    for part, text in (("reward", learning.reward), ("penalty", learning.penalty)):
        if not text:
            continue
        parsed = parse_reward(text, context.agent.governance.thresholds)
        condition = getattr(parsed, "condition", None)
        if not isinstance(condition, Condition) or condition.symbols:
            raise RefusalError(
                f"{_LOOP}.{part}function is no condition that feedback could decide: {text}",
                "combine events with AND, OR and NOT, e.g. `domain_accepts AND prediction_correct`",
            )
        for use in condition.signals:
            meanings[use.name] = _fact(use.name, use.unit, part)
        found[part] = condition.expression
    if not meanings:
        raise RefusalError(
            f"{_LOOP} states neither a rewardfunction nor a penaltyfunction",
            "state what is rewarded, e.g. `rewardfunction: domain_accepts AND prediction_correct`",
        )
    return {**found, "meanings": meanings}


def _fact(name: str, unit: str, part: str) -> str:
    fact = next((fact for fact, words in _FACTS if any(word in name for word in words)), "")
    if not fact or unit != "bool":
        raise RefusalError(
            f"{_LOOP}.{part}function: no feedback says whether {name}",
            "speak of what feedback tells: accepts, rejects, correct, approves, escalates, latency",
        )
    return fact


def _reviews(context: PatternContext) -> bool:
    """Tell whether the pipeline has a step that asks governance after negative feedback."""
    pipeline = section(context, "reasoningpipeline")
    stages = pipeline.values() if isinstance(pipeline, Mapping) else ()
    steps = [step for stage in stages if isinstance(stage, list) for step in stage]
    return any("negative_feedback" in str(step) for step in steps)
