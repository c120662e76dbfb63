"""What `L9.example.module` promises.

Expected by the schema and by governance_bridge@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from pathlib import Path

import pytest
from agent_runtime.errors import GovernanceError, InputBoundsError
from agent_runtime.flags import GOVERNANCE_ENFORCEMENT, Flags
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE, AgentBench

from L9.governance.tensor_auditor.governance_bridge import (
    AGENT,
    BIAS_SCORE,
    DRIFT,
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
        "agent": "tensor_auditor",
        "mode": "hybrid",
        "enforced": True,
        "human_override": False,
        "internal_decisions": "full",
        "external_actions": "none",
        "anchors": [*ANCHORS],
        "rules": [
            "R-tensor_auditor-01",
            "R-tensor_auditor-02",
            "R-tensor_auditor-03",
            "R-tensor_auditor-04",
            "R-tensor_auditor-05",
            "R-tensor_auditor-06",
            "R-tensor_auditor-07",
            "R-tensor_auditor-08",
            "R-tensor_auditor-09",
        ],
        "pending_escalations": 0,
        "tasks_in_use": 0,
        "task_limit": None,
        "compliance_auditor": "L9/governance/meta_audit_tensor_auditor.py",
    }
    assert POLICY.audit_scope == (
        "tensor_inference_calls",
        "main_agent_decisions",
        "adapter_translations",
        "training_job_execution",
        "model_promotion_decisions",
        "all_governance_flags",
    )
    assert [(anchor.role, anchor.channels) for anchor in POLICY.anchors] == [
        ("executive_architect", ("email", "slack")),
        ("regulation_and_policy", ("email", "governance_bus")),
        ("cross_domain_decisions", ("governance_bus",)),
    ]


@pytest.mark.regression
def test_each_rule_cites_the_place_that_asked_for_it() -> None:
    assert [(rule.kind, rule.target, rule.source) for rule in RULES] == [
        ("policy", None, "TensorAuditor#/governance/escalationpolicy"),
        ("policy", None, "TensorAuditor#/governance/escalationpolicy"),
        ("policy", None, "TensorAuditor#/governance/escalationpolicy"),
        ("policy", None, "TensorAuditor#/governance/escalationpolicy"),
        ("policy", None, "TensorAuditor#/governance/escalationpolicy"),
        ("trigger", None, "TensorAuditor#/learningsystem/autonomyprofile/escalationtriggers/0"),
        ("trigger", None, "TensorAuditor#/learningsystem/autonomyprofile/escalationtriggers/1"),
        ("trigger", None, "TensorAuditor#/learningsystem/autonomyprofile/escalationtriggers/2"),
        ("trigger", None, "TensorAuditor#/learningsystem/autonomyprofile/escalationtriggers/3"),
    ]
    assert [rule.text for rule in RULES] == [
        "policy_violation_detected",
        "bias_detected",
        "drift > threshold",
        "fraud_pattern_match",
        "governance_rule_violated",
        "policy_violation_detected",
        "bias_score > 0.8",
        "drift > threshold",
        "fraud_pattern_match",
    ]


# the rules


@pytest.mark.positive
@pytest.mark.parametrize(
    ("values", "rule_ids", "severity", "targets"),
    [
        pytest.param(
            {"policy_violation_detected": True},
            ("R-tensor_auditor-01", "R-tensor_auditor-06"),
            "high",
            ("Igor", "Compliance Officer", "Domain Oversight Council"),
            id="policy_violation_detected",
        ),
        pytest.param(
            {"bias_detected": True},
            ("R-tensor_auditor-02",),
            "high",
            ("Igor", "Compliance Officer", "Domain Oversight Council"),
            id="bias_detected",
        ),
        pytest.param(
            {"drift": 0.1001},
            ("R-tensor_auditor-03", "R-tensor_auditor-08"),
            "high",
            ("Igor", "Compliance Officer", "Domain Oversight Council"),
            id="drift > 0.1",
        ),
        pytest.param(
            {"fraud_pattern_match": True},
            ("R-tensor_auditor-04", "R-tensor_auditor-09"),
            "high",
            ("Igor", "Compliance Officer", "Domain Oversight Council"),
            id="fraud_pattern_match",
        ),
        pytest.param(
            {"governance_rule_violated": True},
            ("R-tensor_auditor-05",),
            "high",
            ("Igor", "Compliance Officer", "Domain Oversight Council"),
            id="governance_rule_violated",
        ),
        pytest.param(
            {"bias_score": 0.8008},
            ("R-tensor_auditor-07",),
            "high",
            ("Igor", "Compliance Officer", "Domain Oversight Council"),
            id="bias_score > 0.8",
        ),
    ],
)
def test_a_condition_just_met_reaches_its_targets(
    bench: AgentBench,
    bridge: GovernanceBridge,
    *,
    values: dict[str, float | bool],
    rule_ids: tuple[str, ...],
    severity: str,
    targets: tuple[str, ...],
) -> None:
    raised = bridge.observe_all(values, subject=SUBJECT, trace_id=TRACE)
    (found,) = [escalation for escalation in raised if escalation.rule_ids == rule_ids]
    assert (found.severity, found.targets) == (severity, targets)
    assert (found.agent, found.subject, found.trace_id) == (AGENT, SUBJECT, TRACE)
    assert not found.reason.startswith("undecidable")
    assert found in bench.escalations.pending()
    assert bench.actions()[:2] == ["governance.observed", "governance.escalated"]


@pytest.mark.negative
@pytest.mark.parametrize(
    ("values", "rule_id"),
    [
        pytest.param(
            {"policy_violation_detected": False},
            "R-tensor_auditor-01",
            id="policy_violation_detected = False",
        ),
        pytest.param({"bias_detected": False}, "R-tensor_auditor-02", id="bias_detected = False"),
        pytest.param({"drift": 0.1}, "R-tensor_auditor-03", id="drift = 0.1"),
        pytest.param(
            {"fraud_pattern_match": False}, "R-tensor_auditor-04", id="fraud_pattern_match = False"
        ),
        pytest.param(
            {"governance_rule_violated": False},
            "R-tensor_auditor-05",
            id="governance_rule_violated = False",
        ),
        pytest.param({"bias_score": 0.8}, "R-tensor_auditor-07", id="bias_score = 0.8"),
    ],
)
def test_a_condition_just_not_met_asks_nobody(
    bench: AgentBench, bridge: GovernanceBridge, values: dict[str, float | bool], rule_id: str
) -> None:
    raised = bridge.observe_all(values, subject=SUBJECT, trace_id=TRACE)
    assert all(rule_id not in escalation.rule_ids for escalation in raised)
    assert bench.actions()[0] == "governance.observed"


@pytest.mark.negative
@pytest.mark.parametrize("wrong", [math.nan, math.inf])
@pytest.mark.parametrize(
    ("signal", "rule_id", "values"),
    [
        ("bias_score", "R-tensor_auditor-07", {"bias_score": 0.8}),
        ("drift", "R-tensor_auditor-03", {"drift": 0.1}),
    ],
)
def test_a_measurement_that_is_not_finite_escalates_as_undecidable(
    bridge: GovernanceBridge,
    *,
    signal: str,
    rule_id: str,
    values: dict[str, float | bool],
    wrong: float,
) -> None:
    raised = bridge.observe_all({**values, signal: wrong}, subject=SUBJECT, trace_id=TRACE)
    (found,) = [escalation for escalation in raised if rule_id in escalation.rule_ids]
    assert found.reason.startswith(f"undecidable: {signal} is not finite")


@pytest.mark.negative
@pytest.mark.parametrize(
    ("signal", "rule_id", "values", "measured"),
    [
        (
            "bias_score",
            "R-tensor_auditor-07",
            {"bias_score": 0.8},
            (-1.0, "ratio"),
        ),
        (
            "bias_score",
            "R-tensor_auditor-07",
            {"bias_score": 0.8},
            (2.0, "ratio"),
        ),
        (
            "drift",
            "R-tensor_auditor-03",
            {"drift": 0.1},
            (-1.0, "ratio"),
        ),
        (
            "drift",
            "R-tensor_auditor-03",
            {"drift": 0.1},
            (2.0, "ratio"),
        ),
    ],
)
def test_a_measurement_out_of_its_bounds_escalates_as_undecidable(
    bridge: GovernanceBridge,
    *,
    signal: str,
    rule_id: str,
    values: dict[str, float | bool],
    measured: tuple[float, str],
) -> None:
    wrong, unit = measured
    raised = bridge.observe_all({**values, signal: wrong}, subject=SUBJECT, trace_id=TRACE)
    (found,) = [escalation for escalation in raised if rule_id in escalation.rule_ids]
    assert found.reason.startswith(f"undecidable: {signal} = {wrong} {unit} is outside")


@pytest.mark.positive
@pytest.mark.parametrize(
    ("signal", "values", "bound"),
    [
        ("bias_score", {"bias_score": 0.8}, 0.0),
        ("bias_score", {"bias_score": 0.8}, 1.0),
        ("drift", {"drift": 0.1}, 0.0),
        ("drift", {"drift": 0.1}, 1.0),
    ],
)
def test_a_measurement_on_its_bound_is_judged(
    bridge: GovernanceBridge, signal: str, values: dict[str, float | bool], bound: float
) -> None:
    raised = bridge.observe_all({**values, signal: bound}, subject=SUBJECT, trace_id=TRACE)
    assert not any(escalation.reason.startswith("undecidable") for escalation in raised)


@pytest.mark.positive
@pytest.mark.parametrize(
    ("signal", "at", "beyond"),
    [
        pytest.param(BIAS_SCORE, 0.8, 0.8008, id="bias_score > 0.8"),
        pytest.param(DRIFT, 0.1, 0.1001, id="drift > 0.1"),
    ],
)
def test_one_measurement_of_many_beyond_the_threshold_is_escalated(
    bridge: GovernanceBridge, signal: Signal, at: float, beyond: float
) -> None:
    assert signal.breached(beyond) is True
    (raised,) = bridge.observe(signal, [at, beyond, at], subject=SUBJECT, trace_id=TRACE)
    assert raised.reason.startswith(f"{signal.name} = {beyond}")
    assert bridge.observe(signal, beyond, subject=SUBJECT, trace_id=TRACE) == (raised,)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("signal", "at"),
    [
        pytest.param(BIAS_SCORE, 0.8, id="bias_score > 0.8"),
        pytest.param(DRIFT, 0.1, id="drift > 0.1"),
    ],
)
def test_measurements_on_the_threshold_are_recorded_and_not_escalated(
    bench: AgentBench, bridge: GovernanceBridge, signal: Signal, at: float
) -> None:
    assert signal.breached(at) is False
    assert bridge.observe(signal, [at, at], subject=SUBJECT, trace_id=TRACE) == ()
    assert bench.actions() == ["governance.observed"]


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


@pytest.mark.negative
def test_nobody_may_override_the_agent(bench: AgentBench, bridge: GovernanceBridge) -> None:
    raised = bridge.escalate(SUBJECT, "two sources disagree", "high", trace_id=TRACE)
    with pytest.raises(GovernanceError, match="forbids human override"):
        bridge.override(
            raised.escalation_id,
            token=bench.token("governance"),
            decision="take the older source",
            trace_id=TRACE,
        )
    assert bench.escalations.pending() == (raised,)
    assert bench.actions()[-1] == "governance.refused"


# autonomy


@pytest.mark.negative
def test_external_actions_are_refused_even_with_a_token(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    with pytest.raises(GovernanceError, match="outside the autonomy"):
        bridge.authorise("publish_result", bench.token("governance"), TRACE)
    assert bench.actions() == ["governance.refused"]


@pytest.mark.positive
def test_internal_decisions_are_left_to_the_agent(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    approval = bridge.permit("reweigh_factors", subject=SUBJECT, trace_id=TRACE)
    assert (approval.action, approval.approver) == ("reweigh_factors", None)
    assert bench.actions() == ["governance.approved"]


@pytest.mark.negative
def test_what_was_escalated_is_held_until_a_person_approves(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    raised = bridge.escalate(SUBJECT, "two sources disagree", "high", trace_id=TRACE)
    with pytest.raises(GovernanceError, match=f"held by escalation {raised.escalation_id}"):
        bridge.permit("reweigh_factors", subject=SUBJECT, trace_id=TRACE)
    bridge.answer(
        raised.escalation_id,
        token=bench.token("governance"),
        approve=True,
        reason="checked by hand",
        trace_id=TRACE,
    )
    assert bridge.permit("reweigh_factors", subject=SUBJECT, trace_id=TRACE).objection is None


@pytest.mark.positive
def test_without_enforcement_an_action_passes_and_the_objection_is_on_record(
    bench: AgentBench,
) -> None:
    watching = wired(bench, Flags(off=frozenset({GOVERNANCE_ENFORCEMENT})))
    assert watching.governance.status()["enforced"] is False
    assert watching.authorise("publish_result", None, TRACE).objection is not None
    assert bench.actions() == ["governance.objected", "governance.approved"]


# the audit trail


@pytest.mark.positive
@pytest.mark.parametrize("action", POLICY.audit_scope)
def test_each_event_in_the_audit_scope_is_recorded(
    bench: AgentBench, bridge: GovernanceBridge, action: str
) -> None:
    bridge.audit(action, SUBJECT, {"count": 3}, TRACE)
    (record,) = bench.audit.records()
    assert (record.action, record.actor, record.subject) == (action, AGENT, SUBJECT)
    assert (record.detail, record.trace_id) == ({"count": 3}, TRACE)


@pytest.mark.negative
def test_a_tampered_record_breaks_the_audit_chain(
    bench: AgentBench, bridge: GovernanceBridge, tmp_path: Path
) -> None:
    bridge.audit(POLICY.audit_scope[0], SUBJECT, {"count": 3}, TRACE)
    assert bench.audit.verify().intact is True
    log = tmp_path / "audit.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace(SUBJECT, "decision-2"), encoding="utf-8")
    assert bench.audit.verify().intact is False


@pytest.mark.negative
def test_an_event_outside_the_audit_scope_is_refused(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    with pytest.raises(GovernanceError, match="outside the declared audit scope"):
        bridge.audit("idle_talk", SUBJECT, {}, TRACE)
    assert bench.actions() == []
