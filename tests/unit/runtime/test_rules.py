"""Rules fire beyond their threshold, stay clear on it, and fire whenever they cannot be decided."""

import math
import threading
import time

import pytest
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.rules import Rule, RuleSet
from agent_runtime.signals import Signal

SIGNALS = (
    Signal("model_confidence", low=0.0, high=1.0),
    Signal("criticality", low=0.0, high=1.0),
    Signal("anomaly_score", low=0.0, high=1.0),
    Signal("inference_latency", unit="ms", low=0.0),
    Signal("model_drift_detected", unit="bool"),
)


def rule(expression, *signals, rule_id="R-1", **fields):
    declared = {"kind": "policy", "severity": "high", "source": "A#/g", "text": "prose"} | fields
    return Rule(rule_id=rule_id, expression=expression, signals=signals, **declared)


DOUBT = rule(
    "model_confidence < 0.6 && criticality > 0.8", "model_confidence", "criticality", rule_id="R-2"
)
ANOMALY = rule("anomaly_score > 0.95", "anomaly_score")


def one(a_rule, **values):
    (verdict,) = RuleSet(SIGNALS, [a_rule]).evaluate(values)
    return verdict


@pytest.mark.parametrize(
    ("score", "fired"),
    [(0.95, False), (math.nextafter(0.95, 1.0), True), (1.0, True), (0.0, False), (1, True)],
)
def test_a_comparison_is_strict_at_its_threshold(score, fired):
    verdict = one(ANOMALY, anomaly_score=score)
    assert verdict.fired is fired
    assert verdict.outcome == ("fired" if fired else "clear")
    assert not verdict.undecidable


@pytest.mark.parametrize(
    ("confidence", "criticality", "fired"),
    [(0.59, 0.81, True), (0.6, 0.81, False), (0.59, 0.8, False), (0.9, 0.1, False)],
)
def test_and_needs_both_sides(confidence, criticality, fired):
    assert one(DOUBT, model_confidence=confidence, criticality=criticality).fired is fired


@pytest.mark.parametrize("value", [True, False])
def test_an_event_fires_when_it_happened(value):
    happened = rule("model_drift_detected", "model_drift_detected")
    assert one(happened, model_drift_detected=value).fired is value


def test_the_reason_shows_the_values_and_the_condition():
    verdict = one(ANOMALY, anomaly_score=0.97)
    assert verdict.reason == "anomaly_score = 0.97 (anomaly_score > 0.95)"
    assert verdict.rule_id == "R-1"
    assert verdict.rule is ANOMALY


def test_a_rule_is_not_evaluated_until_all_its_signals_are_given():
    verdict = one(DOUBT, model_confidence=0.1)
    assert verdict.outcome == "not_evaluated"
    assert not verdict.fired
    assert verdict.reason == "not given: criticality"


@pytest.mark.parametrize(
    ("expression", "happened", "outcome"),
    [
        ("model_drift_detected || criticality > 0.5", True, "fired"),
        ("model_drift_detected || criticality > 0.5", False, "not_evaluated"),
        ("model_drift_detected && criticality > 0.5", False, "clear"),
        ("model_drift_detected && criticality > 0.5", True, "not_evaluated"),
    ],
)
def test_a_rule_is_decided_early_only_if_no_absent_signal_could_change_it(
    expression, happened, outcome
):
    partly = rule(expression, "model_drift_detected", "criticality")
    assert one(partly, model_drift_detected=happened).outcome == outcome


def test_an_impossible_value_decides_nothing_while_signals_are_absent():
    partly = rule("model_confidence < 0.7 || criticality > 0.5", "model_confidence", "criticality")
    assert one(partly, model_confidence=math.nan).outcome == "not_evaluated"


def test_only_rules_with_all_signals_are_decided_in_order_of_declaration():
    verdicts = RuleSet(SIGNALS, [DOUBT, ANOMALY]).evaluate({"anomaly_score": 0.99})
    assert [(v.rule_id, v.outcome) for v in verdicts] == [
        ("R-2", "not_evaluated"),
        ("R-1", "fired"),
    ]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (math.nan, "anomaly_score is not finite: nan"),
        (math.inf, "anomaly_score is not finite: inf"),
        (1.1, "anomaly_score = 1.1 ratio is outside 0.0..1.0"),
        ("0.1", "anomaly_score is a number in ratio, not str '0.1'"),
        (True, "anomaly_score is a number in ratio, not bool True"),
    ],
)
def test_an_impossible_value_makes_a_rule_undecidable_and_it_fires(value, why):
    verdict = one(ANOMALY, anomaly_score=value)
    assert verdict.fired
    assert verdict.undecidable
    assert verdict.reason == f"undecidable: {why} (anomaly_score > 0.95)"


def test_an_impossible_value_touches_only_the_rules_that_read_it():
    verdicts = RuleSet(SIGNALS, [DOUBT, ANOMALY]).evaluate(
        {"model_confidence": math.nan, "criticality": 0.1, "anomaly_score": 0.5}
    )
    assert [v.undecidable for v in verdicts] == [True, False]


def test_two_impossible_values_are_both_named():
    verdict = one(DOUBT, model_confidence=-1.0, criticality=2.0)
    assert "model_confidence = -1.0 ratio" in verdict.reason
    assert "; criticality = 2.0 ratio" in verdict.reason


def test_a_run_time_error_is_a_truthy_value_in_cel_and_still_fires_as_undecidable():
    verdict = one(
        rule("1 / int(inference_latency) > 5", "inference_latency"), inference_latency=0.5
    )
    assert verdict.fired
    assert verdict.undecidable
    assert "divide by zero" in verdict.reason


def test_a_rule_that_exhausts_its_budget_fires_as_undecidable():
    expression = "inference_latency > 0.0"
    for variable in "abcdefg":
        expression = f"[1,2,3,4,5,6,7,8,9,10].all({variable}, {expression})"
    verdict = one(rule(expression, "inference_latency"), inference_latency=1.0)
    assert verdict.fired
    assert verdict.undecidable
    assert "budget" in verdict.reason


def test_an_undeclared_signal_is_refused_and_the_declared_ones_are_named():
    with pytest.raises(InputBoundsError, match=r"'anomaly' is not one of: model_confidence, .*"):
        one(ANOMALY, anomaly=0.5)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (rule("anomaly_score >", "anomaly_score"), r"R-1 \(A#/g\) does not compile"),
        (rule("anomaly_score > 1", "anomaly_score"), "no matching overload"),
        (rule("anomaly_score > criticality", "anomaly_score"), "undeclared reference"),
        (rule("anomaly_score + 1.0", "anomaly_score"), "is DOUBLE and not a condition"),
        (rule("dyn(anomaly_score)", "anomaly_score"), "is DYN and not a condition"),
        (rule("bias > 0.1", "bias"), "reads undeclared signals: bias"),
        (rule("anomaly_score > 0.1", "anomaly_score", "criticality"), "names: criticality"),
        (rule("true"), "does not read the signals it names"),
        (rule("anomaly_score > 0.1", "anomaly_score", kind="hint"), "kind 'hint' is not one of"),
        (rule("anomaly_score > 0.1", "anomaly_score", severity="bad"), "severity 'bad' is not"),
        (rule("anomaly_score > 0.1" + " " * 1982, "anomaly_score"), "longer than 2000"),
    ],
)
def test_a_rule_that_is_no_condition_over_its_signals_is_refused(broken, message):
    with pytest.raises(ConfigError, match=message):
        RuleSet(SIGNALS, [broken])


def test_an_expression_of_2000_characters_is_accepted():
    assert one(rule("anomaly_score > 0.1" + " " * 1981, "anomaly_score"), anomaly_score=0.2).fired


def test_names_are_unique():
    with pytest.raises(ConfigError, match="rule R-1 is declared twice"):
        RuleSet(SIGNALS, [ANOMALY, ANOMALY])
    with pytest.raises(ConfigError, match="signal criticality is declared twice"):
        RuleSet([*SIGNALS, Signal("criticality")], [])


def test_a_set_shows_what_it_was_made_of():
    rules = RuleSet(SIGNALS, [DOUBT, ANOMALY])
    assert rules.signals == SIGNALS
    assert rules.rules == (DOUBT, ANOMALY)


def test_an_empty_set_says_nothing():
    assert RuleSet(SIGNALS, []).evaluate({"criticality": 1.0}) == ()


def test_threads_share_a_set():
    rules = RuleSet(SIGNALS, [ANOMALY])
    wrong = []

    def check(offset):
        for step in range(200):
            score = ((step * 7 + offset) % 200) / 200
            if rules.evaluate({"anomaly_score": score})[0].fired is not (score > 0.95):
                wrong.append(score)

    threads = [threading.Thread(target=check, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_ten_rules_are_judged_in_well_under_a_millisecond_each():
    rules = RuleSet(
        SIGNALS,
        [rule("anomaly_score > 0.95", "anomaly_score", rule_id=f"R-{n}") for n in range(10)],
    )
    started = time.perf_counter()
    for _ in range(20):
        rules.evaluate({"anomaly_score": 0.5})
    assert (time.perf_counter() - started) / 200 < 0.001
