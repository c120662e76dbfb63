"""What `L9.example.module` promises.

Expected by the schema and by compliance_checker@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.errors import GovernanceError, InputBoundsError
from agent_runtime.reasoning.case import Case, Draft
from agent_runtime.testing import TRACE, AgentBench

from L9.agents.main.compliance_checker import ComplianceChecker
from L9.agents.main.governance_bridge import GovernanceBridge

RULE = "R-main_agent-01"
FIRES: dict[str, float | bool] = {"decision_confidence": 0.6993, "domain_criticality": 0.5005}
HOLDS: list[dict[str, float | bool]] = [
    {"domain_criticality": 0.5005, "decision_confidence": 0.7},
    {"decision_confidence": 0.6993, "domain_criticality": 0.5},
]


def bridge(bench: AgentBench) -> GovernanceBridge:
    return GovernanceBridge.wire(
        audit=bench.audit,
        escalations=bench.escalations,
        approvals=bench.verifier,
        clock=bench.clock,
    )


@pytest.fixture
def checker(tmp_path: Path) -> ComplianceChecker:
    return ComplianceChecker(bridge(AgentBench(tmp_path, agent="main_agent")))


def draft(values: dict[str, float | bool]) -> Draft:
    """Return a draft whose packet tells `values`."""
    case = Case(
        packet_id="p1",
        trace_id=TRACE,
        packet_type="question",
        source="client",
        domain="d",
        transaction=dict(values),
    )
    return Draft(case=case, ranking=(), support=(), confidence=1.0, verdicts=())


@pytest.mark.positive
def test_a_decision_on_which_a_rule_fires_breaks_it(checker: ComplianceChecker) -> None:
    found = checker.check(FIRES)
    assert not found.compliant
    assert RULE in [breach.rule_id for breach in found.breaches]


@pytest.mark.positive
@pytest.mark.parametrize("values", HOLDS, ids=str)
def test_just_short_of_the_threshold_the_rule_is_kept(
    checker: ComplianceChecker, values: dict[str, float | bool]
) -> None:
    assert RULE in checker.check(values).kept


@pytest.mark.positive
@pytest.mark.parametrize("status", ["escalated", "approved", "overridden", "refused", "expired"])
def test_a_decision_that_was_brought_before_somebody_keeps_the_rule(
    checker: ComplianceChecker, status: str
) -> None:
    assert checker.check(FIRES, status=status).compliant
    assert RULE in checker.require(FIRES, status=status).kept


@pytest.mark.positive
def test_rules_about_what_is_not_told_are_not_judged(checker: ComplianceChecker) -> None:
    found = checker.check({})
    assert found.compliant
    assert RULE in found.unjudged


@pytest.mark.positive
def test_a_draft_names_the_rules_it_breaks(checker: ComplianceChecker) -> None:
    assert RULE in checker.violations(draft(FIRES))


@pytest.mark.negative
def test_a_decision_that_breaks_a_rule_is_stopped(checker: ComplianceChecker) -> None:
    with pytest.raises(GovernanceError, match=RULE):
        checker.require(FIRES)


@pytest.mark.negative
def test_that_it_proceeded_is_no_excuse(checker: ComplianceChecker) -> None:
    assert not checker.check(FIRES, status="proceeded").compliant


@pytest.mark.negative
def test_an_unknown_signal_is_refused(checker: ComplianceChecker) -> None:
    with pytest.raises(InputBoundsError, match="undeclared"):
        checker.check({"undeclared": 1.0})
