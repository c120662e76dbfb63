"""A rule that fires obliges an agent to ask; a decision that did not is found."""

import pytest
from agent_runtime.auditing.compliance import ComplianceRules, ConductCheck
from agent_runtime.auditing.register import PolicyRegister, policies_digest
from agent_runtime.errors import ConfigError, GovernanceError, InputBoundsError
from agent_runtime.reasoning.case import Case, Draft
from agent_runtime.rules import Rule, RuleSet
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE

from tests.unit.runtime.auditing_events import batch_of, seen

ENTRY = {
    "signals": [
        {"name": "confidence", "unit": "ratio", "low": 0.0, "high": 1.0},
        {"name": "deal_value", "unit": "eur", "low": 0.0, "high": None},
        {"name": "broken", "unit": "bool", "low": None, "high": None},
    ],
    "rules": [
        {
            "rule_id": "R-1",
            "expression": "confidence < 0.6 && deal_value > 100.0",
            "kind": "policy",
            "severity": "high",
            "signals": ["confidence", "deal_value"],
            "source": "/governance/escalationpolicy",
            "text": "confidence < 0.6 AND deal_value > 100",
            "target": None,
        },
        {
            "rule_id": "R-2",
            "expression": "broken",
            "kind": "policy",
            "severity": "critical",
            "signals": ["broken"],
            "source": "/governance/escalationpolicy",
            "text": "broken",
            "target": "ops",
        },
    ],
}


def register(**changes: object) -> PolicyRegister:
    entry = {**ENTRY, **changes}
    return PolicyRegister.of({"agents": {"scorer": {**entry, "digest": policies_digest(entry)}}})


def rules() -> ComplianceRules:
    return ComplianceRules(register().agents["scorer"].rules)


BAD = {"confidence": 0.5, "deal_value": 200.0}


def test_a_rule_that_fires_unasked_is_a_breach():
    found = rules().check(BAD, status="proceeded")
    assert not found.compliant
    (breach,) = found.breaches
    assert (breach.rule_id, breach.severity) == ("R-1", "high")
    assert "confidence = 0.5" in breach.reason
    assert found.unjudged == ("R-2",)
    assert found.kept == ()


@pytest.mark.parametrize("status", ["escalated", "approved", "overridden", "refused", "expired"])
def test_a_decision_that_was_brought_before_somebody_keeps_the_rule(status: str):
    found = rules().check(BAD, status=status)
    assert found.compliant
    assert found.kept == ("R-1",)


def test_at_the_threshold_nothing_fires():
    assert rules().check({"confidence": 0.6, "deal_value": 200.0}).kept == ("R-1",)


def test_a_decision_that_breaks_a_rule_does_not_leave():
    with pytest.raises(GovernanceError, match=r"R-1: confidence = 0\.5"):
        rules().require(BAD)
    assert rules().require({"broken": False}).kept == ("R-2",)
    with pytest.raises(InputBoundsError):
        rules().check({"mood": 1.0})


def test_what_a_decision_tells_is_read_by_the_names_of_signals():
    told = {"deal_value": 7, "broken": True, "mood": 3}
    assert rules().values_of(0.25, told) == {
        "confidence": 0.25,
        "deal_value": 7.0,
        "broken": True,
    }
    assert rules().values_of(0.25, {"confidence": 0.75}) == {"confidence": 0.75}
    assert rules().values_of(0.25, {"broken": 1, "deal_value": True}) == {"confidence": 0.25}
    assert rules().values_of(0.25, None) == {"confidence": 0.25}
    critical = RuleSet([Signal("domain_criticality"), Signal("model_confidence")], [])
    assert ComplianceRules(critical).values_of(0.25, {}, criticality=0.5) == {
        "domain_criticality": 0.5,
        "model_confidence": 0.25,
    }
    assert ComplianceRules(critical).values_of(0.25, {}) == {"model_confidence": 0.25}


def test_a_draft_names_the_rules_it_breaks():
    case = Case(
        packet_id="p",
        trace_id=TRACE,
        packet_type="t",
        source="a",
        domain="d",
        transaction={"broken": True},
        attributes={"deal_value": 101.0},
    )
    draft = Draft(case=case, ranking=(), support=(), confidence=0.5, verdicts=())
    assert rules().violations(draft) == ("R-1", "R-2")
    sure = Draft(case=case, ranking=(), support=(), confidence=0.6, verdicts=())
    assert rules().violations(sure) == ("R-2",)


def test_a_sampled_decision_that_breaks_its_agents_rules_is_a_finding():
    check = ConductCheck(register(), kind="governance_rule_violated")
    bad = seen(1, {"deal_value": 200.0}, confidence=0.5)
    asked = seen(2, {"deal_value": 200.0}, confidence=0.5, status="escalated")
    fine = seen(3, {"deal_value": 200.0}, confidence=0.7)
    stranger = seen(4, {"deal_value": 200.0}, agent="stranger", confidence=0.5)
    (finding,) = check.examine(batch_of(bad, asked, fine, stranger))
    assert (finding.agent, finding.subject, finding.trace_id) == ("scorer", "d1", TRACE)
    assert finding.evidence["rules"] == ["R-1"]
    assert finding.evidence["event"] == "m1"
    assert "R-1 fired unasked" in finding.reason
    assert check.check(stranger) is None


def test_what_was_not_drawn_is_not_checked():
    bad = seen(1, {"deal_value": 200.0}, confidence=0.5)
    batch = batch_of(bad)
    nothing = type(batch)(fresh=(bad,), sample=(), recent=(bad,), period="p", trace_id=TRACE)
    assert ConductCheck(register(), kind="k").examine(nothing) == ()


def test_a_register_knows_whether_it_was_changed(tmp_path):
    assert register().agents["scorer"].intact
    changed = {**ENTRY, "digest": "0" * 64}
    found = PolicyRegister.of({"agents": {"scorer": changed}}).agents["scorer"]
    assert not found.intact
    assert PolicyRegister.load(tmp_path / "none.json").agents == {}
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ConfigError, match=r"bad\.json"):
        PolicyRegister.load(tmp_path / "bad.json")
    (tmp_path / "good.json").write_text('{"agents": {}}')
    assert PolicyRegister.load(tmp_path / "good.json") == PolicyRegister()


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"agents": []},
        {"agents": {"a": 1}},
        {"agents": {"a": {"signals": []}}},
        {"agents": {"a": {"signals": [1], "rules": []}}},
        {"agents": {"a": {"signals": "x", "rules": []}}},
        {"agents": {"a": {"signals": [{"name": "s", "unit": "ms", "low": "x"}], "rules": []}}},
        {"agents": {"a": {"signals": [], "rules": [{**ENTRY["rules"][0]}]}}},
    ],
)
def test_a_document_that_is_no_register_is_refused(document: object):
    with pytest.raises(ConfigError):
        PolicyRegister.of(document)


def test_rules_without_signals_of_their_own_are_judged_not_at_all():
    empty = ComplianceRules(RuleSet([Signal("x")], [_never()]))
    assert empty.check({}).unjudged == ("R-x",)


def _never() -> Rule:
    return Rule(
        rule_id="R-x", expression="x > 1.0", kind="policy", severity="low", signals=("x",),
        source="/", text="x",
    )  # fmt: skip
