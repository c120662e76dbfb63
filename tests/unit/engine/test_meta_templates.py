"""The meta templates and the glue: well formed, strict, consistent with schemas and runtime."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from agent_runtime.events import new_event
from agent_runtime.flags import FLAG_NAMES
from agent_runtime.governance import ESCALATION_TIMEOUT_SECONDS
from agent_runtime.memory.topology import SHARED_EDGE_TYPES, SHARED_NODE_TYPES
from agent_runtime.packets import new_packet
from jsonschema import Draft202012Validator

from generators.engine.build.load_library import load_library
from generators.engine.meta.resolve import GLUE, TEMPLATES, resolve_meta
from generators.engine.model.agent import Agent
from generators.engine.model.load import LoadedModel, load_model
from generators.engine.plan.interface import planned_interfaces
from generators.engine.plan.roster import make_roster

ROOT = Path(__file__).parents[3]
META = ROOT / "meta"
PATHS = {
    **{stem: META / f"{stem}.yaml" for stem in TEMPLATES},
    GLUE: META / "glue" / f"{GLUE}.yaml",
}
DATA = {stem: yaml.safe_load(path.read_text()) for stem, path in PATHS.items()}
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text())
    for path in sorted((META / "schemas").glob("*.json"))
}
OPEN_SCHEMAS = {"agent", "collection"}
"""Users may write keys there that we do not know; a warning says so."""

CODEGEN, SEQUENCE, CHECKLIST, INTEGRATION = (DATA[stem] for stem in TEMPLATES)
GLUED = DATA[GLUE]

Json = object
Steps = tuple[str | int, ...]


def _model(collection: str) -> LoadedModel:
    path = next((ROOT / "input_schemas").glob(f"{collection}_v*.md"))
    return load_model(
        collection,
        {path.name: path.read_bytes()},
        agent_schema=SCHEMAS["agent"],
        collection_schema=SCHEMAS["collection"],
        answers={},
    )


def _agents(collection: str) -> dict[str, Agent]:
    return {agent.agent_id: agent for agent in _model(collection).collection.agents}


ECOSYSTEM = _agents("tensoraios_ecosystem")
EVERYONE = {**ECOSYSTEM, **_agents("sensor_watch")}


def _walk(data: Json, steps: Steps = ()) -> Iterator[tuple[Steps, Json]]:
    yield steps, data
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _walk(value, (*steps, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _walk(value, (*steps, index))


def _replaced(data: Json, steps: Steps, value: Json) -> Json:
    copy = deepcopy(data)
    target = copy
    for step in steps[:-1]:
        target = target[step]
    target[steps[-1]] = value
    return copy


def _complaints(stem: str, data: Json) -> int:
    return len(resolve_meta(stem, yaml.safe_dump(data).encode(), SCHEMAS[stem]).findings)


@pytest.mark.parametrize("stem", PATHS)
def test_a_template_is_accepted_by_its_schema(stem: str) -> None:
    resolved = resolve_meta(stem, PATHS[stem].read_bytes(), SCHEMAS[stem])
    assert resolved.findings == ()
    assert resolved.data == DATA[stem]


@pytest.mark.parametrize("stem", PATHS)
def test_a_template_names_its_schema_for_editors(stem: str) -> None:
    first = PATHS[stem].read_text().splitlines()[0]
    name = first.removeprefix("# yaml-language-server: $schema=")
    assert (PATHS[stem].parent / name).resolve() == META / "schemas" / f"{stem}.schema.json"


@pytest.mark.negative
@pytest.mark.parametrize("stem", PATHS)
def test_an_unknown_key_is_refused_in_every_mapping(stem: str) -> None:
    validator = Draft202012Validator(SCHEMAS[stem])
    for steps, value in _walk(DATA[stem]):
        if isinstance(value, dict):
            spoilt = _replaced({"": DATA[stem]}, ("", *steps, "unexpected"), {"deep": []})[""]
            assert not validator.is_valid(spoilt), steps


@pytest.mark.negative
@pytest.mark.parametrize("stem", PATHS)
def test_a_value_of_the_wrong_type_is_refused_in_every_leaf(stem: str) -> None:
    validator = Draft202012Validator(SCHEMAS[stem])
    for steps, value in _walk(DATA[stem]):
        if not isinstance(value, dict | list):
            spoilt = _replaced(DATA[stem], steps, {"not": ["a", "leaf"]})
            assert not validator.is_valid(spoilt), steps


@pytest.mark.negative
@pytest.mark.parametrize("stem", PATHS)
def test_a_missing_section_is_refused(stem: str) -> None:
    for key in DATA[stem]:
        rest = {name: value for name, value in DATA[stem].items() if name != key}
        assert _complaints(stem, rest) == 1, key


@pytest.mark.parametrize("stem", SCHEMAS)
def test_a_schema_is_a_valid_one_of_draft_2020_12(stem: str) -> None:
    schema = SCHEMAS[stem]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("stem", SCHEMAS)
def test_every_field_of_a_schema_is_described(stem: str) -> None:
    for steps, part in _walk(SCHEMAS[stem]):
        if "then" in steps or "if" in steps or not isinstance(part, dict):
            continue
        fields = part.get("properties", {})
        if isinstance(fields, dict):
            for name, field in fields.items():
                assert str(field.get("description", "")).endswith("."), (*steps, name)


@pytest.mark.parametrize("stem", sorted(set(SCHEMAS) - OPEN_SCHEMAS))
def test_every_mapping_of_our_own_files_is_closed(stem: str) -> None:
    for steps, part in _walk(SCHEMAS[stem]):
        if isinstance(part, dict) and part.get("type") == "object":
            extra = part.get("additionalProperties")
            assert extra is False or isinstance(extra, dict), steps


def test_connections_are_environment_variables() -> None:
    assert {name: store["connection"] for name, store in CODEGEN["memory"].items()} == {
        "working": "${L9_REDIS_URL}",
        "episodic": "${L9_POSTGRES_URL}",
        "semantic": "${L9_NEO4J_URL}",
        "causal": "${L9_HYPERGRAPH_URL}",
        "archive": "${L9_ARCHIVE_BUCKET}",
    }
    assert CODEGEN["memory"]["working"]["ttl_seconds"] == 3600
    assert CODEGEN["memory"]["archive"]["retention"] == "indefinite"


@pytest.mark.negative
@pytest.mark.parametrize("address", ["redis://host:6379", "${lower}", "$L9_REDIS_URL", ""])
def test_an_address_in_place_of_a_variable_is_refused(address: str) -> None:
    spoilt = _replaced(CODEGEN, ("memory", "working", "connection"), address)
    assert _complaints(TEMPLATES[0], spoilt) == 1


def test_the_feature_flags_are_those_of_the_runtime_and_all_on() -> None:
    assert CODEGEN["feature_flags"] == dict.fromkeys(FLAG_NAMES, True)


@pytest.mark.parametrize("agent", EVERYONE.values(), ids=EVERYONE)
def test_every_anchor_that_a_schema_names_can_be_reached(agent: Agent) -> None:
    known = {anchor["name"]: anchor for anchor in CODEGEN["governance"]["anchors"]}
    for name in agent.governance.anchors:
        anchor = known[GLUED["anchor_aliases"].get(name, name)]
        for channel in anchor["channels"]:
            assert channel == "governance_bus" or channel in anchor


def test_aliases_of_anchors_lead_to_known_anchors() -> None:
    known = {anchor["name"] for anchor in CODEGEN["governance"]["anchors"]}
    assert set(GLUED["anchor_aliases"].values()) <= known
    assert not set(GLUED["anchor_aliases"]) & known


def test_token_kinds_of_the_schemas_have_a_role_that_tokens_can_carry() -> None:
    kinds = {e.auth for agent in EVERYONE.values() for e in agent.endpoints if e.auth}
    roles = CODEGEN["communication"]["token_roles"]
    assert kinds == set(roles)
    assert set(roles.values()) <= set(INTEGRATION["rest"]["roles"])


def test_gate_ids_are_unique_and_ratios_are_not_below_the_public_floors() -> None:
    gates = [gate for family in CODEGEN["gates"].values() for gate in family]
    assert len({gate["id"] for gate in gates}) == len(gates)
    minimum = {gate["id"]: gate["minimum"] for gate in gates if "minimum" in gate}
    floors = {"docstrings": 0.95, "type_hints": 0.9, "coverage": 0.85}
    assert minimum.keys() == floors.keys()
    assert all(minimum[name] >= floor for name, floor in floors.items())


def test_the_phases_run_from_0_to_6_and_end_in_report_and_manifest() -> None:
    phases = CODEGEN["phases"]
    assert [phase["phase"] for phase in phases] == list(range(7))
    assert phases[0]["outputs"] == ["locked_todo_plan.txt"]
    assert phases[6]["outputs"] == [
        "evidence_report.md",
        "deployment_readiness.md",
        "extraction_manifest.json",
    ]
    numbers = SEQUENCE["orchestration"]["checkpoint_after_phases"]
    assert numbers == [phase["phase"] for phase in phases]


def test_conditions_before_a_phase_are_gates_or_measured_values() -> None:
    gates = {gate["id"] for family in CODEGEN["gates"].values() for gate in family}
    before = {entry["phase"]: entry["requires"] for entry in SEQUENCE["gates_before_phase"]}
    assert list(before) == [2, 4, 5, 6]
    measured = {"unit_pass_ratio": 0.95, "integration_pass_ratio": 0.9}
    for condition in (entry for requires in before.values() for entry in requires):
        check = condition["check"]
        if check in measured:
            assert condition["minimum"] >= measured[check]
        elif check == "new_regressions":
            assert condition["maximum"] == 0
        else:
            assert check in gates
            assert condition.keys() == {"check"}


def test_the_build_may_run_agents_together_after_phase_3() -> None:
    orchestration = SEQUENCE["orchestration"]
    assert orchestration["parallel_after_phase"] == 3
    assert orchestration["max_parallel_agents"] == 5


def test_the_criticality_of_every_agent_follows_from_its_rootpath() -> None:
    rules = {
        rule["rootpath"].replace("{namespace}", GLUED["root_namespace"]): rule["level"]
        for rule in SEQUENCE["criticality"]
    }

    def level(rootpath: str) -> str:
        fitting = [path for path in rules if f"{rootpath}/".startswith(f"{path}/")]
        return rules[max(fitting, key=len)]

    assert {name: level(agent.rootpath) for name, agent in EVERYONE.items()} == {
        "tensoraios": "core",
        "main_agent": "orchestration",
        "plastos_adapter": "domain_specific",
        "tensor_trainer": "orchestration",
        "tensor_auditor": "monitoring",
        "sensor_watch": "domain_specific",
    }


def test_groups_that_exclude_each_other_name_known_agents() -> None:
    for group in SEQUENCE["mutex_groups"]:
        assert set(group["agents"]) <= set(ECOSYSTEM)
        assert len(group["agents"]) >= 2


def test_checklist_ids_are_unique_and_its_floors_are_5_positive_and_3_negative() -> None:
    items = [item for phase in CHECKLIST["phases"] for item in phase["items"]]
    by_id = {item["id"]: item for item in items if "minimum" in item}
    assert [phase["phase"] for phase in CHECKLIST["phases"]] == [1, 2, 3, 4, 5, 6]
    for phase in CHECKLIST["phases"]:
        ids = [item["id"] for item in phase["items"]]
        assert len(set(ids)) == len(ids)
    assert {name: item["minimum"] for name, item in by_id.items()} == {
        "unit_positive": 5,
        "unit_negative": 3,
        "report_sections": 10,
    }


def test_the_master_sign_off_needs_every_phase_and_says_the_guides_sentence() -> None:
    master = CHECKLIST["master_sign_off"]
    assert master["requires_phases"] == [phase["phase"] for phase in CHECKLIST["phases"]]
    assert master["declaration"] == "All phases (0-6) complete. No assumptions. No drift."


def test_the_packet_contract_is_the_one_the_runtime_speaks() -> None:
    packet = new_packet("main_agent", "tensoraios", {}, clock=lambda: 0.0).to_json()
    contract = INTEGRATION["packet"]
    assert set(contract["fields"]) <= set(packet)
    assert set(contract["metadata"]) <= set(_mapping(packet["metadata"]))
    assert contract["refusals"] == {
        "missing_field": 400,
        "invalid_field": 400,
        "unknown_agent": 404,
    }


def test_the_event_contract_is_the_one_the_runtime_speaks() -> None:
    event = new_event(
        "score_candidates",
        "tensoraios",
        decision_id="d1",
        confidence=0.5,
        result=[],
        trace_id="6c1e9f4e-52f5-4f0b-9d0f-0a0f6a9c8b7d",
        clock=lambda: 0.0,
    ).to_json()
    contract = INTEGRATION["event"]
    assert set(contract["fields"]) == set(event)
    assert set(contract["event_data"]) == set(_mapping(event["event_data"]))


def test_graph_types_and_time_outs_are_those_of_the_runtime() -> None:
    assert tuple(INTEGRATION["semantic"]["node_types"]) == SHARED_NODE_TYPES
    assert tuple(INTEGRATION["semantic"]["edge_types"]) == SHARED_EDGE_TYPES
    assert INTEGRATION["escalation"]["timeout_seconds"] == ESCALATION_TIMEOUT_SECONDS
    assert INTEGRATION["startup"]["base_port"] == 8000


def test_every_agent_has_the_status_endpoint() -> None:
    wanted = INTEGRATION["rest"]["status_endpoint"]
    for agent in EVERYONE.values():
        found = [
            endpoint
            for endpoint in agent.endpoints
            if endpoint.method == wanted["method"]
            and endpoint.path.rsplit("/", 1)[-1] == wanted["last_segment"]
        ]
        assert len(found) == 1, agent.agent_id


def test_every_facade_lies_in_the_namespace_and_is_linked_by_some_agent() -> None:
    linked = {link.path for agent in EVERYONE.values() for link in agent.instructions.link_existing}
    assert len(GLUED["facades"]) == 8
    assert set(GLUED["facades"]) <= linked
    assert all(path.split("/")[0] == GLUED["root_namespace"] for path in GLUED["facades"])


def test_wirings_join_agents_by_things_they_offer() -> None:
    pairs = [(w["from_agent"], w["to_agent"], w["connection_type"]) for w in GLUED["wirings"]]
    assert len(set(pairs)) == len(pairs)
    offers = planned_interfaces(
        _model("tensoraios_ecosystem").collection,
        load_library(),
        make_roster(ECOSYSTEM.values(), GLUED),
        sorted(ECOSYSTEM),
    )
    for wiring in GLUED["wirings"]:
        assert wiring["from_agent"] in ECOSYSTEM
        offered = {endpoint.name for endpoint in ECOSYSTEM[wiring["to_agent"]].endpoints}
        packets = {packet.packet_type for packet in offers[wiring["to_agent"]].packets}
        assert set(wiring.get("method_names", [])) <= offered
        assert set(wiring.get("event_subscriptions", [])) <= offered
        assert set(wiring.get("packet_types", [])) <= packets


def test_the_auditor_only_observes_and_observes_everyone() -> None:
    wirings = [w for w in GLUED["wirings"] if w["from_agent"] == "tensor_auditor"]
    assert {w["connection_type"] for w in wirings} == {"event_observe"}
    assert {w["to_agent"] for w in wirings} == set(ECOSYSTEM) - {"tensor_auditor"}


@pytest.mark.negative
@pytest.mark.parametrize(
    ("field", "value"),
    [("packet_types", ["transaction_batch"]), ("connection_type", "packet_send")],
)
def test_a_wiring_that_mixes_kinds_of_connection_is_refused(field: str, value: Json) -> None:
    assert GLUED["wirings"][0]["connection_type"] == "api_call"
    spoilt = _replaced(GLUED, ("wirings", 0, field), value)
    assert _complaints(GLUE, spoilt) > 0


def test_shared_and_private_memory_layers_are_all_layers_once() -> None:
    layers = GLUED["memory_harmonization"]
    assert sorted(layers["shared_layers"] + layers["private_layers"]) == sorted(CODEGEN["memory"])


def _mapping(value: Json) -> Mapping[str, Json]:
    assert isinstance(value, Mapping)
    return value
