"""Samples are the same each time, fair to every key, and their estimates cover the truth."""

import math

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.sampling import Drawn, draw, estimated_total, place


def keys(count: int, stratum: str = "a", start: int = 0) -> list[tuple[str, str]]:
    return [(f"k{number}", stratum) for number in range(start, start + count)]


def test_a_place_is_the_first_bits_of_the_digest():
    assert place("k", seed="s") == place("k", seed="s")
    assert place("k", seed="s") != place("k", seed="t")
    assert all(0.0 <= place(f"k{n}", seed="s") < 1.0 for n in range(1000))


def test_places_are_spread_evenly():
    counts = [0] * 10
    for number in range(10_000):
        counts[int(place(f"k{number}", seed="s") * 10)] += 1
    chi_square = sum((count - 1000) ** 2 / 1000 for count in counts)
    assert chi_square < 27.9  # 0.1 % point of nine degrees of freedom


def test_each_stratum_gives_its_share_and_at_least_the_least():
    drawn = draw(keys(100) + keys(5, "b", 500) + keys(2, "c", 900), rate=0.1, least=3, seed="s")
    sizes = {name: sum(each.stratum == name for each in drawn) for name in "abc"}
    assert sizes == {"a": 10, "b": 3, "c": 2}
    chances = {each.stratum: each.probability for each in drawn}
    assert chances == {"a": 0.1, "b": 0.6, "c": 1.0}


def test_the_order_of_arrival_and_repeats_change_nothing():
    some = keys(50)
    assert draw(some, rate=0.2, least=1, seed="s") == draw(
        some[::-1] + some[:10], rate=0.2, least=1, seed="s"
    )


def test_another_seed_draws_another_sample():
    one = {each.key for each in draw(keys(200), rate=0.1, least=0, seed="s")}
    two = {each.key for each in draw(keys(200), rate=0.1, least=0, seed="t")}
    assert len(one) == len(two) == 20
    assert one != two


def test_every_key_is_drawn_equally_often_over_seeds():
    hits = dict.fromkeys((key for key, _ in keys(20)), 0)
    for seed in range(2000):
        for each in draw(keys(20), rate=0.25, least=0, seed=str(seed)):
            hits[each.key] += 1
    spread = 5 * math.sqrt(2000 * 0.25 * 0.75)
    assert all(abs(count - 500) < spread for count in hits.values())


def test_estimates_are_unbiased_and_intervals_cover_the_truth():
    values = {key: float(number % 7 == 0) for number, (key, _) in enumerate(keys(700))}
    truth, covered, total = sum(values.values()), 0, 0.0
    for seed in range(300):
        sample = draw(keys(700), rate=0.2, least=0, seed=str(seed))
        found = estimated_total(sample, values, level=0.95)
        total += found.total
        covered += found.interval.low <= truth <= found.interval.high
    assert total / 300 == pytest.approx(truth, rel=0.03)
    assert covered / 300 > 0.91


def test_a_census_has_no_uncertainty():
    sample = draw(keys(10), rate=1.0, least=0, seed="s")
    found = estimated_total(sample, {"k1": 1.0, "k2": 1.0}, level=0.99)
    assert (found.total, found.interval.low, found.interval.high) == (2.0, 2.0, 2.0)


def test_the_variance_is_that_of_stratified_sampling():
    sample = [Drawn(key=str(n), stratum="a", probability=0.5) for n in range(4)]
    found = estimated_total(sample, {"0": 1.0, "1": 1.0}, level=0.95)
    variance = 8**2 * 0.5 * (4 * 0.25 / 3) / 4
    assert found.total == 4.0
    assert found.interval.high == pytest.approx(4.0 + 1.959964 * math.sqrt(variance), abs=1e-5)
    alone = [Drawn(key="0", stratum="b", probability=0.5)]
    assert estimated_total(alone, {"0": 1.0}, level=0.95).interval.low == 2.0


@pytest.mark.parametrize(("rate", "least"), [(0.0, 1), (1.1, 1), (0.5, -1), (math.nan, 0)])
def test_a_share_that_is_none_is_refused(rate: float, least: int):
    with pytest.raises(InputBoundsError, match="cannot be drawn"):
        draw(keys(5), rate=rate, least=least, seed="s")
