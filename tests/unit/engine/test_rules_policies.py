"""Policies, triggers, alerts and rewards of schemas."""

import pytest

from generators.engine.rules.conditions import Condition, SignalUse
from generators.engine.rules.policies import (
    Alert,
    Policy,
    Reward,
    parse_alert,
    parse_policy,
    parse_reward,
    parse_trigger,
)
from generators.engine.rules.uncompiled import Uncompiled


def expressions(policy: Policy) -> list[str]:
    assert policy.uncompiled == ()
    return [condition.expression for condition in policy.conditions]


def test_comma_separated_clauses_after_a_lead_in() -> None:
    text = (
        "Auto-escalate if: model confidence < 0.6 AND criticality > 0.8, anomaly score > 0.95,"
        " inference latency > 500ms, model drift detected"
    )
    policy = parse_policy(text, {})
    assert policy.text == text
    assert policy.lead == "Auto-escalate if"
    assert expressions(policy) == [
        "model_confidence < 0.6 && criticality > 0.8",
        "anomaly_score > 0.95",
        "inference_latency > 500.0",
        "model_drift_detected",
    ]
    assert policy.conditions[1].text == "anomaly score > 0.95"


def test_bullets_folded_into_one_line_keep_commas_inside_parentheses() -> None:
    text = (
        "Auto-escalate if: - Any decision confidence < 0.7 AND domain_criticality > 0.5 -"
        " Cross-domain conflict detected (e.g., two domains - or more) - Memory sync failure or"
        " data loss"
    )
    assert expressions(parse_policy(text, {})) == [
        "decision_confidence < 0.7 && domain_criticality > 0.5",
        "cross_domain_conflict_detected",
        "memory_sync_failure || data_loss",
    ]


def test_bullets_on_lines_may_wrap() -> None:
    text = "Escalate when:\n  - model drift\n    detected\n  * lost, stale\n  • gone.\n"
    policy = parse_policy(text, {})
    assert policy.lead == "Escalate when"
    assert expressions(policy) == ["model_drift_detected", "lost", "stale", "gone"]


@pytest.mark.parametrize("separator", [", ", "; ", "\n", ",", ", or ", ";Or "])
def test_separators_of_clauses(separator: str) -> None:
    policy = parse_policy(f"lost{separator}stale", {})
    assert policy.lead is None
    assert expressions(policy) == ["lost", "stale"]


def test_a_hyphen_without_bullets_separates_nothing() -> None:
    assert expressions(parse_policy("cross-domain conflict, x > -1", {})) == [
        "cross_domain_conflict",
        "x > -1.0",
    ]


def test_a_decimal_comma_is_refused_and_never_split() -> None:
    policy = parse_policy("Escalate if: lost, x > 0,95", {})
    assert [condition.expression for condition in policy.conditions] == ["lost"]
    (refusal,) = policy.uncompiled
    assert refusal.text == policy.text
    assert policy.text[refusal.position :] == "0,95"


def test_a_clause_that_cannot_be_read_keeps_its_place_among_the_others() -> None:
    policy = parse_policy("lost, cpu/gpu spike, stale", {})
    kinds = [type(clause) for clause in policy]
    assert kinds == [Condition, Uncompiled, Condition]
    assert policy.uncompiled[0].position == len("lost, cpu")


def test_an_unbalanced_parenthesis_swallows_no_earlier_clause() -> None:
    policy = parse_policy("lost), stale", {})
    assert [type(clause) for clause in policy] == [Uncompiled, Condition]


@pytest.mark.parametrize("text", ["", "  ", "Auto-escalate if:", "Escalate if: , ;"])
def test_a_policy_without_a_clause_is_refused(text: str) -> None:
    (clause,) = parse_policy(text, {})
    assert isinstance(clause, Uncompiled)
    assert clause.reason == "a policy without a clause"
    assert clause.text == text


def test_a_lead_in_is_words_before_a_colon() -> None:
    assert parse_policy("Notify on: lost", {}).lead == "Notify on"
    assert expressions(parse_policy("Ask the anchors: lost", {})) == ["lost"]
    policy = parse_policy("Ratio 1: lost", {})
    assert policy.lead is None
    assert len(policy.uncompiled) == 1


@pytest.mark.parametrize("lead", ["Never escalate if", "Do not ask when", "Escalate except on"])
def test_a_lead_in_that_negates_leaves_the_policy_to_the_user(lead: str) -> None:
    policy = parse_policy(f"{lead}: lost, stale", {})
    (clause,) = policy.uncompiled
    assert (clause.reason, clause.position) == ("a lead-in that negates what follows", 0)
    assert policy.lead == lead
    assert policy.conditions == ()


@pytest.mark.parametrize(
    ("text", "target", "expression"),
    [
        ("alert_ops_if_latency_> 500ms", "ops", "latency > 500.0"),
        ("alert_governance_if_accuracy_drop > 5_percent", "governance", "accuracy_drop > 0.05"),
        ("alert_escalation_if_anomaly_score > 0_95", "escalation", "anomaly_score > 0.95"),
        ("alert_team_if_model_loading_fails", "team", "model_loading_fails"),
        ("Alert team when x > 1 OR lost", "team", "x > 1.0 || lost"),
    ],
)
def test_alerts_name_their_target_and_condition(text: str, target: str, expression: str) -> None:
    alert = parse_alert(text, {})
    assert isinstance(alert, Alert)
    assert (alert.target, alert.condition.expression) == (target, expression)
    assert alert.text == text
    assert alert.condition.text == text


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("latency > 5", "expected `alert_<target>_if_<condition>`", 0),
        ("alert_ops", "expected `alert_<target>_if_<condition>`", 0),
        (
            "alert_bob_if_lost",
            "`bob` is none of the targets ops, governance, team, escalation",
            6,
        ),
        ("alert_ops_if_x >", "the name of a signal or event is missing", 16),
    ],
)
def test_alerts_that_cannot_be_read(text: str, reason: str, position: int) -> None:
    result = parse_alert(text, {})
    assert isinstance(result, Uncompiled)
    assert (result.reason, result.position, result.text) == (reason, position, text)


@pytest.mark.parametrize(
    "text", ["drift_> 0_5", "if_drift_> 0_5", "escalate_if_drift > 0.5", "when drift > 0.5"]
)
def test_triggers_drop_a_leading_if(text: str) -> None:
    trigger = parse_trigger(text, {})
    assert isinstance(trigger, Condition)
    assert trigger.expression == "drift > 0.5"
    assert trigger.text == text


def test_a_refused_trigger_counts_from_its_start() -> None:
    trigger = parse_trigger("if_x > 0,5", {})
    assert isinstance(trigger, Uncompiled)
    assert (trigger.position, trigger.text) == (7, "if_x > 0,5")


def test_a_measured_name_is_a_metric_with_its_window() -> None:
    reward = parse_reward("match_accuracy (predict_link_observe_actual_link_30days)", {})
    assert isinstance(reward, Reward)
    assert reward.metric is not None
    assert reward.metric == SignalUse(
        name="match_accuracy", unit="ratio", kind="number", derived=True
    )
    assert reward.condition is None
    assert reward.window is not None
    assert (reward.window.value, reward.window.unit) == (30.0, "days")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        (
            "high_false_positive_rate OR inference_latency_spike",
            "high_false_positive_rate || inference_latency_spike",
        ),
        ("high_error_rate", "high_error_rate"),
        ("low_precision", "low_precision"),
        ("false_positive_audit_findings", "false_positive_audit_findings"),
        ("new_accuracy > old_accuracy", "new_accuracy > old_accuracy"),
    ],
)
def test_other_rewards_are_conditions(text: str, expression: str) -> None:
    reward = parse_reward(text, {})
    assert isinstance(reward, Reward)
    assert reward.metric is None
    assert reward.condition is not None
    assert reward.condition.expression == expression
    assert reward.window is None


def test_a_reward_that_cannot_be_read_is_refused() -> None:
    assert isinstance(parse_reward("a/b", {}), Uncompiled)
