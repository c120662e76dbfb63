"""Bias, drift and fraud are found in observed events when they are there, and not when not."""

import math
from pathlib import Path

import numpy as np
import pytest
from agent_runtime.auditing.bias import Comparison, Truth, bias_findings, measure_bias
from agent_runtime.auditing.drift import (
    Baseline,
    BaselineStore,
    drift_findings,
    measure_drift,
    thresholds_for,
)
from agent_runtime.auditing.fraud import (
    FraudPattern,
    TransactionFields,
    fraud_findings,
    match_patterns,
    read_trades,
)
from agent_runtime.auditing.measuring import (
    detection_rates,
    planted_bias,
    planted_fraud,
    planted_shift,
)
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.reading import (
    EntrySource,
    entries,
    number_at,
    text_at,
    value_at,
    verdict_at,
)
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.kernels.drift import compare
from agent_runtime.kernels.fairness import demographic_parity, equalised_odds

from tests.unit.runtime.auditing_events import CLOCK, batch_of, seen

LINKS = EntrySource(event="scorer.score", each="links")
PARITY = Comparison(name="regions", source=LINKS, group="region", outcome="score")
LEVELS = Baseline(name="scores", source=LINKS, field="score", size=100)
DEALS = TransactionFields(
    source=EntrySource(event="adapter.translate", each="deals"),
    trade_id="id",
    seller="from",
    buyer="to",
    item="what",
    quantity="tons",
    price="price",
    at="on",
)
WASH = FraudPattern(name="wash", kind="wash_trade", window_seconds=86_400.0)


def scored(number: int, *links: tuple[str, float]) -> ObservedEvent:
    return seen(number, {"links": [{"region": region, "score": score} for region, score in links]})


def regional(first: int, second: int, of: int = 100) -> list[ObservedEvent]:
    return [
        scored(n, ("north", float(n < first)), ("south", 0.51 if n < second else 0.5))
        for n in range(of)
    ]


def test_fields_are_read_by_dotted_names():
    document = {"a": {"b": 2}, "t": True, "s": "x"}
    assert value_at(document, "a.b") == 2
    assert value_at(document, "a.c.d") is None
    assert number_at(document, "a.b") == 2.0
    assert number_at(document, "t") is None
    assert (text_at(document, "a.b"), text_at(document, "s"), text_at(document, "t")) == (
        "2",
        "x",
        "",
    )
    assert verdict_at(document, "t", above=9.0) is True
    assert verdict_at(document, "a.b", above=2.0) is False
    assert verdict_at(document, "s", above=0.0) is None


def test_entries_are_those_of_the_declared_events():
    events = [scored(1, ("a", 0.1), ("b", 0.2)), seen(2, {"links": "none"}), seen(3, None)]
    other = seen(4, {"links": [{"region": "c"}]}, event_type="other")
    found = list(entries([*events, other], LINKS))
    assert [entry.fields["region"] for entry in found] == ["a", "b"]
    assert found[0].fields["decision_id"] == "d1"
    assert found[0].fields["timestamp"] == CLOCK()
    whole = list(entries(events, EntrySource(event="scorer.score")))
    assert [entry.fields["confidence"] for entry in whole] == [0.9, 0.9]


def test_groups_treated_unequally_are_a_finding_with_all_its_numbers():
    events = regional(90, 40)
    measured = measure_bias(PARITY, events)
    assert measured.score == pytest.approx(0.5)
    assert measured.cases == 200
    (finding,) = bias_findings("bias_detected", [measured], batch_of(*events))
    assert finding.subject == "bias:regions:2026-01-01"
    assert finding.agent == "scorer"
    assert finding.level == pytest.approx(0.5)
    assert "demographic_parity: north 0.900, south 0.400" in finding.reason
    assert finding.evidence["cases"] == 200
    assert len(finding.evidence["decisions"]) == 100
    assert finding.evidence["gaps"][0]["behind_hits"] == 40


def test_a_gap_within_the_tolerance_or_chance_is_none():
    small = measure_bias(PARITY, regional(55, 45))
    assert small.score == pytest.approx(0.1)
    few = measure_bias(PARITY, regional(20, 12, of=31))
    assert few.gaps
    assert bias_findings("bias_detected", [small, few], batch_of()) == ()


def test_too_few_cases_measure_nothing():
    measured = measure_bias(PARITY, [*regional(20, 0, of=29), seen(99, {"links": [{"region": 1}]})])
    assert (measured.cases, measured.gaps, measured.score) == (58, (), 0.0)


def test_what_turned_out_is_joined_by_its_key():
    truth = Truth(source=EntrySource(event="adapter.outcome"), key="about", field="accepted")
    odds = Comparison(
        name="odds", source=EntrySource(event="scorer.score"), group="region", outcome="score",
        truth=truth,
    )  # fmt: skip
    events = [
        seen(n, {"region": "north" if n % 2 else "south", "score": float(n % 2 or n % 4 == 0)})
        for n in range(400)
    ]
    outcomes = [
        seen(1000 + n, {"about": f"d{n}", "accepted": True}, agent="adapter", event_type="outcome")
        for n in range(400)
    ]
    blank = seen(5000, {"accepted": True}, agent="adapter", event_type="outcome")
    measured = measure_bias(odds, [*events, *outcomes, blank])
    assert [gap.measure for gap in measured.gaps] == ["demographic_parity", "true_positive_rate"]
    assert measured.gaps[1].value == pytest.approx(0.5)


@pytest.fixture
def store(tmp_path: Path):
    made = BaselineStore(tmp_path / "baselines.db")
    yield made
    made.close()


def drawn(count: int, *, shift: float, seed: int, start: int = 0) -> list[ObservedEvent]:
    values = np.random.default_rng(seed).normal(shift, 1.0, count)
    return [scored(start + n + 1, ("x", float(value))) for n, value in enumerate(values)]


LIMITS = thresholds_for(0.1, level=0.99)


def test_the_first_values_make_up_the_baseline_and_are_kept(store: BaselineStore):
    first = drawn(60, shift=0, seed=1)
    assert measure_drift(LEVELS, first, store, LIMITS).drift is None
    assert len(store.values("scores")) == 60
    measure_drift(LEVELS, first, store, LIMITS)
    assert len(store.values("scores")) == 60
    more = drawn(90, shift=0, seed=2, start=60)
    assert measure_drift(LEVELS, [*first, *more], store, LIMITS).drift is None
    assert len(store.values("scores")) == 100
    assert store.until("scores") == 150
    store.forget("scores")
    assert store.values("scores") == ()


def test_values_that_moved_are_a_finding(store: BaselineStore):
    store.gather(LEVELS, np.random.default_rng(0).normal(0, 1, 100).tolist(), until=0)
    moved = drawn(200, shift=1.0, seed=3)
    measured = measure_drift(LEVELS, moved, store, LIMITS)
    assert measured.level > 0.1
    (finding,) = drift_findings("drift", [measured], batch_of(*moved))
    assert finding.subject == "drift:scores:2026-01-01"
    assert finding.level == measured.level == min(1.0, measured.drift.psi)
    assert finding.evidence["psi"] == measured.drift.psi
    assert finding.evidence["ks_p_value"] < 0.01
    assert finding.evidence["values"] == 200


def test_values_that_did_not_move_or_are_few_are_none(store: BaselineStore):
    store.gather(LEVELS, np.random.default_rng(0).normal(0, 1, 100).tolist(), until=0)
    same = measure_drift(LEVELS, drawn(200, shift=0.0, seed=4), store, LIMITS)
    few = measure_drift(LEVELS, drawn(49, shift=5.0, seed=4), store, LIMITS)
    assert same.drift is not None
    assert (same.level, few.level, few.drift) == (0.0, 0.0, None)
    assert drift_findings("drift", [same, few], batch_of()) == ()


def test_a_baseline_outlives_a_restart(tmp_path: Path):
    first = BaselineStore(tmp_path / "b.db")
    assert first.gather(LEVELS, [0.5] * 100, until=7) is True
    first.close()
    again = BaselineStore(tmp_path / "b.db")
    assert (len(again.values("scores")), again.until("scores")) == (100, 7)
    assert again.gather(LEVELS, [9.0], until=9) is True
    assert again.until("scores") == 7
    with pytest.raises(InputBoundsError, match="not finite"):
        again.gather(LEVELS, [math.nan], until=1)
    again.close()


def test_a_declared_limit_is_that_of_the_index():
    assert (LIMITS.psi, LIMITS.kl, LIMITS.significance) == (0.1, 0.05, pytest.approx(0.01))
    with pytest.raises(InputBoundsError, match="confidence level"):
        thresholds_for(0.1, level=1.0)


def deal(number: int, name: str, seller: str, buyer: str, **changes: object) -> ObservedEvent:
    fields = {
        "id": name, "from": seller, "to": buyer, "what": "pet", "tons": 5, "price": 100.0,
        "on": 1000.0 + number, **changes,
    }  # fmt: skip
    return seen(number, {"deals": [fields]}, agent="adapter", event_type="translate")


def test_transactions_that_fit_a_pattern_are_a_finding_that_names_them():
    events = [deal(1, "t1", "a", "b"), deal(2, "t2", "b", "a")]
    origins = read_trades(events, DEALS)
    matches = match_patterns([trade for trade, _ in origins], [WASH])
    (finding,) = fraud_findings(
        "fraud_pattern_match", matches, batch_of(*events), agent="adapter", origins=origins
    )
    assert [each["transaction"] for each in finding.evidence["transactions"]] == ["t1", "t2"]
    assert finding.evidence["decisions"] == ["d1", "d2"]
    assert finding.subject.startswith("wash:")
    late = match_patterns([trade for trade, _ in reversed(origins)], [WASH])
    assert late[0].subject == finding.subject
    bare = fraud_findings("k", matches, batch_of(), agent="adapter", origins=())
    assert bare[0].evidence["decisions"] == []


def test_times_are_read_as_seconds_or_iso_8601():
    ((trade, _),) = read_trades([deal(1, "t", "a", "b", on="1970-01-01T01:00:00+01:00")], DEALS)
    assert trade.at == 0.0
    wrong = [{"on": "1970-01-01T00:00:00"}, {"on": "yesterday"}, {"on": None}, {"tons": 0}]
    wrong += [{"price": "x"}, {"tons": None}, {"to": ""}]
    events = [deal(n, "t", "a", "b", **{"to": "b", **each}) if "to" not in each
              else seen(n, {"deals": [{"id": "t"}]}, agent="adapter", event_type="translate")
              for n, each in enumerate(wrong)]  # fmt: skip
    assert read_trades(events, DEALS) == ()


@pytest.mark.parametrize("kind", ["wash_trade", "circular_deal", "split_deal", "price_spike"])
def test_each_kind_of_pattern_finds_its_case_and_nothing_in_clean_trade(kind: str):
    limit, least = (8.0, 10) if kind == "price_spike" else (10_000.0, 3)
    window = 30 * 86_400.0 if kind == "price_spike" else 86_400.0
    pattern = FraudPattern(name="p", kind=kind, window_seconds=window, limit=limit, least=least)

    def found(trades: list) -> bool:
        return bool(match_patterns(trades, [pattern]))

    seeds = range(8)
    clean, planted = (
        detection_rates(
            lambda effect, seed: planted_fraud(kind if effect else "none", seed),
            found,
            effects=[effect],
            seeds=seeds,
        )[0]
        for effect in (0.0, 1.0)
    )
    assert (clean.rate, planted.rate) == (0.0, 1.0)
    assert planted.interval.low > clean.interval.high


def test_rates_of_bias_rise_with_the_gap_and_false_alarms_are_rare():
    rates = detection_rates(
        planted_bias,
        lambda cases: demographic_parity(cases).exceeds(0.0),
        effects=[0.0, 0.1, 0.2, 0.4],
        seeds=range(40),
    )
    assert rates[0].found <= 2
    assert [rate.found for rate in rates] == sorted(rate.found for rate in rates)
    assert rates[3].rate == 1.0
    assert all(gap.value < 0.2 for gap in equalised_odds(planted_bias(0.0, 1)))


def test_rates_of_drift_rise_with_the_shift_and_false_alarms_are_rare():
    def drifted(samples: tuple) -> bool:
        before, after = (sample[:, None] for sample in samples)
        return bool(compare(before, after, names=("x",), thresholds=LIMITS).drifted)

    rates = detection_rates(planted_shift, drifted, effects=[0.0, 0.25, 0.5], seeds=range(20))
    assert rates[0].found <= 1
    assert rates[0].found <= rates[1].found <= rates[2].found == 20


@pytest.mark.parametrize("seeds", [[1, 2, 3, 4], [1, 1, 2, 3, 4], []])
def test_rates_over_too_few_seeds_are_refused(seeds: list[int]):
    with pytest.raises(InputBoundsError, match="different seeds"):
        detection_rates(planted_bias, bool, effects=[0.0], seeds=seeds)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Comparison(name="", source=LINKS, group="g", outcome="o"),
        lambda: Comparison(name="n", source=LINKS, group="g", outcome="o", tolerance=1.0),
        lambda: Comparison(name="n", source=LINKS, group="g", outcome="o", level=1.0),
        lambda: Baseline(name="b", source=LINKS, field="f", size=49),
        lambda: Baseline(name="b", source=LINKS, field=""),
        lambda: FraudPattern(name="f", kind="magic", window_seconds=1.0),
        lambda: FraudPattern(name="f", kind="split_deal", window_seconds=1.0),
        lambda: FraudPattern(name="f", kind="wash_trade", window_seconds=0.0),
        lambda: FraudPattern(name="f", kind="wash_trade", window_seconds=1.0, tolerance=1.0),
        lambda: FraudPattern(name="", kind="wash_trade", window_seconds=1.0),
    ],
)
def test_declarations_that_cannot_be_used_are_refused(make):
    with pytest.raises(ConfigError):
        make()
