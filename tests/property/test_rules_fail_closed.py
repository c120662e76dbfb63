"""Over all numbers: a rule is clear only for a possible value on the right side of a threshold."""

import math

from agent_runtime.rules import Rule, RuleSet
from agent_runtime.signals import Signal
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
RATIOS = st.floats(min_value=0.0, max_value=1.0)


def rules(threshold):
    expression = f"score > {float(threshold)!r}"
    rule = Rule(
        rule_id="R-1",
        expression=expression,
        kind="policy",
        severity="high",
        signals=("score",),
        source="A#/g",
        text=expression,
    )
    return RuleSet([Signal("score", low=0.0, high=1.0)], [rule])


@given(threshold=RATIOS, value=NUMBERS)
def test_a_rule_is_clear_only_for_a_possible_value_at_or_below_its_threshold(threshold, value):
    (verdict,) = rules(threshold).evaluate({"score": value})
    possible = math.isfinite(value) and 0.0 <= value <= 1.0
    assert verdict.undecidable is not possible
    assert verdict.fired is not (possible and value <= threshold)


@given(threshold=RATIOS, values=st.lists(NUMBERS, min_size=1, max_size=20))
def test_a_batch_is_harmless_only_if_each_of_its_measurements_is(threshold, values):
    signal = Signal("score", low=0.0, high=1.0, escalate_above=threshold)
    alone = any(rules(threshold).evaluate({"score": value})[0].fired for value in values)
    extremes = signal.extremes(values)
    together = any(rules(threshold).evaluate({"score": value})[0].fired for value in extremes)
    assert together is alone
