"""The single modes of reasoning: tensors, constraints, domain rules, causes, precedents."""

import math
from pathlib import Path

import pytest
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.memory.causal import SqliteCausalMemory
from agent_runtime.memory.topology import CausalSpec, EpisodicSpec, MemoryTopology
from agent_runtime.reasoning.analogy import PRIOR, CaseReasoner
from agent_runtime.reasoning.case import Enrichment, TensorResults
from agent_runtime.reasoning.causal import GAIN, WorldFactorReasoner, weigh
from agent_runtime.reasoning.features import DIMENSION, case_vector, squashed
from agent_runtime.reasoning.modes import ConstraintMode, TensorMode
from agent_runtime.reasoning.pooling import logistic
from agent_runtime.reasoning.symbolic import LEAN, DomainRule, RuleReasoner
from agent_runtime.reasoning.synthesis import Synthesizer
from agent_runtime.reasoning.traces import ReasoningLog
from agent_runtime.rules import Rule, RuleSet
from agent_runtime.signals import Signal
from agent_runtime.testing import AgentBench
from agent_runtime.testing_reasoning import case, outcome, tensors, verdict

NOTHING = Enrichment()
EMPTY = TensorResults()


def test_tensor_support_is_the_calibrated_chance_and_doubt_lowers_confidence() -> None:
    said = TensorMode("t").reason(case(2), NOTHING, tensors(0.9, 0.2, deviation=0.1))
    assert said.support == (0.9, 0.2)
    assert said.confidence == pytest.approx(0.8)
    assert said.factors == {"tensor_score": pytest.approx(0.8)}
    assert "model m1" in said.reasons[0]


def test_what_was_not_scored_gets_no_support_either_way() -> None:
    said = TensorMode("t").reason(case(2), NOTHING, tensors(0.9, deviation=0.0))
    assert said.support == (0.9, 0.5)
    assert said.confidence == pytest.approx(0.5)


def test_an_anomaly_speaks_against_a_case() -> None:
    said = TensorMode("t").reason(case(1), NOTHING, tensors(0.9, anomalies={"b": 0.3, "s": 0.7}))
    assert said.factors["tensor_anomaly"] == -0.7


def test_without_scores_the_tensor_mode_says_why_and_has_no_opinion() -> None:
    said = TensorMode("t").reason(case(1), NOTHING, TensorResults(missing={"links": "timed out"}))
    assert said.confidence == 0.0
    assert "timed out" in said.reasons[0]


def _rules() -> RuleSet:
    signals = [
        Signal("domain_criticality", low=0.0, high=1.0),
        Signal("tensor_anomaly_score", low=0.0, high=1.0),
        Signal("deal_value", unit="eur", low=0.0),
        Signal("override_requested", unit="bool"),
    ]
    rules = [
        _rule("anomaly", "tensor_anomaly_score > 0.95", "tensor_anomaly_score"),
        _rule("value", "deal_value > 100.0 && domain_criticality > 0.5", "deal_value",
              "domain_criticality"),
        _rule("event", "override_requested", "override_requested"),
    ]  # fmt: skip
    return RuleSet(signals, rules)


def _rule(name: str, expression: str, *signals: str) -> Rule:
    return Rule(
        rule_id=name, expression=expression, kind="policy", severity="low", signals=signals,
        source="s", text="t",
    )  # fmt: skip


def test_a_candidate_that_breaks_a_governance_rule_gets_no_support() -> None:
    at_hand = case(2, criticality=0.6, each=({"deal_value": 101.0},))
    said = ConstraintMode("g", _rules()).reason(at_hand, NOTHING, EMPTY)
    assert said.support == (0.0, 0.5)
    assert said.objections == ("value",)
    assert said.confidence == 1.0


def test_an_anomaly_beyond_the_rule_is_an_objection_to_all_and_one_at_it_is_none() -> None:
    mode = ConstraintMode("g", _rules())
    above = math.nextafter(0.95, 1.0)
    said = mode.reason(case(2), NOTHING, tensors(0.5, 0.5, anomalies={"b": above}))
    assert said.support == (0.0, 0.0)
    kept = mode.reason(case(2), NOTHING, tensors(0.5, 0.5, anomalies={"b": 0.95}))
    assert (kept.confidence, kept.objections) == (0.0, ())


def test_a_value_that_is_not_finite_breaks_the_rule_that_reads_it() -> None:
    at_hand = case(1, attributes={"deal_value": math.nan})
    said = ConstraintMode("g", _rules()).reason(at_hand, NOTHING, EMPTY)
    assert said.objections == ("value",)


CONTAMINATION = Signal("contamination", low=0.0, high=1.0)
SHARE = Signal("repeat_share", low=0.0, high=1.0)


def _domain_rule(
    name: str, effect: str, expression: str, *signals: Signal, domain: str = "PlastOS"
) -> DomainRule:
    return DomainRule(
        rule_id=name, domain=domain, effect=effect, expression=expression, signals=signals,
        reason=f"{name} matters", source="s",
    )  # fmt: skip


def _reasoner() -> RuleReasoner:
    return RuleReasoner(
        "symbolic",
        [
            _domain_rule("dirty", "forbid", "contamination > 0.05", CONTAMINATION),
            _domain_rule("known", "favour", "repeat_share > 0.5", SHARE),
            _domain_rule("new", "doubt", "repeat_share < 0.1", SHARE),
            _domain_rule(
                "loan", "forbid", "contamination >= 0.0", CONTAMINATION, domain="MortgageOS"
            ),
        ],
    )


def _judged(*candidates: dict[str, float], domain: str = "PlastOS") -> object:
    at_hand = case(len(candidates), domain=domain, each=candidates)
    return _reasoner().reason(at_hand, NOTHING, EMPTY)


def test_a_rule_that_forbids_vetoes_its_candidate_only() -> None:
    said = _judged({"contamination": 0.06}, {"contamination": 0.05})
    assert said.support == (0.0, 0.5)
    assert said.objections == ("dirty",)
    assert "dirty matters" in said.reasons[0]


def test_rules_that_favour_and_doubt_move_support_apart() -> None:
    said = _judged({"repeat_share": 0.9}, {"repeat_share": 0.05}, {"repeat_share": 0.3})
    assert said.support == pytest.approx((0.5 + LEAN, 0.5 - LEAN, 0.5))
    assert said.objections == ()
    assert said.confidence == pytest.approx(6 / 9)


def test_kept_rules_are_no_opinion_and_rules_of_other_domains_do_not_count() -> None:
    assert _judged({"contamination": 0.01}).confidence == 0.0
    assert _judged({"contamination": 0.5}, domain="ForgeOS").confidence == 0.0
    assert _judged({"contamination": 0.0}, domain="mortgage_os").objections == ("loan",)


@pytest.mark.parametrize("value", [math.nan, -0.1, 1.1, math.inf])
def test_an_impossible_value_fails_closed(value: float) -> None:
    assert _judged({"contamination": value}).objections == ("dirty",)
    moved = _judged({"repeat_share": value})
    assert moved.support[0] == pytest.approx(0.5 - LEAN)


@pytest.mark.parametrize(
    "rules",
    [
        [_domain_rule("a", "forbid", "contamination > 0.1", CONTAMINATION)] * 2,
        [_domain_rule("a", "praise", "contamination > 0.1", CONTAMINATION)],
        [_domain_rule("a", "forbid", "contamination +", CONTAMINATION)],
    ],
)
def test_rules_that_cannot_be_applied_are_refused_at_start_up(rules: list[DomainRule]) -> None:
    with pytest.raises(ConfigError):
        RuleReasoner("symbolic", rules)


def test_factors_add_up_as_log_odds_and_their_shares_sum_to_the_difference() -> None:
    factors = {"market.trend": 0.5, "policy": -0.2}
    said = WorldFactorReasoner("causal").reason(case(2), Enrichment(factors=factors), EMPTY)
    assert said.support == pytest.approx((logistic(GAIN * 0.3),) * 2)
    assert sum(said.factors.values()) == pytest.approx(said.support[0] - 0.5)
    assert said.factors["policy"] < 0 < said.factors["market.trend"]
    assert said.confidence == 1.0
    assert "market.trend speaks for it" in said.reasons[0]


def test_what_the_world_does_not_know_lowers_causal_confidence() -> None:
    known = Enrichment(factors={"x": 0.1}, gaps=("y", "z", "w"))
    assert WorldFactorReasoner("causal").reason(case(1), known, EMPTY).confidence == 0.25
    assert WorldFactorReasoner("causal").reason(case(1), NOTHING, EMPTY).confidence == 0.0


def test_a_counterfactual_shows_what_a_factor_changed() -> None:
    enrichment = Enrichment(factors={"supply": 0.8, "season": -0.1})
    said = WorldFactorReasoner("causal").otherwise(enrichment, supply=-0.8)
    assert said.before == pytest.approx(weigh({"a": 0.7}))
    assert said.after == pytest.approx(weigh({"a": -0.9}))
    assert said.effect < 0
    with pytest.raises(InputBoundsError, match="did not name demand"):
        WorldFactorReasoner("causal").otherwise(enrichment, demand=0.1)
    with pytest.raises(InputBoundsError, match="within -1 to 1"):
        WorldFactorReasoner("causal").otherwise(enrichment, supply=2.0)


def test_causal_memory_tells_what_stands_behind_a_factor(tmp_path: Path) -> None:
    memory = SqliteCausalMemory(tmp_path / "c.db", CausalSpec(factors={"world": ("market",)}))
    reasoner = WorldFactorReasoner("causal", memory)
    assert [each.atom_id for each in reasoner.behind("market")] == ["factor:world"]
    said = reasoner.reason(case(1), Enrichment(factors={"market": -0.4}), EMPTY)
    assert said.reasons == ("market speaks against it (-0.40), behind it world",)
    assert WorldFactorReasoner("causal").behind("market") == ()


@pytest.mark.parametrize("wrong", [1.5, -1.01, math.nan])
def test_a_factor_out_of_bounds_is_refused(wrong: float) -> None:
    with pytest.raises(InputBoundsError, match="within -1 to 1: x"):
        WorldFactorReasoner("causal").reason(case(1), Enrichment(factors={"x": wrong}), EMPTY)


class Known(dict[str, float]):
    """Outcomes by decision; `asked` lists what was looked up."""

    def __init__(self, *known: dict[str, float], **named: float) -> None:
        super().__init__(*known, **named)
        self.asked: list[str] = []

    def outcome(self, decision_id: str) -> float | None:
        self.asked.append(decision_id)
        return self.get(decision_id)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    topology = MemoryTopology(agent="main_agent", episodic=EpisodicSpec(index_by=("domain",)))
    return AgentBench(tmp_path, agent="main_agent", topology=topology)


def _remember(bench: AgentBench, decision_id: str, value: float, domain: str) -> None:
    at_hand = case(1, domain=domain, attributes={"quality": value})
    made = Synthesizer().combine(at_hand, [verdict("a", 0.5)])
    ReasoningLog(bench.layers.require_episodic(), "main_agent").record(made, outcome(decision_id))


def _analogy(bench: AgentBench, known: Known, reach: str = "all") -> CaseReasoner:
    return CaseReasoner("analogy", bench.layers.require_episodic(), known, reach=reach)


def test_like_cases_with_a_good_end_support_a_candidate(bench: AgentBench) -> None:
    for n in range(5):
        _remember(bench, f"good-{n}", 50.0 + n, "PlastOS")
        _remember(bench, f"bad-{n}", -50.0 - n, "PlastOS")
    known = Known({f"good-{n}": 1.0 for n in range(5)} | {f"bad-{n}": 0.0 for n in range(5)})
    at_hand = case(2, each=({"quality": 52.0}, {"quality": -52.0}))
    said = _analogy(bench, known).reason(at_hand, NOTHING, EMPTY)
    assert said.support[0] > 0.8
    assert said.support[1] < 0.2
    assert 0.5 < said.confidence < 1.0
    assert "of PlastOS was alike" in said.reasons[0]


def test_what_many_candidates_resemble_is_looked_up_once(bench: AgentBench) -> None:
    for n in range(3):
        _remember(bench, f"d-{n}", 50.0 + n, "PlastOS")
    known = Known({f"d-{n}": 1.0 for n in range(3)})
    at_hand = case(40, attributes={"quality": 52.0})
    said = _analogy(bench, known).reason(at_hand, NOTHING, EMPTY)
    assert sorted(known.asked) == ["d-0", "d-1", "d-2"]
    alone = _analogy(bench, known).precedents(at_hand, 7, NOTHING, EMPTY)
    assert [each.outcome for each in alone] == [1.0, 1.0, 1.0]
    assert set(said.support) == {said.support[7]}


def test_one_precedent_is_drawn_towards_no_opinion(bench: AgentBench) -> None:
    _remember(bench, "d", 50.0, "PlastOS")
    at_hand = case(1, attributes={"quality": 50.0})
    said = _analogy(bench, Known(d=1.0)).reason(at_hand, NOTHING, EMPTY)
    assert said.support[0] == pytest.approx((1 + PRIOR / 2) / (1 + PRIOR), abs=1e-3)
    assert said.confidence == pytest.approx(1 / (1 + PRIOR), abs=1e-3)


def test_transfer_looks_at_other_domains_only(bench: AgentBench) -> None:
    _remember(bench, "own", 50.0, "PlastOS")
    _remember(bench, "other", 50.0, "MortgageOS")
    known = Known(own=0.0, other=1.0)
    at_hand = case(1, attributes={"quality": 50.0})
    lent = _analogy(bench, known, "others").precedents(at_hand, 0, NOTHING, EMPTY)
    assert [(each.decision_id, each.domain) for each in lent] == [("other", "MortgageOS")]
    assert len(_analogy(bench, known).precedents(at_hand, 0, NOTHING, EMPTY)) == 2


def test_unlike_cases_and_cases_without_an_outcome_teach_nothing(bench: AgentBench) -> None:
    _remember(bench, "unlike", -50.0, "PlastOS")
    _remember(bench, "open", 50.0, "PlastOS")
    at_hand = case(1, attributes={"quality": 50.0})
    said = _analogy(bench, Known(unlike=1.0)).reason(at_hand, NOTHING, EMPTY)
    assert said.confidence == 0.0
    assert said.reasons == ("no precedent with a known outcome",)


def test_a_case_is_a_vector_of_its_numbers_and_not_of_names() -> None:
    at_hand = case(1, attributes={"a": 1.0})
    same = case(1, attributes={"a": 1.0}, domain="MortgageOS")
    vector = case_vector(at_hand, 0, NOTHING, EMPTY)
    assert len(vector) == DIMENSION
    assert vector == case_vector(same, 0, NOTHING, EMPTY)
    assert vector != case_vector(at_hand, 0, Enrichment(factors={"x": 0.5}), EMPTY)
    embedded = tensors(0.5, embeddings={"b": (1.0, 2.0), "s0": (3.0, 4.0)})
    assert vector != case_vector(at_hand, 0, NOTHING, embedded)
    assert squashed(-squashed(0.0)) == 0.0
    assert squashed(-10.0) == -squashed(10.0)
