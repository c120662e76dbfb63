"""What `L9.example.module` promises.

Expected by the schema and by compliance_checker@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.errors import GovernanceError, InputBoundsError
from agent_runtime.reasoning.case import Case, Draft
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_auditing import ObservedBench, confidence_policy, register_settings

from L9.governance.tensor_auditor.compliance_checker import KIND, ComplianceChecker
from L9.governance.tensor_auditor.governance_bridge import GovernanceBridge
from L9.governance.tensor_auditor.policy_validator import PolicyValidator

RULE = "R-tensor_auditor-01"
FIRES: dict[str, float | bool] = {"policy_violation_detected": True}
HOLDS: list[dict[str, float | bool]] = [
    {"policy_violation_detected": False},
]


def bridge(bench: AgentBench) -> GovernanceBridge:
    return GovernanceBridge.wire(
        audit=bench.audit,
        escalations=bench.escalations,
        approvals=bench.verifier,
        clock=bench.clock,
    )


class Watch:
    """A checker that knows the policy of the agent `scorer`, and what that agent told."""

    def __init__(self, folder: Path) -> None:
        bench = AgentBench(folder, agent="tensor_auditor")
        settings = register_settings(folder, {"scorer": confidence_policy(0.6)})
        self.policies = PolicyValidator.open(
            settings, folder, verifier=bench.verifier, audit=bench.audit
        )
        self.checker = ComplianceChecker(bridge(bench), policies=self.policies)
        self.bench = ObservedBench(folder)

    def close(self) -> None:
        self.policies.close()
        self.bench.close()


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path)
    yield made
    made.close()


@pytest.fixture
def checker(watch: Watch) -> ComplianceChecker:
    return watch.checker


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


@pytest.mark.positive
def test_a_decision_of_another_agent_is_held_against_its_own_rules(watch: Watch) -> None:
    watch.bench.see("scorer.score", {}, confidence=0.6)
    seen = watch.bench.see("scorer.score", {}, confidence=0.59)
    (finding,) = watch.checker.examine(watch.bench.batch())
    assert (finding.kind, finding.agent) == (KIND, "scorer")
    assert finding.subject == seen.event.event_data.decision_id
    assert finding.evidence["rules"] == ["R-1"]


@pytest.mark.negative
@pytest.mark.parametrize("status", ["escalated", "refused"])
def test_an_agent_that_asked_is_not_accused(watch: Watch, status: str) -> None:
    watch.bench.see("scorer.score", {}, confidence=0.1, status=status)
    assert watch.checker.examine(watch.bench.batch()) == ()


@pytest.mark.negative
def test_an_agent_whose_rules_are_not_known_cannot_be_judged(watch: Watch) -> None:
    watch.bench.see("stranger.decide", {}, confidence=0.1)
    assert watch.checker.examine(watch.bench.batch()) == ()
