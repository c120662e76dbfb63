"""The conditions of a schema become rules, with values that fire them or just do not."""

import pytest
from cel_expr_python import cel

from generators.engine.model.agent import Agent
from generators.engine.model.ruling import RuleSpec, Ruling, compile_ruling
from tests.unit.engine.collection_builder import load, schema

GOVERNANCE = {
    "anchors": ["Igor"],
    "thresholds": {"drift": {"value": 0.1, "unit": "ratio"}},
    "escalationpolicy": (
        "Escalate as soon as one of these holds:\n- confidence < 0.6 AND criticality > 0.8\n"
        "- drift > threshold\n- model_drift_detected\n"
    ),
}
AUTONOMY = {"autonomyprofile": {"escalationtriggers": ["latency > 500ms OR queue_full"]}}
ALERTS = {
    "alerting": ["alert_ops_if_latency_> 500ms", "alert_escalation_if_accuracy_drop > 5 percent"]
}


def agent() -> Agent:
    model = load(schema(governance=GOVERNANCE, learningsystem=AUTONOMY, deployment=ALERTS))
    return model.collection.agent("probe")


def ruling() -> Ruling:
    return compile_ruling(agent())


def test_every_condition_is_a_rule_with_its_source_and_words() -> None:
    rules = ruling().rules
    assert [(r.rule_id, r.kind, r.expression, r.target) for r in rules] == [
        ("R-probe-01", "policy", "confidence < 0.6 && criticality > 0.8", None),
        ("R-probe-02", "policy", "drift > 0.1", None),
        ("R-probe-03", "policy", "model_drift_detected", None),
        ("R-probe-04", "trigger", "latency > 500.0 || queue_full", None),
        ("R-probe-05", "alert", "latency > 500.0", "ops"),
        ("R-probe-06", "alert", "accuracy_drop > 0.05", "escalation"),
    ]
    assert rules[3].pointer == "/learningsystem/autonomyprofile/escalationtriggers/0"
    assert rules[5].text == "alert_escalation_if_accuracy_drop > 5 percent"
    assert [r.severity for r in rules] == ["high", "high", "high", "high", "medium", "critical"]


def test_signals_have_units_and_bounds() -> None:
    signals = {s.name: (s.unit, s.low, s.high, s.is_event) for s in ruling().signals}
    assert signals["confidence"] == ("ratio", 0.0, 1.0, False)
    assert signals["latency"] == ("ms", 0.0, None, False)
    assert signals["queue_full"] == ("bool", None, None, True)
    assert ruling().signal("nothing") is None


def decide(rule: RuleSpec, values: dict[str, float | bool]) -> bool:
    kinds = {
        n: cel.Type.BOOL if isinstance(v, bool) else cel.Type.DOUBLE for n, v in values.items()
    }
    environment = cel.NewEnv(variables=kinds)
    return bool(environment.compile(rule.expression).eval(data=dict(values)).value())


@pytest.mark.parametrize("index", range(6))
def test_the_samples_are_what_cel_says(index: int) -> None:
    rule = ruling().rules[index]
    assert decide(rule, dict(rule.fires)) is True
    assert rule.holds
    for values in rule.holds:
        assert set(values) == set(rule.signals)
        assert decide(rule, dict(values)) is False


def test_an_and_is_tried_with_each_of_its_parts_just_not_met() -> None:
    rule = ruling().rules[0]
    assert rule.fires == {"confidence": 0.5994, "criticality": 0.8008}
    assert list(rule.holds) == [
        {"confidence": 0.6, "criticality": 0.8008},
        {"confidence": 0.5994, "criticality": 0.8},
    ]


def test_a_threshold_without_a_value_is_asked_for() -> None:
    bare = {**GOVERNANCE, "thresholds": {}}
    model = load(schema(governance=bare))
    uncompiled = compile_ruling(model.collection.agent("probe")).uncompiled
    assert [(c.pointer, c.reason) for c in uncompiled] == [
        ("/governance/escalationpolicy", "no value for drift")
    ]


def test_an_alert_to_nobody_known_is_asked_about() -> None:
    model = load(schema(deployment={"alerting": ["alert_martians_if_x > 1"]}))
    uncompiled = compile_ruling(model.collection.agent("probe")).uncompiled
    assert len(uncompiled) == 1
    assert "martians" in uncompiled[0].reason


def test_two_signals_compared_with_each_other_are_asked_about() -> None:
    governance = {**GOVERNANCE, "escalationpolicy": "confidence < 0.6 AND it_feels > wrong"}
    uncompiled = compile_ruling(
        load(schema(governance=governance)).collection.agent("probe")
    ).uncompiled
    assert [c.reason for c in uncompiled] == ["it compares two signals; compare each with a number"]


def test_rewards_and_penalties_compile_to_a_metric_or_a_condition() -> None:
    loop = {
        "rewardfunction": "match_accuracy (observed_within_30days)",
        "penaltyfunction": "drift > 0.2 OR training_fails",
    }
    model = load(schema(reasoningengine={"reasoningfeedbackloop": loop}))
    reward, penalty = compile_ruling(model.collection.agent("probe")).rewards
    assert (reward.kind, reward.metric, reward.window_days) == ("reward", "match_accuracy", 30.0)
    assert (penalty.metric, penalty.expression) == (None, "drift > 0.2 || training_fails")
    assert penalty.signals == ("drift", "training_fails")


def test_a_reward_that_cannot_be_compiled_is_open() -> None:
    loop = {"rewardfunction": "accuracy > > 3"}
    model = load(schema(reasoningengine={"reasoningfeedbackloop": loop}))
    (opened,) = compile_ruling(model.collection.agent("probe")).uncompiled
    assert opened.pointer == "/reasoningengine/reasoningfeedbackloop/rewardfunction"


def test_an_open_threshold_names_its_signal_and_unit() -> None:
    governance = {"anchors": ["Igor"], "escalationpolicy": "latency > threshold"}
    (opened,) = compile_ruling(
        load(schema(governance=governance)).collection.agent("probe")
    ).uncompiled
    assert opened.symbols == (("latency", "ms"),)
