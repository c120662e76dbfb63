"""What `L9.example.module` promises.

Expected by the schema and by feedback_collector@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.feedback.collection import Feedback, feedback_topic
from agent_runtime.feedback.learning import Lesson
from agent_runtime.reasoning.traces import DecisionTrace
from agent_runtime.testing import AgentBench
from agent_runtime.testing_reasoning import KnownTraces, reasoning_bench, trace

from L9.agents.main.feedback_collector import AGENT, CHANNELS, REWARD, FeedbackCollector
from L9.agents.main.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge

CHANNEL = "domain_agent_acceptance"


class Lessons:
    """Notes what there is to learn."""

    def __init__(self) -> None:
        self.taught: list[tuple[str, float]] = []

    def learn(self, trace: DecisionTrace, target: float) -> Lesson | None:
        self.taught.append((trace.decision_id, target))
        return None


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return reasoning_bench(tmp_path, agent=AGENT, signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def lessons() -> Lessons:
    return Lessons()


@pytest.fixture
def collector(bench: AgentBench, tmp_path: Path, lessons: Lessons) -> FeedbackCollector:
    known = KnownTraces(
        d=trace("d", {"mode": 0.9}), e=trace("e", {"mode": 0.9}, status="escalated")
    )
    return FeedbackCollector.open(
        tmp_path,
        known,
        GovernanceBridge(bench.governance),
        bench.clock,
        learner=lessons,
    )


def said(
    name: str,
    decision_id: str = "d",
    *,
    channel: str = CHANNEL,
    accepted: bool | None = None,
    correct: bool | None = None,
    approved: bool | None = None,
) -> Feedback:
    return Feedback(
        feedback_id=name,
        decision_id=decision_id,
        channel=channel,
        accepted=accepted,
        correct=correct,
        approved=approved,
    )


@pytest.mark.positive
def test_what_was_accepted_and_proved_right_is_rewarded_once_both_are_known(
    collector: FeedbackCollector, lessons: Lessons
) -> None:
    assert collector.collect(said("1", accepted=True)).target is None
    assert lessons.taught == []
    assert collector.collect(said("2", correct=True)).target == 1.0
    assert lessons.taught == [("d", 1.0)]
    assert collector.outcome("d") == 1.0


@pytest.mark.positive
def test_what_was_accepted_and_proved_wrong_is_not_rewarded(
    collector: FeedbackCollector, lessons: Lessons
) -> None:
    collector.collect(said("1", accepted=True, correct=False))
    assert lessons.taught == [("d", 0.0)]


@pytest.mark.positive
@pytest.mark.parametrize(
    "channel",
    (
        "domain_agent_acceptance",
        "governance_audit_feedback",
        "transaction_outcome_signals",
        "world_model_updates",
        "memory_consistency_checks",
        "cross_domain_learnings",
    ),
)
def test_every_declared_channel_is_heard(collector: FeedbackCollector, channel: str) -> None:
    assert collector.collect(said("1", channel=channel, accepted=True)).fresh


@pytest.mark.positive
def test_feedback_on_the_bus_is_collected(bench: AgentBench, collector: FeedbackCollector) -> None:
    collector.listen(bench.bus)
    bench.bus.publish(feedback_topic(AGENT), said("1", accepted=True).to_json(), key="d")
    bench.bus.pump()
    assert collector.standing(trace("d", {"mode": 0.9})).accepted is True
    assert bench.bus.dead_letters() == ()


@pytest.mark.positive
def test_feedback_in_a_packet_is_collected(collector: FeedbackCollector) -> None:
    collected = collector.collect_json(said("1", accepted=True).to_json())
    assert (collected.trace.decision_id, collected.fresh) == ("d", True)
    assert collector.acceptance() == 1.0


@pytest.mark.positive
def test_the_same_feedback_counts_once(collector: FeedbackCollector) -> None:
    assert collector.collect(said("1", accepted=True)).fresh
    assert not collector.collect(said("1", accepted=True)).fresh
    collector.close()


@pytest.mark.positive
def test_feedback_is_audited(bench: AgentBench, collector: FeedbackCollector) -> None:
    collector.collect(said("1", accepted=True))
    assert "learning_feedback_collection" in bench.actions()


@pytest.mark.negative
def test_nothing_is_known_of_what_nobody_spoke_of(collector: FeedbackCollector) -> None:
    assert collector.outcome("d") is None


@pytest.mark.negative
def test_a_channel_that_is_not_declared_is_refused(collector: FeedbackCollector) -> None:
    with pytest.raises(InputBoundsError, match="no feedback channel"):
        collector.collect(said("1", channel="hearsay", accepted=True))


@pytest.mark.negative
def test_a_decision_that_was_never_made_is_refused(collector: FeedbackCollector) -> None:
    with pytest.raises(InputBoundsError, match="no decision 'x'"):
        collector.collect(said("1", "x", accepted=True))


@pytest.mark.negative
def test_one_id_cannot_say_two_things(collector: FeedbackCollector) -> None:
    collector.collect(said("1", accepted=True))
    with pytest.raises(InputBoundsError, match="something else before"):
        collector.collect(said("1", accepted=False))


@pytest.mark.negative
@pytest.mark.parametrize("wrong", [{"accepted": "yes"}, {"channel": 7}, {"decision_id": ""}])
def test_a_document_with_a_wrong_field_is_refused(
    collector: FeedbackCollector, wrong: dict[str, str | int]
) -> None:
    with pytest.raises(InputBoundsError, match=next(iter(wrong))):
        collector.collect_json({**said("1").to_json(), **wrong})


@pytest.mark.regression
def test_channels_and_rewards_are_the_declared_ones() -> None:
    assert CHANNELS == (
        "domain_agent_acceptance",
        "governance_audit_feedback",
        "transaction_outcome_signals",
        "world_model_updates",
        "memory_consistency_checks",
        "cross_domain_learnings",
    )
    assert REWARD.reward == (
        "domain_agent_accepts_recommendation && (prediction_correct || human_anchor_approves)"
    )
    assert REWARD.penalty == ""
    assert REWARD.slow_above_ms == 2000
