"""Attribution sums up, counterfactuals recompute, and the skeleton finds the known graph."""

import math

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.causal import (
    attribute,
    causal_skeleton,
    counterfactual,
    fisher_z_p_value,
    latent_factors,
    partial_correlation,
)

FACTORS = {"price": 2.0, "distance": -1.0, "trust": 0.5}
BASELINE = {"price": 1.0, "distance": 0.0, "trust": 0.0}


def linear(factors) -> float:
    return 3.0 * factors["price"] - 2.0 * factors["distance"] + factors["trust"] + 10.0


def interacting(factors) -> float:
    return factors["price"] * factors["trust"]


def test_shares_of_a_linear_score_are_weight_times_distance():
    attribution = attribute(linear, FACTORS, baseline=BASELINE)
    assert attribution.baseline == 13.0
    assert attribution.score == 18.5
    assert attribution.shares == pytest.approx({"price": 3.0, "distance": 2.0, "trust": 0.5})
    assert attribution.ranked() == ("price", "distance", "trust")


def test_an_interaction_is_shared_by_shapley_values():
    # orders: price first adds 0 then trust 1; trust first adds 0.5 then price 0.5
    attribution = attribute(
        interacting, {"price": 2.0, "trust": 0.5}, baseline={"price": 1.0, "trust": 0.0}
    )
    assert attribution.shares == pytest.approx({"price": 0.25, "trust": 0.75})


def test_shares_sum_to_the_difference_from_the_baseline():
    def curved(factors) -> float:
        return math.tanh(factors["a"] * factors["b"]) + factors["c"] ** 2 - factors["d"]

    observed = {"a": 0.3, "b": -1.2, "c": 0.7, "d": 2.0}
    attribution = attribute(curved, observed, baseline=dict.fromkeys(observed, 0.1))
    assert math.fsum(attribution.shares.values()) == pytest.approx(
        attribution.score - attribution.baseline, abs=1e-12
    )
    assert attribution.score == curved(observed)


def test_equal_influences_rank_by_name_whatever_their_sign():
    attribution = attribute(
        lambda f: f["b"] - f["a"], {"b": 1.0, "a": 1.0}, baseline={"b": 0.0, "a": 0.0}
    )
    assert attribution.ranked() == ("a", "b")


def test_a_single_factor_has_the_whole_difference():
    attribution = attribute(lambda f: f["a"] ** 2, {"a": 3.0}, baseline={"a": 1.0})
    assert attribution.shares == {"a": 8.0}


def test_twelve_factors_are_attributed_and_thirteen_refused():
    def total(factors) -> float:
        return math.fsum(factors.values())

    twelve = {f"f{k}": float(k) for k in range(12)}
    shares = attribute(total, twelve, baseline=dict.fromkeys(twelve, 0.0)).shares
    assert shares == pytest.approx(twelve)
    thirteen = {**twelve, "f12": 1.0}
    with pytest.raises(InputBoundsError, match="13 factors; attribution takes 1 to 12"):
        attribute(total, thirteen, baseline=thirteen)


@pytest.mark.negative
def test_attribution_refuses_what_it_cannot_compare():
    with pytest.raises(InputBoundsError, match="0 factors"):
        attribute(linear, {}, baseline={})
    with pytest.raises(InputBoundsError, match="the baseline names"):
        attribute(linear, FACTORS, baseline={"price": 1.0})
    with pytest.raises(InputBoundsError, match="not finite"):
        attribute(linear, {**FACTORS, "trust": math.nan}, baseline=BASELINE)
    with pytest.raises(InputBoundsError, match="not finite"):
        attribute(lambda factors: math.inf, FACTORS, baseline=BASELINE)
    with pytest.raises(InputBoundsError, match="not finite"):
        attribute(lambda factors: 0.0, {**FACTORS, "trust": math.nan}, baseline=BASELINE)


def test_a_counterfactual_sets_a_factor_and_recomputes():
    answer = counterfactual(linear, FACTORS, changed={"price": 0.0})
    assert answer.before == 18.5
    assert answer.after == 12.5
    assert answer.effect == -6.0
    assert answer.changed == {"price": 0.0}


def test_a_counterfactual_of_a_product_depends_on_the_other_factor():
    assert counterfactual(interacting, FACTORS, changed={"trust": 1.0}).effect == 1.0


@pytest.mark.negative
def test_a_counterfactual_of_nothing_or_of_an_unknown_factor_is_refused():
    with pytest.raises(InputBoundsError, match=r"not \['colour'\]"):
        counterfactual(linear, FACTORS, changed={"price": 1.0, "colour": 1.0})
    with pytest.raises(InputBoundsError, match="sets known factors"):
        counterfactual(linear, FACTORS, changed={})
    with pytest.raises(InputBoundsError, match="not finite"):
        counterfactual(linear, FACTORS, changed={"price": math.inf})


def test_latent_contributions_sum_to_the_multilinear_score():
    subject, relation, target = (np.array(v) for v in ([1.0, 2.0], [0.5, -1.0], [4.0, 3.0]))
    contributions = latent_factors(subject, relation, target)
    assert contributions == {"latent_0": 2.0, "latent_1": -6.0}
    assert math.fsum(contributions.values()) == float(np.einsum("k,k,k", subject, relation, target))


@pytest.mark.negative
def test_latent_factors_refuse_embeddings_that_do_not_fit():
    with pytest.raises(InputBoundsError, match="embeddings of one length"):
        latent_factors()
    with pytest.raises(InputBoundsError, match="embeddings of one length"):
        latent_factors(np.ones(2), np.ones(3))
    with pytest.raises(InputBoundsError, match="embeddings is not finite"):
        latent_factors(np.array([1.0, math.nan]))


def test_partial_correlation_follows_the_closed_form_of_three_variables():
    a, b, c = 0.6, 0.5, 0.4  # rho_xy, rho_xz, rho_yz
    correlation = np.array([[1.0, a, b], [a, 1.0, c], [b, c, 1.0]])
    expected = (a - b * c) / math.sqrt((1 - b**2) * (1 - c**2))
    assert partial_correlation(correlation, 0, 1, [2]) == pytest.approx(expected, abs=1e-12)
    assert partial_correlation(correlation, 0, 1, []) == pytest.approx(a, abs=1e-12)


def test_fisher_z_follows_the_closed_form_and_scipy():
    from scipy.stats import norm

    z = math.sqrt(103 - 2 - 3) * math.atanh(0.2)
    assert fisher_z_p_value(0.2, rows=103, given=2) == pytest.approx(2.0 * float(norm.sf(z)))
    assert fisher_z_p_value(-0.2, rows=103, given=2) == fisher_z_p_value(0.2, rows=103, given=2)
    assert fisher_z_p_value(0.0, rows=103, given=2) == 1.0
    assert fisher_z_p_value(1.0, rows=103, given=2) == 0.0
    assert fisher_z_p_value(-1.0, rows=103, given=2) == 0.0


def sample(covariance: np.ndarray, rows: int) -> np.ndarray:
    """Rows whose sample correlations equal those of `covariance` exactly."""
    raw = np.random.default_rng(11).normal(size=(rows, len(covariance)))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    return white @ np.linalg.cholesky(covariance).T


def implied(weights: np.ndarray) -> np.ndarray:
    """Covariance of x = W x + noise with unit noise."""
    inverse = np.linalg.inv(np.eye(len(weights)) - weights)
    return inverse @ inverse.T


def test_a_chain_is_separated_by_its_middle():
    weights = np.zeros((3, 3))
    weights[1, 0] = weights[2, 1] = 0.8  # x -> y -> z
    skeleton = causal_skeleton(sample(implied(weights), 500), names=["x", "y", "z"])
    assert [edge.pair for edge in skeleton.edges] == [("x", "y"), ("y", "z")]
    assert skeleton.separators == {("x", "z"): ("y",)}
    assert skeleton.colliders == ()


def test_a_common_effect_is_told_from_a_common_cause():
    weights = np.zeros((3, 3))
    weights[2, 0] = weights[2, 1] = 0.7  # x -> z <- y
    skeleton = causal_skeleton(sample(implied(weights), 500), names=["x", "y", "z"])
    assert [edge.pair for edge in skeleton.edges] == [("x", "z"), ("y", "z")]
    assert skeleton.separators == {("x", "y"): ()}
    assert skeleton.colliders == (("x", "z", "y"),)


def test_a_diamond_needs_two_conditions():
    weights = np.zeros((4, 4))
    weights[1, 0] = weights[2, 0] = 0.8  # a -> b, a -> c
    weights[3, 1] = weights[3, 2] = 0.7  # b -> d <- c
    rows = sample(implied(weights), 2000)
    names = ["a", "b", "c", "d"]
    skeleton = causal_skeleton(rows, names=names)
    assert [edge.pair for edge in skeleton.edges] == [
        ("a", "b"),
        ("a", "c"),
        ("b", "d"),
        ("c", "d"),
    ]
    assert skeleton.separators == {("a", "d"): ("b", "c"), ("b", "c"): ("a",)}
    assert skeleton.colliders == (("b", "d", "c"),)
    shallow = causal_skeleton(rows, names=names, largest_condition=1)
    assert ("a", "d") in [edge.pair for edge in shallow.edges]


def test_an_edge_carries_its_weakest_partial_correlation():
    covariance = np.array([[1.0, 0.6, 0.5], [0.6, 1.0, 0.4], [0.5, 0.4, 1.0]])
    skeleton = causal_skeleton(sample(covariance, 400), names=["x", "y", "z"])
    edge = skeleton.edges[0]
    expected = (0.6 - 0.5 * 0.4) / math.sqrt((1 - 0.25) * (1 - 0.16))
    assert edge.pair == ("x", "y")
    assert edge.strength == pytest.approx(expected, abs=1e-9)
    assert edge.p_value == pytest.approx(fisher_z_p_value(expected, rows=400, given=1), rel=1e-6)


def test_without_conditions_the_plain_correlations_decide():
    covariance = np.array([[1.0, 0.6], [0.6, 1.0]])
    skeleton = causal_skeleton(sample(covariance, 100), names=["x", "y"], largest_condition=0)
    assert skeleton.edges[0].strength == pytest.approx(0.6, abs=1e-9)


def test_three_conditions_are_held_fixed_unless_told_otherwise():
    weights = np.zeros((6, 6))
    weights[1:5, 0] = 0.7  # a -> b, c, d, e
    weights[5, 1:5] = 0.6  # b, c, d, e -> f
    rows = sample(implied(weights), 3000)
    names = list("abcdef")

    def joined(**options: int) -> bool:
        edges = causal_skeleton(rows, names=names, **options).edges
        return ("a", "f") in [edge.pair for edge in edges]

    assert joined(largest_condition=3)
    assert not joined(largest_condition=4)
    assert joined()


def test_the_order_of_the_columns_does_not_matter():
    weights = np.zeros((4, 4))
    weights[1, 0] = weights[2, 1] = weights[3, 1] = 0.6
    rows = sample(implied(weights), 800)
    names = np.array(["a", "b", "c", "d"])
    order = np.array([3, 1, 0, 2])
    straight = causal_skeleton(rows, names=names.tolist())
    turned = causal_skeleton(rows[:, order], names=names[order].tolist())
    assert {frozenset(edge.pair) for edge in straight.edges} == {
        frozenset(edge.pair) for edge in turned.edges
    }


def test_the_significance_decides_at_its_boundary():
    covariance = np.array([[1.0, 0.15], [0.15, 1.0]])
    rows = sample(covariance, 200)
    p_value = causal_skeleton(rows, names=["x", "y"], significance=0.9).edges[0].p_value
    assert p_value == pytest.approx(fisher_z_p_value(0.15, rows=200, given=0), rel=1e-6)
    at = causal_skeleton(rows, names=["x", "y"], significance=p_value)
    assert len(at.edges) == 1
    below = causal_skeleton(rows, names=["x", "y"], significance=p_value * 0.999)
    assert below.edges == ()
    assert below.separators == {("x", "y"): ()}


def test_a_single_factor_has_no_edges():
    skeleton = causal_skeleton(np.arange(10.0)[:, np.newaxis], names=["x"])
    assert (skeleton.edges, skeleton.separators, skeleton.colliders) == ((), {}, ())


@pytest.mark.negative
def test_the_skeleton_refuses_data_without_an_answer():
    rows = np.random.default_rng(12).normal(size=(50, 2))
    with pytest.raises(InputBoundsError, match="a factor is constant"):
        causal_skeleton(np.column_stack([rows, np.ones(50)]), names=["x", "y", "z"])
    with pytest.raises(InputBoundsError, match="determined by the others"):
        causal_skeleton(np.column_stack([rows, rows.sum(axis=1)]), names=["x", "y", "z"])
    with pytest.raises(InputBoundsError, match="different names"):
        causal_skeleton(rows, names=["x", "x"])
    with pytest.raises(InputBoundsError, match="2 columns; 3 are demanded"):
        causal_skeleton(rows, names=["x", "y", "z"])


@pytest.mark.negative
@pytest.mark.parametrize("significance", [0.0, 1.0, math.nan])
def test_a_significance_that_decides_everything_is_refused(significance):
    with pytest.raises(InputBoundsError, match="within"):
        causal_skeleton(np.eye(9)[:, :2], names=["x", "y"], significance=significance)


@pytest.mark.negative
def test_conditions_need_more_rows_than_they_fix():
    rows = np.random.default_rng(13).normal(size=(6, 2))
    causal_skeleton(rows, names=["x", "y"], largest_condition=2)
    with pytest.raises(InputBoundsError, match="6 rows for conditions of 3 factors"):
        causal_skeleton(rows, names=["x", "y"], largest_condition=3)
    with pytest.raises(InputBoundsError, match="conditions of -1"):
        causal_skeleton(rows, names=["x", "y"], largest_condition=-1)
