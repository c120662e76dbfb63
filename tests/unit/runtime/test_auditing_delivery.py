"""Escalations reach their anchors, again and again until each has acknowledged with a token."""

from pathlib import Path

import pytest
from agent_runtime.auditing.delivery import ACKNOWLEDGE, EscalationDesk, anchor_topic
from agent_runtime.bus import Delivery
from agent_runtime.errors import (
    ConfigError,
    GovernanceError,
    NotAuthenticatedError,
    NotAuthorisedError,
)
from agent_runtime.escalation import Escalation
from agent_runtime.policy import Anchor
from agent_runtime.testing import DEFAULT_POLICY, TRACE, AgentBench
from agent_runtime.tokens import GOVERNANCE_ROLE


class Office:
    """A desk with two anchors, one of whom listens."""

    def __init__(self, folder: Path) -> None:
        anchors = (Anchor(name="Igor"), Anchor(name="Compliance Officer"))
        policy = type(DEFAULT_POLICY)(
            mode="hybrid", human_override=True, anchors=anchors, internal_decisions="full",
            external_actions="none",
        )  # fmt: skip
        self.folder = folder
        self.bench = AgentBench(folder, agent="auditor", policy=policy)
        self.told: list[Delivery] = []
        self.bench.bus.subscribe("escalations.compliance_officer", "officer", self.told.append)
        self.desk = self.opened()

    def opened(self) -> EscalationDesk:
        return EscalationDesk(
            self.folder / "deliveries.db",
            escalations=self.bench.escalations,
            verifier=self.bench.verifier,
            bus=self.bench.bus,
            clock=self.bench.clock,
            resend_seconds=60.0,
        )

    def raised(self) -> Escalation:
        return self.bench.governance.escalate("d1", "because", "high", trace_id=TRACE)

    def token(self, subject: str, action: str | None = ACKNOWLEDGE) -> str:
        return self.bench.token(GOVERNANCE_ROLE, subject=subject, action=action)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_each_anchor_is_told_once(office: Office):
    escalation = office.raised()
    sent = office.desk.carry(escalation)
    assert office.desk.carry(escalation) == sent
    assert [(each.anchor, each.attempts, each.state) for each in sent] == [
        ("Compliance Officer", 1, "sent"),
        ("Igor", 1, "sent"),
    ]
    office.bench.bus.pump()
    assert [each.message["escalation_id"] for each in office.told] == [escalation.escalation_id]
    assert office.told[0].message["anchor"] == "Compliance Officer"


def test_it_has_arrived_when_every_anchor_has_acknowledged(office: Office):
    escalation = office.raised()
    assert not office.desk.arrived(escalation.escalation_id)
    office.desk.carry(escalation)
    office.desk.acknowledge(escalation.escalation_id, token=office.token("Igor"))
    assert not office.desk.arrived(escalation.escalation_id)
    assert [each.anchor for each in office.desk.unacknowledged()] == ["Compliance Officer"]
    office.bench.clock.advance(5)
    done = office.desk.acknowledge(
        escalation.escalation_id, token=office.token("Compliance Officer", None)
    )
    assert done.acknowledged_at == office.bench.clock()
    assert done.token_id
    assert office.desk.arrived(escalation.escalation_id)


def test_the_first_acknowledgement_counts(office: Office):
    escalation = office.raised()
    office.desk.carry(escalation)
    first = office.desk.acknowledge(escalation.escalation_id, token=office.token("Igor"))
    office.bench.clock.advance(5)
    again = office.desk.acknowledge(escalation.escalation_id, token=office.token("Igor"))
    assert again == first


def test_who_is_late_is_told_again_also_after_a_restart(office: Office):
    escalation = office.raised()
    office.desk.carry(escalation)
    office.desk.acknowledge(escalation.escalation_id, token=office.token("Igor"))
    office.bench.clock.advance(59.9)
    assert office.desk.resend() == ()
    office.bench.clock.advance(0.1)
    office.desk.close()
    desk = office.opened()
    assert [each.anchor for each in desk.resend()] == ["Compliance Officer"]
    assert [each.attempts for each in desk.unacknowledged()] == [2]
    assert desk.resend() == ()
    office.bench.bus.pump()
    assert [each.message["attempt"] for each in office.told] == [1, 2]


def test_an_escalation_waits_until_it_is_answered_or_its_time_is_over(office: Office):
    answered, expired = office.raised(), office.bench.governance.escalate(
        "d2", "because", "high", trace_id=TRACE
    )
    for each in (answered, expired):
        office.desk.carry(each)
    assert office.desk.waiting() == (answered, expired)
    office.bench.governance.answer(
        answered.escalation_id, token=office.token("Igor", None), approve=True, reason="fine",
        trace_id=TRACE,
    )  # fmt: skip
    assert office.desk.outcome(answered.escalation_id).state == "approved"
    assert office.desk.waiting() == (expired,)
    office.bench.clock.advance(3600.0)
    assert office.desk.waiting() == ()
    assert office.desk.resend() == ()


def test_only_an_anchor_that_was_told_can_acknowledge(office: Office):
    escalation = office.raised()
    office.desk.carry(escalation)
    with pytest.raises(NotAuthorisedError, match="Eve is no anchor"):
        office.desk.acknowledge(escalation.escalation_id, token=office.token("Eve"))
    with pytest.raises(GovernanceError, match="no anchor was told"):
        office.desk.acknowledge("unknown", token=office.token("Igor"))
    assert len(office.desk.unacknowledged()) == 2


def test_a_token_that_is_not_believed_acknowledges_nothing(office: Office):
    escalation = office.raised()
    office.desk.carry(escalation)
    spent = office.token("Igor")
    office.desk.acknowledge(escalation.escalation_id, token=spent)
    for token, error in (
        (spent, NotAuthenticatedError),
        ("nonsense", NotAuthenticatedError),
        (office.bench.token("reader", subject="Igor"), NotAuthorisedError),
        (office.token("Igor", "promote_model"), NotAuthorisedError),
    ):
        with pytest.raises(error):
            office.desk.acknowledge(escalation.escalation_id, token=token)


def test_a_wait_that_is_none_is_refused(tmp_path: Path):
    office = Office(tmp_path)
    with pytest.raises(ConfigError, match="time to acknowledge"):
        EscalationDesk(
            tmp_path / "d.db", escalations=office.bench.escalations,
            verifier=office.bench.verifier, bus=office.bench.bus, clock=office.bench.clock,
            resend_seconds=0.0,
        )  # fmt: skip


def test_the_topic_of_an_anchor_is_a_topic():
    assert anchor_topic("Domain Oversight (Council)") == "escalations.domain_oversight_council"
