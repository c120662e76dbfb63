"""A policy refuses contradictions, and a mode only ever tightens what it declares."""

import pytest
from agent_runtime.errors import ConfigError
from agent_runtime.policy import Anchor, Policy


def policy(**changes):
    fields = {
        "mode": "hybrid",
        "human_override": True,
        "anchors": (Anchor(name="Igor"), Anchor(name="System Oversight Committee")),
        "internal_decisions": "full",
        "external_actions": "gated_by_governance",
    } | changes
    return Policy(**fields)


def test_anchors_keep_their_order():
    assert policy().anchor_names == ("Igor", "System Oversight Committee")


@pytest.mark.parametrize(
    ("mode", "declared", "effective"),
    [
        ("hybrid", "full", "full"),
        ("autonomous", "full", "full"),
        ("supervised", "full", "gated_by_governance"),
        ("supervised", "none", "none"),
        ("supervised", "gated_by_governance", "gated_by_governance"),
        ("autonomous", "gated_by_governance", "gated_by_governance"),
        ("hybrid", "none", "none"),
    ],
)
def test_a_mode_only_tightens(mode, declared, effective):
    assert policy(mode=mode).effective(declared) == effective


@pytest.mark.parametrize(
    ("mode", "holds"), [("hybrid", True), ("supervised", True), ("autonomous", False)]
)
def test_escalations_hold_a_subject_unless_the_agent_is_autonomous(mode, holds):
    assert policy(mode=mode).holds_escalated is holds


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mode": "mixed"}, "governance mode 'mixed' is not one of hybrid, autonomous, supervised"),
        ({"internal_decisions": "some"}, "autonomy scope 'some' is not one of full, gated"),
        ({"external_actions": "all"}, "autonomy scope 'all' is not one of full, gated"),
        ({"anchors": ()}, "at least one anchor"),
        ({"anchors": (Anchor(name="Igor"), Anchor(name="Igor"))}, "each only once"),
        ({"task_limit": 0}, "the task limit must be at least 1, not 0"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        policy(**changes)


def test_a_task_limit_of_one_is_accepted():
    assert policy(task_limit=1).task_limit == 1
