"""What `L9.example.module` promises.

Expected by the schema and by compatibility_checker@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.translation.fields import Scalar
from agent_runtime.translation.records import CanonicalRecord

from L9.agents.adapters.plastos.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.adapters.plastos.material_compatibility_checker import (
    SPECIFICATION,
    CompatibilityChecker,
)

OFFERED: dict[str, Scalar] = {
    "polymer": "polymer_family wanted",
    "melt_flow": 2.0,
    "contamination": 2.0,
    "colour": "colour wanted",
}
WANTED: dict[str, Scalar] = {
    "polymer": "polymer_family wanted",
    "melt_flow_low": 1.0,
    "melt_flow_high": 3.0,
    "contamination_limit": 3.0,
    "colour": "colour wanted",
}
BREAKING: tuple[tuple[str, str, Scalar], ...] = (
    ("polymer_family", "polymer", "something else"),
    ("melt_flow", "melt_flow", 100.0),
    ("contamination", "contamination", 100.0),
    ("colour", "colour", "something else"),
)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(
        tmp_path, agent="plastos_adapter", signals=SIGNALS, rules=RULES, policy=POLICY
    )


@pytest.fixture
def checker(bench: AgentBench) -> CompatibilityChecker:
    return CompatibilityChecker(GovernanceBridge(bench.governance))


def supply(**changes: Scalar) -> CanonicalRecord:
    return CanonicalRecord(
        record="material", key="offer", entity=None, attributes={**OFFERED, **changes}
    )


def demand(**changes: Scalar) -> CanonicalRecord:
    return CanonicalRecord(
        record="buyer", key="wish", entity=None, attributes={**WANTED, **changes}
    )


@pytest.mark.positive
def test_an_offer_that_keeps_every_rule_is_compatible(checker: CompatibilityChecker) -> None:
    judged = checker.check(supply(), demand())
    assert judged.holds
    assert 0.0 < judged.score <= 1.0
    assert judged.broken == ()


@pytest.mark.positive
def test_every_rule_of_the_schema_is_checked(checker: CompatibilityChecker) -> None:
    judged = checker.check(supply(), demand())
    assert [finding.rule for finding in judged.findings] == [rule for rule, _, _ in BREAKING]
    assert [rule.name for rule in SPECIFICATION] == [rule for rule, _, _ in BREAKING]


@pytest.mark.positive
def test_each_rule_gives_its_reason(checker: CompatibilityChecker) -> None:
    for finding, rule in zip(
        checker.check(supply(), demand()).findings, SPECIFICATION, strict=True
    ):
        assert rule.supply in finding.reason


@pytest.mark.positive
def test_a_good_offer_alarms_nobody(bench: AgentBench, checker: CompatibilityChecker) -> None:
    assert checker.judge(supply(), demand(), trace_id=TRACE).holds
    assert bench.escalations.pending() == ()


@pytest.mark.positive
def test_judging_and_checking_agree(checker: CompatibilityChecker) -> None:
    for _, field, wrong in BREAKING:
        offer = supply(**{field: wrong})
        assert checker.judge(offer, demand(), trace_id=TRACE) == checker.check(offer, demand())


@pytest.mark.positive
@pytest.mark.parametrize(("wanted", "offered", "anything"), ((("colour",), "colour", "any"),))
def test_a_demand_may_accept_anything(
    checker: CompatibilityChecker, wanted: tuple[str, ...], offered: str, anything: str
) -> None:
    offer, wish = supply(**{offered: "whatever"}), demand(**{wanted[0]: anything})
    assert checker.check(offer, wish).holds


@pytest.mark.negative
@pytest.mark.parametrize(("rule", "field", "wrong"), BREAKING)
def test_one_broken_rule_is_enough(
    checker: CompatibilityChecker, rule: str, field: str, wrong: Scalar
) -> None:
    judged = checker.check(supply(**{field: wrong}), demand())
    assert not judged.holds
    assert judged.score == 0.0
    assert rule in [finding.rule for finding in judged.broken]


@pytest.mark.negative
def test_what_is_not_stated_is_not_met(checker: CompatibilityChecker) -> None:
    silent = CanonicalRecord(record="material", key="offer", entity=None)
    judged = checker.check(silent, demand())
    assert len(judged.broken) == len(SPECIFICATION)
    assert all("is not stated" in finding.reason for finding in judged.broken)


@pytest.mark.negative
def test_an_alarming_fault_reaches_the_anchors(
    bench: AgentBench, checker: CompatibilityChecker
) -> None:
    _, field, wrong = ("contamination", "contamination", 100.0)
    checker.judge(supply(**{field: wrong}), demand(), trace_id=TRACE)
    (escalation,) = bench.escalations.pending()
    assert "material_contamination_detected" in escalation.condition
    assert escalation.subject == "material/offer"
