"""The four dialects of agent schemas become one model, and nothing is derived in silence."""

import pytest

from generators.engine.model.load import LoadedModel
from tests.unit.engine.collection_builder import codes, load, schema

NESTED = """
system:
  system: Nested System
  module: coreagent
  name: NestedAgent
  role: Does nested things.
  rootpath: L9/agents/nested
integration:
  connectto: L9/core
collaborationnetwork:
  collaborators:
    - name: Other
      role: peer
      interaction: packets
  protocol: packet
worldmodelintegration:
  {enabled: true, sources: [a], updatefrequency: 5 minutes, contextwindow: 1 day}
deployment:
  endpoints: [/health, /nested/status]
  healthcheck: /health
  replicas: 2
  resources: {cpu: 4, Memory_Limit: 8Gi}
  telemetry: {metrics: true, tracing: true, dashboardpath: L9/monitoring/nested.py}
metadata: {version: "6.0"}
"""
SHORT = """
system: Short System
module: domainagent
name: Short Agent
role: Does short things.
rootpath: L9/agents/short
apis: [{INTERNAL: {path: /x}}]
depends_on: {hard: [], soft: [governance]}
memorytopology:
  workingmemory: {storagetype: redis, keyspace: "short:*"}
cursorinstructions:
  generatefiles: [core/governance_bridge.py, memory_bridge.py]
deployment:
  endpoints: ["GET /health", "POST /short/run"]
"""
SNAKE = """
system: L9
module: email
name: EmailAgent
version: 6.0
role: Reads mail.
root_path: L9/agents/email/
integration:
  connect_to: [L9/core/, L9/memory/]
  shared_domains: [Mail]
governance:
  human_override: true (critical only)
  escalation_policy: confidence_< 0_7_AND_deal_value_> threshold
memory_topology:
  working_memory: redis_cluster
  episodic_memory: postgres_pgvector
autonomy_profile:
  mode: controlled_autonomy
  task_limit: 20_parallel
  decision_latency_max_ms: 250ms
  escalation_triggers: [drift_detected]
cursor_instructions:
  create_if_missing: [L9/agents/email/]
  generate_files: [L9/agents/email/governance_bridge.py, agents/email/core/logger.py]
  link_existing_files: [L9/core/governance.py]
  generate_docs: true
metadata:
"""


def derived(model: LoadedModel, agent: str) -> dict[str, str]:
    return {item.pointer: item.value for item in model.agents[agent].derived}


def test_nested_schemas_have_their_identity_in_a_section() -> None:
    model = load(NESTED)
    assert codes(model) == []
    agent = model.collection.agent("nested")
    assert (agent.system, agent.name, agent.rootpath) == (
        "Nested System",
        "NestedAgent",
        "L9/agents/nested",
    )
    assert agent.connect_to == ("L9/core",)
    assert agent.dashboard == "L9/monitoring/nested.py"
    assert agent.metrics == ()
    assert model.agents["nested"].dialect == "nested"
    resources = agent.data["deployment"]["resources"]  # type: ignore[index, call-overload]
    assert resources == {"cpu": 4, "Memory_Limit": "8Gi"}


def test_paths_without_method_and_time_out_are_asked_for_not_assumed() -> None:
    agent = load(NESTED).collection.agent("nested")
    assert agent.endpoints == ()
    assert [point.pointer for point in agent.open_points] == [
        "/deployment/endpoints/0/timeout_ms",
        "/deployment/endpoints/1/timeout_ms",
    ]


def test_an_answer_closes_what_an_endpoint_leaves_open() -> None:
    answers = {
        "short": {
            "/deployment/endpoints/0/timeout_ms": 100,
            "/deployment/endpoints/1/timeout_ms": 900,
        }
    }
    model = load(SHORT, answers=answers)
    agent = model.collection.agent("short")
    assert agent.open_points == ()
    assert [(e.name, e.method, e.timeout_ms) for e in agent.endpoints] == [
        ("health", "GET", 100),
        ("short_run", "POST", 900),
    ]


def test_short_schemas_name_endpoints_by_their_paths_and_files_in_folders() -> None:
    model = load(SHORT)
    assert codes(model) == []
    agent = model.collection.agent("short")
    assert [f.path for f in agent.instructions.generate_files] == [
        "L9/agents/short/core/governance_bridge.py",
        "L9/agents/short/memory_bridge.py",
    ]
    assert agent.depends_on.soft == ("governance",)
    assert model.agents["short"].dialect == "short"
    assert [f.code for f in model.findings] == ["SR037"]
    assert "apis" in agent.data


def test_snake_case_schemas_keep_nothing_behind() -> None:
    model = load(SNAKE)
    assert codes(model) == []
    agent = model.collection.agent("email")
    assert (agent.version, agent.rootpath) == ("6.0", "L9/agents/email")
    assert agent.governance.human_override is True
    assert [(layer.name, layer.storage_type) for layer in agent.memory] == [
        ("workingmemory", "redis_cluster"),
        ("episodicmemory", "postgres_pgvector"),
    ]
    assert agent.autonomy.task_limit == 20
    assert agent.autonomy.decision_latency_max_ms == 250
    assert [f.path for f in agent.instructions.generate_files] == [
        "L9/agents/email/governance_bridge.py",
        "L9/agents/email/core/logger.py",
    ]
    assert [f.path for f in agent.instructions.link_existing] == ["L9/core/governance.py"]
    assert agent.instructions.generate_docs == ()
    assert model.agents["email"].dialect == "snake"


def test_what_is_derived_is_listed_with_its_source() -> None:
    found = derived(load(SNAKE), "email")
    assert found["/learningsystem/autonomyprofile/decisionlatencymaxms"] == "250"
    assert found["/memorytopology/workingmemory/storagetype"] == "redis_cluster"
    assert found["/cursorinstructions/generatedocs"] == "the usual documents"
    assert found["/governance/humanoverride"] == "True"
    assert found["/agent_id"] == "email"


def test_a_section_without_value_is_left_out_with_a_warning() -> None:
    (finding,) = (f for f in load(SNAKE).findings if f.code == "SR030")
    assert finding.severity == "warning"
    assert "'metadata'" in finding.message


def test_an_agent_may_have_nothing_to_generate_and_no_role_but_a_purpose() -> None:
    text = "system: S\nmodule: m\nname: N\npurpose: Exists.\nintegration: {root_path: L9/n/}\n"
    model = load(text)
    assert codes(model) == []
    agent = model.collection.agent("n")
    assert (agent.role, agent.instructions.generate_files) == ("Exists.", ())


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("decisionlatencymaxms", "2s", 2000),
        ("decisionlatencymaxms", "1_000", 1000),
        ("decisionlatencymaxms", "null", None),
        ("tasklimit", "unlimited", None),
        ("tasklimit", "5_parallel_training_jobs", 5),
    ],
)
def test_numbers_with_units(key: str, value: str, read: int | None) -> None:
    profile = SNAKE[SNAKE.index("  mode: controlled") : SNAKE.index("  escalation_triggers")]
    agent = load(SNAKE.replace(profile, f"  {key}: {value}\n")).collection.agent("email")
    autonomy = agent.autonomy
    found = autonomy.task_limit if key == "tasklimit" else autonomy.decision_latency_max_ms
    assert found == read


@pytest.mark.parametrize(
    ("written", "share"), [("0_05", 0.05), ("5 percent", 0.05), ("0.05", 0.05)]
)
def test_shares_are_ratios(written: str, share: float) -> None:
    text = SNAKE + f"learningsystem:\n  cognitivegrowthvector: {{stabilitythreshold: {written}}}\n"
    assert load(text).collection.agent("email").learning.stability_threshold == share


def test_what_yaml_takes_for_a_map_is_text_where_text_is_declared() -> None:
    text = SNAKE.replace("[drift_detected]", "\n    - if_drift: retrain\n    - other")
    triggers = load(text).collection.agent("email").autonomy.escalation_triggers
    assert triggers == ("if_drift: retrain", "other")


def test_a_policy_written_as_a_list_is_a_policy_of_clauses() -> None:
    text = SNAKE.replace(
        "confidence_< 0_7_AND_deal_value_> threshold", "\n    - drift > 0.2\n    - x_found"
    )
    policy = load(text).collection.agent("email").governance.escalation_policy
    assert policy == "- drift > 0.2\n- x_found"


def test_a_file_outside_of_the_rootpath_is_refused() -> None:
    text = SNAKE.replace("agents/email/core/logger.py", "L9/core/logger.py")
    assert codes(load(text)) == ["MD019"]


def test_moved_sections_do_not_displace_what_is_there() -> None:
    text = (
        SNAKE + "learningsystem:\n  architecture: none\n  autonomyprofile: {mode: full_autonomy}\n"
    )
    assert load(text).collection.agent("email").autonomy.mode == "full_autonomy"
    inner = (
        SNAKE + "deployment:\n  api_exposure:\n    endpoints: [GET /health]\n    apimode: private\n"
    )
    assert len(load(inner).collection.agent("email").open_points) == 1


def test_a_plain_list_of_dependencies_is_hard() -> None:
    base = SHORT.replace("{hard: [], soft: [governance]}", "[]")
    model = load(base, SNAKE + "depends_on: [Short Agent]\n")
    assert model.collection.agent("email").depends_on.hard == ("short",)


def test_what_stays_behind_in_api_exposure_is_named_at_its_line() -> None:
    model = load(
        SNAKE + "deployment:\n  api_exposure:\n    endpoints: [GET /run]\n    style: rest\n"
    )
    line = len(SNAKE.rstrip("\n").split("\n")) + 6
    (finding,) = [f for f in model.findings if f.code == "SR020"]
    assert "'style' is not known at /deployment" in finding.message
    assert finding.place.line == line


def test_dependencies_on_what_is_no_agent_are_external_and_order_nothing() -> None:
    hard = ["governance", "L9/worldmodel", "Base"]
    model = load(schema("base"), schema("user", depends_on={"hard": hard, "soft": ["memory"]}))
    assert codes(model) == []
    assert model.collection.agent("user").depends_on.hard == ("base",)
    outside = {
        pointer: v for pointer, v in derived(model, "user").items() if "depends_on" in pointer
    }
    assert outside == {
        "/depends_on/hard/0": "governance is external",
        "/depends_on/hard/1": "L9/worldmodel is external",
    }


def test_a_slip_in_the_name_of_a_dependency_is_no_external_thing() -> None:
    model = load(schema("base_line"), schema("user", depends_on={"hard": ["BaseLin"], "soft": []}))
    (finding,) = model.findings
    assert (finding.code, finding.agent, finding.pointer) == ("MD012", "user", "/depends_on/hard/0")
    assert finding.repair.startswith("write base_line")


@pytest.mark.parametrize(
    "link",
    [
        {"depends_on": {"hard": ["Base"], "soft": []}},
        {"depends_on": None, "integration": {"connectto": ["L9/agents/base/"]}},
    ],
)
def test_what_is_built_on_an_unusable_schema_is_stopped(link: dict[str, object]) -> None:
    base = schema("Not an id", name="Base", rootpath="L9/agents/base")
    model = load(base, schema("user", **link))
    assert [f.code for f in model.findings if f.agent == "user"] == ["MD012"]
    assert list(model.blocked) == ["user"]


@pytest.mark.parametrize(
    ("files", "clash"),
    [
        (["store.py", "Store.py"], True),
        (["governance_bridge.py", "governancebridge.py"], True),
        (["a/x.py", "L9/agents/probe/a/x.py"], True),
        (["a/x.py", "b/x.py", "__init__.py", "init.py"], False),
    ],
)
def test_two_files_on_one_path_are_refused(files: list[str], clash: bool) -> None:
    model = load(schema(cursorinstructions={"generatefiles": files}))
    assert codes(model) == (["MD029"] if clash else [])
    if clash:
        assert model.findings[0].pointer == "/cursorinstructions/generatefiles/1"


def test_an_agent_cannot_write_into_the_tree_of_another() -> None:
    outer = schema("outer", cursorinstructions={"generatefiles": ["inner/x.py"]})
    inner = schema(
        "inner", rootpath="L9/agents/outer/inner", cursorinstructions={"generatefiles": ["x.py"]}
    )
    model = load(outer, inner)
    assert [(f.code, f.agent) for f in model.findings] == [("MD029", "inner")]
    assert "of outer" in model.findings[0].message


def test_two_agents_cannot_write_one_manifest() -> None:
    after = {"postgeneration": {"manifest": "L9/manifests/one.json"}}
    model = load(schema("one", cursorinstructions=after), schema("two", cursorinstructions=after))
    assert codes(model) == ["MD029"]
