"""The collections that ship say what the client's guide says, without a finding."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from generators.engine.model.agent import Agent
from generators.engine.model.load import LoadedModel, load_model
from generators.engine.plan.sequence import plan_sequence
from generators.engine.rules.conditions import Condition, parse_condition

ROOT = Path(__file__).parents[3]
ECOSYSTEM = ROOT / "input_schemas" / "tensoraios_ecosystem_v6.0.md"
SENSOR_WATCH = ROOT / "input_schemas" / "sensor_watch_v1.0.md"
EXAMPLES = sorted((ROOT / "meta" / "examples").iterdir())
ENDPOINTS = """
score_candidates POST /tensoraios/v6/score 500 -
generate_embeddings POST /tensoraios/v6/embeddings 1000 -
detect_anomaly POST /tensoraios/v6/anomaly 250 -
get_model_status GET /tensoraios/v6/status 100 -
trigger_retraining POST /tensoraios/v6/retrain 60000 governance_token
process_packet POST /mainagent/v6/packet 2000 -
query_decision_log GET /mainagent/v6/decisions 500 -
register_domain POST /mainagent/v6/register_domain 1000 service_token
get_agent_status GET /mainagent/v6/status 100 -
request_governance_override POST /mainagent/v6/override 30000 governance_token
translate_transaction POST /plastos_adapter/v6/translate 500 -
process_tensor_results POST /plastos_adapter/v6/results 500 -
report_outcome POST /plastos_adapter/v6/outcome 200 -
get_adapter_status GET /plastos_adapter/v6/status 100 -
trigger_training POST /tensor_trainer/v6/train 300000 -
get_training_status GET /tensor_trainer/v6/status 500 -
promote_model POST /tensor_trainer/v6/promote 5000 -
rollback_model POST /tensor_trainer/v6/rollback 5000 governance_token
query_audit_results GET /tensor_auditor/v6/results 1000 -
get_violation_count GET /tensor_auditor/v6/violations 500 -
generate_compliance_report POST /tensor_auditor/v6/report 10000 -
get_auditor_status GET /tensor_auditor/v6/status 100 -
detect_anomaly POST /sensor_watch/v1/anomaly 250 -
get_sensor_status GET /sensor_watch/v1/status 100 -
"""
LIMITS = """
tensoraios model_confidence < 0.6
tensoraios criticality > 0.8
tensoraios anomaly_score > 0.95
tensoraios inference_latency > 500
tensoraios model_accuracy_drop > 0.05
tensoraios latency > 500
tensoraios accuracy_drop > 0.05
main_agent decision_confidence < 0.7
main_agent domain_criticality > 0.5
main_agent reasoning_confidence < 0.7
main_agent criticality > 0.5
main_agent tensor_anomaly_score > 0.95
main_agent inference_latency > 2000
main_agent latency > 2000
main_agent escalation_rate > 0.05
plastos_adapter tensor_confidence < 0.6
plastos_adapter deal_value > 50000
plastos_adapter match_confidence < 0.7
tensor_trainer model_accuracy_drop > 0.05
tensor_trainer model_drift > 0.1
tensor_trainer data_quality < 0.9
tensor_auditor drift > 0.1
tensor_auditor bias_score > 0.8
sensor_watch anomaly_score > 0.9
sensor_watch inference_latency > 250
sensor_watch latency > 250
"""
"""Every number that a condition compares with: ms, EUR, and shares as ratios."""

MEMORY = ("workingmemory", "episodicmemory", "semanticmemory", "causalmemory")


def _schema(stem: str) -> dict[str, object]:
    return json.loads((ROOT / "meta" / "schemas" / f"{stem}.schema.json").read_text())


def _load(path: Path, *, content: bytes | None = None) -> LoadedModel:
    return load_model(
        re.sub(r"\W", "_", path.stem.split("_v")[0]).lower(),
        {path.name: path.read_bytes() if content is None else content},
        agent_schema=_schema("agent"),
        collection_schema=_schema("collection"),
        answers={},
    )


MODELS = {path: _load(path) for path in (ECOSYSTEM, SENSOR_WATCH, *EXAMPLES)}
AGENTS = {agent.agent_id: agent for model in MODELS.values() for agent in model.collection.agents}
SHIPPED = {
    agent.agent_id: agent
    for path in (ECOSYSTEM, SENSOR_WATCH)
    for agent in MODELS[path].collection.agents
}


def _conditions(agent: Agent) -> list[str]:
    clauses = re.split(r"\s- ", agent.governance.escalation_policy)[1:]
    alerts = [re.sub(r"^alert_[a-z]+_if_", "", alert) for alert in agent.alerting]
    return [*clauses, *agent.autonomy.escalation_triggers, *alerts]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_shipped_collection_loads_without_any_finding(path: Path) -> None:
    model = MODELS[path]
    assert [str(finding) for finding in model.findings if finding.severity != "note"] == []
    assert model.collection.agents
    assert not model.fatal


def test_the_ecosystem_has_the_five_agents_of_the_guide_in_its_order() -> None:
    agents = MODELS[ECOSYSTEM].collection.agents
    edges = {agent.agent_id: agent.depends_on.hard for agent in agents}
    assert plan_sequence(edges, max_parallel=5).order == (
        "tensoraios",
        "main_agent",
        "plastos_adapter",
        "tensor_trainer",
        "tensor_auditor",
    )
    assert edges == {
        "tensoraios": (),
        "main_agent": ("tensoraios",),
        "plastos_adapter": ("main_agent", "tensoraios"),
        "tensor_trainer": ("tensoraios",),
        "tensor_auditor": ("tensoraios",),
    }
    assert {agent.agent_id: agent.depends_on.soft for agent in agents} == {
        "tensoraios": ("governance", "memory"),
        "main_agent": ("governance",),
        "plastos_adapter": (),
        "tensor_trainer": ("orchestration",),
        "tensor_auditor": ("governance",),
    }


@pytest.mark.parametrize(
    ("agent_id", "rootpath", "files", "docs", "logs", "links", "folders"),
    [
        ("tensoraios", "L9/core/tensoraios", 20, 6, 4, 5, 6),
        ("main_agent", "L9/agents/main", 36, 9, 5, 6, 8),
        ("plastos_adapter", "L9/agents/adapters/plastos", 19, 6, 4, 4, 5),
        ("tensor_trainer", "L9/orchestration/tensor_trainer", 19, 5, 4, 3, 6),
        ("tensor_auditor", "L9/governance/tensor_auditor", 21, 6, 4, 3, 6),
        ("sensor_watch", "L9/agents/sensor_watch", 9, 2, 2, 3, 4),
    ],
)
def test_an_agent_asks_for_everything_the_guide_lists(
    *, agent_id: str, rootpath: str, files: int, docs: int, logs: int, links: int, folders: int
) -> None:
    agent = AGENTS[agent_id]
    asked = agent.instructions
    assert agent.rootpath == rootpath
    assert len(asked.generate_files) == files
    assert asked.generate_files[-1].stem == "__init__"
    assert len({file.path for file in asked.generate_files}) == files
    assert len(asked.generate_docs) == docs
    assert all(doc.path.folder == rootpath for doc in asked.generate_docs)
    assert len(asked.logging) == logs
    assert len(asked.link_existing) == links
    assert len(asked.create_if_missing) == folders
    assert asked.generate_tests
    assert asked.validate_dependencies


@pytest.mark.parametrize("agent", AGENTS.values(), ids=AGENTS)
def test_every_file_has_a_purpose_of_its_own_that_can_be_a_docstring(agent: Agent) -> None:
    purposes = [file.purpose for file in agent.instructions.generate_files]
    assert len(set(purposes)) == len(purposes)
    for purpose in purposes:
        assert purpose.endswith(".")
        assert purpose[0].isupper()
        assert len(purpose) <= 94, purpose
        assert purpose.isascii()


@pytest.mark.parametrize("agent", SHIPPED.values(), ids=SHIPPED)
def test_every_document_and_log_file_says_what_it_is_for(agent: Agent) -> None:
    requests = (*agent.instructions.generate_docs, *agent.instructions.logging)
    assert all(request.purpose for request in requests)


def test_endpoints_have_the_declared_paths_times_and_tokens() -> None:
    declared = [
        f"{e.name} {e.method} {e.path} {e.timeout_ms} {e.auth or '-'}"
        for agent in SHIPPED.values()
        for e in agent.endpoints
    ]
    assert declared == ENDPOINTS.split("\n")[1:-1]


@pytest.mark.parametrize(
    ("agent_id", "ttl", "retention", "archived"),
    [
        ("tensoraios", 3600.0, 90.0, True),
        ("main_agent", 300.0, 365.0, True),
        ("plastos_adapter", None, 365.0, False),
        ("tensor_trainer", None, 730.0, True),
        ("tensor_auditor", None, 1095.0, True),
    ],
)
def test_memory_layers_have_the_declared_lifetimes(
    agent_id: str, ttl: float | None, retention: float, *, archived: bool
) -> None:
    agent = AGENTS[agent_id]
    layers = {layer.name: layer for layer in agent.memory}
    archive = ("longtermpersistence",) if archived else ()
    assert tuple(layers) == (*MEMORY, *archive)
    assert layers["workingmemory"].ttl_seconds == ttl
    assert layers["episodicmemory"].retention_days == retention
    for name in archive:
        assert layers[name].retention_days is None


def test_the_sensor_agent_declares_only_the_memory_it_uses() -> None:
    layers = {layer.name: layer for layer in AGENTS["sensor_watch"].memory}
    assert tuple(layers) == ("workingmemory", "episodicmemory")
    assert layers["workingmemory"].ttl_seconds == 600.0
    assert layers["episodicmemory"].retention_days == 30.0


@pytest.mark.parametrize("agent", AGENTS.values(), ids=AGENTS)
def test_every_condition_compiles_and_leaves_no_number_open(agent: Agent) -> None:
    conditions = _conditions(agent)
    assert conditions
    for text in conditions:
        compiled = parse_condition(text, agent.governance.thresholds)
        assert isinstance(compiled, Condition), compiled
        assert compiled.symbols == (), text


def test_the_limits_of_every_agent_are_exactly_these() -> None:
    found = []
    for agent in SHIPPED.values():
        for text in _conditions(agent):
            compiled = parse_condition(text, agent.governance.thresholds)
            assert isinstance(compiled, Condition)
            found += [f"{agent.agent_id} {b.signal} {b.sign} {b.value:g}" for b in compiled.bounds]
    assert list(dict.fromkeys(found)) == LIMITS.split("\n")[1:-1]


@pytest.mark.parametrize(
    ("agent_id", "limit", "latency", "stability", "hours", "window", "override"),
    [
        ("tensoraios", 100, 500, 0.02, 168, 365.0, True),
        ("main_agent", 500, 2000, 0.03, 168, 180.0, True),
        ("plastos_adapter", 50, 1000, 0.03, 168, 365.0, True),
        ("tensor_trainer", 5, None, 0.05, 168, 730.0, True),
        ("tensor_auditor", None, 5000, 0.01, 336, 730.0, False),
    ],
)
def test_autonomy_and_learning_have_the_declared_limits(
    *,
    agent_id: str,
    limit: int | None,
    latency: int | None,
    stability: float,
    hours: int,
    window: float,
    override: bool,
) -> None:
    agent = AGENTS[agent_id]
    assert agent.autonomy.task_limit == limit
    assert agent.autonomy.decision_latency_max_ms == latency
    assert agent.learning.stability_threshold == stability
    assert agent.learning.retrain_interval_hours == hours
    assert agent.learning.temporal_scope_days == window
    assert agent.governance.human_override is override


def test_the_auditor_acts_on_nothing_and_the_others_ask_governance() -> None:
    scopes = {
        agent.agent_id: agent.autonomy.external_actions
        for agent in MODELS[ECOSYSTEM].collection.agents
    }
    assert scopes.pop("tensor_auditor") == "none"
    assert set(scopes.values()) == {"gated_by_governance"}


def test_a_link_into_another_agent_names_a_file_that_agent_generates() -> None:
    agents = MODELS[ECOSYSTEM].collection.agents
    made = {file.path for agent in agents for file in agent.instructions.generate_files}
    links = [
        link.path
        for agent in agents
        for link in agent.instructions.link_existing
        for other in agents
        if link.path.startswith(f"{other.rootpath}/")
    ]
    assert sorted(set(links)) == [
        "L9/agents/main/agent_controller.py",
        "L9/core/tensoraios/tensor_scorer.py",
        "L9/core/tensoraios/trainingpipeline.py",
    ]
    assert set(links) <= made


def test_manifests_stand_where_the_guide_puts_them() -> None:
    shared = "L9/manifests/tensoraios_ecosystem"
    assert {a.agent_id: a.instructions.manifest for a in MODELS[ECOSYSTEM].collection.agents} == {
        "tensoraios": f"{shared}/tensoraios/tensoraios_v6_manifest.json",
        "main_agent": "L9/manifests/main_agent/mainagent_v6_manifest.json",
        "plastos_adapter": f"{shared}/plastos_adapter/plastos_adapter_v6_manifest.json",
        "tensor_trainer": f"{shared}/tensor_trainer/trainer_v6_manifest.json",
        "tensor_auditor": f"{shared}/tensor_auditor/auditor_v6_manifest.json",
    }


def test_main_routes_its_packets_and_reasons_in_seven_stages() -> None:
    data = AGENTS["main_agent"].data
    routing, pipeline = data["packetrouting"], data["reasoningpipeline"]
    assert isinstance(routing, dict)
    assert isinstance(pipeline, dict)
    assert [entry["packettype"] for entry in routing["inbound"]] == [
        "transaction_batch",
        "loan_application",
        "batch_job",
        "override_request",
        "context_update",
    ]
    assert [entry["packettype"] for entry in routing["outbound"]] == [
        "enriched_results",
        "risk_assessment",
        "escalation_notice",
        "telemetry_event",
    ]
    assert [stage.split("_")[1] for stage in pipeline] == list("1234567")
    assert sum(len(steps) for steps in pipeline.values()) == 29


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_block_tells_an_editor_which_schema_it_follows(path: Path) -> None:
    text = path.read_text()
    named = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", text, re.MULTILINE)
    assert len(named) == len(MODELS[path].collection.agents)
    assert {(path.parent / name).resolve() for name in named} == {
        ROOT / "meta" / "schemas" / "agent.schema.json"
    }


def test_plain_yaml_loaders_read_the_same_values() -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", ECOSYSTEM.read_text(), re.DOTALL | re.MULTILINE)
    assert [yaml.safe_load(block) for block in blocks] == [
        agent.data for agent in MODELS[ECOSYSTEM].collection.agents
    ]


def test_the_answers_defer_no_agent_of_the_ecosystem() -> None:
    answers = yaml.safe_load(
        (ROOT / "input_schemas" / "answers" / "tensoraios_ecosystem.yaml").read_text()
    )
    assert list(Draft202012Validator(_schema("answers")).iter_errors(answers)) == []
    assert "defer" not in answers


@pytest.mark.negative
@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("name: SensorWatch\n", "", "the agent lacks name"),
        ("role: >-", "roles: >-", "the agent lacks role"),
        ("humanoverride: true", "humanoverride: perhaps", "/governance/humanoverride"),
        ("timeout_ms: 250", "timeout_ms: 0", "/deployment/endpoints/0/timeout_ms"),
        ("anchors: [Igor]", "anchors: {a: [Igor]}", "/governance/anchors"),
        ("path: /sensor_watch/v1/status", "path: sensor_watch/v1/status", "/endpoints/1/path"),
    ],
)
def test_a_wrong_field_is_refused_and_named(written: str, instead: str, message: str) -> None:
    text = SENSOR_WATCH.read_text()
    assert text.count(written) == 1
    model = _load(SENSOR_WATCH, content=text.replace(written, instead).encode())
    errors = [finding for finding in model.findings if finding.severity == "error"]
    assert any(message in finding.message for finding in errors)
    assert "sensor_watch" in model.blocked


@pytest.mark.negative
def test_a_threshold_without_a_unit_is_refused() -> None:
    text = ECOSYSTEM.read_text().replace(
        "      value: 50000\n      unit: eur\n", "      value: 50000\n"
    )
    model = _load(ECOSYSTEM, content=text.encode())
    assert set(model.blocked) == {"plastos_adapter"}
    assert any("lacks unit" in finding.message for finding in model.findings)


@pytest.mark.negative
def test_a_key_nobody_knows_is_named_with_the_nearest_known_one() -> None:
    text = SENSOR_WATCH.read_text().replace("auditscope:", "auditskope:")
    model = _load(SENSOR_WATCH, content=text.encode())
    assert [finding.code for finding in model.findings] == ["SR020"]
    assert "auditscope" in model.findings[0].repair
    assert not model.blocked
