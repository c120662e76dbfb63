"""What `L9.example.module` promises.

Expected by the schema and by decision_synthesizer@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest
from agent_runtime.errors import InputBoundsError, OutputBoundsError
from agent_runtime.reasoning.case import Verdict
from agent_runtime.reasoning.synthesis import Synthesizer
from agent_runtime.testing_reasoning import case, draft, verdict

from L9.example.module import MODES, DecisionSynthesizer

FIRST = "symbolic_rule_application"
SECOND = "tensor_guided_scoring"


class Weights:
    def __init__(self, **weights: float) -> None:
        self._weights = weights

    def weights(self, domain: str) -> Mapping[str, float]:
        return self._weights if domain == case().domain else {}


@pytest.mark.positive
def test_the_best_supported_candidate_comes_first() -> None:
    made = DecisionSynthesizer().combine(case(3), [verdict(FIRST, 0.2, 0.9, 0.4)])
    assert made.ranking == (1, 2, 0)


@pytest.mark.positive
def test_odds_are_pooled_as_their_geometric_mean() -> None:
    said = [verdict(FIRST, 0.9), verdict(SECOND, 0.5)]
    odds = math.sqrt(0.9 / 0.1)
    assert DecisionSynthesizer().combine(case(1), said).support[0] == pytest.approx(
        odds / (1 + odds)
    )


@pytest.mark.positive
def test_learnt_weights_decide_between_modes() -> None:
    said = [verdict(FIRST, 0.8, 0.3), verdict(SECOND, 0.3, 0.8)]
    for trusted, best in ((FIRST, 0), (SECOND, 1)):
        synthesizer = DecisionSynthesizer(weights=Weights(**{trusted: 5.0}))
        assert synthesizer.combine(case(2), said).ranking[0] == best


@pytest.mark.positive
def test_quarrel_doubt_and_silence_each_lower_the_confidence() -> None:
    synthesizer = DecisionSynthesizer()
    sure = synthesizer.combine(case(1), [verdict(FIRST, 0.9), verdict(SECOND, 0.9)])
    quarrel = synthesizer.combine(case(1), [verdict(FIRST, 0.9), verdict(SECOND, 0.2)])
    doubt = synthesizer.combine(case(1), [verdict(FIRST, 0.9, confidence=0.5)])
    silence = synthesizer.combine(case(1), [verdict(FIRST, 0.9)], {SECOND: "no time was left"})
    assert sure.confidence == pytest.approx(1.0)
    assert max(quarrel.confidence, doubt.confidence, silence.confidence) < 0.7
    assert silence.skipped == {SECOND: "no time was left"}


@pytest.mark.positive
def test_no_majority_outvotes_an_objection() -> None:
    said = [verdict(FIRST, 0.99, 0.1), verdict(SECOND, 0.0, 0.5, objections=("rule",))]
    made = DecisionSynthesizer().combine(case(2), said)
    assert made.ranking == (1,)
    assert made.objections == ("rule",)


@pytest.mark.negative
def test_a_mode_that_is_not_declared_is_refused() -> None:
    with pytest.raises(InputBoundsError, match="speaks once"):
        DecisionSynthesizer().combine(case(1), [verdict("hearsay", 0.9)])


@pytest.mark.negative
def test_a_mode_that_speaks_twice_is_refused() -> None:
    with pytest.raises(InputBoundsError, match="speaks once"):
        DecisionSynthesizer().combine(case(1), [verdict(FIRST, 0.9), verdict(FIRST, 0.8)])


@pytest.mark.negative
@pytest.mark.parametrize("wrong", [verdict(FIRST, 1.1), verdict(FIRST, math.nan), verdict(FIRST)])
def test_a_verdict_out_of_bounds_is_refused(wrong: Verdict) -> None:
    with pytest.raises(InputBoundsError, match=FIRST):
        DecisionSynthesizer().combine(case(1), [wrong])


@pytest.mark.negative
def test_a_draft_out_of_bounds_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(draft(verdict(FIRST, 0.5)), confidence=1.5)
    monkeypatch.setattr(Synthesizer, "combine", lambda *_: broken)
    with pytest.raises(OutputBoundsError, match="draft"):
        DecisionSynthesizer().combine(case(1), [verdict(FIRST, 0.5)])


@pytest.mark.regression
def test_the_modes_are_the_declared_ones() -> None:
    assert MODES == (
        "symbolic_rule_application",
        "tensor_guided_scoring",
        "causal_context_enrichment",
        "multi_domain_pattern_matching",
        "governance_constraint_satisfaction",
        "analogical_transfer",
        "reflective_planning",
    )
