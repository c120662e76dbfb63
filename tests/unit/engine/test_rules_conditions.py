"""Conditions of schema prose and the CEL they become."""

from dataclasses import dataclass

import pytest
from cel_expr_python import cel

from generators.engine.rules.conditions import (
    Bound,
    Condition,
    SignalUse,
    merge_signals,
    parse_condition,
)
from generators.engine.rules.samples import fires, holds
from generators.engine.rules.syntax import Comparison, Name, Number, to_cel
from generators.engine.rules.uncompiled import RuleSyntaxError, Uncompiled


@dataclass(frozen=True)
class Given:
    value: float
    unit: str | None = None


def compiled(text: str, **thresholds: Given) -> Condition:
    result = parse_condition(text, thresholds)
    assert isinstance(result, Condition), result
    return result


def refused(text: str, **thresholds: Given) -> Uncompiled:
    result = parse_condition(text, thresholds)
    assert isinstance(result, Uncompiled), result
    return result


def evaluate(condition: Condition, values: dict[str, float | bool]) -> object:
    types = {
        use.name: cel.Type.BOOL if use.kind == "event" else cel.Type.DOUBLE
        for use in condition.signals
    }
    types |= {f"{name}_threshold": cel.Type.DOUBLE for name in condition.symbols}
    environment = cel.NewEnv(variables=types)
    expression = environment.compile(condition.expression)
    assert expression.return_type() == cel.Type.BOOL
    return expression.eval(data=values).value()


# Every condition of the reference collection, of the Main Agent and of INPUT_FORMAT.
REFERENCE = [
    ("model_accuracy_drop_> 5_percent", "model_accuracy_drop > 0.05"),
    ("inference_latency_> 500ms", "inference_latency > 500.0"),
    ("anomaly_score_> 0_95", "anomaly_score > 0.95"),
    ("embedding_drift_detected", "embedding_drift_detected"),
    (
        "model confidence < 0.6 AND criticality > 0.8",
        "model_confidence < 0.6 && criticality > 0.8",
    ),
    ("anomaly score > 0.95", "anomaly_score > 0.95"),
    ("inference latency > 500ms", "inference_latency > 500.0"),
    ("model drift detected", "model_drift_detected"),
    (
        "reasoning_confidence_< 0_7_AND_criticality_> 0_5",
        "reasoning_confidence < 0.7 && criticality > 0.5",
    ),
    ("tensor_anomaly_score_> 0_95", "tensor_anomaly_score > 0.95"),
    ("governance_override_requested", "governance_override_requested"),
    ("memory_sync_failure", "memory_sync_failure"),
    ("inference_latency_> 2000ms", "inference_latency > 2000.0"),
    (
        "Any decision confidence < 0.7 AND domain_criticality > 0.5",
        "decision_confidence < 0.7 && domain_criticality > 0.5",
    ),
    ("Governance override requested by any anchor", "governance_override_requested"),
    ("Anomaly flagged by tensor layer", "anomaly_flagged_by_tensor_layer"),
    (
        "Cross-domain conflict detected (e.g., two domains want incompatible action)",
        "cross_domain_conflict_detected",
    ),
    (
        "Memory sync failure or data inconsistency detected",
        "memory_sync_failure || data_inconsistency_detected",
    ),
    (
        "Model drift or tensor serving latency spike",
        "model_drift || tensor_serving_latency_spike",
    ),
    ("domain-specific rule violated", "domain_specific_rule_violated"),
    (
        "match_confidence_< 0_7_AND_deal_value_> threshold",
        "match_confidence < 0.7 && deal_value > deal_value_threshold",
    ),
    (
        "tensor confidence < 0.6 AND deal_value > threshold",
        "tensor_confidence < 0.6 && deal_value > deal_value_threshold",
    ),
    ("data_quality_< 0_9", "data_quality < 0.9"),
    ("model accuracy drop > 5%", "model_accuracy_drop > 0.05"),
    ("model drift > threshold", "model_drift > model_drift_threshold"),
    ("drift_> threshold", "drift > drift_threshold"),
    ("bias_score_> 0_8", "bias_score > 0.8"),
    ("fraud_pattern_match", "fraud_pattern_match"),
    (
        "domain_agent_accepts_recommendation AND (prediction_correct OR human_anchor_approves)",
        "domain_agent_accepts_recommendation && (prediction_correct || human_anchor_approves)",
    ),
    (
        "domain_agent_rejects OR governance_escalation_triggered OR reasoning_latency_spike",
        "domain_agent_rejects || governance_escalation_triggered || reasoning_latency_spike",
    ),
    (
        "new_model_accuracy > current_model_accuracy AND passes_validation",
        "new_model_accuracy > current_model_accuracy && passes_validation",
    ),
]


@pytest.mark.parametrize(("text", "expression"), REFERENCE)
def test_every_condition_of_the_reference_becomes_boolean_cel(text: str, expression: str) -> None:
    condition = compiled(text)
    assert condition.expression == expression
    assert condition.text == text
    truth = {use.name: use.kind == "event" or 0.5 for use in condition.signals}
    truth |= {f"{name}_threshold": 0.5 for name in condition.symbols}
    assert evaluate(condition, truth) in (True, False)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("x >= 1", "x >= 1.0"),
        ("x ≥ 1", "x >= 1.0"),
        ("x ⩾ 1", "x >= 1.0"),
        ("x ≤ 1", "x <= 1.0"),
        ("x ⩽ 1", "x <= 1.0"),
        ("x ≠ 1", "x != 1.0"),
        ("x != 1", "x != 1.0"),
        ("x = 1", "x == 1.0"),
        ("x == 1", "x == 1.0"),
        ("x \uff1e 1", "x > 1.0"),
        ("x \uff1c 1", "x < 1.0"),
        ("x \uff1d 1", "x == 1.0"),
        ("x>1", "x > 1.0"),
        ("1 < x", "1.0 < x"),
        ("x > -0.5", "x > -0.5"),
        ("x > .5", "x > 0.5"),
        ("x > 1e-3", "x > 0.001"),
        ("x > 99_9_percent", "x > 0.999"),
        ("x > 7%", "x > 0.07"),
        ("x > 5 percent", "x > 0.05"),
        ("x > 2 s", "x > 2000.0"),
        ("x > 5 minutes.", "x > 300000.0"),
        ("x > 1000 EUR", "x > 1000.0"),
        ("x > 8Gi", "x > 8589934592.0"),
        ("x > 3 times", "x > 3.0"),
        ("0.2 < x <= 0.8", "0.2 < x && x <= 0.8"),
        ("a_x AND b_x && c_x", "a_x && b_x && c_x"),
        ("a_x || b_x or c_x", "a_x || b_x || c_x"),
        ("a_x OR b_x AND c_x", "a_x || (b_x && c_x)"),
        ("(a_x OR b_x) AND c_x", "(a_x || b_x) && c_x"),
        ("NOT a_x", "!a_x"),
        ("!a_x", "!a_x"),
        ("not not a_x", "!(!a_x)"),
        ("NOT (a_x OR b_x > 1)", "!(a_x || b_x > 1.0)"),
        ("NOT b_x > 1", "!(b_x > 1.0)"),
        ("a_x_AND_NOT_b_x", "a_x && !b_x"),
        ("stage_2_AND_3x", None),
        ("memory_and_cpu_high", "memory_and_cpu_high"),
        ("confidence is below 0.6", "confidence < 0.6"),
        ("confidence below 0.6", "confidence < 0.6"),
        ("drift exceeds threshold", "drift > drift_threshold"),
        ("error rate is greater than 5%", "error_rate > 0.05"),
        ("a_x is at least 2", "a_x >= 2.0"),
        ("a_x at most 2", "a_x <= 2.0"),
        ("a_x less than b_x", "a_x < b_x"),
        ("a_x equals 2", "a_x == 2.0"),
        ("supply above demand", "supply_above_demand"),
        ("supply above 3", "supply > 3.0"),
        ("supply above limit", "supply > supply_threshold"),
        ("exceeds", "exceeds"),
        ("drift \u2013 free", None),
        ("cross\u2013domain conflict", "cross_domain_conflict"),
        ("the model is stale.", "model_is_stale"),
        ("ready by any", "ready_by_any"),
        ("any a b_x by any c_x or d", "b_x || d"),
        ("a > 1", "a > 1.0"),
        ("supply above", "supply_above"),
        ("drift\u2010spike", "drift_spike"),
        ("a_x  __b_x", "a_x_b_x"),
    ],
)
def test_spellings_of_one_meaning(text: str, expression: str | None) -> None:
    if expression is None:
        refused(text)
    else:
        assert compiled(text).expression == expression


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("", "the name of a signal or event is missing", 0),
        ("  ", "the name of a signal or event is missing", 2),
        ("a_x AND", "the name of a signal or event is missing", 7),
        ("AND a_x", "the name of a signal or event is missing", 0),
        ("x >", "the name of a signal or event is missing", 3),
        ("> 5", "the name of a signal or event is missing", 0),
        ("5", "a number without a comparison", 1),
        ("latency between 5", "`between` has no meaning in a condition", 8),
        ("alert unless approved", "`unless` has no meaning in a condition", 6),
        ("latency for 5 minutes", "a number without a comparison", 12),
        ("5 > 3", "a comparison of two numbers", 5),
        ("1 < x > 2", "comparisons in one chain must point the same way", 9),
        ("1 != x != 2", "comparisons in one chain must point the same way", 11),
        ("x > 5 apples", "`apples` is not expected here", 6),
        ("x > 5apples", "`apples` is not a unit known here", 4),
        ("x > 1_500", "`1_500` reads as 1500 or as 1.500; write one of them", 4),
        ("x > 0,95", "`0,95`: write a decimal point, and no separator between thousands", 4),
        ("x > 1_2_3", "`1_2_3` is not a number", 4),
        ("x > 1_5.5", "`1_5.5` is not a number", 4),
        ("x <> 5", "the character '<' has no meaning in a condition", 2),
        ("x => 5", "the character '=' has no meaning in a condition", 2),
        ("(a_x", "a parenthesis is never closed", 4),
        ("a_x (b", "a parenthesis is never closed", 4),
        ("a_x)", "`)` is not expected here", 3),
        ("x low (< 0.6)", "a remark in parentheses holds a condition; write it outside", 6),
        ("x low (a AND b)", "a remark in parentheses holds a condition; write it outside", 6),
        ("cpu/gpu spike", "the character '/' has no meaning in a condition", 3),
        ("a → b", "the character '\\u2192' has no meaning in a condition", 2),
        ("a\x00b", "the character '\\x00' has no meaning in a condition", 1),
        ("a\u202eb", "the character '\\u202e' has no meaning in a condition", 1),
        ("model.drift", "`model.drift` is neither a name nor a number", 0),
        ("latency->500", "`latency-` is neither a name nor a number", 0),
        ("3d_model", "`d_model` is not a unit known here", 0),
        ("true", "`true` has no meaning in a condition", 0),
        ("in", "`in` is a word of the rule language, not a signal", 0),
        ("class > 1", "`class` is a word of the rule language, not a signal", 0),
        ("double", "`double` is a word of the rule language, not a signal", 0),
        ("ab_AND_c_AND__3x", "`x` is not a unit known here", 14),
        ("lost_AND___in", "`in` is a word of the rule language, not a signal", 11),
        ("_AND_", "the name of a signal or event is missing", 1),
        ("threshold > 1", "`threshold` is compared with no signal", 0),
        ("threshold > limit", "`threshold` is compared with no signal", 0),
        ("x > 1e400", "`1e400` is too large", 4),
        (
            "drift > 1 OR drift",
            "`drift` is compared in one place and used as an event in another",
            13,
        ),
        (
            "latency > 500ms OR latency > 3%",
            "`latency` is measured in ms in one place and in ratio in another",
            19,
        ),
        ("x" * 101, f"`{'x' * 100}` cannot be the name of a signal", 0),
        ("a_x " * 501, "longer than 2000 characters", 2000),
        ("(" * 30 + "a_x" + ")" * 30, "nested too deeply", 20),
    ],
)
def test_what_has_no_single_meaning_is_refused_with_its_place(
    text: str, reason: str, position: int
) -> None:
    result = refused(text)
    assert (result.reason, result.position, result.text) == (reason, position, text)


def test_a_text_of_exactly_the_longest_length_is_read() -> None:
    text = "a_x" + " " * 1997
    assert compiled(text).expression == "a_x"


def test_twenty_levels_are_read_and_a_name_of_a_hundred_letters() -> None:
    assert compiled("(" * 19 + "a_x" + ")" * 19).expression == "a_x"
    assert compiled("x" * 100).expression == "x" * 100


def test_signals_carry_kind_and_unit_and_say_where_the_unit_is_from() -> None:
    condition = compiled(
        "latency > 2 s AND anomaly_score > 0.9 AND widgets > 3 AND deal_value > 5 AND lost"
    )
    assert condition.signals == (
        SignalUse(name="latency", unit="ms", kind="number", derived=False),
        SignalUse(name="anomaly_score", unit="ratio", kind="number", derived=True),
        SignalUse(name="widgets", unit="number", kind="number", derived=True),
        SignalUse(name="deal_value", unit="eur", kind="number", derived=True),
        SignalUse(name="lost", unit="bool", kind="event", derived=False),
    )


def test_a_stated_unit_replaces_a_derived_one_within_a_condition() -> None:
    (use,) = compiled("0.5 < drift AND drift < 90 percent").signals
    assert use == SignalUse(name="drift", unit="ratio", kind="number", derived=False)
    (use,) = compiled("drift < 90 percent AND 0.5 < drift").signals
    assert not use.derived


def test_bounds_name_signal_sign_and_constant_with_the_signal_on_the_left() -> None:
    condition = compiled("0.2 < x <= 0.8 OR 5% >= y OR a > b OR lost OR z > threshold")
    assert condition.bounds == (
        Bound(signal="x", sign=">", value=0.2),
        Bound(signal="x", sign="<=", value=0.8),
        Bound(signal="y", sign="<=", value=0.05),
    )


def test_remarks_beside_names_are_kept() -> None:
    condition = compiled("conflict (e.g., two (or more) domains) AND lost (soon)")
    assert condition.notes == ("e.g., two (or more) domains", "soon")
    assert condition.expression == "conflict && lost"


def test_a_threshold_without_a_value_stays_a_symbol() -> None:
    condition = compiled("deal_value > threshold AND drift > drift_limit")
    assert condition.symbols == ("deal_value", "drift_limit")
    assert not condition.resolved
    assert condition.expression == "deal_value > deal_value_threshold && drift > drift_limit"
    assert [use.name for use in condition.signals] == ["deal_value", "drift"]


@pytest.mark.parametrize("name", ["deal_value", "deal_value_threshold"])
def test_a_given_threshold_becomes_the_number(name: str) -> None:
    condition = compiled("deal_value > threshold", **{name: Given(50_000.0, "EUR")})
    assert condition.resolved
    assert condition.expression == "deal_value > 50000.0"
    assert condition.signals == (
        SignalUse(name="deal_value", unit="eur", kind="number", derived=False),
    )
    assert condition.bounds == (Bound(signal="deal_value", sign=">", value=50_000.0),)


def test_a_given_threshold_is_converted_to_the_canonical_unit() -> None:
    assert compiled("drift > threshold", drift=Given(7, "percent")).expression == "drift > 0.07"
    assert compiled("wait > max_limit", max_limit=Given(2, "s")).expression == "wait > 2000.0"


@pytest.mark.parametrize("unit", [None, "", "number"])
def test_a_threshold_without_a_unit_leaves_that_of_the_signal(unit: str | None) -> None:
    condition = compiled("threshold < drift", drift=Given(0.3, unit))
    assert condition.expression == "0.3 < drift"
    assert condition.signals[0] == SignalUse(
        name="drift", unit="ratio", kind="number", derived=True
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (Given(1.0, "parsecs"), "the threshold's unit `parsecs` is not known here"),
        (Given(float("inf"), "ratio"), "the threshold is not a finite number"),
        (Given(float("nan"), None), "the threshold is not a finite number"),
    ],
)
def test_a_threshold_that_cannot_be_used_is_refused(given: Given, reason: str) -> None:
    result = refused("drift > threshold", drift=given)
    assert (result.reason, result.position) == (reason, 8)


def test_thresholds_fire_above_and_not_at_the_number() -> None:
    condition = compiled("anomaly_score_> 0_95")
    assert evaluate(condition, {"anomaly_score": 0.95}) is False
    assert evaluate(condition, {"anomaly_score": 0.9500001}) is True


def test_merging_prefers_the_stated_unit_and_sorts_by_name() -> None:
    signals, conflicts = merge_signals(
        [
            compiled("latency > 2"),
            compiled("drift > 1 AND latency > 500ms"),
            compiled("latency > 3"),
        ]
    )
    assert conflicts == ()
    assert signals == (
        SignalUse(name="drift", unit="ratio", kind="number", derived=True),
        SignalUse(name="latency", unit="ms", kind="number", derived=False),
    )


def test_merging_reports_a_name_used_in_two_ways_and_keeps_the_first() -> None:
    signals, conflicts = merge_signals(
        [compiled("drift"), compiled("drift > 1"), compiled("x > 1 s"), compiled("x > 1 eur")]
    )
    assert [(use.name, use.unit) for use in signals] == [("drift", "bool"), ("x", "ms")]
    assert [(conflict.text, conflict.reason) for conflict in conflicts] == [
        ("drift > 1", "`drift` is compared in one place and used as an event in another"),
        ("x > 1 eur", "`x` is measured in ms in one place and in eur in another"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "anomaly_score > 0.95",
        "confidence <= 0.6",
        "x >= 2",
        "5 > x",
        "x == 3",
        "x != 3",
        "a AND b > 1 AND c < 2",
        "a OR b > 1 OR c < 2",
        "NOT (a OR b > 1)",
        "a AND (b OR c > 0.5) AND NOT d",
        "0.2 < x <= 0.8",
    ],
)
def test_samples_fire_and_just_do_not(text: str) -> None:
    condition = compiled(text)
    assert evaluate(condition, fires(condition.tree)) is True
    for sample in holds(condition.tree):
        assert evaluate(condition, sample) is False


def test_samples_lie_next_to_the_threshold() -> None:
    tree = compiled("x > 0.5").tree
    assert fires(tree) == {"x": 0.5005}
    assert holds(tree) == ({"x": 0.5},)


def test_a_sample_of_an_equation_is_the_number_and_beside_it() -> None:
    assert fires(compiled("x == 2").tree) == {"x": 2.0}
    assert holds(compiled("x == 2").tree) == ({"x": 2.002},)
    assert fires(compiled("x < 0").tree) == {"x": -0.000001}


def test_an_or_fires_through_one_part_alone() -> None:
    assert fires(compiled("lost OR x > 1").tree) == {"x": 1.0, "lost": True}


def test_samples_need_a_number_to_lie_next_to() -> None:
    with pytest.raises(TypeError, match="compares no signal with a number"):
        fires(compiled("a > b").tree)


def test_the_writer_of_rules_refuses_what_is_no_number_or_comparison() -> None:
    name = Name(text="x", position=0)
    with pytest.raises(RuleSyntaxError, match="a number is not finite") as error:
        to_cel(Comparison(left=name, sign=">", right=Number(value=float("nan"), unit=None)))
    assert error.value.position == 0
    with pytest.raises(RuleSyntaxError, match="`; y` does not compare"):
        to_cel(Comparison(left=name, sign="; y", right=Number(value=1.0, unit=None)))
