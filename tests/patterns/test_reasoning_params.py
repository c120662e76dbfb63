"""What reasoning, recording and learning patterns take from a schema, and what they refuse."""

import pytest

from generators.engine.patterns.refusal import RefusalError
from generators.patterns.reasoning_steps import role_of_step, stages
from tests.patterns.pattern_contexts import context, params

ANCHORS = {"anchors": ["Igor"], "mode": "hybrid", "humanoverride": True}
LOSS = {"name": "loss", "effect": "forbid", "when": "loss_ratio > 0.02"}
FACTOR = {"factor": "signal", "influences": ["risk_score"]}
BOTH = {"strategymodes": ["rules_first", "causal_enrichment"]}
EPISODES = {"episodicmemory": {"storagetype": "postgres", "indexby": ["domain", "mood"]}}
DRIFT = {**ANCHORS, "escalationpolicy": "- model_drift_detected\n- embedding_drift > 0.2"}


def governance(*audited: str, **more: object) -> dict[str, object]:
    return {**ANCHORS, "auditscope": list(audited), **more}


def refusal(of):
    with pytest.raises(RefusalError) as refused:
        params(of)
    return str(refused.value)


def learns(**vector: object):
    return context(
        "learning_loop",
        roles=["governance_bridge"],
        reasoningengine={"strategymodes": [*BOTH["strategymodes"], "reflective_planning"]},
        governance=governance("learning_of_weights"),
        learningsystem={"cognitivegrowthvector": vector},
    )


def scores(*metrics: str, audited: str = "learning_feedback", **cycle: object):
    return context(
        "performance_analyzer",
        roles=["governance_bridge", "episodic_logger", "feedback_collector"],
        governance=governance(audited),
        governancefeedbackcycle={"improvementscoring": {"metrics": list(metrics)}, **cycle},
    )


def listens(reward: str | None, *channels: str, audited: str = "feedback_received", **more: object):
    return context(
        "feedback_collector",
        roles=["governance_bridge"],
        governance=governance(audited),
        learningsystem={"feedbackchannels": list(channels)},
        reasoningengine={"reasoningfeedbackloop": {"rewardfunction": reward}} if reward else None,
        **more,
    )


def reports(*metrics: str, **more: object):
    return context(
        "telemetry_reporter",
        roles=["governance_bridge", "telemetry_reporter"],
        deployment={"telemetry": {"metrics": list(metrics)}},
        **more,
    )


def test_an_engine_hears_the_modes_in_their_order_and_reflection_only_criticises():
    made = params(
        context(
            "reasoning_engine",
            roles=[
                "governance_bridge",
                "decision_synthesizer",
                "symbolic_reasoner",
                "reflective_auditor",
            ],
            reasoningengine={
                "strategymodes": ["tensor_scoring", "reflection", "rules_first", "compliance_first"]
            },
            learningsystem={"autonomyprofile": {"decisionlatencymaxms": 750}},
        )
    )
    assert made["modes"] == ["tensor_scoring", "rules_first", "compliance_first"]
    assert made["own"] == [
        {"name": "tensor_scoring", "tensors": True},
        {"name": "compliance_first", "tensors": False},
    ]
    assert [part["keyword"] for part in made["parts"]] == ["symbolic"]
    assert (made["budget_ms"], made["has_critic"]) == (750, True)


@pytest.mark.parametrize(
    ("mode", "pipeline", "reason"),
    [
        ("intuition", None, "nothing carries out intuition"),
        ("causal_enrichment", None, "needs a module in the role causal_reasoner"),
        ("reflection", None, "names no mode that judges a case"),
        ("tensor_scoring", {"reasoning": ["apply_causal_reasoning"]}, "nothing does apply_causal"),
    ],
)
def test_a_mode_or_step_that_nobody_carries_out_is_refused(mode, pipeline, reason):
    of = context(
        "reasoning_engine",
        roles=["governance_bridge", "decision_synthesizer", "reflective_auditor"],
        reasoningengine={"strategymodes": [mode]},
        reasoningpipeline=pipeline,
    )
    assert reason in refusal(of)


@pytest.mark.parametrize("pattern", ["symbolic_reasoner", "causal_reasoner", "analogical_reasoner"])
def test_a_reasoner_without_a_mode_of_its_own_is_refused(pattern):
    of = context(
        pattern,
        memorytopology={**EPISODES, "causalmemory": {"schema": [FACTOR]}},
        reasoningengine={"strategymodes": ["tensor_scoring"], "domainrules": [LOSS]},
    )
    assert f"no mode that {pattern}.py carries out" in refusal(of)


def test_a_mode_that_transfers_looks_at_other_domains_only():
    made = params(
        context(
            "analogical_reasoner",
            memorytopology=EPISODES,
            reasoningengine={"strategymodes": ["pattern_matching", "analogical_transfer"]},
        )
    )
    assert made["modes"] == [
        {"name": "pattern_matching", "reach": "all"},
        {"name": "analogical_transfer", "reach": "others"},
    ]


@pytest.mark.parametrize("pattern", ["analogical_reasoner", "episodic_logger"])
def test_without_episodic_memory_there_is_nothing_to_compare_or_log(pattern):
    of = context(pattern, reasoningengine={"strategymodes": ["analogical_transfer"]})
    assert "memorytopology.episodicmemory is not declared" in refusal(of)


def test_a_logger_finds_decisions_by_those_declared_fields_that_a_trace_holds():
    made = params(context("episodic_logger", memorytopology=EPISODES))
    assert (made["index"], list(made["found"])) == (["domain", "mood"], ["domain"])


@pytest.mark.parametrize("declared", [[], ["alone"], ["twice", "twice"]])
def test_fewer_than_two_modes_are_nothing_to_combine(declared):
    of = context("decision_synthesizer", reasoningengine={"strategymodes": declared})
    assert "no two modes" in refusal(of)


def ruled(*rules: dict[str, str]):
    return context(
        "symbolic_reasoner",
        reasoningengine={"strategymodes": ["rules_first"], "domainrules": list(rules)},
    )


def test_a_rule_is_compiled_with_a_case_on_either_side_of_its_condition():
    (made,) = params(ruled(LOSS))["rules"]
    assert made["expression"] == "loss_ratio > 0.02"
    assert made["fires"]["loss_ratio"] > 0.02 >= made["holds"]["loss_ratio"]


@pytest.mark.parametrize(
    "fields",
    [
        {"when": "loss_ratio is bad"},
        {"when": "loss_ratio > limit_of_trade"},
        {"when": "loss_reported"},
        {"name": "two words"},
    ],
)
def test_a_rule_that_cannot_be_judged_is_refused(fields):
    assert "reasoningengine.domainrules[0]" in refusal(ruled({**LOSS, **fields}))


def test_two_rules_of_one_name_are_refused():
    assert "states a rule twice" in refusal(ruled(LOSS, {**LOSS}))


def graph(*entries: dict[str, object]):
    return context("semantic_updater", memorytopology={"semanticmemory": {"structure": entries}})


def test_fields_get_types_by_their_names_and_facts_by_their_keys():
    made = params(
        graph(
            {
                "node_type": "thing",
                "fields": ["entity_id", "thing_vector", "seen_count", "note (of whom, etc.)"],
            },
            {"edge_type": "link", "fields": ["source_entity", "target_entity", "link_score"]},
        )
    )
    thing, link = made["types"]
    assert [field["type"] for field in thing["fields"]] == ["Vector", "int", "str"]
    assert thing["fields"][-1]["name"] == "note"
    assert (thing["key"], thing["fact"], link["ends"]) == (
        "entity_id",
        "entity",
        ["source_entity", "target_entity"],
    )


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([], "declares no node or edge type"),
        ([{"node_type": "thing", "fields": ["name"]}], "thing has no key"),
        ([{"edge_type": "link", "fields": ["source_id"]}], "link has no key"),
        ([{"node_type": "thing", "fields": ["entity_id", "type"]}], "cannot be names"),
        ([{"node_type": "a thing", "fields": ["entity_id"]}], "cannot be names"),
    ],
)
def test_types_that_could_not_be_kept_are_refused(entries, reason):
    assert reason in refusal(graph(*entries))


def traced(*entries: dict[str, object]):
    return context("causal_tracer", memorytopology={"causalmemory": {"schema": entries}})


def test_each_influence_is_measured_by_what_its_name_says():
    (factor,) = params(traced({"factor": "signal", "influences": ["risk_score", "season"]}))[
        "factors"
    ]
    assert [each["reading"] for each in factor["influences"]] == ["risk", "temporal"]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([], "declares no factor"),
        ([{"factor": "signal", "influences": []}], "lacks its factor or its influences"),
        ([{"factor": "signal", "influences": ["mood"]}], "nothing measures the influence mood"),
    ],
)
def test_factors_that_nobody_could_trace_are_refused(entries, reason):
    assert reason in refusal(traced(*entries))


def test_a_loop_weighs_all_modes_but_reflection_within_the_declared_bound():
    made = params(learns(stabilitythreshold=0.05))
    assert made["modes"] == BOTH["strategymodes"]
    assert (made["threshold"], made["rollback"]) == (0.05, True)
    assert made["bound_test"].endswith("more_than_0_05")


@pytest.mark.parametrize("threshold", [None, 0])
def test_learning_without_a_bound_is_refused(threshold):
    vector = {} if threshold is None else {"stabilitythreshold": threshold}
    assert "stabilitythreshold is missing or not above 0" in refusal(learns(**vector))


def test_metrics_are_measured_by_their_names_at_the_declared_interval():
    made = params(scores("match_accuracy", "escalation_need", reportfrequencyhours=6))
    assert made["metrics"] == {"match_accuracy": "accuracy", "escalation_need": "escalation"}
    assert (made["hours"], made["audit_event"]) == (6, "learning_feedback")


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (scores(), "declares no metric that could be scored"),
        (scores("beauty"), "nothing measures beauty"),
        (scores("accuracy", audited="packets"), "names no event of performance or learning"),
    ],
)
def test_scores_that_nobody_could_give_are_refused(of, reason):
    assert reason in refusal(of)


def test_a_reward_is_compiled_and_each_of_its_words_means_a_kind_of_feedback():
    made = params(listens("domain_accepts AND prediction_correct", "answers"))
    assert made["meanings"] == {"domain_accepts": "accepted", "prediction_correct": "correct"}
    assert made["reward"]["parts"] == ["domain_accepts && prediction_correct"]
    assert (made["penalty"]["parts"], made["reviews"]) == ([""], False)


def test_a_step_that_reviews_negative_feedback_makes_the_collector_do_so():
    pipeline = {"feedback": [{"if_negative_feedback": "trigger_governance_review"}]}
    assert params(listens("domain_accepts", "answers", reasoningpipeline=pipeline))["reviews"]


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (listens("domain_accepts"), "declares no channel"),
        (listens(None, "answers"), "neither a rewardfunction nor a penaltyfunction"),
        (listens("weather_fine", "answers"), "no feedback says whether weather_fine"),
        (listens("accepted_share > 0.5", "answers"), "no feedback says whether accepted_share"),
        (listens("domain_accepts", "answers", audited="packets"), "names no event of feedback"),
    ],
)
def test_feedback_that_nobody_could_judge_is_refused(of, reason):
    assert reason in refusal(of)


def test_drift_is_told_to_the_rules_that_speak_of_it():
    made = params(context("drift_detector", roles=["governance_bridge"], governance=DRIFT))
    assert made["events"] == ["model_drift_detected"]
    assert (made["measure"], made["kl"], made["reasons"]) == ("embedding_drift", 0.2, False)


def test_drift_from_which_nothing_follows_is_refused():
    of = context("drift_detector", roles=["governance_bridge"])
    assert "no rule of the schema says what follows from drift" in refusal(of)


def test_quantiles_are_read_from_the_names_of_metrics():
    made = params(reports("reasoning_latency_p50_p999", "decision_confidence", "packets_total"))
    assert made["quantiles"] == [0.5, 0.999]
    assert made["reported"] == ["reasoning_latency_p50_p999", "decision_confidence"]
    assert not made["judges"]


@pytest.mark.parametrize(
    ("metrics", "reason"), [([], "declares nothing to report"), (["beauty"], "nothing measures")]
)
def test_metrics_that_nobody_measures_are_refused(metrics, reason):
    assert reason in refusal(reports(*metrics))


def test_a_cycle_is_told_as_the_declared_event_else_the_anchors_are_asked():
    triggers = {"autonomyprofile": {"escalationtriggers": ["reasoning_cycle_detected"]}}
    declared = context("reflective_auditor", roles=["governance_bridge"], learningsystem=triggers)
    assert params(declared)["event"] == "reasoning_cycle_detected"
    assert not params(context("reflective_auditor", roles=["governance_bridge"]))["declared"]


def test_steps_are_read_with_conditions_and_details():
    (stage,) = stages(
        context(
            "doc_reasoning",
            reasoningpipeline={
                "stage_1": [
                    "synthesize",
                    {"if_low": "escalate"},
                    {"query": {"factors": ["a", "b"]}},
                ]
            },
        )
    )
    assert [(step.name, step.role, step.details) for step in stage.steps] == [
        ("synthesize", "decision_synthesizer", ()),
        ("if_low: escalate", "escalation_handler", ()),
        ("query", "", ("a", "b")),
    ]
    assert role_of_step("verify_compliance_with_rules") == "compliance_checker"


@pytest.mark.parametrize(
    ("pipeline", "roles", "missing"),
    [
        (None, ["reasoning_engine"], "reasoningpipeline"),
        ({"reasoning": ["synthesize"]}, [], "reasoning_engine"),
    ],
)
def test_a_document_of_reasoning_that_does_not_happen_is_refused(pipeline, roles, missing):
    of = context("doc_reasoning", roles=roles, reasoningpipeline=pipeline)
    assert f"the schema has no {missing}" in refusal(of).replace("a generated file for ", "")
