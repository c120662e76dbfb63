"""Decisions are reasoned, judged, recorded and told; corrected by humans and by news."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.clock import isoformat
from agent_runtime.errors import (
    GovernanceError,
    InputBoundsError,
    MemoryLayerError,
    NotAuthenticatedError,
    NotAuthorisedError,
    OutputBoundsError,
    PacketError,
)
from agent_runtime.jsontext import canonical_json
from agent_runtime.observations import CandidatePair
from agent_runtime.packets import PacketEnvelope, parse_packet
from agent_runtime.reasoning.case import Draft
from agent_runtime.routing import fields
from agent_runtime.routing.anomalies import AnomalyRule, watch_anomalies
from agent_runtime.routing.corrections import ContextSteps, OverrideSteps, preferred
from agent_runtime.routing.deciding import DecisionSignals
from agent_runtime.routing.jobs import JobSteps
from agent_runtime.routing.steps import CaseSteps
from agent_runtime.routing.work import Decided
from agent_runtime.rules import Rule
from agent_runtime.shapes.answers import ContextAnswer, JobAnswer
from agent_runtime.shapes.base import Call
from agent_runtime.signals import Signal
from agent_runtime.testing import DEFAULT_POLICY, TRACE, AgentBench
from agent_runtime.testing_routing import (
    BenchBridge,
    ListRecorder,
    PlainReasoner,
    PlainTensors,
    asking,
    chance,
    heard,
    plain_steps,
    trade,
)
from agent_runtime.values import JsonObject

A, B, C = (
    ("plastos:aa", "BUYS", "plastos:b"),
    ("plastos:aa", "BUYS", "plastos:bb"),
    ("plastos:aa", "BUYS", "plastos:bbb"),
)
"""Candidates with chances 0.1, 0.1 + 0.8 * 0 / 9 and so on: see `RANKED` for their order."""

RANKED = tuple(
    CandidatePair(*link) for link in sorted((A, B, C), key=lambda link: -chance(link[0], link[2]))
)
SIGNALS = DecisionSignals(
    confidence=("confidence",),
    criticality=("criticality",),
    conflict="conflict",
    violation="violation",
    memory_failure="memory_failure",
    override="override",
)
EVENTS = ("conflict", "violation", "memory_failure", "override", "flag")
CALL = Call(trace_id=TRACE)


class Rules:
    """A compliance checker that objects to what it is told to."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken

    def violations(self, draft: Draft) -> tuple[str, ...]:
        return self.broken


class Anomalies:
    """An anomaly handler with the threshold 0.95."""

    def __init__(self, bridge: BenchBridge) -> None:
        self.bridge = bridge

    def judge(self, scores: Mapping[str, float], *, subject: str, trace_id: str):
        rule = AnomalyRule(threshold=0.95, flag_signal="flag")
        return watch_anomalies(rule, scores, self.bridge, subject=subject, trace_id=trace_id)


class Told(list[tuple[str, str, float]]):
    """An announcer that keeps what it announces."""

    def publish(
        self, event_type: str, decision_id: str, confidence: float, result: object, trace_id: str
    ) -> None:
        self.append((event_type, decision_id, confidence))


class Hub:
    """An orchestrator with a plain reasoner and tensor layer."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bench = AgentBench(
            root,
            agent="hub",
            signals=[
                *(Signal(name, unit="bool") for name in EVENTS),
                Signal("confidence", low=0.0, high=1.0),
                Signal("criticality", low=0.0, high=1.0),
            ],
            rules=[
                Rule(
                    rule_id=f"R{number}",
                    expression=expression,
                    kind="policy",
                    severity="high",
                    signals=names,
                    source="s",
                    text="t",
                )
                for number, (expression, names) in enumerate(
                    [
                        *((name, (name,)) for name in EVENTS),
                        ("confidence < 0.7 && criticality > 0.5", ("confidence", "criticality")),
                    ]
                )
            ],
        )
        self.bridge = BenchBridge(self.bench.governance)
        self.reasoner = PlainReasoner()
        self.tensors = PlainTensors()
        self.recorder = ListRecorder()
        self.told = Told()
        self.steps = self.make()

    def make(self, signals: DecisionSignals = SIGNALS, **options: object) -> CaseSteps:
        steps = plain_steps(
            self.bench,
            self.root,
            governance=self.bridge,
            tensors=self.tensors,
            reasoner=self.reasoner,
            recorders=(self.recorder,),
            signals=signals,
        )
        for name, value in {"announcer": self.told, **options}.items():
            object.__setattr__(steps.deciding, name, value)
        return steps

    def packet(self, *links: tuple[str, str, str], **options: object) -> PacketEnvelope:
        return asking(self.bench, "trade", trade(*(links or (A, B, C)), **options))  # type: ignore[arg-type]

    def decide(self, *links: tuple[str, str, str], **options: object) -> Decided:
        steps = self.steps
        packet = self.packet(*links, **options)
        enriched = steps.enrich(steps.receive(packet, CALL))
        return steps.decide(steps.risk_assess(steps.tensor_score(enriched)))

    def overriding(self) -> OverrideSteps:
        return OverrideSteps(
            cases=self.steps,
            anchors=self.bridge,
            waiting=self.bench.escalations,
            verifier=self.bench.verifier,
            audit=self.bench.audit,
            audited_as="governance_escalations",
        )

    def override(
        self, decision: str, action: str, *links: CandidatePair, token: str | None = ""
    ) -> JsonObject:
        steps = self.overriding()
        payload: JsonObject = {
            "decision_id": decision,
            "action": action,
            "reason": "we know better",
            "ranking": [link._asdict() for link in links],
            "token": self.bench.token("governance") if token == "" else token,
        }
        packet = asking(self.bench, "override_request", payload, source="governance")
        done = steps.apply_override(steps.receive(packet, CALL))
        return steps.audit_log(steps.reprocess_affected_decisions(done)).payload


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path)
    yield made
    made.steps.deciding.ledger.close()
    made.bench.bus.close()


def test_a_decision_is_recorded_audited_kept_and_told(hub: Hub) -> None:
    decided = hub.decide()
    name = decided.outcome.decision_id
    ((draft, outcome),) = hub.recorder.kept
    assert (draft, outcome) == (decided.draft, decided.outcome)
    assert outcome.governance_status == "proceeded"
    assert outcome.model_version == "v7"
    assert hub.told == [("process_packet", name, decided.draft.confidence)]
    (record,) = [each for each in hub.bench.audit.records() if each.action == "decided"]
    assert record.detail["recommended"] == list(RANKED[0])
    kept = hub.steps.deciding.ledger.get(name)
    assert kept.ranking == RANKED
    assert kept.packet == decided.received.packet


def test_results_go_back_with_their_trace_and_status(hub: Hub) -> None:
    steps = hub.steps
    answer = steps.return_results(
        steps.tensor_score(steps.enrich(steps.receive(hub.packet(), CALL)))
    )
    assert answer.packet_type == "plain_results"
    scores = answer.payload["match_scores"]
    assert isinstance(scores, tuple)
    assert [each["place"] for each in scores] == [1, 2, 3]
    assert answer.about["governance_status"] == "proceeded"
    assert answer.about["reasoning_trace"][0] == "ranked by the tensor layer"  # type: ignore[index]


def test_notices_about_each_decision_are_sent(hub: Hub) -> None:
    notices = heard(hub.bench.bus, "packets.monitoring")
    decided = hub.decide()
    hub.bench.bus.pump()
    (notice,) = [parse_packet(message) for message in notices]
    assert notice.payload == {"domain": "PlastOS"}
    assert notice.metadata.in_reply_to == decided.received.packet.packet_id


@pytest.mark.parametrize(
    ("confidence", "criticality", "status"),
    [(0.69, 0.51, "escalated"), (0.7, 0.51, "proceeded"), (0.69, 0.5, "proceeded")],
)
def test_low_confidence_in_a_critical_case_is_escalated(
    hub: Hub, confidence: float, criticality: float, status: str
) -> None:
    hub.reasoner.confidence = confidence
    decided = hub.decide(criticality=criticality)
    assert decided.outcome.governance_status == status
    assert len(decided.outcome.escalations) == len(hub.bench.escalations.pending())
    assert fields.human_required(decided) == (status == "escalated")


def test_anomalies_beyond_the_threshold_are_escalated(hub: Hub) -> None:
    hub.steps = hub.make(anomalies=Anomalies(hub.bridge))
    decided = hub.decide(features=(0.99,))
    assert decided.flags == {"t1": 0.99}
    assert decided.outcome.governance_status == "escalated"
    assert hub.decide(features=(0.9,)).outcome.governance_status == "proceeded"


def test_rules_that_are_broken_are_escalated_with_or_without_a_signal(hub: Hub) -> None:
    hub.steps = hub.make(compliance=Rules("R-1"))
    assert hub.decide().outcome.governance_status == "escalated"
    hub.steps = hub.make(signals=DecisionSignals(), compliance=Rules("R-1"))
    assert hub.decide().outcome.governance_status == "escalated"
    assert "the draft breaks R-1" in hub.bench.escalations.pending()[-1].reason
    hub.steps = hub.make(signals=DecisionSignals(), compliance=Rules())
    assert hub.decide().outcome.governance_status == "proceeded"


def test_two_domains_that_reserve_one_resource_are_in_conflict(hub: Hub) -> None:
    link = ("a", "USES", "b")
    assert hub.decide(link, domain="PlastOS", reserves=("line-1",)).outcome.escalations == ()
    assert hub.decide(link, domain="PlastOS", reserves=("line-1",)).outcome.escalations == ()
    assert hub.decide(link, domain="ForgeOS", reserves=("line-2",)).outcome.escalations == ()
    conflict = hub.decide(link, domain="ForgeOS", reserves=("line-1",))
    (escalation,) = hub.bench.escalations.about(conflict.outcome.decision_id)
    assert escalation.condition == "conflict"


def test_a_decision_that_cannot_be_recorded_is_withheld_and_escalated(hub: Hub) -> None:
    hub.recorder.broken = True
    with pytest.raises(MemoryLayerError, match="the disk is full"):
        hub.decide()
    reasons = [each.reason for each in hub.bench.escalations.pending()]
    assert any("not fully recorded" in reason for reason in reasons)
    assert len(reasons) == 2
    assert hub.told == []
    hub.steps = hub.make(signals=DecisionSignals())
    with pytest.raises(MemoryLayerError):
        hub.decide()
    assert len(hub.bench.escalations.pending()) == 3


def test_a_confidence_out_of_bounds_is_withheld(hub: Hub) -> None:
    hub.reasoner.confidence = 1.2
    with pytest.raises(OutputBoundsError, match="confidence"):
        hub.decide()
    assert hub.recorder.kept == []


def test_answers_keep_the_shapes_that_callers_are_told(hub: Hub) -> None:
    packet = asking(
        hub.bench, "batch_job", job(trade(A), trade(("x", "BUYS", "y"), domain="OtherOS"))
    )
    jobs = JobSteps(cases=hub.steps)
    parts = jobs.distribute_to_domains(packet, CALL)
    answer = jobs.aggregate_results(jobs.coordinate_tensor_calls(parts))
    told = JobAnswer.model_validate_json(canonical_json(answer.payload))
    assert set(told.results) == {"PlastOS", "OtherOS"}
    news: JsonObject = {"connector": "feed", "subject": A[0], "values": {"price": 2.0}}
    steps = ContextSteps(cases=hub.steps, observe=lambda *_: None)
    seen = asking(hub.bench, "context_update", news, source="worldmodel")
    answer = steps.retrigger_relevant_decisions(steps.update_enrichment_context(seen, CALL))
    again = ContextAnswer.model_validate_json(canonical_json(answer.payload))
    assert again.subject == A[0]
    assert len(again.retriggered) == 1


def test_observers_hear_of_what_was_recorded_and_of_nothing_else(hub: Hub) -> None:
    observer = ListRecorder()
    hub.steps = hub.make(observers=(observer,))
    decided = hub.decide()
    assert observer.kept == [(decided.draft, decided.outcome)]
    hub.recorder.broken = True
    with pytest.raises(MemoryLayerError):
        hub.decide()
    assert len(observer.kept) == 1


def test_an_observer_that_cannot_keep_a_decision_has_it_withheld_and_escalated(hub: Hub) -> None:
    hub.steps = hub.make(observers=(ListRecorder(broken=True),))
    with pytest.raises(MemoryLayerError, match="the disk is full"):
        hub.decide()
    assert "not fully recorded" in hub.bench.escalations.pending()[-1].reason


def test_a_decision_without_an_announcer_is_recorded_all_the_same(hub: Hub) -> None:
    hub.steps = hub.make(announcer=None)
    hub.decide()
    assert len(hub.recorder.kept) == 1


@pytest.mark.parametrize(
    ("features", "links", "risk"),
    [
        ((), (A,), 1.0 - chance(A[0], A[2])),
        ((0.97,), (A,), max(0.97, 1.0 - chance(A[0], A[2]))),
        ((0.3,), (), None),
    ],
)
def test_risk_is_the_worse_of_doubt_and_anomaly_and_never_invented(
    hub: Hub, features: tuple[float, ...], links: tuple[tuple[str, str, str], ...], risk: float
) -> None:
    steps = hub.steps
    packet = asking(hub.bench, "trade", trade(*links, features=features))
    scored = steps.risk_assess(steps.tensor_score(steps.enrich(steps.receive(packet, CALL))))
    assert scored.risk == (0.3 if risk is None else pytest.approx(risk))
    hub.tensors.fault = MemoryLayerError("away")
    silent = steps.risk_assess(steps.tensor_score(steps.enrich(steps.receive(packet, CALL))))
    assert silent.risk is None


def test_an_override_replaces_the_decision_and_spares_no_other_that_made_its_mistake(
    hub: Hub,
) -> None:
    first, other, elsewhere = hub.decide(), hub.decide(), hub.decide(RANKED[2])
    results = heard(hub.bench.bus, "packets.plastos")
    told = hub.override(first.outcome.decision_id, "replace", RANKED[1])
    ledger = hub.steps.deciding.ledger
    replaced = ledger.get(first.outcome.decision_id).superseded_by
    assert told["replaced_by"] == replaced
    assert ledger.get(str(replaced)).ranking == (RANKED[1],)
    assert ledger.get(str(replaced)).status == "overridden"
    (again,) = told["reprocessed"]  # type: ignore[misc]
    assert ledger.get(other.outcome.decision_id).superseded_by == again
    assert ledger.get(again).ranking == (RANKED[1], RANKED[2])
    assert ledger.get(elsewhere.outcome.decision_id).superseded_by is None
    hub.bench.bus.pump()
    assert [parse_packet(each).metadata.extensions["supersedes"] for each in results] == [
        first.outcome.decision_id,
        other.outcome.decision_id,
    ]
    later = hub.decide()
    assert later.draft.objections == ("rejected_by_human",)
    assert RANKED[0] not in ledger.get(later.outcome.decision_id).ranking


def test_an_override_is_audited_under_the_name_of_who_gave_it(hub: Hub) -> None:
    told = hub.override(hub.decide().outcome.decision_id, "replace")
    (record,) = [r for r in hub.bench.audit.records() if r.action == "governance_escalations"]
    assert record.actor == told["approver"] == "tester"
    assert record.detail["rejected"] == [list(link) for link in RANKED]
    assert record.detail["reason"] == "we know better"


def test_an_approval_closes_what_waits_and_makes_nothing_again(hub: Hub) -> None:
    hub.reasoner.confidence = 0.1
    decided = hub.decide(criticality=1.0)
    told = hub.override(decided.outcome.decision_id, "approve")
    assert (told["replaced_by"], told["governance_status"]) == (None, "approved")
    assert [each.state for each in hub.bench.escalations.about(decided.outcome.decision_id)] == [
        "approved"
    ]
    assert hub.steps.deciding.ledger.get(decided.outcome.decision_id).status == "approved"
    assert len(hub.recorder.kept) == 1


def test_a_waiting_escalation_is_closed_by_the_override(hub: Hub) -> None:
    hub.reasoner.confidence = 0.1
    decided = hub.decide(criticality=1.0)
    hub.override(decided.outcome.decision_id, "replace", RANKED[2])
    (escalation,) = hub.bench.escalations.about(decided.outcome.decision_id)
    assert (escalation.state, escalation.answered_by) == ("overridden", "tester")


def test_an_override_nobody_waited_for_leaves_an_escalation_as_its_trace(hub: Hub) -> None:
    decided = hub.decide()
    hub.override(decided.outcome.decision_id, "replace", RANKED[0])
    (escalation,) = hub.bench.escalations.about(decided.outcome.decision_id)
    assert (escalation.condition, escalation.state) == ("override", "overridden")
    hub.steps = hub.make(signals=DecisionSignals())
    second = hub.decide()
    hub.override(second.outcome.decision_id, "approve")
    (plain,) = hub.bench.escalations.about(second.outcome.decision_id)
    assert plain.reason == "an override is asked for"


def test_claims_of_the_service_shell_are_believed_as_a_token_is(hub: Hub) -> None:
    decided = hub.decide()
    claims = hub.bench.verifier.verify(hub.bench.token("governance"), "governance")
    steps = hub.overriding()
    request, _ = steps.receive(
        asking(
            hub.bench,
            "o",
            {"decision_id": decided.outcome.decision_id, "action": "approve", "reason": "r"},
        ),
        CALL,
    )
    done = steps.apply_override((request, Call(trace_id=TRACE, token=claims)))
    assert steps.response(done).approver == "tester"


def test_an_override_without_a_governance_token_changes_nothing(hub: Hub) -> None:
    name = hub.decide().outcome.decision_id
    with pytest.raises(NotAuthenticatedError, match="needs a governance token"):
        hub.override(name, "replace", token=None)
    with pytest.raises(NotAuthorisedError):
        hub.override(name, "replace", token=hub.bench.token("service"))
    with pytest.raises(NotAuthenticatedError):
        hub.override(name, "replace", token="forged")  # noqa: S106
    assert hub.steps.deciding.ledger.get(name).superseded_by is None


def test_a_token_is_spent_by_its_override(hub: Hub) -> None:
    token = hub.bench.token("governance")
    hub.override(hub.decide().outcome.decision_id, "approve", token=token)
    with pytest.raises(NotAuthenticatedError):
        hub.override(hub.decide().outcome.decision_id, "approve", token=token)


def test_what_cannot_be_overridden_is_refused(hub: Hub) -> None:
    with pytest.raises(InputBoundsError, match="no decision 'nothing' was made here"):
        hub.override("nothing", "approve")
    name = hub.decide().outcome.decision_id
    stranger = CandidatePair("plastos:x", "BUYS", "plastos:y")
    for ranking in ((stranger,), (RANKED[0], RANKED[0])):
        with pytest.raises(InputBoundsError, match="candidates of the case, none twice"):
            hub.override(name, "replace", *ranking)
    hub.override(name, "replace")
    with pytest.raises(InputBoundsError, match="was replaced by"):
        hub.override(name, "approve")
    with pytest.raises(PacketError, match=r"payload\.action"):
        hub.override(name, "delete")


@pytest.mark.parametrize(
    ("human", "rejected"),
    [
        (RANKED[:1], ()),
        (RANKED[1:], RANKED[:1]),
        (RANKED[2:], RANKED[:2]),
        ((RANKED[2], RANKED[0]), (RANKED[1],)),
        ((), RANKED),
    ],
)
def test_a_human_rejects_what_the_agent_preferred_and_the_human_left_out(
    human: tuple[CandidatePair, ...], rejected: tuple[CandidatePair, ...]
) -> None:
    assert preferred(RANKED, human) == rejected


def test_news_makes_the_decisions_it_is_about_again(hub: Hub) -> None:
    seen: list[tuple[str, str, dict[str, float]]] = []
    steps = ContextSteps(
        cases=hub.steps,
        observe=lambda connector, subject, values: seen.append((connector, subject, dict(values))),
    )
    decided = hub.decide()
    other = hub.decide(("x", "BUYS", "y"), domain="ForgeOS")
    packet = asking(
        hub.bench,
        "context_update",
        {"connector": "stream", "subject": "plastos:b", "values": {"price": 2.0}},
        source="worldmodel",
    )
    answer = steps.retrigger_relevant_decisions(steps.update_enrichment_context(packet, CALL))
    assert seen == [("stream", "plastos:b", {"price": 2.0})]
    again = answer.payload["retriggered"]
    assert isinstance(again, dict)
    assert list(again) == [decided.outcome.decision_id]
    assert answer.payload["changed"] == {}
    assert hub.steps.deciding.ledger.get(other.outcome.decision_id).superseded_by is None


def test_news_that_changes_a_recommendation_says_so(hub: Hub) -> None:
    decided = hub.decide()
    hub.steps.deciding.ledger.reject("PlastOS", RANKED[:1], by="tester")
    steps = ContextSteps(cases=hub.steps, observe=lambda *_: None)
    packet = asking(
        hub.bench, "context_update", {"connector": "c", "subject": "PlastOS", "values": {"p": 1.0}}
    )
    answer = steps.retrigger_relevant_decisions(steps.update_enrichment_context(packet, CALL))
    assert answer.payload["changed"] == answer.payload["retriggered"]
    assert list(answer.payload["changed"]) == [decided.outcome.decision_id]  # type: ignore[call-overload]


def job(*parts: JsonObject) -> JsonObject:
    return {"job": "nightly", "parts": list(parts)}


def test_a_job_is_decided_domain_by_domain_and_answered_together(hub: Hub) -> None:
    steps = JobSteps(cases=hub.steps)
    payload = job(trade(A), trade(("x", "USES", "y"), domain="ForgeOS"))
    packet = asking(hub.bench, "batch_job", payload, source="orchestration")
    scored = steps.coordinate_tensor_calls(steps.distribute_to_domains(packet, CALL))
    answer = steps.aggregate_results(scored)
    assert set(answer.payload["results"]) == {"PlastOS", "ForgeOS"}  # type: ignore[arg-type]
    assert answer.payload["failed"] == {}
    decisions = answer.about["decisions"]
    assert isinstance(decisions, dict)
    again = hub.steps.again(decisions["ForgeOS"], CALL)
    assert again.received.case.domain == "ForgeOS"


def test_a_part_of_a_job_that_fails_is_named_and_fails_no_other(hub: Hub) -> None:
    steps = JobSteps(cases=hub.steps)
    payload = job(trade(A), trade(("x", "USES", "y"), domain="ForgeOS"))
    packet = asking(hub.bench, "batch_job", payload, source="orchestration")
    scored = steps.coordinate_tensor_calls(steps.distribute_to_domains(packet, CALL))

    class Choosy(ListRecorder):
        def record(self, draft: Draft, outcome: object) -> None:
            if draft.case.domain == "PlastOS":
                raise MemoryLayerError("full")

    object.__setattr__(hub.steps.deciding, "recorders", (Choosy(),))
    answer = steps.aggregate_results(scored)
    assert answer.payload["failed"] == {"PlastOS": "full"}
    assert list(answer.payload["results"]) == ["ForgeOS"]  # type: ignore[call-overload]
    object.__setattr__(hub.steps.deciding, "recorders", (ListRecorder(broken=True),))
    with pytest.raises(MemoryLayerError, match="the disk is full"):
        steps.aggregate_results(scored)


def test_a_job_names_each_domain_once(hub: Hub) -> None:
    packet = asking(hub.bench, "batch_job", job(trade(A), trade(A, domain="plastos")))
    with pytest.raises(PacketError, match="names a domain twice"):
        JobSteps(cases=hub.steps).distribute_to_domains(packet, CALL)


def test_the_ledger_forgets_what_is_old(hub: Hub) -> None:
    old = hub.decide().outcome.decision_id
    hub.bench.clock.advance(86_400.0 * 3)
    new = hub.decide().outcome.decision_id
    ledger = hub.steps.deciding.ledger
    assert ledger.purge(2.0) == 1
    assert ledger.about("PlastOS") == (new,)
    with pytest.raises(InputBoundsError, match="no decision"):
        ledger.get(old)


def test_every_field_of_a_payload_tells_what_it_says(hub: Hub) -> None:
    hub.steps = hub.make(anomalies=Anomalies(hub.bridge), compliance=Rules("R-9"))
    decided = hub.decide(features=(0.99,))
    told = {
        name: getattr(fields, name)(decided)
        for name in (
            "confidence",
            "anomaly_flags",
            "credit_risk_score",
            "risk_score",
            "market_impact",
            "governance_flags",
            "decision_id",
            "escalation_reason",
            "human_required",
            "latency_ms",
            "reasoning_mode",
            "domain",
            "timestamp",
            "governance_status",
            "trace_id",
            "model_version",
            "factors",
            "tensor_embeddings",
        )
    }
    assert told == {
        "confidence": decided.draft.confidence,
        "anomaly_flags": {"t1": 0.99},
        "credit_risk_score": 0.99,
        "risk_score": 0.99,
        "market_impact": None,
        "governance_flags": ("escalated",),
        "decision_id": decided.outcome.decision_id,
        "escalation_reason": "anomaly t1",
        "human_required": True,
        "latency_ms": 0.0,
        "reasoning_mode": "tensor_guided_scoring",
        "domain": "PlastOS",
        "timestamp": isoformat(hub.bench.clock()),
        "governance_status": "escalated",
        "trace_id": TRACE,
        "model_version": "v7",
        "factors": {"tensor_score": decided.draft.confidence},
        "tensor_embeddings": {},
    }


def test_governance_that_forbids_override_stops_it(hub: Hub, tmp_path: Path) -> None:
    strict = AgentBench(
        tmp_path / "strict", agent="hub", policy=replace(DEFAULT_POLICY, human_override=False)
    )
    steps = OverrideSteps(
        cases=hub.make(signals=DecisionSignals()),
        anchors=BenchBridge(strict.governance),
        waiting=strict.escalations,
        verifier=hub.bench.verifier,
        audit=hub.bench.audit,
        audited_as="a",
    )
    decided = hub.decide()
    packet = asking(
        hub.bench,
        "o",
        {
            "decision_id": decided.outcome.decision_id,
            "action": "replace",
            "reason": "r",
            "token": hub.bench.token("governance"),
        },
    )
    with pytest.raises(GovernanceError, match="forbids human override"):
        steps.apply_override(steps.receive(packet, CALL))
    assert hub.steps.deciding.ledger.get(decided.outcome.decision_id).superseded_by is None
