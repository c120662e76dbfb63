"""Governance escalates what fires, gates what leaves, and records every act."""

import math

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import (
    ConfigError,
    GovernanceError,
    InputBoundsError,
    MemoryLayerError,
    NotAuthenticatedError,
    NotAuthorisedError,
    OverloadedError,
)
from agent_runtime.escalation import EscalationQueue
from agent_runtime.flags import GOVERNANCE_ENFORCEMENT, Flags
from agent_runtime.governance import Anchor, Governance, Policy
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.replay import MemoryReplayLedger
from agent_runtime.rules import Rule, RuleSet
from agent_runtime.signals import Signal
from agent_runtime.tokens import TokenIssuer, TokenVerifier

KEY = SigningKey.generate()
START = 1000.0
ANCHORS = (Anchor(name="Igor"), Anchor(name="System Oversight Committee"))
SIGNALS = (
    Signal("model_confidence", low=0.0, high=1.0),
    Signal("criticality", low=0.0, high=1.0),
    Signal("anomaly_score", low=0.0, high=1.0),
    Signal("inference_latency", unit="ms", low=0.0),
)


def rule(rule_id, expression, *signals, kind="policy", severity="high", target=None):
    return Rule(
        rule_id=rule_id,
        expression=expression,
        kind=kind,
        severity=severity,
        signals=signals,
        source="TensorAIOS#/governance/escalationpolicy",
        text=expression,
        target=target,
    )


RULES = (
    rule("P-1", "model_confidence < 0.6 && criticality > 0.8", "model_confidence", "criticality"),
    rule("P-2", "anomaly_score > 0.95", "anomaly_score"),
    rule("P-3", "inference_latency > 500.0", "inference_latency", severity="medium"),
    rule("T-1", "anomaly_score > 0.95", "anomaly_score", kind="trigger", severity="critical"),
    rule("A-1", "inference_latency > 500.0", "inference_latency", kind="alert", target="ops"),
    rule("A-2", "inference_latency > 900.0", "inference_latency", kind="alert", target="team"),
)


class FakeAudit:
    """Keeps what was recorded; fails when told to."""

    def __init__(self):
        self.records = []
        self.broken = False

    def append(self, action, *, actor, subject, detail, trace_id):
        if self.broken:
            raise MemoryLayerError("audit disk is full")
        self.records.append((action, actor, subject, detail, trace_id))

    @property
    def actions(self):
        return [record[0] for record in self.records]


class Bench:
    """A governance with everything around it, in memory or under `tmp_path`."""

    def __init__(self, folder, *, flags=None, signals=SIGNALS, rules=RULES, **policy):
        self.clock = ManualClock(START)
        self.audit = FakeAudit()
        self.queue = EscalationQueue(folder / "escalations.db", self.clock)
        self.issuer = TokenIssuer(KEY, clock=self.clock)
        self.numbers = iter(range(1, 100))
        declared = {
            "mode": "hybrid",
            "human_override": True,
            "anchors": ANCHORS,
            "internal_decisions": "full",
            "external_actions": "gated_by_governance",
            "task_limit": 2,
            "audit_scope": ("anomaly_flagging", "governance_escalations"),
            "compliance_auditor": "L9/governance/auto_audit_tensoraios.py",
        } | policy
        self.governance = Governance(
            agent="tensoraios",
            policy=Policy(**declared),
            rules=RuleSet(signals, rules),
            audit=self.audit,
            escalations=self.queue,
            approvals=TokenVerifier(
                KeyRing.of(KEY),
                audience="tensoraios",
                clock=self.clock,
                ledger=MemoryReplayLedger(self.clock),
            ),
            clock=self.clock,
            flags=flags,
            escalation_timeout_seconds=60.0,
            new_id=lambda: f"E{next(self.numbers)}",
        )

    def token(self, roles=("governance",), action=None):
        return self.issuer.issue("igor", roles, "tensoraios", 60, action=action)

    def observe(self, subject="decision-1", **values):
        return self.governance.observe(values, subject=subject, trace_id="trace-1")

    def escalate(self, subject="decision-1"):
        return self.governance.escalate(subject, "two domains disagree", "high", trace_id="trace-1")


@pytest.fixture
def make(tmp_path):
    made = []

    def build(**options):
        made.append(Bench(tmp_path, **options))
        return made[-1]

    yield build
    for bench in made:
        bench.queue.close()


@pytest.fixture
def bench(make):
    return make()


@pytest.fixture
def watching(make):
    return make(flags=Flags(off=frozenset({GOVERNANCE_ENFORCEMENT})), human_override=False)


# observing


def test_nothing_escalates_on_the_thresholds_and_the_observation_is_recorded(bench):
    assert bench.observe(anomaly_score=0.95, inference_latency=500.0) == ()
    assert bench.audit.records == [
        (
            "governance.observed",
            "tensoraios",
            "decision-1",
            {
                "values": {"anomaly_score": "0.95", "inference_latency": "500.0"},
                "fired": [],
                "clear": ["P-2", "P-3", "T-1", "A-1", "A-2"],
            },
            "trace-1",
        )
    ]
    assert bench.queue.pending() == ()


def test_rules_of_one_condition_ask_once_with_the_highest_severity(bench):
    (raised,) = bench.observe(anomaly_score=0.951)
    assert raised.rule_ids == ("P-2", "T-1")
    assert raised.severity == "critical"
    assert raised.condition == "anomaly_score > 0.95"
    assert raised.reason == "anomaly_score = 0.951 (anomaly_score > 0.95)"
    assert raised.targets == ("Igor", "System Oversight Committee")
    assert (raised.agent, raised.subject, raised.trace_id) == (
        "tensoraios",
        "decision-1",
        "trace-1",
    )
    assert (raised.raised_at, raised.expires_at, raised.state) == (START, START + 60.0, "pending")
    assert bench.queue.pending() == (raised,)


def test_the_targets_of_all_rules_of_a_condition_are_told_each_once(bench):
    raised = bench.observe(inference_latency=901.0)
    assert [(r.condition, r.rule_ids, r.targets, r.severity) for r in raised] == [
        (
            "inference_latency > 500.0",
            ("P-3", "A-1"),
            ("Igor", "System Oversight Committee", "ops"),
            "high",
        ),
        ("inference_latency > 900.0", ("A-2",), ("team",), "high"),
    ]


def test_an_escalation_is_recorded_with_its_rules_and_targets(bench):
    bench.observe(anomaly_score=1.0)
    assert bench.audit.records[0][3]["fired"] == ["P-2", "T-1"]
    assert bench.audit.records[1:] == [
        (
            "governance.escalated",
            "tensoraios",
            "decision-1",
            {
                "escalation_id": "E1",
                "reason": "anomaly_score = 1.0 (anomaly_score > 0.95)",
                "severity": "critical",
                "rules": ["P-2", "T-1"],
                "targets": ["Igor", "System Oversight Committee"],
            },
            "trace-1",
        )
    ]


def test_low_confidence_escalates_only_when_it_matters(bench):
    assert bench.observe(model_confidence=0.59, criticality=0.8) == ()
    assert bench.observe(model_confidence=0.6, criticality=0.81) == ()
    assert len(bench.observe(model_confidence=0.59, criticality=0.81)) == 1


def test_nan_escalates_as_undecidable_and_is_recorded(bench):
    (raised,) = bench.observe(anomaly_score=math.nan)
    assert raised.reason.startswith("undecidable: anomaly_score is not finite")
    assert bench.audit.records[0][3]["values"] == {"anomaly_score": "nan"}


def test_a_huge_value_is_recorded_by_its_beginning(bench):
    bench.observe(anomaly_score="9" * 1000)
    assert bench.audit.records[0][3]["values"] == {"anomaly_score": "9" * 40}


def test_a_repeated_observation_does_not_ask_twice_and_says_so(bench):
    first = bench.observe(anomaly_score=0.97)
    assert bench.observe(anomaly_score=0.99) == first
    assert bench.audit.actions == [
        "governance.observed",
        "governance.escalated",
        "governance.observed",
        "governance.escalation_repeated",
    ]
    assert bench.audit.records[-1][3]["escalation_id"] == "E1"


def test_an_undeclared_signal_is_refused(bench):
    with pytest.raises(InputBoundsError, match="'bias' is not one of"):
        bench.observe(bias=0.1)


def test_nothing_is_observed_without_a_record(bench):
    bench.audit.broken = True
    with pytest.raises(MemoryLayerError):
        bench.observe(anomaly_score=0.99)
    assert bench.queue.pending() == ()


# observing many measurements of one signal

ANOMALY = Signal("anomaly_score", low=0.0, high=1.0, escalate_above=0.95)


def observe_signal(bench, signal, values):
    return bench.governance.observe_signal(signal, values, subject="batch-1", trace_id="trace-1")


def test_many_measurements_are_judged_by_the_worst(bench):
    (raised,) = observe_signal(bench, ANOMALY, [0.1, 0.97, 0.5])
    assert raised.reason == "anomaly_score = 0.97 (anomaly_score > 0.95)"
    assert (raised.subject, raised.trace_id) == ("batch-1", "trace-1")
    assert bench.audit.actions == ["governance.observed", "governance.escalated"]


def test_one_measurement_needs_no_list(bench):
    (raised,) = observe_signal(bench, ANOMALY, 0.97)
    assert raised.reason == "anomaly_score = 0.97 (anomaly_score > 0.95)"


def test_measurements_on_the_threshold_are_only_recorded(bench):
    assert observe_signal(bench, ANOMALY, [0.1, 0.95]) == ()
    assert bench.audit.actions == ["governance.observed"]
    assert bench.audit.records[0][3]["values"] == {"anomaly_score": "0.95"}


def test_a_rule_on_the_other_extreme_fires_as_well(make):
    low = rule("P-8", "anomaly_score < 0.01", "anomaly_score")
    bench = make(rules=(*RULES, low))
    raised = observe_signal(bench, ANOMALY, [0.5, 0.97, 0.009])
    assert [found.condition for found in raised] == ["anomaly_score > 0.95", "anomaly_score < 0.01"]
    assert bench.audit.actions == [
        "governance.observed",
        "governance.escalated",
        "governance.observed",
        "governance.escalated",
    ]


def test_one_nan_among_many_measurements_escalates(bench):
    (raised,) = observe_signal(bench, ANOMALY, [0.1, math.nan, 0.2])
    assert raised.reason.startswith("undecidable: anomaly_score is not finite")


def test_a_threshold_of_a_signal_that_no_rule_reads_still_escalates(bench):
    drift = Signal("embedding_drift", low=0.0, escalate_above=0.2)
    assert observe_signal(bench, drift, [0.2]) == ()
    (raised,) = observe_signal(bench, drift, [0.1, 0.25])
    assert raised.reason == "embedding_drift = 0.25 is beyond its threshold"
    assert (raised.severity, raised.rule_ids) == ("high", ())
    assert (raised.subject, raised.trace_id) == ("batch-1", "trace-1")


def test_a_stricter_threshold_than_the_rule_escalates_by_itself(bench):
    strict = Signal("anomaly_score", low=0.0, high=1.0, escalate_above=0.9)
    (raised,) = observe_signal(bench, strict, [0.93])
    assert raised.reason == "anomaly_score = 0.93 is beyond its threshold"


def test_an_event_is_observed_as_true_or_false(make):
    happened = rule("P-9", "drift_detected", "drift_detected")
    drift = Signal("drift_detected", unit="bool")
    bench = make(signals=(drift,), rules=(happened,))
    assert observe_signal(bench, drift, [False, False]) == ()
    (raised,) = observe_signal(bench, drift, [False, True])
    assert raised.reason == "drift_detected = True (drift_detected)"


def test_no_measurement_at_all_is_refused(bench):
    with pytest.raises(InputBoundsError, match="there is no value to observe"):
        observe_signal(bench, ANOMALY, [])


# escalating


def test_an_agent_may_escalate_by_itself(bench):
    raised = bench.escalate()
    assert (raised.condition, raised.reason) == ("two domains disagree", "two domains disagree")
    assert (raised.severity, raised.rule_ids) == ("high", ())
    assert raised.targets == ("Igor", "System Oversight Committee")
    assert bench.audit.actions == ["governance.escalated"]
    assert bench.queue.pending() == (raised,)


def test_an_unknown_severity_is_refused(bench):
    with pytest.raises(InputBoundsError, match="severity 'urgent' is not one of low, medium"):
        bench.governance.escalate("decision-1", "why", "urgent", trace_id="trace-1")
    assert bench.queue.pending() == ()


def test_an_escalation_nobody_answers_expires_on_time_and_is_recorded(bench):
    bench.escalate()
    bench.clock.advance(59.0)
    assert bench.governance.expire(trace_id="trace-2") == ()
    bench.clock.advance(1.0)
    (expired,) = bench.governance.expire(trace_id="trace-2")
    assert expired.state == "expired"
    assert bench.audit.records[-1] == (
        "governance.expired",
        "tensoraios",
        "decision-1",
        {"escalation_id": "E1", "raised_by_trace": "trace-1"},
        "trace-2",
    )


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan])
def test_an_escalation_needs_time(bench, seconds):
    governance = bench.governance
    with pytest.raises(ConfigError, match="an escalation needs time"):
        Governance(
            agent="a",
            policy=governance.policy,
            rules=governance.rules,
            audit=bench.audit,
            escalations=bench.queue,
            approvals=governance._approvals,
            clock=bench.clock,
            escalation_timeout_seconds=seconds,
        )


def test_the_shortest_time_is_accepted(bench):
    governance = Governance(
        agent="a",
        policy=bench.governance.policy,
        rules=bench.governance.rules,
        audit=bench.audit,
        escalations=bench.queue,
        approvals=bench.governance._approvals,
        clock=bench.clock,
        escalation_timeout_seconds=0.001,
    )
    raised = governance.escalate("s1", "why", "low", trace_id="t")
    assert raised.expires_at == START + 0.001


def test_by_default_ids_are_unique_and_an_anchor_has_an_hour(bench):
    governance = Governance(
        agent="a",
        policy=bench.governance.policy,
        rules=bench.governance.rules,
        audit=bench.audit,
        escalations=bench.queue,
        approvals=bench.governance._approvals,
        clock=bench.clock,
    )
    first = governance.escalate("s1", "why", "low", trace_id="t")
    second = governance.escalate("s2", "why", "low", trace_id="t")
    assert first.escalation_id != second.escalation_id
    assert first.expires_at == START + 3600.0
    assert governance.status()["enforced"] is True


# authorising


def external(bench, token=None, subject=None, action="promote_model"):
    return bench.governance.authorise_external(
        action, token=token, subject=subject, trace_id="trace-1"
    )


def internal(bench, token=None, subject=None):
    return bench.governance.authorise_internal(
        "reweigh_factors", token=token, subject=subject, trace_id="trace-1"
    )


def test_a_gated_action_is_approved_by_a_token_and_the_approver_is_recorded(bench):
    token = bench.token()
    approval = external(bench, token, subject="model-7")
    assert (approval.action, approval.approver, approval.approved_at) == (
        "promote_model",
        "igor",
        START,
    )
    assert (approval.trace_id, approval.objection) == ("trace-1", None)
    assert bench.audit.records == [
        (
            "governance.approved",
            "igor",
            "model-7",
            {
                "action": "promote_model",
                "kind": "external",
                "scope": "gated_by_governance",
                "token_id": approval.token_id,
                "objection": None,
            },
            "trace-1",
        )
    ]
    assert approval.token_id


def test_a_gated_action_without_a_token_is_refused_and_recorded(bench):
    with pytest.raises(NotAuthenticatedError, match="promote_model needs an approval"):
        external(bench)
    assert bench.audit.records == [
        (
            "governance.refused",
            "tensoraios",
            "promote_model",
            {
                "act": "promote_model",
                "reason": "promote_model needs an approval by a governance token",
            },
            "trace-1",
        )
    ]


def test_a_token_approves_once(bench):
    token = bench.token()
    external(bench, token)
    with pytest.raises(NotAuthenticatedError, match="was used before"):
        external(bench, token)


def test_a_token_without_the_role_or_for_another_action_is_refused(bench):
    with pytest.raises(NotAuthorisedError, match="lacks the role"):
        external(bench, bench.token(roles=("trainer",)))
    with pytest.raises(NotAuthorisedError, match="approves retrain, not promote_model"):
        external(bench, bench.token(action="retrain"))
    assert bench.audit.actions == ["governance.refused", "governance.refused"]


def test_full_internal_autonomy_needs_no_token(bench):
    approval = internal(bench)
    assert (approval.approver, approval.token_id) == (None, None)
    action, actor, subject, detail, _ = bench.audit.records[0]
    assert (action, actor, subject) == ("governance.approved", "tensoraios", "reweigh_factors")
    assert (detail["kind"], detail["scope"]) == ("internal", "full")


def test_each_kind_of_act_has_its_own_scope(make):
    bench = make(internal_decisions="gated_by_governance", external_actions="full")
    assert external(bench).approver is None
    with pytest.raises(NotAuthenticatedError):
        internal(bench)
    assert internal(bench, bench.token()).approver == "igor"


def test_what_is_outside_the_autonomy_is_refused_even_with_a_token(make):
    bench = make(external_actions="none")
    token = bench.token()
    with pytest.raises(GovernanceError, match="external promote_model is outside the autonomy"):
        external(bench, token)
    assert bench.governance._approvals.verify(token, "governance").subject == "igor"


def test_a_supervised_agent_needs_a_token_for_everything(make):
    bench = make(mode="supervised", external_actions="full")
    with pytest.raises(NotAuthenticatedError):
        external(bench)
    with pytest.raises(NotAuthenticatedError):
        internal(bench)
    assert internal(bench, bench.token()).approver == "igor"


def test_an_escalated_subject_is_held_until_it_is_answered_and_others_are_not(bench):
    bench.escalate("decision-1")
    token = bench.token()
    held = r"external promote_model is held by escalation E1 \(pending\): two domains disagree"
    with pytest.raises(GovernanceError, match=held):
        external(bench, token, subject="decision-1")
    assert external(bench, bench.token(), subject="decision-2").approver == "igor"
    with pytest.raises(GovernanceError, match="internal reweigh_factors is held"):
        internal(bench, subject="decision-1")
    bench.governance.answer("E1", token=bench.token(), approve=True, reason="ok", trace_id="t")
    assert external(bench, token, subject="decision-1").approver == "igor"


def test_a_refused_subject_stays_held(bench):
    bench.escalate()
    bench.governance.answer("E1", token=bench.token(), approve=False, reason="no", trace_id="t")
    with pytest.raises(GovernanceError, match=r"held by escalation E1 \(refused\)"):
        external(bench, bench.token(), subject="decision-1")


def test_a_subject_whose_escalation_ran_out_stays_held(bench):
    bench.escalate()
    bench.clock.advance(60.0)
    with pytest.raises(GovernanceError, match=r"held by escalation E1 \(pending\)"):
        internal(bench, subject="decision-1")
    bench.governance.expire(trace_id="t")
    with pytest.raises(GovernanceError, match=r"held by escalation E1 \(expired\)"):
        internal(bench, subject="decision-1")


def test_an_autonomous_agent_is_told_of_escalations_and_not_held(make):
    bench = make(mode="autonomous")
    bench.escalate()
    assert external(bench, bench.token(), subject="decision-1").approver == "igor"


def test_nothing_is_approved_without_a_record(bench):
    bench.audit.broken = True
    with pytest.raises(MemoryLayerError):
        internal(bench)


# answering and overriding


@pytest.mark.parametrize(("approve", "state"), [(True, "approved"), (False, "refused")])
def test_a_token_holder_answers_and_who_and_what_is_recorded(bench, approve, state):
    bench.escalate()
    closed = bench.governance.answer(
        "E1", token=bench.token(), approve=approve, reason="looked at it", trace_id="trace-2"
    )
    assert (closed.state, closed.answered_by, closed.answer) == (state, "igor", "looked at it")
    action, actor, subject, detail, trace = bench.audit.records[-1]
    assert (action, actor, subject, trace) == (
        "governance.answered",
        "igor",
        "decision-1",
        "trace-2",
    )
    assert detail["token_id"]
    assert {name: detail[name] for name in ("escalation_id", "state", "answer")} == {
        "escalation_id": "E1",
        "state": state,
        "answer": "looked at it",
    }


def override(bench, token=None):
    return bench.governance.override(
        "E1", token=token or bench.token(), decision="use model 6", trace_id="trace-2"
    )


def test_a_human_overrides_the_agent_and_it_is_recorded(bench):
    bench.escalate()
    closed = override(bench)
    assert (closed.state, closed.answered_by, closed.answer) == (
        "overridden",
        "igor",
        "use model 6",
    )
    assert bench.audit.records[-1][:3] == ("governance.overridden", "igor", "decision-1")
    assert external(bench, bench.token(), subject="decision-1").approver == "igor"


def test_override_is_refused_where_the_policy_forbids_it_and_the_token_is_not_spent(make):
    bench = make(human_override=False)
    bench.escalate()
    token = bench.token()
    with pytest.raises(GovernanceError, match="tensoraios forbids human override"):
        override(bench, token)
    assert bench.queue.get("E1").state == "pending"
    assert bench.audit.records[-1][0] == "governance.refused"
    assert bench.audit.records[-1][2:4] == (
        "E1",
        {"act": "override", "reason": "tensoraios forbids human override"},
    )
    assert bench.governance.answer(
        "E1", token=token, approve=True, reason="ok", trace_id="t"
    ).releases


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (override, "approves retrain, not override"),
        (
            lambda b, t: b.governance.answer(
                "E1", token=t, approve=True, reason="ok", trace_id="t"
            ),
            "approves retrain, not answer_escalation",
        ),
    ],
)
def test_a_wrong_token_neither_answers_nor_overrides_and_is_recorded(bench, act, message):
    bench.escalate()
    with pytest.raises(NotAuthorisedError, match=message):
        act(bench, bench.token(action="retrain"))
    assert bench.queue.get("E1").state == "pending"
    assert bench.audit.records[-1][0] == "governance.refused"
    assert message in bench.audit.records[-1][3]["reason"]


def test_a_closed_escalation_is_not_overridden_and_the_attempt_is_recorded(bench):
    bench.escalate()
    bench.governance.answer("E1", token=bench.token(), approve=False, reason="no", trace_id="t")
    with pytest.raises(GovernanceError, match="escalation E1 is closed: refused"):
        override(bench)
    assert bench.audit.records[-1][0] == "governance.refused"
    assert bench.audit.records[-1][3] == {
        "act": "governance.overridden",
        "reason": "escalation E1 is closed: refused",
    }


def test_claims_verified_by_the_shell_stand_for_their_token(bench):
    bench.escalate()
    claims = bench.governance._approvals.verify(bench.token(), "governance")
    assert override(bench, claims).answered_by == "igor"


# enforcement off


def test_without_enforcement_nothing_is_refused_and_the_objection_is_recorded(watching):
    approval = external(watching)
    assert approval.approver is None
    assert approval.objection == "promote_model needs an approval by a governance token"
    assert watching.audit.actions == ["governance.objected", "governance.approved"]
    assert watching.audit.records[-1][3]["objection"] == approval.objection
    assert watching.governance.status()["enforced"] is False


def test_without_enforcement_rules_still_escalate_and_hold_nothing(watching):
    (raised,) = watching.observe(anomaly_score=0.99)
    assert watching.queue.pending() == (raised,)
    approval = internal(watching, subject="decision-1")
    assert approval.objection is not None
    assert approval.objection.startswith("internal reweigh_factors is held by escalation E1")


def test_without_enforcement_a_forbidden_override_passes_with_an_objection(watching):
    watching.escalate()
    assert override(watching).state == "overridden"
    assert watching.audit.actions == [
        "governance.escalated",
        "governance.objected",
        "governance.overridden",
    ]


def test_without_enforcement_an_override_still_needs_to_know_who_it_is(watching):
    watching.escalate()
    with pytest.raises(NotAuthenticatedError):
        override(watching, "no.token.atall")
    assert watching.queue.get("E1").state == "pending"
    assert watching.audit.actions[-1] == "governance.refused"


# audit scope, tasks, status


def test_events_in_the_audit_scope_are_recorded_as_they_are(bench):
    bench.governance.audit(
        "anomaly_flagging", subject="row-3", detail={"score": 0.97}, trace_id="trace-9"
    )
    assert bench.audit.records == [
        ("anomaly_flagging", "tensoraios", "row-3", {"score": 0.97}, "trace-9")
    ]


def test_events_outside_the_audit_scope_are_refused(bench):
    message = "'chatter' is outside the declared audit scope: anomaly_flagging, governance_esc"
    with pytest.raises(GovernanceError, match=message):
        bench.governance.audit("chatter", subject="x", detail={}, trace_id="t")
    assert bench.audit.records == []


def test_without_an_audit_scope_nothing_may_be_recorded_by_name(make):
    with pytest.raises(GovernanceError, match="outside the declared audit scope: nothing"):
        make(audit_scope=()).governance.audit("x", subject="x", detail={}, trace_id="t")


def test_the_task_limit_refuses_the_third_task(bench):
    tasks = bench.governance.tasks
    with tasks, tasks:
        assert bench.governance.status()["tasks_in_use"] == 2
        with pytest.raises(OverloadedError), tasks:
            pytest.fail("a third task ran")


def test_the_status_shows_the_policy_in_effect(make):
    bench = make(mode="supervised")
    bench.escalate()
    assert bench.governance.status() == {
        "agent": "tensoraios",
        "mode": "supervised",
        "enforced": True,
        "human_override": True,
        "internal_decisions": "gated_by_governance",
        "external_actions": "gated_by_governance",
        "anchors": ["Igor", "System Oversight Committee"],
        "rules": ["P-1", "P-2", "P-3", "T-1", "A-1", "A-2"],
        "pending_escalations": 1,
        "tasks_in_use": 0,
        "task_limit": 2,
        "compliance_auditor": "L9/governance/auto_audit_tensoraios.py",
    }
