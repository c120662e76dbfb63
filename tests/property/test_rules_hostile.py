"""Whatever a schema says, a rule holds only identifiers, numbers and operators."""

import re

from cel_expr_python import cel
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.engine.rules.conditions import Condition, parse_condition
from generators.engine.rules.policies import parse_alert, parse_policy, parse_reward
from generators.engine.rules.quantities import find_ttl, parse_note, parse_quantity
from generators.engine.rules.samples import fires, holds
from generators.engine.rules.uncompiled import Uncompiled

_LEXICON = re.compile(
    r"(?:[a-z][a-z0-9_]*|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|&&|\|\||!=|[<>]=?|==|!|[()]|\s)*"
)
_PIECES = st.sampled_from(
    [
        *("anomaly score", "drift_", "confidence", "lost", "threshold", "criticality", "a", "b"),
        *(">", "<", ">=", "≤", "≠", "=", " ", "_", "AND", "OR", "NOT", "_AND_", "and", "(", ")"),
        *("0.5", "0_95", "5_percent", "500ms", "1_500", "-3", "1e9", "€7", ",", ";", "- "),
        *("'", '"', "\\", "[1]", ".size()", "true", "in", "{", "}", "//", "\x00", "\n", "\u202e"),
    ]
)
HOSTILE = st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=14).map(" ".join))
PLAUSIBLE = st.lists(_PIECES, min_size=1, max_size=14).map("".join)


def check(condition: Condition) -> None:
    """Hold one compiled condition against the rule language."""
    assert _LEXICON.fullmatch(condition.expression)
    names = {use.name: use.kind for use in condition.signals}
    symbols = set(re.findall(r"(?<![\w.])[a-z][a-z0-9_]*", condition.expression)) - set(names)
    assert len(symbols) == len(condition.symbols)
    types = {name: cel.Type.BOOL if k == "event" else cel.Type.DOUBLE for name, k in names.items()}
    types |= dict.fromkeys(symbols, cel.Type.DOUBLE)
    compiled = cel.NewEnv(variables=types).compile(condition.expression)
    assert compiled.return_type() == cel.Type.BOOL


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.one_of(HOSTILE, PLAUSIBLE))
def test_no_text_becomes_anything_but_a_typed_rule_or_a_refusal(text: str) -> None:
    result = parse_condition(text, {})
    if isinstance(result, Uncompiled):
        assert result.text == text
        assert result.reason
        assert 0 <= result.position <= len(text)
    else:
        check(result)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.one_of(HOSTILE, PLAUSIBLE))
def test_policies_lose_no_clause_and_place_every_refusal(text: str) -> None:
    policy = parse_policy(f"Escalate if: {text}", {})
    assert policy.clauses
    for clause in policy:
        if isinstance(clause, Condition):
            check(clause)
        else:
            assert clause.text == policy.text
            assert 0 <= clause.position <= len(policy.text)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(HOSTILE)
def test_the_other_readers_never_fail(text: str) -> None:
    parse_alert(text, {})
    parse_reward(text, {})
    find_ttl(text)
    assert parse_note(text).text == text
    assert parse_quantity(text).text == text


_NAMES = st.sampled_from(["lost", "stale", "late"])
_SIGNALS = st.sampled_from(["drift", "score", "load"])
_LEAVES = st.one_of(
    _NAMES,
    st.builds(
        lambda name, sign, value: f"{name} {sign} {value}",
        _SIGNALS,
        st.sampled_from([">", "<", ">=", "<=", "==", "!="]),
        st.integers(min_value=-1000, max_value=1000).map(lambda n: n / 100),
    ),
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a, b: f"({a}) AND ({b})", inner, inner),
        st.builds(lambda a, b: f"({a}) OR ({b})", inner, inner),
        st.builds(lambda a: f"NOT ({a})", inner),
    ),
    max_leaves=6,
)


def python_truth(text: str, values: dict[str, float | bool]) -> bool:
    """Evaluate the same prose by another route: Python's own operators."""
    source = text.replace("AND", "and").replace("OR", "or").replace("NOT", "not")
    return bool(eval(source, {"__builtins__": {}}, values))  # noqa: S307 - built from the strategy


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    _TREES,
    st.fixed_dictionaries({name: st.booleans() for name in ("lost", "stale", "late")}),
    st.fixed_dictionaries(
        {name: st.sampled_from([-1.0, 0.0, 0.5, 2.0, 9.0]) for name in ("drift", "score", "load")}
    ),
)
def test_a_compiled_condition_means_what_the_prose_says(
    text: str, events: dict[str, bool], numbers: dict[str, float]
) -> None:
    condition = parse_condition(text, {})
    assert isinstance(condition, Condition), condition
    types = dict.fromkeys(events, cel.Type.BOOL) | dict.fromkeys(numbers, cel.Type.DOUBLE)
    values: dict[str, float | bool] = {**events, **numbers}
    result = cel.NewEnv(variables=types).compile(condition.expression).eval(data=values)
    assert result.value() is python_truth(text, values)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(_LEAVES, min_size=1, max_size=3, unique_by=lambda leaf: leaf.split()[0]))
def test_samples_of_independent_conditions_decide_them(leaves: list[str]) -> None:
    for joiner in (" AND ", " OR "):
        condition = parse_condition(joiner.join(leaves), {})
        assert isinstance(condition, Condition)
        assert python_truth(condition.text, fires(condition.tree)) is True
        assert all(python_truth(condition.text, dict(s)) is False for s in holds(condition.tree))
