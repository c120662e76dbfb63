"""What `L9.example.module` promises.

Expected by the schema and by escalation_handler@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.auditing.delivery import ACKNOWLEDGE, anchor_topic
from agent_runtime.errors import GovernanceError, NotAuthenticatedError, NotAuthorisedError
from agent_runtime.escalation import Escalation
from agent_runtime.scheduler import TaskScheduler
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.tokens import GOVERNANCE_ROLE

from L9.agents.main.escalation_handler import JOB, RESEND_SECONDS, EscalationHandler
from L9.agents.main.governance_bridge import POLICY, GovernanceBridge

ANCHORS = [anchor.name for anchor in POLICY.anchors]


class Office:
    """The handler, the anchors' topics, and what was heard on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bench = AgentBench(folder, agent="main_agent")
        self.governance = GovernanceBridge.wire(
            audit=self.bench.audit,
            escalations=self.bench.escalations,
            approvals=self.bench.verifier,
            clock=self.bench.clock,
        )
        self.heard: list[str] = []
        for anchor in ANCHORS:
            self.bench.bus.subscribe(
                anchor_topic(anchor),
                "listener",
                lambda delivery: self.heard.append(str(delivery.message["anchor"])),
            )
        self.handler = self.opened()

    def opened(self) -> EscalationHandler:
        return EscalationHandler.open(
            self.folder,
            self.governance,
            escalations=self.bench.escalations,
            verifier=self.bench.verifier,
            bus=self.bench.bus,
            clock=self.bench.clock,
        )

    def raised(self, subject: str = "d1") -> Escalation:
        return self.handler.escalate(subject, "it was unsure", "high", trace_id=TRACE)

    def told(self) -> list[str]:
        self.heard.clear()
        self.bench.bus.pump()
        return sorted(self.heard)

    def token(self, anchor: str, action: str | None = ACKNOWLEDGE) -> str:
        return self.bench.token(GOVERNANCE_ROLE, subject=anchor, action=action)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.handler.close()


@pytest.mark.positive
def test_every_anchor_is_told_of_an_escalation(office: Office) -> None:
    escalation = office.raised()
    assert office.told() == sorted(ANCHORS)
    assert office.handler.waiting() == (escalation,)
    assert office.handler.waiting_now() == 1.0
    assert (escalation.subject, escalation.severity) == ("d1", "high")


@pytest.mark.positive
def test_it_has_arrived_when_each_anchor_has_acknowledged(office: Office) -> None:
    escalation_id = office.raised().escalation_id
    for anchor in ANCHORS:
        assert not office.handler.arrived(escalation_id)
        delivery = office.handler.acknowledge(escalation_id, token=office.token(anchor))
        assert (delivery.anchor, delivery.state) == (anchor, "acknowledged")
    assert office.handler.arrived(escalation_id)


@pytest.mark.positive
def test_who_has_not_acknowledged_in_300_s_is_told_again(office: Office) -> None:
    assert RESEND_SECONDS == 300
    office.raised()
    office.told()
    office.bench.clock.advance(RESEND_SECONDS - 1)
    assert office.handler.resend() == ()
    office.bench.clock.advance(1)
    assert sorted(each.anchor for each in office.handler.resend()) == sorted(ANCHORS)
    assert office.told() == sorted(ANCHORS)


@pytest.mark.positive
def test_what_governance_escalated_by_itself_is_brought_on_schedule(
    office: Office, tmp_path: Path
) -> None:
    scheduler = TaskScheduler(tmp_path / "jobs.db", office.bench.clock)
    assert office.handler.register(scheduler).name == JOB
    office.governance.escalate("d2", "it was unsure", "high", trace_id=TRACE)
    assert office.told() == []
    office.bench.clock.advance(RESEND_SECONDS)
    assert [outcome.result for outcome in scheduler.run_due()] == ["succeeded"]
    assert office.told() == sorted(ANCHORS)
    scheduler.close()


@pytest.mark.positive
def test_an_answer_ends_the_waiting(office: Office) -> None:
    escalation_id = office.raised().escalation_id
    assert office.handler.outcome(escalation_id).state == "pending"
    office.governance.answer(
        escalation_id,
        token=office.token(ANCHORS[0], None),
        approve=True,
        reason="fine",
        trace_id=TRACE,
    )
    assert office.handler.outcome(escalation_id).state == "approved"
    assert office.handler.waiting_now() == 0.0
    office.bench.clock.advance(RESEND_SECONDS)
    assert office.handler.resend() == ()


@pytest.mark.positive
def test_what_was_told_and_acknowledged_outlives_a_restart(office: Office) -> None:
    escalation_id = office.raised().escalation_id
    office.handler.acknowledge(escalation_id, token=office.token(ANCHORS[0]))
    office.told()
    office.handler.close()
    office.handler = office.opened()
    office.handler.deliver()
    assert office.told() == []
    office.bench.clock.advance(RESEND_SECONDS)
    office.handler.deliver()
    assert office.told() == sorted(ANCHORS[1:])


@pytest.mark.negative
def test_who_is_no_anchor_acknowledges_nothing(office: Office) -> None:
    escalation_id = office.raised().escalation_id
    with pytest.raises(NotAuthorisedError, match="Eve is no anchor"):
        office.handler.acknowledge(escalation_id, token=office.token("Eve"))
    with pytest.raises(NotAuthorisedError):
        office.handler.acknowledge(escalation_id, token=office.bench.token("reader"))
    with pytest.raises(NotAuthenticatedError):
        office.handler.acknowledge(escalation_id, token="forged")
    assert not office.handler.arrived(escalation_id)


@pytest.mark.negative
def test_an_unknown_escalation_is_a_clear_error(office: Office) -> None:
    with pytest.raises(GovernanceError, match="unknown"):
        office.handler.outcome("unknown")
    with pytest.raises(GovernanceError, match="no anchor was told"):
        office.handler.acknowledge("unknown", token=office.token(ANCHORS[0]))
    assert not office.handler.arrived("unknown")


@pytest.mark.negative
def test_one_escalation_is_not_told_twice_in_a_row(office: Office) -> None:
    office.raised()
    office.raised()
    office.handler.deliver()
    assert office.told() == sorted(ANCHORS)
