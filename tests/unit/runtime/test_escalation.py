"""Escalations wait in order, are answered once, expire on time, and survive a crash."""

import os
import subprocess
import sys
import threading

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import GovernanceError
from agent_runtime.escalation import Escalation, EscalationQueue

START = 1000.0


@pytest.fixture
def clock():
    return ManualClock(START)


@pytest.fixture
def queue(tmp_path, clock):
    opened = EscalationQueue(tmp_path / "escalations.db", clock)
    yield opened
    opened.close()


def escalation(number=1, **changes):
    fields = {
        "escalation_id": f"E{number}",
        "agent": "tensoraios",
        "subject": f"decision-{number}",
        "condition": "anomaly_score > 0.95",
        "reason": "anomaly_score = 0.97",
        "severity": "high",
        "rule_ids": ("R-1", "A-3"),
        "targets": ("Igor", "ops"),
        "raised_at": START,
        "expires_at": START + 60,
        "trace_id": "trace-1",
    } | changes
    return Escalation(**fields)


def test_what_is_put_is_read_back_unchanged(queue):
    assert queue.put(escalation()) == escalation()
    assert queue.get("E1") == escalation()


def test_pending_ones_come_oldest_first(queue):
    for number in (2, 3, 1):
        queue.put(escalation(number))
    assert [found.escalation_id for found in queue.pending()] == ["E2", "E3", "E1"]


def test_an_unknown_id_is_refused(queue):
    with pytest.raises(GovernanceError, match="there is no escalation 'E9'"):
        queue.get("E9")
    with pytest.raises(GovernanceError, match="there is no escalation 'E9'"):
        queue.resolve("E9", state="approved", by="igor", answer="ok")


def test_a_condition_that_waits_is_not_asked_again(queue):
    queue.put(escalation(1))
    twin = escalation(2, subject="decision-1", reason="anomaly_score = 0.99")
    assert queue.put(twin) == escalation(1)
    assert len(queue.pending()) == 1


@pytest.mark.parametrize(
    "changes", [{"agent": "main_agent"}, {"subject": "other"}, {"condition": "other"}]
)
def test_another_agent_subject_or_condition_is_another_escalation(queue, changes):
    queue.put(escalation(1))
    other = escalation(2, **({"subject": "decision-1"} | changes))
    assert queue.put(other) == other
    assert len(queue.pending()) == 2


def test_a_condition_is_asked_again_once_the_first_is_answered(queue):
    queue.put(escalation(1))
    queue.resolve("E1", state="approved", by="igor", answer="ok")
    again = escalation(2, subject="decision-1")
    assert queue.put(again) == again
    assert [found.escalation_id for found in queue.about("decision-1")] == ["E1", "E2"]


def test_a_condition_is_asked_again_once_the_first_has_run_out(queue, clock):
    queue.put(escalation(1))
    clock.advance(60.0)
    again = escalation(2, subject="decision-1", expires_at=START + 120)
    assert queue.put(again) == again


@pytest.mark.parametrize(
    ("state", "releases"), [("approved", True), ("overridden", True), ("refused", False)]
)
def test_an_answer_closes_it_with_name_words_and_time(queue, clock, state, releases):
    queue.put(escalation())
    clock.advance(5.0)
    closed = queue.resolve("E1", state=state, by="igor", answer="as planned")
    assert closed == escalation(
        state=state, answered_by="igor", answer="as planned", closed_at=START + 5
    )
    assert closed.releases is releases
    assert queue.get("E1") == closed
    assert queue.pending() == ()


def test_what_waits_or_ran_out_does_not_release():
    assert not escalation().releases
    assert not escalation(state="expired").releases


def test_a_second_answer_is_refused_and_changes_nothing(queue):
    queue.put(escalation())
    first = queue.resolve("E1", state="refused", by="igor", answer="no")
    with pytest.raises(GovernanceError, match="escalation E1 is closed: refused"):
        queue.resolve("E1", state="approved", by="eve", answer="yes")
    assert queue.get("E1") == first


def test_answering_one_leaves_the_others(queue):
    queue.put(escalation(1))
    queue.put(escalation(2))
    queue.resolve("E2", state="approved", by="igor", answer="ok")
    assert [found.escalation_id for found in queue.pending()] == ["E1"]


@pytest.mark.parametrize(("age", "live"), [(59.999, True), (60.0, False), (61.0, False)])
def test_time_is_over_exactly_at_the_expiry(queue, clock, age, live):
    queue.put(escalation())
    clock.advance(age)
    assert len(queue.pending()) == int(live)
    if live:
        assert queue.expire() == ()
        assert queue.resolve("E1", state="approved", by="igor", answer="ok").releases
    else:
        with pytest.raises(GovernanceError, match="escalation E1 is closed: expired"):
            queue.resolve("E1", state="approved", by="igor", answer="ok")
        assert queue.get("E1").state == "pending"


def test_expiry_closes_each_once_oldest_first_and_leaves_live_and_answered_ones(queue, clock):
    for number in (3, 1, 2, 4, 5):
        end = START + (600 if number == 4 else 60)
        queue.put(escalation(number, expires_at=end))
    queue.resolve("E5", state="approved", by="igor", answer="ok")
    clock.advance(60.0)
    expired = queue.expire()
    assert [found.escalation_id for found in expired] == ["E3", "E1", "E2"]
    assert {(found.state, found.closed_at) for found in expired} == {("expired", START + 60)}
    assert queue.expire() == ()
    assert [found.escalation_id for found in queue.pending()] == ["E4"]
    assert queue.get("E5").state == "approved"


def test_of_two_answers_at_once_one_wins(queue):
    queue.put(escalation())
    outcomes = []

    def answer(name):
        try:
            outcomes.append(queue.resolve("E1", state="approved", by=name, answer="ok"))
        except GovernanceError as refusal:
            outcomes.append(refusal)

    threads = [threading.Thread(target=answer, args=(f"anchor-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [outcome for outcome in outcomes if isinstance(outcome, Escalation)]
    assert len(outcomes) == 8
    assert len(winners) == 1
    assert queue.get("E1").answered_by == winners[0].answered_by


CRASH = """
import os, signal, sys
from pathlib import Path
from agent_runtime.escalation import Escalation, EscalationQueue
queue = EscalationQueue(Path(sys.argv[1]), lambda: 1000.0)
queue.put(Escalation(
    escalation_id="E1", agent="a", subject="s", condition="c", reason="r", severity="high",
    rule_ids=(), targets=("Igor",), raised_at=1000.0, expires_at=1060.0, trace_id="t",
))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_escalation_survives_the_death_of_its_process(tmp_path, clock):
    path = tmp_path / "escalations.db"
    died = subprocess.run([sys.executable, "-c", CRASH, os.fspath(path)], check=False)
    assert died.returncode == -9
    reopened = EscalationQueue(path, clock)
    assert [found.escalation_id for found in reopened.pending()] == ["E1"]
    reopened.close()


def test_json_has_every_field_with_times_in_utc():
    pending = escalation().to_json()
    assert pending == {
        "escalation_id": "E1",
        "agent": "tensoraios",
        "subject": "decision-1",
        "condition": "anomaly_score > 0.95",
        "reason": "anomaly_score = 0.97",
        "severity": "high",
        "rule_ids": ["R-1", "A-3"],
        "targets": ["Igor", "ops"],
        "raised_at": "1970-01-01T00:16:40.000+00:00",
        "expires_at": "1970-01-01T00:17:40.000+00:00",
        "trace_id": "trace-1",
        "state": "pending",
        "answered_by": None,
        "answer": None,
        "closed_at": None,
    }
    assert escalation(closed_at=0.0).to_json()["closed_at"] == "1970-01-01T00:00:00.000+00:00"
