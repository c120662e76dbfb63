"""What `L9.example.module` promises.

Expected by the schema and by symbolic_reasoner@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import pytest
from agent_runtime.reasoning.case import Case, Enrichment, TensorResults, Verdict
from agent_runtime.testing_reasoning import case

from L9.example.module import MODE, RULES, SymbolicReasoner

LEANING = [
    ("loss_making_deal", "PlastOS", "doubt", {"loss_ratio": 0.02002}, {"loss_ratio": 0.02}),
    (
        "proven_partners",
        "PlastOS",
        "favour",
        {"repeat_deal_ratio": 0.5005},
        {"repeat_deal_ratio": 0.5},
    ),
    (
        "overlent_property",
        "MortgageOS",
        "favour",
        {"loan_to_value_ratio": 0.95, "debt_to_income_ratio": 0.1998},
        {"debt_to_income_ratio": 0.1998, "loan_to_value_ratio": 0.95095},
    ),
    (
        "stretched_borrower",
        "MortgageOS",
        "doubt",
        {"debt_to_income_ratio": 0.45045},
        {"debt_to_income_ratio": 0.45},
    ),
]
READ = [
    ("PlastOS", "loss_ratio"),
    ("PlastOS", "repeat_deal_ratio"),
    ("MortgageOS", "loan_to_value_ratio"),
    ("MortgageOS", "debt_to_income_ratio"),
]


def judged(at_hand: Case) -> Verdict:
    return SymbolicReasoner().reason(at_hand, Enrichment(), TensorResults())


@pytest.mark.positive
@pytest.mark.parametrize(("name", "domain", "effect", "fires", "holds"), LEANING)
def test_a_rule_that_favours_or_doubts_moves_support_and_never_forbids(
    name: str, domain: str, effect: str, fires: dict[str, float], holds: dict[str, float]
) -> None:
    said = judged(case(2, domain=domain, each=(fires, holds)))
    assert (said.support[0] > said.support[1]) is (effect == "favour")
    assert name in said.factors
    assert name not in said.objections


@pytest.mark.positive
def test_every_rule_gives_its_reason() -> None:
    at_hand = case(1, domain="PlastOS", attributes={"loss_ratio": 0.02002})
    assert any(
        "a deal that loses more than 2 percent of its value is never recommended" in reason
        for reason in judged(at_hand).reasons
    )


@pytest.mark.positive
def test_attributes_of_a_candidate_outweigh_those_of_the_case() -> None:
    at_hand = case(
        1, domain="PlastOS", attributes={"loss_ratio": 0.02002}, each=({"loss_ratio": 0.02},)
    )
    assert "loss_making_deal" not in judged(at_hand).factors


@pytest.mark.positive
def test_the_verdict_and_the_mode_have_the_declared_name() -> None:
    reasoner = SymbolicReasoner()
    assert MODE == "symbolic_rule_application"
    assert set(reasoner.modes) == {MODE}
    mode = reasoner.modes[MODE]
    assert mode.reason(case(1), Enrichment(), TensorResults()).mode == MODE


@pytest.mark.positive
def test_two_candidates_that_differ_in_nothing_get_the_same_support() -> None:
    at_hand = case(2, domain="PlastOS", attributes={"loss_ratio": 0.02002})
    assert len(set(judged(at_hand).support)) == 1


@pytest.mark.negative
def test_a_case_that_states_nothing_is_no_opinion() -> None:
    said = judged(case(2, domain="PlastOS"))
    assert (said.confidence, said.objections) == (0.0, ())


@pytest.mark.negative
@pytest.mark.parametrize(("domain", "reads"), READ)
def test_a_rule_that_is_not_a_domain_s_own_is_not_applied(domain: str, reads: str) -> None:
    said = judged(case(1, domain="another domain", attributes={reads: 0.5}))
    own = {rule.rule_id for rule in RULES if rule.domain}
    assert own.isdisjoint(said.factors)
    assert domain != "another domain"


@pytest.mark.regression
def test_the_rules_are_the_declared_ones() -> None:
    assert [(rule.rule_id, rule.effect, rule.expression) for rule in RULES] == [
        ("loss_making_deal", "doubt", "loss_ratio > 0.02"),
        ("proven_partners", "favour", "repeat_deal_ratio > 0.5"),
        (
            "overlent_property",
            "favour",
            "loan_to_value_ratio <= 0.95 && debt_to_income_ratio < 0.2",
        ),
        ("stretched_borrower", "doubt", "debt_to_income_ratio > 0.45"),
    ]
