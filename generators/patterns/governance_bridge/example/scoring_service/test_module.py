"""What `L9.example.module` promises.

Expected by the schema and by governance_bridge@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from pathlib import Path

import pytest
from agent_runtime.errors import (
    GovernanceError,
    InputBoundsError,
    NotAuthenticatedError,
    NotAuthorisedError,
)
from agent_runtime.flags import GOVERNANCE_ENFORCEMENT, Flags
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE, AgentBench

from L9.core.tensoraios.governancebridge import (
    ACCURACY_DROP,
    AGENT,
    ANOMALY_SCORE,
    ESCALATION_TIMEOUT_SECONDS,
    INFERENCE_LATENCY,
    LATENCY,
    MODEL_ACCURACY_DROP,
    POLICY,
    RULES,
    GovernanceBridge,
)

SUBJECT = "decision-1"
ANCHORS = ("Igor", "System Oversight Committee")


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
        "agent": "tensoraios",
        "mode": "hybrid",
        "enforced": True,
        "human_override": True,
        "internal_decisions": "full",
        "external_actions": "gated_by_governance",
        "anchors": [*ANCHORS],
        "rules": [
            "R-tensoraios-01",
            "R-tensoraios-02",
            "R-tensoraios-03",
            "R-tensoraios-04",
            "R-tensoraios-05",
            "R-tensoraios-06",
            "R-tensoraios-07",
            "R-tensoraios-08",
            "R-tensoraios-09",
            "R-tensoraios-10",
            "R-tensoraios-11",
            "R-tensoraios-12",
        ],
        "pending_escalations": 0,
        "tasks_in_use": 0,
        "task_limit": 100,
        "compliance_auditor": "L9/governance/auto_audit_tensoraios.py",
    }
    assert POLICY.audit_scope == (
        "model_loading_events",
        "inference_calls_with_confidence",
        "embedding_generation",
        "anomaly_flagging",
        "governance_escalations",
    )
    assert [(anchor.role, anchor.channels) for anchor in POLICY.anchors] == [
        ("executive_architect", ("email", "slack")),
        ("shared_services", ("governance_bus",)),
    ]


@pytest.mark.regression
def test_each_rule_cites_the_place_that_asked_for_it() -> None:
    assert [(rule.kind, rule.target, rule.source) for rule in RULES] == [
        ("policy", None, "TensorAIOS#/governance/escalationpolicy"),
        ("policy", None, "TensorAIOS#/governance/escalationpolicy"),
        ("policy", None, "TensorAIOS#/governance/escalationpolicy"),
        ("policy", None, "TensorAIOS#/governance/escalationpolicy"),
        ("trigger", None, "TensorAIOS#/learningsystem/autonomyprofile/escalationtriggers/0"),
        ("trigger", None, "TensorAIOS#/learningsystem/autonomyprofile/escalationtriggers/1"),
        ("trigger", None, "TensorAIOS#/learningsystem/autonomyprofile/escalationtriggers/2"),
        ("trigger", None, "TensorAIOS#/learningsystem/autonomyprofile/escalationtriggers/3"),
        ("alert", "ops", "TensorAIOS#/deployment/alerting/0"),
        ("alert", None, "TensorAIOS#/deployment/alerting/1"),
        ("alert", None, "TensorAIOS#/deployment/alerting/2"),
        ("alert", "team", "TensorAIOS#/deployment/alerting/3"),
    ]
    assert [rule.text for rule in RULES] == [
        "model_confidence < 0.6 AND criticality > 0.8",
        "anomaly_score > 0.95",
        "inference_latency > 500ms",
        "model_drift_detected",
        "model_accuracy_drop > 5 percent",
        "inference_latency > 500ms",
        "anomaly_score > 0.95",
        "embedding_drift_detected",
        "alert_ops_if_latency > 500ms",
        "alert_governance_if_accuracy_drop > 5 percent",
        "alert_escalation_if_anomaly_score > 0.95",
        "alert_team_if_model_loading_fails",
    ]


# the rules


@pytest.mark.positive
@pytest.mark.parametrize(
    ("values", "rule_ids", "severity", "targets"),
    [
        pytest.param(
            {"model_confidence": 0.5994, "criticality": 0.8008},
            ("R-tensoraios-01",),
            "high",
            ("Igor", "System Oversight Committee"),
            id="model_confidence < 0.6 && criticality > 0.8",
        ),
        pytest.param(
            {"anomaly_score": 0.95095},
            ("R-tensoraios-02", "R-tensoraios-07", "R-tensoraios-11"),
            "critical",
            ("Igor", "System Oversight Committee"),
            id="anomaly_score > 0.95",
        ),
        pytest.param(
            {"inference_latency": 500.5},
            ("R-tensoraios-03", "R-tensoraios-06"),
            "high",
            ("Igor", "System Oversight Committee"),
            id="inference_latency > 500.0",
        ),
        pytest.param(
            {"model_drift_detected": True},
            ("R-tensoraios-04",),
            "high",
            ("Igor", "System Oversight Committee"),
            id="model_drift_detected",
        ),
        pytest.param(
            {"model_accuracy_drop": 0.05005},
            ("R-tensoraios-05",),
            "high",
            ("Igor", "System Oversight Committee"),
            id="model_accuracy_drop > 0.05",
        ),
        pytest.param(
            {"embedding_drift_detected": True},
            ("R-tensoraios-08",),
            "high",
            ("Igor", "System Oversight Committee"),
            id="embedding_drift_detected",
        ),
        pytest.param(
            {"latency": 500.5},
            ("R-tensoraios-09",),
            "medium",
            ("ops",),
            id="latency > 500.0",
        ),
        pytest.param(
            {"accuracy_drop": 0.05005},
            ("R-tensoraios-10",),
            "high",
            ("Igor", "System Oversight Committee"),
            id="accuracy_drop > 0.05",
        ),
        pytest.param(
            {"model_loading_fails": True},
            ("R-tensoraios-12",),
            "medium",
            ("team",),
            id="model_loading_fails",
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
            {"criticality": 0.8008, "model_confidence": 0.6},
            "R-tensoraios-01",
            id="criticality = 0.8008, model_confidence = 0.6",
        ),
        pytest.param(
            {"model_confidence": 0.5994, "criticality": 0.8},
            "R-tensoraios-01",
            id="model_confidence = 0.5994, criticality = 0.8",
        ),
        pytest.param({"anomaly_score": 0.95}, "R-tensoraios-02", id="anomaly_score = 0.95"),
        pytest.param(
            {"inference_latency": 500.0}, "R-tensoraios-03", id="inference_latency = 500.0"
        ),
        pytest.param(
            {"model_drift_detected": False}, "R-tensoraios-04", id="model_drift_detected = False"
        ),
        pytest.param(
            {"model_accuracy_drop": 0.05}, "R-tensoraios-05", id="model_accuracy_drop = 0.05"
        ),
        pytest.param(
            {"embedding_drift_detected": False},
            "R-tensoraios-08",
            id="embedding_drift_detected = False",
        ),
        pytest.param({"latency": 500.0}, "R-tensoraios-09", id="latency = 500.0"),
        pytest.param({"accuracy_drop": 0.05}, "R-tensoraios-10", id="accuracy_drop = 0.05"),
        pytest.param(
            {"model_loading_fails": False}, "R-tensoraios-12", id="model_loading_fails = False"
        ),
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
        ("accuracy_drop", "R-tensoraios-10", {"accuracy_drop": 0.05}),
        ("anomaly_score", "R-tensoraios-02", {"anomaly_score": 0.95}),
        ("criticality", "R-tensoraios-01", {"criticality": 0.8008, "model_confidence": 0.6}),
        ("inference_latency", "R-tensoraios-03", {"inference_latency": 500.0}),
        ("latency", "R-tensoraios-09", {"latency": 500.0}),
        ("model_accuracy_drop", "R-tensoraios-05", {"model_accuracy_drop": 0.05}),
        ("model_confidence", "R-tensoraios-01", {"criticality": 0.8008, "model_confidence": 0.6}),
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
            "accuracy_drop",
            "R-tensoraios-10",
            {"accuracy_drop": 0.05},
            (-1.0, "ratio"),
        ),
        (
            "accuracy_drop",
            "R-tensoraios-10",
            {"accuracy_drop": 0.05},
            (2.0, "ratio"),
        ),
        (
            "anomaly_score",
            "R-tensoraios-02",
            {"anomaly_score": 0.95},
            (-1.0, "ratio"),
        ),
        (
            "anomaly_score",
            "R-tensoraios-02",
            {"anomaly_score": 0.95},
            (2.0, "ratio"),
        ),
        (
            "criticality",
            "R-tensoraios-01",
            {"criticality": 0.8008, "model_confidence": 0.6},
            (-1.0, "ratio"),
        ),
        (
            "criticality",
            "R-tensoraios-01",
            {"criticality": 0.8008, "model_confidence": 0.6},
            (2.0, "ratio"),
        ),
        (
            "inference_latency",
            "R-tensoraios-03",
            {"inference_latency": 500.0},
            (-1.0, "ms"),
        ),
        (
            "latency",
            "R-tensoraios-09",
            {"latency": 500.0},
            (-1.0, "ms"),
        ),
        (
            "model_accuracy_drop",
            "R-tensoraios-05",
            {"model_accuracy_drop": 0.05},
            (-1.0, "ratio"),
        ),
        (
            "model_accuracy_drop",
            "R-tensoraios-05",
            {"model_accuracy_drop": 0.05},
            (2.0, "ratio"),
        ),
        (
            "model_confidence",
            "R-tensoraios-01",
            {"criticality": 0.8008, "model_confidence": 0.6},
            (-1.0, "ratio"),
        ),
        (
            "model_confidence",
            "R-tensoraios-01",
            {"criticality": 0.8008, "model_confidence": 0.6},
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
        ("accuracy_drop", {"accuracy_drop": 0.05}, 0.0),
        ("accuracy_drop", {"accuracy_drop": 0.05}, 1.0),
        ("anomaly_score", {"anomaly_score": 0.95}, 0.0),
        ("anomaly_score", {"anomaly_score": 0.95}, 1.0),
        ("criticality", {"criticality": 0.8008, "model_confidence": 0.6}, 0.0),
        ("criticality", {"criticality": 0.8008, "model_confidence": 0.6}, 1.0),
        ("inference_latency", {"inference_latency": 500.0}, 0.0),
        ("latency", {"latency": 500.0}, 0.0),
        ("model_accuracy_drop", {"model_accuracy_drop": 0.05}, 0.0),
        ("model_accuracy_drop", {"model_accuracy_drop": 0.05}, 1.0),
        ("model_confidence", {"criticality": 0.8008, "model_confidence": 0.6}, 0.0),
        ("model_confidence", {"criticality": 0.8008, "model_confidence": 0.6}, 1.0),
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
        pytest.param(ACCURACY_DROP, 0.05, 0.05005, id="accuracy_drop > 0.05"),
        pytest.param(ANOMALY_SCORE, 0.95, 0.95095, id="anomaly_score > 0.95"),
        pytest.param(INFERENCE_LATENCY, 500.0, 500.5, id="inference_latency > 500.0"),
        pytest.param(LATENCY, 500.0, 500.5, id="latency > 500.0"),
        pytest.param(MODEL_ACCURACY_DROP, 0.05, 0.05005, id="model_accuracy_drop > 0.05"),
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
        pytest.param(ACCURACY_DROP, 0.05, id="accuracy_drop > 0.05"),
        pytest.param(ANOMALY_SCORE, 0.95, id="anomaly_score > 0.95"),
        pytest.param(INFERENCE_LATENCY, 500.0, id="inference_latency > 500.0"),
        pytest.param(LATENCY, 500.0, id="latency > 500.0"),
        pytest.param(MODEL_ACCURACY_DROP, 0.05, id="model_accuracy_drop > 0.05"),
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


@pytest.mark.positive
def test_a_governance_token_opens_an_external_action_once(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    token = bench.token("governance", subject="anchor")
    approval = bridge.authorise("publish_result", token, TRACE)
    assert (approval.action, approval.approver) == ("publish_result", "anchor")
    with pytest.raises(NotAuthenticatedError, match="used before"):
        bridge.authorise("publish_result", token, TRACE)
    assert bench.actions() == ["governance.approved", "governance.refused"]


@pytest.mark.negative
def test_an_external_action_without_a_token_is_refused_and_recorded(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    with pytest.raises(NotAuthenticatedError, match="publish_result needs an approval"):
        bridge.authorise("publish_result", None, TRACE)
    assert bench.actions() == ["governance.refused"]


@pytest.mark.negative
def test_a_token_without_the_role_or_for_another_action_opens_nothing(
    bench: AgentBench, bridge: GovernanceBridge
) -> None:
    for token in (bench.token("auditor"), bench.token("governance", action="another_action")):
        with pytest.raises(NotAuthorisedError):
            bridge.authorise("publish_result", token, TRACE)


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
