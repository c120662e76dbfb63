"""What a governance bridge takes from a schema and refuses, and what hostile text cannot do."""

from collections.abc import Mapping
from types import ModuleType

import pytest

from generators.engine.build.load_library import load_library, load_shared_templates
from generators.engine.model.ruling import compile_ruling
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.plan.unit_texts import render_pattern
from generators.engine.sources.canonical import Plain
from generators.patterns.governance_bridge.params import params
from tests.unit.engine.collection_builder import load, schema

META: Mapping[str, Mapping[str, Plain]] = {
    "meta.codegen.schema": {
        "governance": {
            "anchors": [{"name": "Igor", "role": "architect", "channels": ["email", "slack"]}]
        }
    },
    "meta.dependency.integration": {"escalation": {"timeout_seconds": 120}},
}
GLUE: Mapping[str, Plain] = {"anchor_aliases": {"Executive": "Igor"}}


def governance(policy: str = "", **changes: object) -> dict[str, object]:
    fields: dict[str, object] = {"anchors": ["Igor"], "mode": "hybrid", "humanoverride": True}
    if policy:
        fields["escalationpolicy"] = policy
    return fields | changes


def autonomy(internal: str = "full", external: str = "gated_by_governance") -> dict[str, object]:
    scope = {"internaldecisions": internal, "externalactions": external}
    return {"autonomyscope": scope}


def context(links: Mapping[str, str] | None = None, **changes: object) -> PatternContext:
    agent = load(schema(**changes)).collection.agent("probe")
    pattern = load_library().get("governance_bridge")
    assert pattern is not None
    return PatternContext(
        agent=agent,
        sequence=1,
        collection="probe",
        namespace="L9",
        stem="governance_bridge",
        path="L9/agents/probe/governance_bridge.py",
        purpose="",
        pointer="Probe#/cursorinstructions/generatefiles/0",
        module="L9.agents.probe.governance_bridge",
        package="L9.agents.probe",
        class_name="GovernanceBridge",
        siblings={},
        operations=(),
        ruling=compile_ruling(agent),
        links=links or {},
        dependencies={},
        meta=META,
        glue=GLUE,
    )


def module(of: PatternContext) -> ModuleType:
    """Render the bridge and run its text as a module."""
    pattern = load_library().get("governance_bridge")
    assert pattern is not None
    header = {
        "summary": "Governs.",
        "pointer": of.pointer,
        "pattern": pattern.reference,
        "module": of.module,
        "package": of.package,
    }
    text = render_pattern(pattern, "module.py.j2", params(of), header, load_shared_templates())
    made = ModuleType("made")
    exec(compile(text, "made.py", "exec"), made.__dict__)  # noqa: S102 - the text under test
    return made


# what is taken


def test_anchors_are_canonical_once_each_with_role_and_channels_from_the_meta_template():
    made = module(context(governance=governance(anchors=["Executive", "Igor", "Night Watch"])))
    assert [(a.name, a.role, a.channels) for a in made.POLICY.anchors] == [
        ("Igor", "architect", ("email", "slack")),
        ("Night Watch", "anchor", ()),
    ]


def test_the_time_an_anchor_has_comes_from_the_meta_template():
    assert module(context()).ESCALATION_TIMEOUT_SECONDS == 120.0


def test_a_lone_threshold_becomes_the_strictest_threshold_of_its_signal():
    policy = "Escalate if:\n- score > 0.9\n- score > 0.8\n- score < 0.1\n- quality < 0.2\n"
    made = module(context(governance=governance(policy)))
    assert (made.SCORE.escalate_above, made.SCORE.escalate_below) == (0.8, 0.1)
    assert (made.QUALITY.escalate_above, made.QUALITY.escalate_below) == (None, 0.2)


@pytest.mark.parametrize(
    "policy",
    [
        "Escalate if:\n- score < 0.6 AND criticality > 0.8\n",
        "Escalate if:\n- score >= 0.6\n- score > 0.8\n",
        "Escalate if:\n- score > 0.2\n- score < 0.6\n",
    ],
)
def test_a_signal_without_a_lone_clear_threshold_has_none(policy):
    of = context(governance=governance(policy))
    made = module(of)
    assert (made.SCORE.escalate_above, made.SCORE.escalate_below) == (None, None)
    assert all(row["constant"] != "SCORE" for row in params(of)["batches"])


def test_rules_that_share_a_condition_are_expected_as_one_escalation_to_all_targets():
    of = context(
        governance=governance("Escalate if:\n- score > 0.9\n"),
        deployment={"alerting": ["alert_ops_if_score > 0.9", "alert_escalation_if_score > 0.9"]},
    )
    assert params(of)["conditions"] == [
        {
            "id": "score > 0.9",
            "values": {"score": 0.9009},
            "rule_ids": ["R-probe-01", "R-probe-02", "R-probe-03"],
            "severity": "critical",
            "targets": ["Igor", "ops"],
        }
    ]


def test_an_alert_to_governance_or_escalation_goes_to_the_anchors():
    alerts = ["alert_governance_if_drift > 0.1", "alert_escalation_if_score > 0.9"]
    made = module(context(deployment={"alerting": [*alerts, "alert_team_if_queue_full"]}))
    assert [rule.target for rule in made.RULES] == [None, None, "team"]


@pytest.mark.parametrize(
    ("mode", "internal", "external", "effective", "holds"),
    [
        ("hybrid", "full", "none", ("full", "none"), True),
        ("autonomous", "full", "full", ("full", "full"), False),
        ("supervised", "full", "full", ("gated_by_governance", "gated_by_governance"), False),
        ("supervised", "none", "none", ("none", "none"), False),
        ("hybrid", "gated_by_governance", "full", ("gated_by_governance", "full"), False),
    ],
)
def test_the_tests_expect_the_autonomy_in_effect(mode, internal, external, effective, holds):
    found = params(
        context(
            governance=governance(mode=mode),
            collaborationnetwork=autonomy(internal, external),
        )
    )
    assert found["effective"] == {"internal": effective[0], "external": effective[1]}
    assert found["internal"] == {
        scope: scope == effective[0] for scope in ("full", "gated_by_governance", "none")
    }
    assert found["external"][effective[1]] is True
    assert found["holds"] is holds


def test_a_linked_facade_is_where_the_names_come_from():
    links = {"governance": "L9.core.governance", "policy_engine": "L9.governance.policy_engine"}
    modules = [line["module"] for group in params(context(links))["imports"] for line in group]
    assert "L9.core.governance" in modules
    assert "L9.governance.policy_engine" in modules
    assert "agent_runtime.governance" not in modules
    assert "agent_runtime.rules" not in modules
    assert "agent_runtime.escalation" in modules


def test_a_signal_named_like_a_table_of_the_module_gets_another_constant():
    made = module(context(governance=governance("Escalate if:\n- policy > 0.5\n- rules > 0.5\n")))
    assert (made.POLICY_SIGNAL.name, made.RULES_SIGNAL.name) == ("policy", "rules")
    assert made.POLICY.mode == "hybrid"


def test_an_agent_without_conditions_still_has_a_bridge():
    made = module(context())
    assert (made.SIGNALS, made.RULES) == ((), ())


# what is refused


@pytest.mark.parametrize(
    ("changes", "reason", "repair"),
    [
        (
            {"governance": governance(mode="mixed")},
            "governance.mode 'mixed' has no meaning",
            "write hybrid or autonomous or supervised",
        ),
        (
            {"collaborationnetwork": autonomy(internal="some")},
            "collaborationnetwork.autonomyscope.internaldecisions 'some' has no meaning",
            "write full or gated_by_governance or none",
        ),
        (
            {"collaborationnetwork": autonomy(external="all")},
            "collaborationnetwork.autonomyscope.externalactions 'all' has no meaning",
            "write full or gated_by_governance or none",
        ),
    ],
)
def test_a_word_without_a_meaning_is_a_question(changes, reason, repair):
    with pytest.raises(RefusalError) as refusal:
        params(context(**changes))
    assert (refusal.value.reason, refusal.value.repair) == (reason, repair)


def test_an_agent_that_nobody_answers_for_is_a_question():
    with pytest.raises(RefusalError, match=r"governance\.anchors names nobody"):
        params(context(governance=governance(anchors=[])))


# hostile text


@pytest.mark.parametrize(
    "text",
    [
        '"""',
        '"), exit("',
        "{{ 7 * 7 }}",
        "\\N{BULLET}",
        "\u202eright to left",
        "back\\slash\\",
        "x" * 300,
    ],
)
def test_hostile_text_stays_text(text):
    made = module(context(governance=governance(anchors=[f"a{text}"], auditscope=[f"b{text}"])))
    assert made.POLICY.anchor_names == (f"a{text}",)
    assert made.POLICY.audit_scope == (f"b{text}",)


def test_a_long_condition_keeps_its_words():
    condition = " AND ".join(f"signal_number_{n} > 0.5" for n in range(12))
    made = module(context(governance=governance(f"Escalate if:\n- {condition}\n")))
    assert made.RULES[0].text == condition
    assert made.RULES[0].expression == condition.replace(" AND ", " && ")
