"""What `L9.example.module` promises.

Expected by the schema and by governance_bridge@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.errors import GovernanceError, InputBoundsError, NotAuthenticatedError
from agent_runtime.flags import GOVERNANCE_ENFORCEMENT, Flags
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE, AgentBench

from L9.governance.tensor_auditor.governance_bridge import (
    AGENT,
    ESCALATION_TIMEOUT_SECONDS,
    POLICY,
    RULES,
    GovernanceBridge,
)

SUBJECT = "decision-1"
ANCHORS = ("Igor", "Compliance Officer", "Domain Oversight Council")


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    """Return the surroundings of the agent, empty."""
    return AgentBench(tmp_path, agent=AGENT)


@pytest.fixture
def bridge(bench: AgentBench) -> GovernanceBridge:
    """Return the bridge over the declared policy, enforced."""
    return wired(bench)


def wired(bench: AgentBench, flags: Flags | None = None) -> GovernanceBridge:
    """Wire the bridge into `bench`."""
    return GovernanceBridge.wire(
        audit=bench.audit,
        escalations=bench.escalations,
        approvals=bench.verifier,
        clock=bench.clock,
        flags=flags,
    )


# the declaration


@pytest.mark.regression
def test_the_policy_is_the_one_of_the_schema(bridge: GovernanceBridge) -> None:
    status = bridge.governance.status()
    assert status == {
        "agent": "quiet_agent",
        "mode": "supervised",
        "enforced": True,
        "human_override": True,
        "internal_decisions": "gated_by_governance",
        "external_actions": "none",
        "anchors": [*ANCHORS],
        "rules": [],
        "pending_escalations": 0,
        "tasks_in_use": 0,
        "task_limit": None,
        "compliance_auditor": None,
    }
    assert POLICY.audit_scope == ()
    assert [(anchor.role, anchor.channels) for anchor in POLICY.anchors] == [
        ("executive_architect", ("email", "slack")),
        ("regulation_and_policy", ("email", "governance_bus")),
        ("cross_domain_decisions", ("governance_bus",)),
    ]


@pytest.mark.regression
def test_each_rule_cites_the_place_that_asked_for_it() -> None:
    assert [(rule.kind, rule.target, rule.source) for rule in RULES] == []
    assert [rule.text for rule in RULES] == []


@pytest.mark.positive
def test_a_signal_that_no_rule_reads_is_held_to_its_own_threshold(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    unlisted = Signal("unlisted_measure", escalate_above=0.5)
    assert bridge.observe(unlisted, 0.5, subject=SUBJECT, trace_id=TRACE) == ()
    (raised,) = bridge.observe(unlisted, [0.1, 0.51], subject=SUBJECT, trace_id=TRACE)
    assert raised.reason == "unlisted_measure = 0.51 is beyond its threshold"
    assert (raised.rule_ids, raised.targets) == ((), ANCHORS)
    assert bench.escalations.pending() == (raised,)


@pytest.mark.negative
def test_a_name_that_is_no_declared_signal_is_refused(bridge: GovernanceBridge) -> None:
    with pytest.raises(InputBoundsError, match="'unlisted_measure' is not one of"):
        bridge.observe_all({"unlisted_measure": 0.9}, subject=SUBJECT, trace_id=TRACE)


# escalations and people


@pytest.mark.positive
def test_the_agent_may_ask_every_anchor_and_waits_for_the_declared_time(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    raised = bridge.escalate(SUBJECT, "two sources disagree", "high", trace_id=TRACE)
    assert raised.targets == ANCHORS
    assert raised.expires_at - raised.raised_at == 3600.0
    assert bench.escalations.pending() == (raised,)


@pytest.mark.negative
def test_an_escalation_that_nobody_answers_in_time_counts_as_refused(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    raised = bridge.escalate(SUBJECT, "two sources disagree", "high", trace_id=TRACE)
    bench.clock.advance(ESCALATION_TIMEOUT_SECONDS)
    (expired,) = bridge.governance.expire(trace_id=TRACE)
    assert expired.escalation_id == raised.escalation_id
    assert not expired.releases


@pytest.mark.positive
@pytest.mark.parametrize(("approve", "state"), [(True, "approved"), (False, "refused")])
def test_a_governance_token_answers_an_escalation(
    bench: AgentBench, bridge: GovernanceBridge, *, approve: bool, state: str
) -> None:
    raised = bridge.escalate(SUBJECT, "two sources disagree", "high", trace_id=TRACE)
    closed = bridge.answer(
        raised.escalation_id,
        token=bench.token("governance", subject="anchor"),
        approve=approve,
        reason="checked by hand",
        trace_id=TRACE,
    )
    assert (closed.state, closed.answered_by, closed.answer) == (state, "anchor", "checked by hand")
    assert bench.actions()[-1] == "governance.answered"


@pytest.mark.positive
def test_a_person_may_override_the_agent(bench: AgentBench, bridge: GovernanceBridge) -> None:
    raised = bridge.escalate(SUBJECT, "two sources disagree", "high", trace_id=TRACE)
    closed = bridge.override(
        raised.escalation_id,
        token=bench.token("governance", subject="anchor"),
        decision="take the older source",
        trace_id=TRACE,
    )
    assert (closed.state, closed.answer) == ("overridden", "take the older source")
    assert bench.actions()[-1] == "governance.overridden"


# autonomy


@pytest.mark.negative
def test_external_actions_are_refused_even_with_a_token(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    with pytest.raises(GovernanceError, match="outside the autonomy"):
        bridge.authorise("publish_result", bench.token("governance"), TRACE)
    assert bench.actions() == ["governance.refused"]


@pytest.mark.positive
def test_a_governance_token_opens_an_internal_decision(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    token = bench.token("governance", subject="anchor")
    approval = bridge.permit("reweigh_factors", token=token, trace_id=TRACE)
    assert (approval.action, approval.approver) == ("reweigh_factors", "anchor")


@pytest.mark.negative
def test_an_internal_decision_without_a_token_is_refused(bridge: GovernanceBridge) -> None:
    with pytest.raises(NotAuthenticatedError, match="reweigh_factors needs an approval"):
        bridge.permit("reweigh_factors", trace_id=TRACE)


@pytest.mark.positive
def test_without_enforcement_an_action_passes_and_the_objection_is_on_record(
    bench: AgentBench,
) -> None:
    watching = wired(bench, Flags(off=frozenset({GOVERNANCE_ENFORCEMENT})))
    assert watching.governance.status()["enforced"] is False
    assert watching.authorise("publish_result", None, TRACE).objection is not None
    assert bench.actions() == ["governance.objected", "governance.approved"]


# the audit trail


@pytest.mark.negative
def test_an_event_outside_the_audit_scope_is_refused(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    with pytest.raises(GovernanceError, match="outside the declared audit scope"):
        bridge.audit("idle_talk", SUBJECT, {}, TRACE)
    assert bench.actions() == []
